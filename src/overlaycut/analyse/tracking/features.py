"""Feature points spread over a patch, chosen by their structure tensor (Shi and Tomasi, 1994)."""

from __future__ import annotations

import cv2
import numpy as np

from overlaycut.analyse.tracking.parameters import FeatureParameters
from overlaycut.analyse.tracking.plane_geometry import projected
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import FloatArray, Homography, Points
from overlaycut.vision.structure_tensor import StructureTensor, best_per_cell


def feature_points(
    patch: Plane, to_picture: Homography, shape: tuple[int, ...], *, most: int, parameters: FeatureParameters
) -> tuple[Points, FloatArray]:
    """Points with texture, (n, 2), one per cell of a grid, and their certainty by direction, (n, 2, 2), 0..1.

    Points that `to_picture` maps outside a picture of that `shape` are left out; `most` sets the grid.
    """
    blurred = cv2.GaussianBlur(patch.astype(np.float32), (0, 0), parameters.blur_px)
    tensor = StructureTensor.of(np.asarray(blurred, np.float32), parameters.window_px)
    rows, columns = patch.shape
    cell = max(parameters.least_cell_px, int(np.sqrt(columns * rows / most)))
    border = parameters.border_px
    merit = tensor.merit(edge_share=parameters.edge_merit)[border : rows - border, border : columns - border]
    points = best_per_cell(merit, cell, least=parameters.least_merit) + border
    if not len(points):
        return np.zeros((0, 2)), np.zeros((0, 2, 2))
    in_picture = projected(points, to_picture)
    ok = (in_picture > 1).all(axis=1) & (in_picture < (shape[1] - 2, shape[0] - 2)).all(axis=1)
    points = points[ok]
    return points, tensor.certainty(points, half_sure=parameters.soft_gradient**2)
