"""Feature points spread over a patch, chosen by their structure tensor (Shi and Tomasi, 1994)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.tracking.parameters import FeatureParameters
from overlaycut.analyse.tracking.plane_geometry import projected
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import FloatArray, Homography, Points


def feature_points(
    patch: Plane, to_picture: Homography, shape: tuple[int, ...], *, most: int, parameters: FeatureParameters
) -> tuple[Points, FloatArray]:
    """Points with texture, (n, 2), one per cell of a grid, and their certainty by direction, (n, 2, 2), 0..1.

    Points that `to_picture` maps outside a picture of that `shape` are left out; `most` sets the grid.
    """
    window = (parameters.window_px, parameters.window_px)
    blurred = cv2.GaussianBlur(patch.astype(np.float32), (0, 0), parameters.blur_px)
    gx, gy = cv2.Scharr(blurred, cv2.CV_32F, 1, 0) / 32, cv2.Scharr(blurred, cv2.CV_32F, 0, 1) / 32
    xx, yy, xy = (cv2.boxFilter(p, -1, window) for p in (gx * gx, gy * gy, gx * gy))
    half = (xx + yy) / 2
    root = np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    merit = half - root + parameters.edge_merit * (half + root)
    points = _best_of_cells(np.asarray(merit), most, parameters)
    if not len(points):
        return np.zeros((0, 2)), np.zeros((0, 2, 2))
    in_picture = projected(points, to_picture)
    ok = (in_picture > 1).all(axis=1) & (in_picture < (shape[1] - 2, shape[0] - 2)).all(axis=1)
    points = points[ok]
    column, row = points.astype(int).T
    tensor = np.array([[xx[row, column], xy[row, column]], [xy[row, column], yy[row, column]]])
    values, vectors = np.linalg.eigh(tensor.transpose(2, 0, 1).astype(np.float64))
    values = np.clip(values, 0, None)
    certainty = values / (values + parameters.soft_gradient**2)
    return points, (vectors * certainty[:, None, :]) @ vectors.transpose(0, 2, 1)


def _best_of_cells(merit: NDArray[np.float32], most: int, parameters: FeatureParameters) -> Points:
    """The pixel of the highest merit in every cell of a grid of about `most` cells, (n, 2)."""
    rows, columns = merit.shape
    cell = max(parameters.least_cell_px, int(np.sqrt(columns * rows / most)))
    border = parameters.border_px
    chosen = []
    for y in range(border, rows - border, cell):
        for x in range(border, columns - border, cell):
            part = merit[y : min(y + cell, rows - border), x : min(x + cell, columns - border)]
            row, column = np.unravel_index(int(part.argmax()), part.shape)
            if part[row, column] > parameters.least_merit:
                chosen.append((x + int(column), y + int(row)))
    return np.array(chosen, dtype=np.float64).reshape(-1, 2)
