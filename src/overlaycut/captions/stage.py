"""Captions on their way through frames: burned in, or as a movie of their own.

A cue shows at a time t when start <= t < end, with t exact: on the first frame that begins at its start or later, and
no more on a frame that begins at its end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import accumulate

import numpy as np

from overlaycut.captions.layout import Layout
from overlaycut.captions.paint import painted, painted_rgba
from overlaycut.captions.style import Style
from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame, Layer, Picture


def captions(layout: Layout, style: Style) -> Stage:
    """A stage that draws every cue on the frames whose time lies in [cue.start, cue.end).

    A cue is drawn when it is first needed and forgotten when it is over. A frame without a cue passes as it is.
    """

    def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
        schedule = _Schedule(layout)
        drawn: dict[int, Layer] = {}
        for frame in frames:
            shown = schedule.shown(frame.at)
            drawn = {n: drawn[n] if n in drawn else painted(layout.cues[n], style) for n in shown}
            yield frame.with_layers(*drawn.values())

    return stage


def overlay(layout: Layout, style: Style, times: Iterable[Fraction]) -> Iterator[Picture]:
    """The captions alone, one straight-alpha RGBA picture of the layout's size for each of `times`.

    Pictures between which nothing changes are one and the same array; treat them as read-only.
    """
    schedule = _Schedule(layout)
    last: tuple[int, ...] = ()
    picture = _composed(layout, style, last)
    for at in times:
        if (shown := schedule.shown(at)) != last:
            picture, last = _composed(layout, style, shown), shown
        yield picture


class _Schedule:
    """Which cues of a layout show at a time, without asking each of them."""

    def __init__(self, layout: Layout) -> None:
        self._cues = [placed.cue for placed in layout.cues]
        self._starts = [cue.start for cue in self._cues]
        self._latest_ends = list(accumulate((cue.end for cue in self._cues), max))

    def shown(self, at: Fraction) -> tuple[int, ...]:
        """The numbers of the cues that show at `at`, in order."""
        found = []
        for n in range(bisect_right(self._starts, at) - 1, -1, -1):
            if self._latest_ends[n] <= at:
                break
            if self._cues[n].end > at:
                found.append(n)
        return tuple(found[::-1])


def _composed(layout: Layout, style: Style, shown: Iterable[int]) -> Picture:
    picture = np.zeros((layout.height, layout.width, 4), dtype=np.uint8)
    for n in shown:
        placed = layout.cues[n]
        own = painted_rgba(placed, style)
        part = picture[placed.box.slices]
        part[...] = _over(own, part) if part[..., 3].any() else own
    return picture


def _over(upper: Picture, lower: Picture) -> Picture:
    """One straight-alpha picture laid over another of its size."""
    above = upper[..., 3:] / 255
    below = lower[..., 3:] / 255 * (1 - above)
    alpha = above + below
    colour = (upper[..., :3] * above + lower[..., :3] * below) / np.maximum(alpha, 1e-6)
    mixed: Picture = np.rint(np.concatenate([colour, alpha * 255], axis=2)).astype(np.uint8)
    return mixed
