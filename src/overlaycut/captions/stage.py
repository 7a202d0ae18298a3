"""Captions on their way through frames: burned in, or as a movie of their own.

A cue shows at a time t when start <= t < end, with t exact: on the first frame that begins at its start or later, and
no more on a frame that begins at its end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

import cv2
import numpy as np

from overlaycut.captions.canvas import Canvas
from overlaycut.captions.cue_renderer import CueRenderer
from overlaycut.captions.layout import Layout
from overlaycut.captions.legibility import Legibility
from overlaycut.captions.logo import logo_layer
from overlaycut.captions.sprites import Sprite, blank, lay, straight
from overlaycut.captions.style import Style
from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box


def captions(layout: Layout, style: Style) -> Stage:
    """A stage that draws every cue on the frames whose time lies in [cue.start, cue.end).

    A cue is drawn when it is first needed and forgotten when it is over. A frame without a cue passes as it is.
    """

    def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
        troupe = _ActiveCues(layout, style)
        badge = None if style.logo is None else logo_layer(style.logo, layout.safe).layer
        canvases: dict[int, Canvas] = {}
        for frame in frames:
            shown = troupe.move_to(frame)
            canvases = {n: canvases.get(n) or Canvas(troupe.ink(n)) for n in shown}
            for n, changed in shown.items():
                if changed:
                    canvases[n].update(changed)
            if any(canvas.visible for canvas in canvases.values()):
                planes = tuple(plane.copy() for plane in frame.planes)
                for canvas in canvases.values():
                    canvas.blend(*planes)
                frame = replace(frame, y=planes[0], u=planes[1], v=planes[2])
            yield frame if badge is None else frame.with_layers(badge)

    return stage


def overlay(layout: Layout, style: Style, frames: Iterator[Frame]) -> Iterator[Picture]:
    """The captions alone, one straight-alpha RGBA picture of the layout's size for each of `frames`.

    The frames say when, and on what the words have to be legible. Pictures between which nothing changes are one and
    the same array; treat them as read-only.
    """
    troupe = _ActiveCues(layout, style)
    whole = Box(0, 0, layout.width, layout.height)
    badge = None if style.logo is None else logo_layer(style.logo, layout.safe)
    picture: Picture | None = None
    last: list[int] = []
    for frame in frames:
        shown = troupe.move_to(frame)
        if picture is None or list(shown) != last or any(shown.values()):
            ground = blank(whole)
            for n in shown:
                lay(ground, troupe.ink(n), whole)
            if badge is not None:
                lay(ground, badge.sprite, whole)
            picture, last = _straight(ground), list(shown)
        yield picture


def _straight(ground: Sprite) -> Picture:
    """A whole overlay with straight alpha; only what is not empty is worked on."""
    picture = np.zeros_like(ground.ink)
    x, y, w, h = cv2.boundingRect(cv2.extractChannel(ground.ink, 3))
    if w:
        part = slice(y, y + h), slice(x, x + w)
        picture[part] = straight(ground.ink[part])
    return picture


class _ActiveCues:
    """The actors of a layout, each on stage from its cue's start to its end."""

    def __init__(self, layout: Layout, style: Style) -> None:
        self._layout, self._style = layout, style
        self._schedule = Schedule(layout)
        self._actors: dict[int, tuple[CueRenderer, Legibility]] = {}

    def move_to(self, frame: Frame) -> dict[int, list[Box]]:
        """Bring the cues that show on a frame to its time; what has changed of each, by its number."""
        self._actors = {n: self._actors.get(n) or self._hired(n) for n in self._schedule.shown(frame.at)}
        return {
            n: actor.move_to(frame.at, (watching.colour, watching.strength(frame)))
            for n, (actor, watching) in self._actors.items()
        }

    def ink(self, n: int) -> Sprite:
        """What is seen of a cue that shows; changed in place when it moves."""
        return self._actors[n][0].canvas

    def _hired(self, n: int) -> tuple[CueRenderer, Legibility]:
        actor = CueRenderer(self._layout.cues[n], self._style)
        return actor, Legibility(actor, self._style)


class Schedule:
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
