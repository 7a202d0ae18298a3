"""Captions on their way through frames: burned in, or as a movie of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np

from overlaycut.captions.layout import Layout, Placed
from overlaycut.captions.paint import painted, painted_rgba
from overlaycut.captions.style import Style
from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame, Layer, Picture


def captions(layout: Layout, style: Style) -> Stage:
    """A stage that draws every cue on the frames whose time lies in [cue.start, cue.end).

    A cue is drawn when it is first needed and forgotten when it is over. A frame without a cue passes as it is.
    """

    def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
        drawn: dict[int, Layer] = {}
        for frame in frames:
            shown = _shown(layout, frame.at)
            drawn = {n: drawn[n] if n in drawn else painted(layout.cues[n], style) for n in shown}
            yield frame.with_layers(*drawn.values())

    return stage


def overlay(layout: Layout, style: Style, times: Iterable[Fraction]) -> Iterator[Picture]:
    """The captions alone, one straight-alpha RGBA picture of the layout's size for each of `times`.

    Pictures between which nothing changes are one and the same array; treat them as read-only.
    """
    last: tuple[int, ...] | None = None
    picture = np.zeros((layout.height, layout.width, 4), dtype=np.uint8)
    for at in times:
        shown = tuple(_shown(layout, at))
        if shown != last:
            picture = _composed(layout, style, [layout.cues[n] for n in shown])
            last = shown
        yield picture


def _shown(layout: Layout, at: Fraction) -> list[int]:
    return [n for n, placed in enumerate(layout.cues) if placed.cue.start <= at < placed.cue.end]


def _composed(layout: Layout, style: Style, cues: Iterable[Placed]) -> Picture:
    picture = np.zeros((layout.height, layout.width, 4), dtype=np.uint8)
    for placed in cues:
        # Cues shown together do not overlap: layout stacks them. The stronger one wins where shadows meet.
        part = picture[placed.box.slices]
        own = painted_rgba(placed, style)
        stronger = own[..., 3] > part[..., 3]
        part[stronger] = own[stronger]
    return picture
