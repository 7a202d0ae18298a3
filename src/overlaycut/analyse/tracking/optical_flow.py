"""Forward-backward pyramidal Lucas–Kanade on sparse points (Bouguet, 2000; Kalal et al., 2010)."""

from __future__ import annotations

import cv2
import numpy as np

from overlaycut.analyse.tracking.parameters import FlowParameters
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import FloatArray, Points


def forward_backward_flow(
    reference: Plane, picture: Plane, points: Points, *, levels: int, window_px: int, parameters: FlowParameters
) -> tuple[Points, Points, FloatArray]:
    """Positions of `points` of the reference in `picture`, their forward-backward errors and window differences.

    Shapes (n, 2), (n, 2) and (n,); the last is the mean absolute difference of the windows in grey levels. Points that
    were not found have an error of 1000 pixels.
    """
    window = (window_px, window_px)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, parameters.iterations, parameters.converged_px)

    def track(
        before: Plane, after: Plane, start: cv2.typing.MatLike, top: int
    ) -> tuple[cv2.typing.MatLike, cv2.typing.MatLike, cv2.typing.MatLike]:
        return cv2.calcOpticalFlowPyrLK(
            before,
            after,
            start,
            start.copy(),
            winSize=window,
            maxLevel=top,
            criteria=stop,
            flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
            minEigThreshold=parameters.least_eigenvalue,
        )

    start = points.astype(np.float32)[:, None]
    forward, found, difference = track(reference, picture, start, levels)
    backward, returned, _ = track(picture, reference, forward, 1)
    error = (backward - start)[:, 0].astype(np.float64)
    error[(found.ravel() == 0) | (returned.ravel() == 0)] = 1e3
    moved = forward[:, 0].astype(np.float64)
    finite = np.where(np.isfinite(moved), moved, 0.0), np.where(np.isfinite(error), error, 1e3)
    # OpenCV leaves the difference of a point that it did not find as it was in memory.
    differs = np.where(found.ravel() > 0, difference.ravel(), np.float32(255))
    return *finite, differs.astype(np.float64)
