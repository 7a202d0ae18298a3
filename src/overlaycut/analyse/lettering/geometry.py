"""Coordinates of a clip and of the reduced pictures that its text is tracked in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from overlaycut.core.geometry import Box, Points, Quad
from overlaycut.vision import polygons
from overlaycut.vision.thumbnails import reduced_size


@dataclass(frozen=True, slots=True)
class ClipGeometry:
    """Size of a clip and of its reduced pictures, in pixels."""

    width: int
    height: int
    reduced: tuple[int, int]
    """Columns and rows of the reduced picture."""

    @classmethod
    def of(cls, width: int, height: int, long_side: int) -> Self:
        """Pictures reduced to `long_side` pixels at most."""
        return cls(width, height, reduced_size(width, height, long_side, least=8))

    def to_reduced(self, quad: Quad) -> Points:
        """Clip coordinates to those of the reduced picture, whose pixel centres are whole numbers: (4, 2)."""
        scale = (self.reduced[0] / self.width, self.reduced[1] / self.height)
        return quad.array() * scale - 0.5

    def to_clip(self, corners: Points) -> Quad:
        """The inverse of `to_reduced`."""
        scale = (self.width / self.reduced[0], self.height / self.reduced[1])
        return Quad.of((corners + 0.5) * scale)

    def visible(self, quad: Quad) -> float:
        """Share of a quad that lies inside the picture."""
        return share_in_picture(quad, self.width, self.height)


def share_in_picture(quad: Quad, width: int, height: int) -> float:
    """Share of a quad that lies inside a picture of that size; 0 for one without an area."""
    return polygons.share_in(quad.array(), Box(0, 0, width, height).quad().array())


def overlap(one: Quad, other: Quad) -> float:
    """Share of the smaller of two quads that lies in the other."""
    return polygons.overlap(one.array(), other.array())


def intersection_over_union(one: Quad, other: Quad) -> float:
    """Intersection over union of two quads."""
    return polygons.intersection_over_union(one.array(), other.array())


def aspect(quad: Quad) -> float:
    """Width over height."""
    width, height = quad.size
    return width / max(height, 1e-6)


def reading_order(quad: Quad, height: int) -> tuple[int, float]:
    """Sort key: lines from the top, each a fiftieth of the picture's `height`, and from the left within a line."""
    x, y = quad.centre
    return round(y / max(height / 50, 1)), x
