"""Lettering that stands still on the screen: which pixels it takes, for as long as it shows.

Subtitles come and go. Each of them is a run of frames in which the ink does not change; its pixels are what most looks
at the run take for strokes, so that a mask is tight, and the same in every frame of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Span
from overlaycut.repair.segment.text_segmentation import MOST_HALO, shadow, strokes, without_pinholes
from overlaycut.vision.filters import closed, dilated, distance

STEADY = 12.0
"""Levels by which ink may change from frame to frame and still be the same ink: what a codec does at an edge."""

_LOOK_EVERY = 3
"""Frames of a run between looks for strokes; its first ones are all looked at."""

_GONE = 0.35
"""Share of the ink's pixels that change when other lettering, or none, takes its place."""

_VOTES = 0.4
"""Share of the looks that a pixel of ink was found in: a bright place behind white letters hides them for a while."""

_SHADE_VOTES = 0.6
"""Share of the looks that a pixel of shadow was found in."""

_PINHOLE = 4
"""Pixels up to which the radius of a gap within ink is none: one pixel of a letter that stays shines like a star."""

_BRIEF = 5
"""Frames below which a run is too short to be read: it is a part of a fade."""

_MIXED = 2
"""Frames beside a change of lettering in which a fade or a codec shows both."""


@dataclass(frozen=True, slots=True, eq=False)
class MaskRun:
    """Frames that show the same lettering."""

    span: Span
    ink: Mask
    """(rows, columns), its blur included; empty where nothing stands."""


class StaticText:
    """Watches one part of the screen, frame by frame in display order."""

    def __init__(self, *, own: Mask, height_px: float) -> None:
        """own: (rows, columns), where lettering may be. height_px: of a line of it, about."""
        self._own, self._height = own, height_px
        self._runs: list[MaskRun] = []
        self._clear: list[bool] = []
        self._last: NDArray[np.float32] | None = None
        self._start = self._index = self._looks = self._seen_clear = 0
        self._halo = MOST_HALO
        self._ink: Mask = np.zeros_like(own)
        self._votes, self._dark = (np.zeros(own.shape, np.int32) for _ in range(2))

    def see(self, index: int, picture: NDArray[np.float32]) -> None:
        """Take in the part of a frame: (rows, columns, 3)."""
        follows = self._last is not None and index == self._index + 1
        if not follows or self._changed(picture):
            self._close()
            self._begin(index)
        self._last, self._index = picture, index
        age = index - self._start
        if age >= _LOOK_EVERY and age % _LOOK_EVERY:
            return
        found = strokes(picture, region=self._own, valid=np.ones_like(self._own), height_px=self._height)
        self._looks += 1
        if found.clear:
            self._seen_clear += 1
            self._ink = found.ink
            # What lies behind may pass for a halo now and then; the lettering's own is there in every look.
            self._halo = min(self._halo, found.halo_px)
            self._votes += found.ink
            self._dark += shadow(picture, dilated(found.ink, 1), height_px=found.height_px)

    def _changed(self, picture: NDArray[np.float32]) -> bool:
        """Whether most of the ink that was last seen is not there any more."""
        if self._last is None or not self._ink.any():
            return False
        return replaced(self._ink, picture, self._last)

    def runs(self) -> tuple[MaskRun, ...]:
        """Every run so far; where strokes never stood out in any of them, all of the region counts as ink."""
        self._close()
        self._last = None
        if not any(self._clear):
            return tuple(MaskRun(run.span, self._own) for run in self._runs)
        return tuple(_settled(self._runs))

    def _shade(self) -> Mask:
        """Where most looks found shadow: what is dark by itself moves, or is dark in few of them."""
        shade: Mask = self._dark >= max(_SHADE_VOTES * self._seen_clear, 1)
        return shade

    def _begin(self, index: int) -> None:
        self._start = index
        self._votes, self._dark = (np.zeros(self._own.shape, np.int32) for _ in range(2))
        self._looks = self._seen_clear = 0
        self._halo = MOST_HALO
        self._ink = np.zeros_like(self._own)

    def _close(self) -> None:
        if self._last is None:
            return
        clear = self._seen_clear > 0.5 * self._looks
        ink = self._votes >= max(_VOTES * self._seen_clear, 1) if clear else np.zeros_like(self._own)
        ink = dilated(ink, self._halo) | (closed(self._shade(), 2) if clear else ink)
        self._runs.append(MaskRun(Span(self._start, self._index + 1), without_pinholes(ink, _PINHOLE)))
        self._clear.append(clear)


def _settled(runs: Sequence[MaskRun]) -> Iterator[MaskRun]:
    """`runs`, of which brief ones take the ink of what comes or goes in them, instead of what little their looks found.

    Each frame of a fade passes for a change, and shows the lettering before or after it.
    """
    lasting = [run for run in runs if len(run.span) >= _BRIEF]
    for run in runs:
        if len(run.span) >= _BRIEF:
            yield run
            continue
        before = [other for other in lasting if 0 <= run.span.start - other.span.end < 2 * _BRIEF]
        after = [other for other in lasting if 0 <= other.span.start - run.span.end < 2 * _BRIEF]
        near = np.logical_or.reduce([np.zeros_like(run.ink), *(other.ink for other in before[-1:] + after[:1])])
        # Faint lettering is found in part, or with much of the picture; what stands elsewhere is other lettering.
        known = float((run.ink & near).sum()) > 0.5 * min(float(run.ink.sum()), float(near.sum()))
        yield MaskRun(run.span, near if known else run.ink | near)


def replaced(ink: Mask, picture: NDArray[np.float32], before: NDArray[np.float32]) -> bool:
    """Whether other lettering, or none, has taken the place of `ink`, which is not empty, since the frame before."""
    return float((distance(picture, before) >= STEADY)[ink].mean()) > _GONE


def ink_at(runs: tuple[MaskRun, ...], index: int) -> Mask | None:
    """The ink of a frame, with that of a run that ends or begins next to it; None when no run is near."""
    near = [run.ink for run in runs if run.span.start - _MIXED <= index < run.span.end + _MIXED]
    return np.logical_or.reduce(near) if near else None
