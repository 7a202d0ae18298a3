"""A virtual camera inside a picture of another shape: where it looks at any time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Literal, TypeAlias

import numpy as np

from overlaycut.core.geometry import Box
from overlaycut.reframe.crop import letterboxed

Reframe: TypeAlias = Literal["auto", "centre", "pad"]
"""Follow what is salient, cut the middle out, or show all of the picture on a background."""


@dataclass(frozen=True, slots=True)
class CameraShot:
    """The camera during one shot."""

    starts: Fraction
    """Seconds on the clock of the saliency samples; the shot ends where the next one starts."""
    box: Box
    """What the camera shows, on even pixels; where it moves, its size and mean place."""
    padded: bool = False
    """Whether the box has another shape than what comes out, and stands on a background: zoomed out, as far as all of
    the picture."""
    loses: tuple[str, ...] = ()
    """What a box of the shape that comes out would cut through or leave out although it should be seen: why the camera
    zooms out, or, where a person chose the place, what is missing."""
    times: tuple[float, ...] = ()
    """When a moving camera is at each of `places`, in seconds; empty where it is static."""
    places: tuple[float, ...] = ()
    """Its first column, or row where the free axis is the vertical one."""

    @property
    def moves(self) -> bool:
        """Whether the camera moves."""
        return bool(self.times)

    def place(self, at: Fraction) -> float:
        """The first column or row at a time, for a moving camera."""
        return float(np.interp(float(at), self.times, self.places))


@dataclass(frozen=True, slots=True)
class Camera:
    """The camera over all shots of a clip."""

    size: tuple[int, int]
    """Width and height of the source picture."""
    target: tuple[int, int]
    """Width and height of the picture that comes out."""
    along_x: bool
    """Whether the free axis, along which the camera can be placed, is the horizontal one."""
    shots: tuple[CameraShot, ...]
    """In order, at least one."""

    def shot(self, at: Fraction) -> CameraShot:
        """The shot at a time."""
        return self.shots[max(bisect_right([shot.starts for shot in self.shots], at) - 1, 0)]

    def box(self, at: Fraction) -> Box:
        """What is shown at a time, to whole pixels."""
        shot = self.shot(at)
        return placed(shot.box, round(shot.place(at)), along_x=self.along_x) if shot.moves else shot.box

    def shown(self, box: Box, at: Fraction) -> Box | None:
        """Where a box of the picture comes to lie in what comes out at a time; None when it is not in the frame."""
        cut, onto = self.box(at), Box(0, 0, *self.target)
        if self.shot(at).padded:
            onto = letterboxed(cut.w, cut.h, *self.target)
        across, down = Fraction(onto.w, cut.w), Fraction(onto.h, cut.h)
        x, y = floor(onto.x + (box.x - cut.x) * across), floor(onto.y + (box.y - cut.y) * down)
        right, bottom = ceil(onto.x + (box.right - cut.x) * across), ceil(onto.y + (box.bottom - cut.y) * down)
        return Box(x, y, right - x, bottom - y).clipped(*self.target)


def placed(box: Box, place: int, *, along_x: bool) -> Box:
    """`box` with its first column, or row, at `place`."""
    return Box(place, box.y, box.w, box.h) if along_x else Box(box.x, place, box.w, box.h)
