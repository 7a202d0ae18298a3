"""Registration of the still with the clip's first frame.

Providers scale, crop, pad and squeeze what they are given, and the first frame is a fresh rendering of it. SIFT
features (Lowe, 2004) survive that; a homography is fitted to their matches by MAGSAC++ (Barath et al., 2020), and
replaced by the simplest map that explains the matches as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.findings import Registration
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Homography, Points, Quad, mapped, scaling


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationParameters:
    """Matching of features and acceptance of the map; checked by benchmarks/lettering.py and tests/analyse."""

    long_side_px: int = 960
    """Longer side of the pictures in which features are detected."""
    features: int = 3000
    """SIFT features per picture, at most."""
    ratio: float = 0.8
    """Lowe's ratio test (2004, section 7.1)."""
    reprojection_px: float = 2.5
    """Error of a match up to which it is an inlier, at the working size."""
    iterations: int = 5000
    confidence: float = 0.999
    simpler_error: float = 1.1
    """Error of a simpler map, in units of the homography's, up to which it explains the matches as well."""
    simpler_slack_px: float = 0.02
    """Added to that error."""
    least_inliers: int = 15
    """Inliers below which a map may be chance."""
    least_inlier_share: float = 0.15
    """The same as a share of the matches."""
    least_area: float = 0.02
    """Area of the still in the first frame over its own, at least."""
    most_area: float = 50.0
    """The same at most."""


def register(
    still: Picture, first: Picture, *, parameters: RegistrationParameters = RegistrationParameters()
) -> Registration | None:
    """The homography from the pixels of `still` to those of `first`, both RGB; None when the two do not match."""
    a, at_a = _reduced_grey(still, parameters.long_side_px)
    b, at_b = _reduced_grey(first, parameters.long_side_px)
    matches = _matches(a, b, parameters)
    if matches is None:
        return None
    source, target = matches
    # USAC draws from a generator of its own, seeded alike on every call.
    matrix, agree = cv2.findHomography(
        source,
        target,
        cv2.USAC_MAGSAC,
        parameters.reprojection_px,
        maxIters=parameters.iterations,
        confidence=parameters.confidence,
    )
    if matrix is None:
        return None
    inliers = agree.ravel() > 0
    if inliers.sum() < max(parameters.least_inliers, parameters.least_inlier_share * len(source)):
        return None
    fitted = _simplest(source[inliers], target[inliers], np.asarray(matrix, dtype=np.float64), parameters)
    whole: Homography = np.linalg.inv(at_b) @ fitted @ at_a
    whole = np.asarray(whole / whole[2, 2], dtype=np.float64)
    if not _is_plausible(whole, still, parameters):
        return None
    from_a, from_b = (np.asarray(np.linalg.inv(one), dtype=np.float64) for one in (at_a, at_b))
    off = mapped(from_b, target[inliers]) - mapped(whole @ from_a, source[inliers])
    error = float(np.median(np.linalg.norm(off, axis=1)))
    return Registration(whole, int(inliers.sum()), error, described(whole, still, first))


def described(matrix: Homography, still: Picture, first: Picture) -> str:
    """In words, how `matrix` maps `still` into `first`."""
    there = mapped(matrix, _corners(still))
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


def _matches(
    a: cv2.typing.MatLike, b: cv2.typing.MatLike, parameters: RegistrationParameters
) -> tuple[Points, Points] | None:
    """Positions of matching features in two grey pictures, (n, 2) each; None when there are too few."""
    sift = cv2.SIFT.create(nfeatures=parameters.features)
    points_a, features_a = sift.detectAndCompute(a, None)
    points_b, features_b = sift.detectAndCompute(b, None)
    least = parameters.least_inliers
    if features_a is None or features_b is None or len(points_a) < least or len(points_b) < 2:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(features_a, features_b, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < parameters.ratio * p[1].distance]
    if len(good) < least:
        return None
    source = np.array([points_a[m.queryIdx].pt for m in good], dtype=np.float64) + 0.5
    target = np.array([points_b[m.trainIdx].pt for m in good], dtype=np.float64) + 0.5
    return source, target


def _simplest(source: Points, target: Points, matrix: Homography, parameters: RegistrationParameters) -> Homography:
    """The map with the fewest degrees of freedom that explains the matches about as well as the homography `matrix`.

    Scaling, cropping, padding and squeezing have four; the other four of a homography would fit noise, and bend what
    lies away from the matches.
    """
    limit = parameters.simpler_error * _median_error(matrix, source, target) + parameters.simpler_slack_px
    ones = np.ones(len(source))
    (sx, tx), (sy, ty) = (
        np.linalg.lstsq(np.column_stack([source[:, k], ones]), target[:, k], rcond=None)[0] for k in (0, 1)
    )
    straight = np.array([[sx, 0, tx], [0, sy, ty], [0, 0, 1]])
    linear = np.linalg.lstsq(np.column_stack([source, ones]), target, rcond=None)[0]
    affine = np.vstack([linear.T, [0, 0, 1]])
    return next((one for one in (straight, affine) if _median_error(one, source, target) <= limit), matrix)


def _median_error(matrix: Homography, source: Points, target: Points) -> float:
    """Median distance of matches after mapping, in pixels."""
    return float(np.median(np.linalg.norm(mapped(matrix, source) - target, axis=1)))


def _reduced_grey(picture: Picture, long_side: int) -> tuple[cv2.typing.MatLike, Homography]:
    """Grey picture of `long_side` pixels at most, and the map into it."""
    height, width = picture.shape[:2]
    scale = min(1.0, long_side / max(height, width))
    columns, rows = round(width * scale), round(height * scale)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (columns, rows), interpolation=cv2.INTER_AREA), scaling(columns / width, rows / height)


def _is_plausible(matrix: Homography, still: Picture, parameters: RegistrationParameters) -> bool:
    """Whether the still keeps its shape roughly: convex, not mirrored, neither tiny nor huge."""
    there = mapped(matrix, _corners(still)).astype(np.float32)
    if not np.isfinite(there).all() or not cv2.isContourConvex(there[:, None]):
        return False
    area = cv2.contourArea(there, oriented=True) / (still.shape[0] * still.shape[1])
    return bool(parameters.least_area < area < parameters.most_area)


def _corners(picture: Picture) -> Points:
    height, width = picture.shape[:2]
    return Quad((0, 0), (width, 0), (width, height), (0, height)).array()
