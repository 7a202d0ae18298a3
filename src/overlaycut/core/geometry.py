"""Intervals of frames, boxes and quads of the picture, and the homographies between quads.

Coordinates are source pixels with the origin at the top-left corner of the picture; a pixel's centre lies at
+0.5. Spans are half-open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from overlaycut.errors import InvalidValue

Point: TypeAlias = tuple[float, float]

Homography: TypeAlias = NDArray[np.float64]
"""A projective map of the plane, (3, 3): it sends columns (x, y, 1)."""

Points: TypeAlias = NDArray[np.float64]
"""Points of the plane, or displacements of points, x before y: (n, 2)."""

Covariance: TypeAlias = NDArray[np.float64]
"""Second moments of a position or a blur, x before y, in squared pixels: (2, 2)."""

FloatArray: TypeAlias = NDArray[np.float64]
"""Numbers of another shape, which their use states."""


_CORNERS = "a quad has four finite [x, y] corners"


def _require_whole(owner: str, values: tuple[object, ...]) -> None:
    for value in values:
        if not isinstance(value, int | np.integer):
            raise InvalidValue(f"a {owner} is of whole numbers, got {value!r}")


def _finite(value: object) -> bool:
    return isinstance(value, float | int | np.floating | np.integer) and isfinite(value)


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """Frames `start` up to, not including, `end`; never empty."""

    start: int
    end: int

    def __post_init__(self) -> None:
        _require_whole("span", (self.start, self.end))
        if not 0 <= self.start < self.end:
            raise InvalidValue(f"a span runs forward from 0 or later, got {self.start}..{self.end}")

    def __contains__(self, index: int) -> bool:
        return self.start <= index < self.end

    def __len__(self) -> int:
        return self.end - self.start

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.end))

    def clipped(self, other: Span) -> Span | None:
        """The frames in both spans, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned rectangle of whole pixels: `x` ≤ column < `x + w`, `y` ≤ row < `y + h`."""

    x: int
    y: int
    w: int
    h: int

    def __post_init__(self) -> None:
        _require_whole("box", (self.x, self.y, self.w, self.h))
        if self.w <= 0 or self.h <= 0:
            raise InvalidValue(f"a box has a width and a height, got {self.w}x{self.h}")

    @classmethod
    def of(cls, mask: NDArray[Any]) -> Box:
        """The smallest box around what is set in `mask`, (rows, columns). Raises ValueError when nothing is."""
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not len(rows):
            raise ValueError("a mask in which nothing is set has no box")
        x, y = int(columns[0]), int(rows[0])
        return cls(x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y)

    @property
    def right(self) -> int:
        """First column not in the box."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """First row not in the box."""
        return self.y + self.h

    @property
    def area(self) -> int:
        """Pixels in the box."""
        return self.w * self.h

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to index an array with."""
        return slice(self.y, self.bottom), slice(self.x, self.right)

    def clipped(self, width: int, height: int) -> Box | None:
        """The part inside a picture of that size, or None."""
        x, y = max(self.x, 0), max(self.y, 0)
        right, bottom = min(self.right, width), min(self.bottom, height)
        return Box(x, y, right - x, bottom - y) if right > x and bottom > y else None

    def grown(self, pixels: int) -> Box:
        """The box with `pixels` more on every side; it may leave the picture."""
        return Box(self.x - pixels, self.y - pixels, self.w + 2 * pixels, self.h + 2 * pixels)

    def even(self) -> Box:
        """The smallest box around this one whose corners fall on whole 4:2:0 chroma samples."""
        x, y = self.x - self.x % 2, self.y - self.y % 2
        return Box(x, y, self.right + self.right % 2 - x, self.bottom + self.bottom % 2 - y)

    def overlap(self, other: Box) -> int:
        """Pixels that lie in both."""
        w = min(self.right, other.right) - max(self.x, other.x)
        h = min(self.bottom, other.bottom) - max(self.y, other.y)
        return max(w, 0) * max(h, 0)

    def quad(self) -> Quad:
        """The four corners, clockwise from the top-left."""
        return Quad((self.x, self.y), (self.right, self.y), (self.right, self.bottom), (self.x, self.bottom))

    @classmethod
    def around(cls, boxes: Iterable[Box]) -> Box:
        """The smallest box that holds all of `boxes`, of which there is at least one."""
        boxes = list(boxes)
        x, y = min(b.x for b in boxes), min(b.y for b in boxes)
        return cls(x, y, max(b.right for b in boxes) - x, max(b.bottom for b in boxes) - y)


