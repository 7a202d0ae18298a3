"""Lettering in the place of a region's own before or after it: the previous subtitle, and the next one.

It belongs to other regions, or to none; its pixels do not show the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box
from overlaycut.repair.segment.static_text import StaticTextParameters, replaced
from overlaycut.repair.segment.text_segmentation import TextSegmentation, segment_text
from overlaycut.vision.filters import Colours
from overlaycut.vision.tophat import LEAST_CONTRAST


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjacentTextParameters:
    """How adjacent lettering is found; checked by benchmarks/repair.py on subtitles."""

    segmentations: int = 3
    """Frames of lettering that are segmented: what is missed in one is found in another."""
    colour_levels: float = 2 * LEAST_CONTRAST
    """Distance of its colour from the region's own, in levels, up to which it is lettering of the same kind."""
    static_text: StaticTextParameters = field(default_factory=StaticTextParameters)
    """When it counts as replaced."""


class AdjacentText:
    """Detects lettering, frame by frame, in the place of a region's own while that does not show."""

    def __init__(
        self,
        picture: NDArray[np.uint8],
        text: Mask,
        parameters: AdjacentTextParameters = AdjacentTextParameters(),
    ) -> None:
        """picture: (rows, columns, 3), with the region's own lettering. text: some of its pixels."""
        self._parameters = parameters
        own = Box.of(text)
        self._height = float(own.h)
        # Two lines may follow on one, and a long one on a short one.
        place = own.grown(round(own.h / 2)).clipped(text.shape[1], text.shape[0]) or own
        self._place = np.zeros_like(text)
        self._place[place.y : place.bottom] = True
        alone = np.zeros_like(text)
        alone[own.slices] = True
        found = self._segmented(picture, alone)
        self._colour = _most_distinct(found) if found.clear else None
        self._none = self._text = np.zeros_like(text)
        self._last: NDArray[np.uint8] | None = None
        self._segmentations = 0

    def see(self, picture: NDArray[np.uint8]) -> Mask:
        """The pixels of lettering of the region's kind in the next frame."""
        if self._colour is None:
            return self._none
        if self._changed(picture):
            self._text, self._segmentations = self._none, 0
        if self._segmentations < self._parameters.segmentations:
            found = self._segmented(picture, self._place)
            self._segmentations += 1
            off = np.linalg.norm(found.colours - self._colour, axis=1).min()
            if found.clear and off < self._parameters.colour_levels:
                self._text = self._text | found.ink
        self._last = picture
        return self._text

    def _segmented(self, picture: NDArray[np.uint8], place: Mask) -> TextSegmentation:
        return segment_text(
            picture.astype(np.float32),
            region=place,
            valid=np.ones_like(place),
            height_px=self._height,
            parameters=self._parameters.static_text.segmentation,
        )

    def _changed(self, picture: NDArray[np.uint8]) -> bool:
        """Whether other lettering may have taken the place of that of the frame before."""
        if self._last is None or not self._text.any():
            return True
        now, before = picture.astype(np.float32), self._last.astype(np.float32)
        return replaced(self._text, now, before, self._parameters.static_text)


def _most_distinct(found: TextSegmentation) -> Colours:
    """The text colour that differs most from the surface: (3,)."""
    away = np.linalg.norm(found.colours - np.median(found.surface[found.ink], axis=0), axis=1)
    return np.asarray(found.colours[away.argmax()], np.float32)
