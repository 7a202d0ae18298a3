"""Faces in other coordinates, and distances between them."""

from __future__ import annotations

import numpy as np

from overlaycut.core.cast import Face
from overlaycut.core.geometry import Box, Point


def scaled_box(box: Box, factor: float) -> Box:
    """The box in a picture that is `factor` times as large."""
    x, y, right, bottom = (round(side * factor) for side in (box.x, box.y, box.right, box.bottom))
    return Box(x, y, max(right - x, 1), max(bottom - y, 1))


def scaled_face(face: Face, factor: float) -> Face:
    """The face in a picture that is `factor` times as large."""

    def scaled(point: Point) -> Point:
        return point[0] * factor, point[1] * factor

    a, b, c, d, e = (scaled(point) for point in face.points)
    return Face(scaled_box(face.box, factor), face.score, (a, b, c, d, e))


def shifted_face(face: Face, x: int, y: int) -> Face:
    """The face with its coordinates shifted by `x` and `y`."""
    box = face.box
    a, b, c, d, e = ((px + x, py + y) for px, py in face.points)
    return Face(Box(box.x + x, box.y + y, box.w, box.h), face.score, (a, b, c, d, e))


def centre_distance(one: Box, other: Box) -> float:
    """Distance of the centres of two boxes in units of their mean width."""
    across, down = 2 * (one.x - other.x) + one.w - other.w, 2 * (one.y - other.y) + one.h - other.h
    return float(np.hypot(across, down)) / (one.w + other.w)
