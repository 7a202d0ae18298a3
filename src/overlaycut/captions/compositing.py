"""Captions composited over frames, or as a video layer with alpha.

A cue shows at a time t when start <= t < end, with t exact: on the first frame that begins at its start or later, and
no more on a frame that begins at its end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import accumulate

import cv2
import numpy as np

from overlaycut.captions.cue_renderer import CueRenderer
from overlaycut.captions.layout import Layout
from overlaycut.captions.legibility import Legibility, ScrimParameters
from overlaycut.captions.logo import logo_layer
from overlaycut.captions.motion import MotionParameters
from overlaycut.captions.paint import PaintParameters
from overlaycut.captions.planes import PlanarSprite
from overlaycut.captions.sprites import Sprite, blank, composite, straight
from overlaycut.captions.style import Style
from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderParameters:
    """All parameters of rendering. `motion` must be that of the layout, which reserves room for it."""

    motion: MotionParameters = field(default_factory=MotionParameters)
    paint: PaintParameters = field(default_factory=PaintParameters)
    scrim: ScrimParameters = field(default_factory=ScrimParameters)


def burn_in(layout: Layout, style: Style, *, parameters: RenderParameters = RenderParameters()) -> Stage:
    """A stage that draws every cue on the frames whose time lies in [cue.start, cue.end).

    A cue is drawn when it is first needed and released when it is over. Frames without a cue pass unchanged.
    """

    def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
        active = _ActiveCues(layout, style, parameters)
        logo = None if style.logo is None else logo_layer(style.logo, layout.safe).layer
        planar: dict[int, PlanarSprite] = {}
        for frame in frames:
            changes = active.move_to(frame)
            planar = {n: planar.get(n) or PlanarSprite(active.sprite(n)) for n in changes}
            for n, changed in changes.items():
                if changed:
                    planar[n].update(changed)
            if any(sprite.visible for sprite in planar.values()):
                planes = tuple(plane.copy() for plane in frame.planes)
                for sprite in planar.values():
                    sprite.blend(*planes)
                frame = replace(frame, y=planes[0], u=planes[1], v=planes[2])
            yield frame if logo is None else frame.with_layers(logo)

    return stage


def overlay(
    layout: Layout, style: Style, frames: Iterator[Frame], *, parameters: RenderParameters = RenderParameters()
) -> Iterator[Picture]:
    """The captions alone, one straight-alpha RGBA picture of the layout's size for each of `frames`.

    The frames give the times and the background for contrast. While nothing changes the same array is yielded again;
    treat it as read-only.
    """
    active = _ActiveCues(layout, style, parameters)
    whole = Box(0, 0, layout.width, layout.height)
    logo = None if style.logo is None else logo_layer(style.logo, layout.safe)
    picture: Picture | None = None
    last: list[int] = []
    for frame in frames:
        changes = active.move_to(frame)
        if picture is None or list(changes) != last or any(changes.values()):
            ground = blank(whole)
            for n in changes:
                composite(ground, active.sprite(n), whole)
            if logo is not None:
                composite(ground, logo.sprite, whole)
            picture, last = _straight(ground), list(changes)
        yield picture


def _straight(ground: Sprite) -> Picture:
    """A whole overlay with straight alpha; only its visible part is converted."""
    picture = np.zeros_like(ground.pixels)
    x, y, w, h = cv2.boundingRect(cv2.extractChannel(ground.pixels, 3))
    if w:
        part = slice(y, y + h), slice(x, x + w)
        picture[part] = straight(ground.pixels[part])
    return picture


class _ActiveCues:
    """The renderers of the cues that show, each from its cue's start to its end."""

    def __init__(self, layout: Layout, style: Style, parameters: RenderParameters) -> None:
        self._layout, self._style, self._parameters = layout, style, parameters
        self._schedule = Schedule(layout)
        self._renderers: dict[int, tuple[CueRenderer, Legibility]] = {}

    def move_to(self, frame: Frame) -> dict[int, list[Box]]:
        """Render the cues that show on a frame; the boxes that have changed, by the index of the cue."""
        self._renderers = {n: self._renderers.get(n) or self._started(n) for n in self._schedule.shown(frame.at)}
        return {
            n: renderer.move_to(frame.at, (legibility.colour, legibility.strength(frame)))
            for n, (renderer, legibility) in self._renderers.items()
        }

    def sprite(self, n: int) -> Sprite:
        """A cue that shows; changed in place by `move_to`."""
        return self._renderers[n][0].composite

    def _started(self, n: int) -> tuple[CueRenderer, Legibility]:
        parameters = self._parameters
        renderer = CueRenderer(self._layout.cues[n], self._style, motion=parameters.motion, paint=parameters.paint)
        return renderer, Legibility(renderer, self._style, parameters=parameters.scrim)


class Schedule:
    """Which cues of a layout show at a time, found without looking at all of them."""

    def __init__(self, layout: Layout) -> None:
        self._cues = [placed.cue for placed in layout.cues]
        self._starts = [cue.start for cue in self._cues]
        self._latest_ends = list(accumulate((cue.end for cue in self._cues), max))

    def shown(self, at: Fraction) -> tuple[int, ...]:
        """The indices of the cues that show at `at`, in order."""
        found = []
        for n in range(bisect_right(self._starts, at) - 1, -1, -1):
            if self._latest_ends[n] <= at:
                break
            if self._cues[n].end > at:
                found.append(n)
        return tuple(found[::-1])
