"""Surfaces that change their form, as exact functions of time.

Places are still pixels from the surface's top-left corner, on the picture of the surface as it is seen head-on.
"""

from __future__ import annotations

import numpy as np

from simulator.lettering import rolled, unrolled
from simulator.motion import eased
from simulator.raster import Image, Real
from simulator.scene import Point, Surface

_ALONG = 0.35
"""Share of a wave's lift by which it also moves print sideways, a quarter of its length apart."""

_TURNS = 40
"""Steps of the inversion, each of which makes its error smaller by the steepness of the wave."""


def turned_by(surface: Surface, seconds: float) -> float:
    """Still pixels by which print has wandered along the unrolled label."""
    if surface.radius is None:
        return 0.0
    return float(np.radians(surface.bending.turn)) * eased(seconds) * surface.radius


def rest(surface: Surface, x: Real, y: Real, seconds: float) -> tuple[Image, Image]:
    """Where what waves show at (x, y) lies on the resting surface."""
    bending = surface.bending

    def lift(at: float) -> Image:
        phase = 2 * np.pi * (x / np.float32(bending.length) - at / bending.period)
        return np.asarray(bending.wave * np.exp(1j * phase), np.complex64)

    # Only what changed since frame 0 counts; it grows from nothing with the first second.
    change = (lift(seconds) - lift(0.0)) * min(seconds, 1.0)
    return np.asarray(x - _ALONG * change.imag, np.float32), np.asarray(y - change.real, np.float32)


def seen(surface: Surface, place: Point, seconds: float) -> Point:
    """Where a place of the resting surface is seen: print that turns with the cylinder, on cloth that waves."""
    x, y = place
    if surface.bending.turn:
        label = float(unrolled(surface, np.array([x], np.float32))[0]) + turned_by(surface, seconds)
        x = rolled(surface, label)
    if surface.bending.wave:
        at_x, at_y = x, y
        for _ in range(_TURNS):
            back_x, back_y = rest(surface, np.array([at_x], np.float32), np.array([at_y], np.float32), seconds)
            at_x, at_y = at_x + x - float(back_x[0]), at_y + y - float(back_y[0])
        x, y = at_x, at_y
    return x, y
