"""Convex polygons: which points lie in one, what two of them share, and the pixels that one covers.

Polygons are corners in order, (n, 2), in any units; areas are in squares of these.
"""

from __future__ import annotations

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Points

_ON_EDGE = 1e-4
"""Distance up to which a point beyond an edge still lies on it, in the units of the corners."""

_FRACTION_BITS = 4
"""Bits of a pixel to which `polygon_mask` takes corners."""


def inside(points: Points, corners: Points) -> Mask:
    """Which of `points`, (n, 2), lie in a convex polygon given clockwise, edges included: (n,)."""
    edges = np.roll(corners, -1, axis=0) - corners
    to = points[:, None] - corners
    turn = edges[:, 0] * to[..., 1] - edges[:, 1] * to[..., 0]
    return np.asarray((turn >= -_ON_EDGE * np.linalg.norm(edges, axis=1)).all(axis=1))


def is_convex(corners: Points) -> bool:
    """Whether the corners, in either direction, make a convex polygon."""
    return bool(cv2.isContourConvex(corners.astype(np.float32)[:, None]))


def area(corners: Points) -> float:
    """Area of a polygon, whichever way its corners run."""
    return abs(float(cv2.contourArea(corners.astype(np.float32))))


def shared_area(one: Points, other: Points) -> float:
    """Area that two convex polygons have in common."""
    return float(cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))[0])


def overlap(one: Points, other: Points) -> float:
    """Share of the smaller of two convex polygons that lies in the other, 0..1; 0 where one has no area."""
    smaller = min(area(one), area(other))
    return shared_area(one, other) / smaller if smaller > 0 else 0.0


def intersection_over_union(one: Points, other: Points) -> float:
    """Area that two convex polygons have in common, over the area that they cover together: 0..1."""
    both = shared_area(one, other)
    union = area(one) + area(other) - both
    return both / union if union > 0 else 0.0


def share_in(corners: Points, region: Points) -> float:
    """Share of a polygon that lies in a convex `region`, 0..1; 0 for one that is not convex or has no area."""
    whole = area(corners)
    if whole <= 0 or not is_convex(corners):
        return 0.0
    return min(shared_area(corners, region) / whole, 1.0)


def polygon_mask(corners: Points, shape: tuple[int, int], *, whole_pixels: bool = False) -> Mask:
    """The pixels of a (rows, columns) picture that a convex polygon covers; corners are in pixel indices.

    whole_pixels: whether corners are rounded to whole pixels first, else to a sixteenth.
    """
    bits = 0 if whole_pixels else _FRACTION_BITS
    covered = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(covered, np.rint(corners * 2**bits).astype(np.int32), (1,), shift=bits)
    return covered.astype(np.bool_)
