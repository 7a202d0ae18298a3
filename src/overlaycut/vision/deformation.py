"""How a surface lies beside the plane that its quad says: what a bottle that turns and cloth that folds do.

A deformation is a few smooth displacements of the region's rectangle, *modes*. Eight of them are what a homography does
to first order, and move the quad; six more, of second and third order, bend the surface while its quad stays a plane's.
Near the lettering they are polynomials; away from it they fade, since what lies there is another part of the thing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from overlaycut.core.geometry import FloatArray, Points, Quad, planar_modes

PLANAR = 8
"""Modes that a homography has: shift, two stretches and a keystone, for x and for y."""

BENT = 6
"""Modes that it has not."""

_FADES = 1.5
"""Parts of the region's longer side over which bending fades beside it."""

_TURNS = 5
"""Steps by which a displacement is inverted: it is small beside its own length."""


@dataclass(frozen=True, slots=True, eq=False)
class Deformation:
    """A displacement of the region's rectangle, in the shape of the six bent modes."""

    strengths: FloatArray
    """(6,), in halves of the rectangle's longer side."""

    def at(self, points: Points, rectangle: Quad) -> Points:
        """By how much `points` of a sheet, (n, 2), are moved when the region lies on it as `rectangle`: (n, 2)."""
        moved: Points = modes(points, rectangle)[..., PLANAR:] @ self.strengths * _reach(rectangle)
        return moved

    def back_at(self, points: Points, rectangle: Quad) -> Points:
        """By how much `points` have to be moved to come from where they were: the inverse of `at`."""
        back = np.zeros_like(points)
        for _ in range(_TURNS):
            back = -self.at(points + back, rectangle)
        return back


def modes(points: Points, rectangle: Quad) -> FloatArray:
    """What every mode, of strength 1, does to `points` (n, 2): (n, 2, 14), the planar ones first.

    rectangle: where the region lies, upright; strengths are in halves of its longer side.
    """
    u, v = ((points - rectangle.centre) / _reach(rectangle)).T
    zero = np.zeros_like(u)
    near = np.exp(-((beside(points, rectangle) / _FADES) ** 4))
    uu, uv, vv = near * u * u, near * u * v, near * v * v
    # Of the squares, the bent modes are what the keystones leave over.
    x = (uu, uv, vv, zero, near * u**3, zero)
    y = (-uv, -vv, zero, uu, zero, near * u**3)
    bent = np.stack([np.stack(x, axis=1), np.stack(y, axis=1)], axis=1)
    return np.concatenate([planar_modes(u, v), bent], axis=2)


def _reach(rectangle: Quad) -> float:
    return max(rectangle.size) / 2


def beside(points: Points, rectangle: Quad) -> FloatArray:
    """How far outside of the rectangle `points` lie, in parts of its longer side; 0 within."""
    low, high = np.array(rectangle.a), np.array(rectangle.c)
    out = np.maximum(np.maximum(low - points, points - high), 0)
    return np.asarray(np.hypot(*out.T) / max(rectangle.size))
