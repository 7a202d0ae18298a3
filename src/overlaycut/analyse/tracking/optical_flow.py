"""Forward-backward pyramidal Lucas–Kanade on sparse points (Bouguet, 2000; Kalal et al., 2010)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.tracking.parameters import FlowParameters
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import Points


def forward_backward_flow(
    reference: Plane, picture: Plane, points: Points, *, levels: int, window_px: int, parameters: FlowParameters
) -> tuple[Points, Points, NDArray[np.float64]]:
    """Positions of `points` of the reference in `picture`, their forward-backward errors and window differences.

    Shapes (n, 2), (n, 2) and (n,); the last is the mean absolute difference of the windows in grey levels. Points that
    were not found have an error of 1000 pixels.
    """
    settings = {
        "winSize": (window_px, window_px),
        "criteria": (
            cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT,
            parameters.iterations,
            parameters.converged_px,
        ),
        "flags": cv2.OPTFLOW_USE_INITIAL_FLOW,
        "minEigThreshold": parameters.least_eigenvalue,
    }
    start = points.astype(np.float32)[:, None]
    forward, found, difference = cv2.calcOpticalFlowPyrLK(
        reference, picture, start, start.copy(), maxLevel=levels, **settings
    )
    backward, returned, _ = cv2.calcOpticalFlowPyrLK(
        picture, reference, forward, forward.copy(), maxLevel=1, **settings
    )
    error = (backward - start)[:, 0].astype(np.float64)
    error[(found.ravel() == 0) | (returned.ravel() == 0)] = 1e3
    moved = forward[:, 0].astype(np.float64)
    finite = np.where(np.isfinite(moved), moved, 0.0), np.where(np.isfinite(error), error, 1e3)
    # OpenCV leaves the difference of a point that it did not find as it was in memory.
    differs = np.where(found.ravel() > 0, difference.ravel(), np.float32(255))
    return *finite, differs.astype(np.float64)
