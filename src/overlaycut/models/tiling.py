"""Parts of a picture that a network is given one after another, and the size that it wants them in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a picture that is run by itself."""

    rows: slice
    columns: slice
    """The part."""
    kept_rows: slice
    kept_columns: slice
    """Of the picture, what this tile's answer is kept for."""
    multiple: int
    """Sides of the network's input are multiples of this."""

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the network's input."""
        height, width = (
            ceil((part.stop - part.start) / self.multiple) * self.multiple for part in (self.rows, self.columns)
        )
        return height, width

    def taken(self, picture: NDArray[Any]) -> NDArray[Any]:
        """The part of a picture, (rows, columns, channels); its last row and column again where `size` is larger."""
        part = picture[self.rows, self.columns]
        lacking = [(0, wanted - there) for wanted, there in zip(self.size, part.shape[:2], strict=True)]
        return np.pad(part, (*lacking, (0, 0)), mode="edge")

    def put(self, answer: NDArray[np.float32], stack: NDArray[np.float32]) -> None:
        """Lay the kept part of the network's answer, (channels, rows, columns), into the picture's."""
        rows = slice(self.kept_rows.start - self.rows.start, self.kept_rows.stop - self.rows.start)
        columns = slice(self.kept_columns.start - self.columns.start, self.kept_columns.stop - self.columns.start)
        stack[:, self.kept_rows, self.kept_columns] = answer[:, rows, columns]


def tiles(size: tuple[int, ...], *, largest: tuple[int, int], margin: int, multiple: int) -> Iterator[Tile]:
    """Tiles of one size that cover a picture of `size` rows and columns.

    largest: rows and columns of a tile at most. margin: pixels at each inner edge that are computed only as surround.
    """
    rows, columns = (list(_stretches(length, longest, margin)) for length, longest in zip(size, largest, strict=True))
    for row, kept_rows in rows:
        for column, kept_columns in columns:
            yield Tile(row, column, kept_rows, kept_columns, multiple)


def _stretches(length: int, longest: int, margin: int) -> Iterator[tuple[slice, slice]]:
    """Stretches of at most `longest` pixels over a line of `length`, each with the part of it that is kept."""
    if length <= longest:
        yield slice(0, length), slice(0, length)
        return
    count = ceil((length - 2 * margin) / (longest - 2 * margin))
    starts = [(length - longest) * at // (count - 1) for at in range(count)]
    edges = [0, *((one + longest + other) // 2 for one, other in pairwise(starts)), length]
    for start, first, last in zip(starts, edges[:-1], edges[1:], strict=True):
        yield slice(start, start + longest), slice(first, last)
