"""Small geometry of quads and homographies between the rectified patch and the picture (OpenCV's pixel centres)."""

from __future__ import annotations

import cv2
import numpy as np

from overlaycut.core.geometry import Box, FloatArray, Homography, Points
from overlaycut.vision.polygons import area, is_convex, share_in


def four_point_homography(source: Points, target: Points) -> Homography:
    """The homography that maps four points to four others, by OpenCV in single precision input."""
    matrix = cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32))
    return np.asarray(matrix, dtype=np.float64)


def projected(points: Points, homography: Homography) -> Points:
    """`points`, (n, 2), under a homography."""
    return np.asarray(cv2.perspectiveTransform(points[None], homography)[0], dtype=np.float64)


def jacobian(homography: Homography, x: float, y: float) -> FloatArray:
    """Derivative of a homography at (x, y): (2, 2)."""
    u, v, w = homography @ (x, y, 1.0)
    return np.array(
        [
            (homography[0, :2] * w - u * homography[2, :2]) / w**2,
            (homography[1, :2] * w - v * homography[2, :2]) / w**2,
        ]
    )


def edge_lengths(corners: Points) -> FloatArray:
    """Lengths of a quad's four edges, from the top one on clockwise."""
    return np.asarray(np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1))


def quad_size(corners: Points) -> tuple[float, float]:
    """Mean width and height of a quad."""
    edge = edge_lengths(corners)
    return float(edge[0] + edge[2]) / 2, float(edge[1] + edge[3]) / 2


def share_inside(corners: Points, shape: tuple[int, ...]) -> float:
    """Share of a quad that lies inside a picture of that shape; 0 for a quad that is not convex."""
    return share_in(corners, Box(0, 0, shape[1], shape[0]).quad().array() - 0.5)


def is_plausible(corners: Points, homography: Homography, shape: tuple[int, ...]) -> bool:
    """Whether a homography maps `corners` to a convex quad in front of the camera, between 9 pixels and 4 pictures."""
    if not np.isfinite(homography).all():
        return False
    depth = corners @ homography[2, :2] + homography[2, 2]
    if (depth <= 0.05).any() and (depth >= -0.05).any():
        return False
    quad = projected(corners, homography)
    return is_convex(quad) and 9 < area(quad) < 4 * shape[0] * shape[1]


def texture_length(shifts: Points, texture: FloatArray) -> FloatArray:
    """Lengths of `shifts`, (n, 2), under the metric of the points' certainty, (n, 2, 2)."""
    x, y = shifts.T
    squared = texture[:, 0, 0] * x * x + 2 * texture[:, 0, 1] * x * y + texture[:, 1, 1] * y * y
    return np.asarray(np.sqrt(np.maximum(squared, 0)))
