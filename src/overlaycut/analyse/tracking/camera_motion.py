"""Motion of the whole picture between two frames."""

from __future__ import annotations

import cv2
import numpy as np

from overlaycut.analyse.tracking.parameters import CameraMotionParameters
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import Homography


def camera_motion(
    before: Plane, now: Plane, *, parameters: CameraMotionParameters = CameraMotionParameters()
) -> Homography | None:
    """The similarity by which most of the picture moved between two luma pictures, (3, 3); None when unclear.

    Tracked corners and RANSAC, whose random numbers OpenCV seeds anew on every call.
    """
    step = max(1, round(max(before.shape) / parameters.long_side_px))
    small_before, small_now = before[::step, ::step], now[::step, ::step]
    points = cv2.goodFeaturesToTrack(small_before, parameters.corners, parameters.quality, parameters.distance_px)
    if points is None or len(points) < parameters.least_corners:
        return None
    window = (parameters.window_px, parameters.window_px)
    moved, status, _ = cv2.calcOpticalFlowPyrLK(small_before, small_now, points, points.copy(), winSize=window)
    ok = status.ravel() > 0
    if ok.sum() < parameters.least_corners:
        return None
    affine, inliers = cv2.estimateAffinePartial2D(
        points[ok], moved[ok], ransacReprojThreshold=parameters.reprojection_px, maxIters=parameters.iterations
    )
    if affine is None or inliers.sum() < parameters.least_inliers:
        return None
    matrix = np.vstack([affine, [0, 0, 1]])
    matrix[:2, 2] *= step
    return np.asarray(matrix, dtype=np.float64)
