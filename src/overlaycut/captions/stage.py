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

from overlaycut.captions.actors import Actor
from overlaycut.captions.layout import Layout
from overlaycut.captions.legibility import Legibility
from overlaycut.captions.logo import logo_layer
from overlaycut.captions.sprites import Sprite, blank, lay, straight
from overlaycut.captions.style import Style
from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame, Picture, Plane
from overlaycut.core.geometry import Box


def captions(layout: Layout, style: Style) -> Stage:
    """A stage that draws every cue on the frames whose time lies in [cue.start, cue.end).

    A cue is drawn when it is first needed and forgotten when it is over. A frame without a cue passes as it is.
    """

    def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
        troupe = _Troupe(layout, style)
        badge = None if style.logo is None else logo_layer(style.logo, layout.safe).layer
        canvases: dict[int, _Canvas] = {}
        for frame in frames:
            shown = troupe.shown(frame)
            canvases = {n: canvases.get(n) or _Canvas(actor.canvas) for n, actor, _ in shown}
            for n, _, moved in shown:
                if moved:
                    canvases[n].update()
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
    troupe = _Troupe(layout, style, form="rgba")
    whole = Box(0, 0, layout.width + layout.width % 2, layout.height + layout.height % 2)
    badge = None if style.logo is None else logo_layer(style.logo, layout.safe)
    picture: Picture | None = None
    last: list[int] = []
    for frame in frames:
        shown = troupe.shown(frame)
        numbers = [n for n, _, _ in shown]
        if picture is None or numbers != last or any(moved for _, _, moved in shown):
            ground = blank(whole, "rgba")
            for _, actor, _ in shown:
                lay(ground, actor.canvas, whole)
            if badge is not None:
                lay(ground, badge.sprite, whole)
            picture, last = _straight(ground, layout), numbers
        yield picture


def _straight(ground: Sprite, layout: Layout) -> Picture:
    """A whole overlay as straight RGBA; only what is not empty is worked on."""
    picture = np.zeros((layout.height, layout.width, 4), np.uint8)
    x, y, w, h = cv2.boundingRect(ground.stacks[0][-1])
    w, h = min(w, layout.width - x), min(h, layout.height - y)
    if w > 0 and h > 0:
        part = slice(y, y + h), slice(x, x + w)
        picture[part] = straight(Sprite(ground.box, (tuple(plane[part] for plane in ground.stacks[0]),)))
    return picture


class _Canvas:
    """An actor's canvas as planes that are blended by a multiplication and an addition, cut to where ink is."""

    def __init__(self, sprite: Sprite) -> None:
        self._sprite = sprite
        self._parts: list[tuple[Plane, Plane, Box]] = []
        self.update()

    @property
    def visible(self) -> bool:
        """Whether there is anything to blend."""
        return bool(self._parts)

    def update(self) -> None:
        """Take over what has changed on the canvas."""
        self._parts = []
        luma, chroma = self._sprite.stacks
        x, y, w, h = cv2.boundingRect(luma[-1])
        if not w:
            return
        box, own = Box(x, y, w, h).even(), self._sprite.box
        for stack, step in ((luma, 1), (chroma, 2)):
            part = slice(box.y // step, box.bottom // step), slice(box.x // step, box.right // step)
            left = cv2.bitwise_not(stack[-1][part]).astype(np.uint8, copy=False)
            place = Box((own.x + box.x) // step, (own.y + box.y) // step, box.w // step, box.h // step)
            self._parts += [(plane[part], left, place) for plane in stack[:-1]]

    def blend(self, *planes: Plane) -> None:
        """Lay the canvas over writable planes of a frame, to the nearest of 1/255 each."""
        for plane, (ink, left, place) in zip(planes, self._parts, strict=False):
            inside = place.clipped(plane.shape[1], plane.shape[0])
            if inside is None:
                continue
            own = Box(inside.x - place.x, inside.y - place.y, inside.w, inside.h)
            target = plane[inside.slices]
            dimmed = cv2.multiply(target, left[own.slices], scale=1 / 255)
            cv2.add(dimmed, ink[own.slices], dst=target)


class _Troupe:
    """The actors of a layout, each on stage from its cue's start to its end."""

    def __init__(self, layout: Layout, style: Style, *, form: str = "planes") -> None:
        self._layout, self._style, self._form = layout, style, form
        self._schedule = Schedule(layout)
        self._actors: dict[int, Actor] = {}
        self._watching: dict[int, Legibility] = {}

    def shown(self, frame: Frame) -> list[tuple[int, Actor, bool]]:
        """The cues that show on a frame, brought to its time, and whether each has changed."""
        numbers = self._schedule.shown(frame.at)
        self._actors = {n: self._actors.get(n) or self._hired(n) for n in numbers}
        self._watching = {n: self._watching.get(n) or self._watched(n) for n in numbers}
        found = []
        for n, actor in self._actors.items():
            watching = self._watching[n]
            found.append((n, actor, actor.move_to(frame.at, (watching.colour, watching.strength(frame)))))
        return found

    def _hired(self, n: int) -> Actor:
        return Actor(self._layout.cues[n], self._style, "rgba" if self._form == "rgba" else "planes")

    def _watched(self, n: int) -> Legibility:
        """Legibility is judged on the planes of the frame, for an overlay too: both have the same scrim."""
        actor = self._actors[n]
        if self._form == "rgba":
            actor = Actor(self._layout.cues[n], self._style, "planes")
        return Legibility(actor, self._style)


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
