"""Two clips in one picture: beside each other, or parted by a line that moves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from overlaycut.core.frame import Frame, Plane

_LINE = 235
"""Luma of the line between the two: white (BT.709, limited range)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WipeParameters:
    """How a wipe moves; checked by tests/assemble/test_comparison.py."""

    period: Fraction = Fraction(4)
    """Seconds from one turn to the same turn again: slow enough to look, quick enough to compare."""
    reach: float = 0.46
    """Share of the width by which the line leaves the middle, 0..0.5."""


def beside(pairs: Iterable[tuple[Frame, Frame]]) -> Iterator[Frame]:
    """Both frames of each pair, which are of one size, side by side; times are those of the first."""
    for one, other in pairs:
        y, u, v = (np.hstack(planes) for planes in zip(one.planes, other.planes, strict=True))
        yield Frame(one.index, one.at, one.lasts, y, u, v, one.matrix)


def wiped(pairs: Iterable[tuple[Frame, Frame]], *, parameters: WipeParameters = WipeParameters()) -> Iterator[Frame]:
    """The first frame of each pair left of a line, the second right of it; the line goes to and fro."""
    for one, other in pairs:
        turn = math.sin(2 * math.pi * float(one.at / parameters.period))
        column = 2 * round(one.width * (0.5 + parameters.reach * turn) / 2)
        halves = (_parted(a, b, column // part) for a, b, part in zip(one.planes, other.planes, (1, 2, 2), strict=True))
        y, u, v = halves
        y[:, max(column - 1, 0) : column + 1] = _LINE
        yield Frame(one.index, one.at, one.lasts, y, u, v, one.matrix)


def _parted(one: Plane, other: Plane, column: int) -> Plane:
    parted = other.copy()
    parted[:, :column] = one[:, :column]
    return parted


def luma_difference(one: Frame, other: Frame) -> float:
    """Mean difference of two frames of one size, in levels of luma."""
    return float(np.abs(one.y.astype(np.int16) - other.y).mean())
