"""Residual deformation of a surface relative to its homography: a bottle that turns, cloth that folds.

A displacement field of the region's rectangle is a sum of smooth modes. Eight are those of a homography to first order;
six more, of second and third order, are the residual. Near the lettering they are polynomials; away from it they fade
out, since what lies there is another part of the object.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from overlaycut.core.geometry import FloatArray, Points, Quad, planar_modes

PLANAR = 8
"""Modes of a homography: shift, two stretches and a keystone, for x and for y."""

BENT = 6
"""Residual modes."""

_FADE_LENGTH = 1.5
"""Longer sides of the region over which the residual modes fade beside it; set by benchmarks/repair.py."""

_INVERSION_STEPS = 5
"""Fixed-point steps by which a displacement is inverted; its gradient is far below 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Deformation:
    """A displacement field of the region's rectangle in the six residual modes."""

    strengths: FloatArray
    """(6,), in halves of the rectangle's longer side."""

    def at(self, points: Points, rectangle: Quad) -> Points:
        """Displacement of `points`, (n, 2), of a plane on which the region lies as `rectangle`: (n, 2)."""
        moved: Points = modes(points, rectangle)[..., PLANAR:] @ self.strengths * _reach(rectangle)
        return moved

    def back_at(self, points: Points, rectangle: Quad) -> Points:
        """Displacement that undoes `at`: (n, 2)."""
        back = np.zeros_like(points)
        for _ in range(_INVERSION_STEPS):
            back = -self.at(points + back, rectangle)
        return back


def modes(points: Points, rectangle: Quad) -> FloatArray:
    """Displacement of `points`, (n, 2), by every mode of strength 1, the planar ones first: (n, 2, 14).

    rectangle: where the region lies, upright; displacements and strengths are in halves of its longer side.
    """
    u, v = ((points - rectangle.centre) / _reach(rectangle)).T
    zero = np.zeros_like(u)
    near = np.exp(-((beside(points, rectangle) / _FADE_LENGTH) ** 4))
    uu, uv, vv = near * u * u, near * u * v, near * v * v
    # Of the squares, what is orthogonal to the keystones.
    x = (uu, uv, vv, zero, near * u**3, zero)
    y = (-uv, -vv, zero, uu, zero, near * u**3)
    bent = np.stack([np.stack(x, axis=1), np.stack(y, axis=1)], axis=1)
    return np.concatenate([planar_modes(u, v), bent], axis=2)


def _reach(rectangle: Quad) -> float:
    return max(rectangle.size) / 2


def beside(points: Points, rectangle: Quad) -> FloatArray:
    """Distance of `points`, (n, 2), from the rectangle, in its longer sides; 0 inside: (n,)."""
    low, high = np.array(rectangle.a), np.array(rectangle.c)
    out = np.maximum(np.maximum(low - points, points - high), 0)
    return np.asarray(np.hypot(*out.T) / max(rectangle.size))
