"""Where the still lies in the clip's first frame.

Providers scale, crop, pad and squeeze what they are given, and the first frame is a fresh rendering of it. SIFT
features (Lowe, 2004) survive that; a homography is fitted to their matches by MAGSAC++ (Barath et al., 2020).
"""

from __future__ import annotations

import cv2
import numpy as np

from overlaycut.core.findings import Registration
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Homography, Points, mapped, scaling

_LONG_SIDE = 960
"""Pixels of the longer side that features are sought in."""
_FEATURES = 3000
_RATIO = 0.8
"""Lowe's ratio test."""
_REPROJECTION = 2.5
"""Pixels, at the size that features are sought in, that a match may be off."""
_AS_GOOD = 1.1
"""Times the homography's error up to which a simpler map explains the matches as well."""
_LEAST = 15
"""Matches that have to agree; fewer agree by chance."""
_LEAST_SHARE = 0.15


def register(still: Picture, first: Picture) -> Registration | None:
    """The homography from the pixels of `still` to those of `first`, both RGB; None when the two do not match."""
    a, at_a = _grey(still)
    b, at_b = _grey(first)
    sift = cv2.SIFT.create(nfeatures=_FEATURES)
    points_a, features_a = sift.detectAndCompute(a, None)
    points_b, features_b = sift.detectAndCompute(b, None)
    if features_a is None or features_b is None or len(points_a) < _LEAST or len(points_b) < 2:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(features_a, features_b, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < _RATIO * p[1].distance]
    if len(good) < _LEAST:
        return None
    source = np.array([points_a[m.queryIdx].pt for m in good], dtype=np.float64) + 0.5
    target = np.array([points_b[m.trainIdx].pt for m in good], dtype=np.float64) + 0.5
    matrix, agree = cv2.findHomography(source, target, cv2.USAC_MAGSAC, _REPROJECTION, maxIters=5000, confidence=0.999)
    if matrix is None:
        return None
    inliers = agree.ravel() > 0
    if inliers.sum() < max(_LEAST, _LEAST_SHARE * len(good)):
        return None
    fitted = _simplest(source[inliers], target[inliers], np.asarray(matrix, dtype=np.float64))
    whole: Homography = np.linalg.inv(at_b) @ fitted @ at_a
    whole = np.asarray(whole / whole[2, 2], dtype=np.float64)
    if not _believable(whole, still):
        return None
    from_a, from_b = (np.asarray(np.linalg.inv(one), dtype=np.float64) for one in (at_a, at_b))
    off = mapped(from_b, target[inliers]) - mapped(whole @ from_a, source[inliers])
    error = float(np.median(np.linalg.norm(off, axis=1)))
    return Registration(whole, int(inliers.sum()), error, described(whole, still, first))


def described(matrix: Homography, still: Picture, first: Picture) -> str:
    """In words, how `matrix` puts `still` into `first`."""
    corners = np.array([[0, 0], [still.shape[1], 0], [still.shape[1], still.shape[0]], [0, still.shape[0]]], float)
    there = mapped(matrix, corners)
    along = (np.linalg.norm(there[1] - there[0]) + np.linalg.norm(there[2] - there[3])) / 2 / still.shape[1]
    down = (np.linalg.norm(there[3] - there[0]) + np.linalg.norm(there[2] - there[1])) / 2 / still.shape[0]
    frame = (first.shape[1], first.shape[0])
    words = []
    if abs(along / down - 1) > 0.01:
        words.append(f"squeezed: {along:.3f} across, {down:.3f} down")
    elif abs(along * down - 1) > 0.01:
        words.append(f"scaled to {np.sqrt(along * down):.1%}")
    low, high = there.min(axis=0), there.max(axis=0)
    for axis, size in enumerate(frame):
        side = "left and right" if axis == 0 else "top and bottom"
        outside = (max(-low[axis], 0) + max(high[axis] - size, 0)) / (high[axis] - low[axis])
        empty = (max(low[axis], 0) + max(size - high[axis], 0)) / size
        if outside > 0.01:
            words.append(f"cropped by {outside:.0%} at {side}")
        if empty > 0.01:
            words.append(f"padded by {empty:.0%} at {side}")
    turn = np.degrees(np.arctan2(*(there[1] - there[0])[::-1]))
    if abs(turn) > 0.5:
        words.append(f"turned by {turn:.1f}°")
    return ", ".join(words) or "the same"


def _simplest(source: Points, target: Points, matrix: Homography) -> Homography:
    """The map with the fewest freedoms that explains the matches about as well as the homography `matrix`.

    Providers scale, crop, pad and squeeze, which has four freedoms; the other four of a homography would fit noise, and
    bend what lies away from the matches.
    """
    limit = _AS_GOOD * _off(matrix, source, target) + 0.02
    ones = np.ones(len(source))
    (sx, tx), (sy, ty) = (
        np.linalg.lstsq(np.column_stack([source[:, k], ones]), target[:, k], rcond=None)[0] for k in (0, 1)
    )
    straight = np.array([[sx, 0, tx], [0, sy, ty], [0, 0, 1]])
    linear = np.linalg.lstsq(np.column_stack([source, ones]), target, rcond=None)[0]
    affine = np.vstack([linear.T, [0, 0, 1]])
    return next((one for one in (straight, affine) if _off(one, source, target) <= limit), matrix)


def _off(matrix: Homography, source: Points, target: Points) -> float:
    """Median distance of matches after mapping, in pixels."""
    return float(np.median(np.linalg.norm(mapped(matrix, source) - target, axis=1)))


def _grey(picture: Picture) -> tuple[cv2.typing.MatLike, Homography]:
    """Grey picture of a working size, and the map into it."""
    height, width = picture.shape[:2]
    scale = min(1.0, _LONG_SIDE / max(height, width))
    columns, rows = round(width * scale), round(height * scale)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (columns, rows), interpolation=cv2.INTER_AREA), scaling(columns / width, rows / height)


def _believable(matrix: Homography, still: Picture) -> bool:
    """Whether the still keeps its shape roughly: convex, not mirrored, not shrunk to nothing."""
    height, width = still.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    there = mapped(matrix, corners).astype(np.float32)
    if not np.isfinite(there).all() or not cv2.isContourConvex(there[:, None]):
        return False
    area = cv2.contourArea(there, oriented=True)
    return bool(0.02 < area / (width * height) < 50)
