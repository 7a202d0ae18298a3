"""Motion of the whole picture between two frames."""

from __future__ import annotations

import cv2
import numpy as np

from overlaycut.analyse.tracking.parameters import CameraMotionParameters
from overlaycut.core.frame import Mask, Plane
from overlaycut.core.geometry import Homography


def camera_motion(
    before: Plane,
    now: Plane,
    *,
    without: Mask | None = None,
    guess: Homography | None = None,
    parameters: CameraMotionParameters = CameraMotionParameters(),
) -> Homography | None:
    """The similarity by which most of the picture moved between two luma pictures, (3, 3); None when unclear.

    Tracked corners and RANSAC, whose random numbers OpenCV seeds anew on every call. without: pixels of `before` that
    are left out, whose corners are too strong beside those of the rest. guess: about that motion, where the pictures
    lie far apart.
    """
    step = max(1, round(max(before.shape) / parameters.long_side_px))
    small_before, small_now = before[::step, ::step], now[::step, ::step]
    mask = None if without is None else np.where(without[::step, ::step], 0, 255).astype(np.uint8)
    points = cv2.goodFeaturesToTrack(
        small_before, parameters.corners, parameters.quality, parameters.distance_px, mask=mask
    )
    if points is None or len(points) < parameters.least_corners:
        return None
    window = (parameters.window_px, parameters.window_px)
    shrink = np.diag([1 / step, 1 / step, 1.0])
    start = points if guess is None else cv2.perspectiveTransform(points, shrink @ guess @ np.linalg.inv(shrink))
    moved, status, _ = cv2.calcOpticalFlowPyrLK(
        small_before,
        small_now,
        points,
        np.asarray(start, np.float32).copy(),
        winSize=window,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    ok = status.ravel() > 0
    if ok.sum() < parameters.least_corners:
        return None
    affine, inliers = cv2.estimateAffinePartial2D(
        points[ok], moved[ok], ransacReprojThreshold=parameters.reprojection_px, maxIters=parameters.iterations
    )
    if affine is None or inliers.sum() < max(parameters.least_inliers, parameters.least_share * ok.sum()):
        return None
    matrix = np.vstack([affine, [0, 0, 1]])
    matrix[:2, 2] *= step
    return np.asarray(matrix, dtype=np.float64)