@dataclass(frozen=True, slots=True)
class Quad:
    """Four corners of lettering, clockwise as it reads: `a` is the text's own top-left, `b` its top-right."""

    a: Point
    b: Point
    c: Point
    d: Point

    def __post_init__(self) -> None:
        for corner in (self.a, self.b, self.c, self.d):
            if not (isinstance(corner, tuple) and len(corner) == 2 and _finite(corner[0]) and _finite(corner[1])):
                raise InvalidValue(f"{_CORNERS}, got {corner!r}")

    @classmethod
    def of(cls, points: Iterable[Iterable[float]]) -> Self:
        """A quad from four (x, y) pairs.

        Raises InvalidValue when there are not four, or when one is not finite.
        """
        try:
            corners = np.asarray([list(p) for p in points], dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidValue("a quad is four [x, y] points") from error
        if corners.shape != (4, 2) or not np.isfinite(corners).all():
            raise InvalidValue(_CORNERS)
        return cls(*((float(x), float(y)) for x, y in corners))

    def array(self) -> Points:
        """The corners as float64, shape (4, 2)."""
        return np.array([self.a, self.b, self.c, self.d], dtype=np.float64)

    def box(self) -> Box:
        """The smallest box of whole pixels around the quad."""
        points = self.array()
        x, y = np.floor(points.min(axis=0)).astype(int)
        right, bottom = np.ceil(points.max(axis=0)).astype(int)
        return Box(int(x), int(y), max(int(right - x), 1), max(int(bottom - y), 1))

    @property
    def size(self) -> tuple[float, float]:
        """Mean length of the text's top and bottom edge, and of its two sides, in pixels."""
        p = self.array()
        edge = np.linalg.norm(np.roll(p, -1, axis=0) - p, axis=1)
        return float(edge[0] + edge[2]) / 2, float(edge[1] + edge[3]) / 2

    @property
    def area(self) -> float:
        """Area in square pixels; positive when the corners run clockwise."""
        p = self.array()
        q = np.roll(p, -1, axis=0)
        return float(np.sum(p[:, 0] * q[:, 1] - q[:, 0] * p[:, 1])) / 2

    @property
    def centre(self) -> Point:
        """Mean of the corners."""
        x, y = self.array().mean(axis=0)
        return float(x), float(y)

    def grown(self, pixels: float) -> Quad:
        """The quad with its edges moved outward by about `pixels`, along its own two directions."""
        w, h = self.size
        along, across = pixels / max(w, 1e-6), pixels / max(h, 1e-6)
        unit = np.array([[-along, -across], [1 + along, -across], [1 + along, 1 + across], [-along, 1 + across]])
        return Quad.of(mapped(homography(UNIT_SQUARE, self), unit))

    def mapped(self, matrix: Homography) -> Quad:
        """The quad with every corner sent through a homography."""
        return Quad.of(mapped(matrix, self.array()))


UNIT_SQUARE = Quad((0, 0), (1, 0), (1, 1), (0, 1))
"""The square that every quad is a projective picture of."""


def homography(source: Quad, target: Quad) -> Homography:
    """The homography that sends the corners of `source` to those of `target`: (3, 3), last entry 1.

    The direct linear transform on four points (Hartley and Zisserman, Multiple View Geometry, 4.1).
    Raises ValueError when three corners of a quad lie on one line.
    """
    rows, right = [], []
    for (x, y), (u, v) in zip(source.array(), target.array(), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    try:
        solution = np.linalg.solve(np.array(rows), np.array(right))
    except np.linalg.LinAlgError as error:
        raise ValueError("three corners of the quad lie on one line") from error
    return np.append(solution, 1.0).reshape(3, 3)


def mapped(matrix: Homography, points: Points) -> Points:
    """`points` (n, 2) sent through a homography (3, 3)."""
    lifted = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    result: Points = lifted[:, :2] / lifted[:, 2:]
    return result


def planar_modes(u: FloatArray, v: FloatArray) -> FloatArray:
    """Displacements of points (u, v), (n,) each, by the eight modes of a homography to first order: (n, 2, 8).

    A shift, two stretches and a keystone for x, then the same for y; the keystones are the displacement fields of the
    two perspective terms.
    """
    one, zero = np.ones_like(u), np.zeros_like(u)
    x = np.stack([one, u, v, u * u, zero, zero, zero, u * v], axis=1)
    y = np.stack([zero, zero, zero, u * v, one, u, v, v * v], axis=1)
    return np.stack([x, y], axis=1)


def scaling(sx: float, sy: float) -> Homography:
    """The homography that multiplies x by `sx` and y by `sy`."""
    return np.diag([sx, sy, 1.0])


def shift(dx: float, dy: float) -> Homography:
    """The homography that adds (dx, dy)."""
    return np.array([[1.0, 0.0, dx], [0.0, 1.0, dy], [0.0, 0.0, 1.0]])
