"""Lettering that stands where a region's own does, before or after it: the subtitle before, and the next one.

It belongs to other regions, or to none; all that is asked for is which pixels do not show the picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box
from overlaycut.repair.estimate.static_text import replaced
from overlaycut.repair.segment.text_segmentation import TextSegmentation, strokes
from overlaycut.vision.filters import Colours
from overlaycut.vision.tophat import LEAST_CONTRAST

_LOOKS = 3
"""Looks that are taken at lettering: what one of them misses, another finds."""


class AdjacentText:
    """Watches, frame by frame, the place in which a region's lettering stands while it is not there."""

    def __init__(self, picture: NDArray[np.uint8], ink: Mask) -> None:
        """picture: (rows, columns, 3), with the region's own lettering. ink: its pixels, some."""
        own = Box.of(ink)
        self._height = float(own.h)
        # Two lines may follow on one, and a long one on a short one.
        place = own.grown(round(own.h / 2)).clipped(ink.shape[1], ink.shape[0]) or own
        self._place = np.zeros_like(ink)
        self._place[place.y : place.bottom] = True
        alone = np.zeros_like(ink)
        alone[own.slices] = True
        found = self._found(picture, alone)
        self._colour = _plainest(found) if found.clear else None
        self._none = self._ink = np.zeros_like(ink)
        self._last: NDArray[np.uint8] | None = None
        self._looks = 0

    def see(self, picture: NDArray[np.uint8]) -> Mask:
        """The pixels of lettering of the region's kind in the next frame."""
        if self._colour is None:
            return self._none
        if self._changed(picture):
            self._ink, self._looks = self._none, 0
        if self._looks < _LOOKS:
            found = self._found(picture, self._place)
            self._looks += 1
            if found.clear and np.linalg.norm(found.colours - self._colour, axis=1).min() < 2 * LEAST_CONTRAST:
                self._ink = self._ink | found.ink
        self._last = picture
        return self._ink

    def _found(self, picture: NDArray[np.uint8], place: Mask) -> TextSegmentation:
        seen = picture.astype(np.float32)
        return strokes(seen, region=place, valid=np.ones_like(place), height_px=self._height)

    def _changed(self, picture: NDArray[np.uint8]) -> bool:
        """Whether other lettering may stand there than in the frame before."""
        if self._last is None or not self._ink.any():
            return True
        return replaced(self._ink, picture.astype(np.float32), self._last.astype(np.float32))


def _plainest(found: TextSegmentation) -> Colours:
    """The ink's colour that differs most from what it lies on: (3,)."""
    away = np.linalg.norm(found.colours - np.median(found.surface[found.ink], axis=0), axis=1)
    return np.asarray(found.colours[away.argmax()], np.float32)
