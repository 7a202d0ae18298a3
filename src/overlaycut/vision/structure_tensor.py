"""The structure tensor: where in a picture a small window can be located, and in which directions.

The windowed products of the picture's gradient (Förstner and Gülch, 1987). Where both eigenvalues are large a window
is located in every direction; where one is, as on an edge, only across it (Shi and Tomasi, Good features to track,
1994).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.geometry import FloatArray, Points
from overlaycut.vision.filters import FloatPlane

LEAST_TEXTURE = 0.3
"""Least `merit` of a window that is tracked, in squared levels per pixel; checked by benchmarks/lettering.py."""

EDGE_SHARE = 0.2
"""Share of the sum of both eigenvalues that counts beside the smaller one, so that edges come after corners."""


def gradients(picture: FloatPlane) -> tuple[FloatPlane, FloatPlane]:
    """Change to the right and downward, in levels per pixel, by Scharr's operator."""
    across, down = (cv2.Scharr(picture, cv2.CV_32F, *order, scale=1 / 32) for order in ((1, 0), (0, 1)))
    return np.asarray(across, np.float32), np.asarray(down, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class StructureTensor:
    """Means over a square window around every pixel of the gradient's products, in squared levels per pixel."""

    xx: FloatPlane
    xy: FloatPlane
    yy: FloatPlane

    @classmethod
    def of(cls, luma: FloatPlane, window: int) -> StructureTensor:
        """The tensor of `luma`, (rows, columns), in windows of `window` pixels a side."""
        across, down = gradients(luma)
        side = (window, window)
        products = (across * across, across * down, down * down)
        return cls(*(np.asarray(cv2.boxFilter(product, -1, side), np.float32) for product in products))

    def merit(self, *, edge_share: float = EDGE_SHARE) -> FloatPlane:
        """How well a window around each pixel is located: the smaller eigenvalue and a share of the sum of both."""
        half = (self.xx + self.yy) / 2
        root = np.sqrt(((self.xx - self.yy) / 2) ** 2 + self.xy**2)
        return np.asarray(half - root + edge_share * (half + root), np.float32)

    def certainty(self, points: Points, *, half_sure: float) -> FloatArray:
        """How surely the windows around `points`, (n, 2) pixel indices, are located: (n, 2, 2).

        Symmetric, with eigenvalues 0..1: a direction with `half_sure` squared levels per pixel has 0.5.
        """
        column, row = points.astype(int).T
        xx, xy, yy = (plane[row, column] for plane in (self.xx, self.xy, self.yy))
        tensor = np.array([[xx, xy], [xy, yy]]).transpose(2, 0, 1).astype(np.float64)
        values, vectors = np.linalg.eigh(tensor)
        values = np.clip(values, 0, None)
        return np.asarray((vectors * (values / (values + half_sure))[:, None]) @ vectors.transpose(0, 2, 1))


def best_per_cell(merit: FloatPlane, cell: int, *, least: float = LEAST_TEXTURE) -> Points:
    """The place of the highest merit in every cell of `cell` × `cell` pixels where it exceeds `least`, above 0.

    Cells begin at the first pixel and run row by row. Returns pixel indices, (n, 2).
    """
    rows, columns = -(-merit.shape[0] // cell), -(-merit.shape[1] // cell)
    padded = np.pad(merit, ((0, rows * cell - merit.shape[0]), (0, columns * cell - merit.shape[1])))
    cells = padded.reshape(rows, cell, columns, cell).swapaxes(1, 2).reshape(rows * columns, cell * cell)
    if not len(cells):
        return np.zeros((0, 2))
    best = cells.argmax(axis=1)
    good = cells[np.arange(len(cells)), best] > least
    number = np.flatnonzero(good)
    x = number % columns * cell + best[good] % cell
    y = number // columns * cell + best[good] // cell
    return np.stack([x, y], axis=1).astype(np.float64)
