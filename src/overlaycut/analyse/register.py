"""Registration of the still with the clip's first frame.

Providers scale, crop, pad and squeeze what they are given, and the first frame is a fresh rendering of it. SIFT
features (Lowe, 2004) survive that; a homography is fitted to their matches by MAGSAC++ (Barath et al., 2020), and
replaced by the simplest map that explains the matches as well.

Where the map into the picture that was sent to the provider is known (`core/generation_record.py`), it is a prior:
features are matched near to where it puts them, which tells repeated ones apart; and where there are too few of them,
the prior itself is taken when the pictures agree under it.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from threading import Lock

import cv2
import numpy as np

from overlaycut.core.findings import Registration
from overlaycut.core.frame import Frame, Picture, Plane
from overlaycut.core.geometry import Homography, Points, Quad, mapped, scaling, shift
from overlaycut.vision.filters import FloatPlane


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
    prior_radius: float = 0.04
    """How far from its place under the prior a feature is looked for, as a share of the longer side."""
    guided_share: float = 0.7
    """Inliers of the guided match, in units of the free one's, from which on the guided one is taken."""
    prior_correlation: float = 0.75
    """Correlation of the pictures from which on the prior itself is taken. Pictures that have nothing in common reached
    0.21, pictures shifted by 1.5 % of their width 0.83 (2026-11-28, drawn ones and photographs)."""
    prior_side_px: int = 240
    """Longer side of the pictures that are correlated."""
    refined_side_px: int = 640
    """Longer side of the pictures that the prior is refined in."""


def register(
    still: Picture,
    first: Picture,
    *,
    prior: Homography | None = None,
    parameters: RegistrationParameters = RegistrationParameters(),
) -> Registration | None:
    """The homography from the pixels of `still` to those of `first`, both RGB; None when the two do not match.

    prior: a guess of it, such as the map by which the still was prepared for the provider.
    """
    a, at_a = _reduced_grey(still, parameters.long_side_px)
    b, at_b = _reduced_grey(first, parameters.long_side_px)
    features = _features(a, b, parameters)
    free = None if features is None else _fitted(features, still, first, at_a, at_b, parameters)
    if prior is None:
        return free
    guided = None
    if features is not None:
        near = at_b @ prior @ np.linalg.inv(at_a)
        guided = _fitted(features, still, first, at_a, at_b, parameters, near=np.asarray(near, dtype=np.float64))
    if guided is not None and (free is None or guided.inliers >= parameters.guided_share * free.inliers):
        return guided
    return free or _as_prior(prior, still, first, parameters)


class _Shared:
    """The last registration: the analysers of one pass ask for the same one after another."""

    def __init__(self) -> None:
        self._last: tuple[weakref.ref[Picture], weakref.ref[Plane], bytes, RegistrationParameters] | None = None
        self._found: Registration | None = None
        self._lock = Lock()

    def of(
        self, still: Picture, first: Frame, prior: Homography | None, parameters: RegistrationParameters
    ) -> Registration | None:
        """What `register` finds, anew unless it was asked for last."""
        guess = b"" if prior is None else np.asarray(prior, np.float64).tobytes()
        with self._lock:
            last = self._last
            if last is None or last[0]() is not still or last[1]() is not first.y or last[2:] != (guess, parameters):
                self._found = register(still, first.rgb(), prior=prior, parameters=parameters)
                self._last = weakref.ref(still), weakref.ref(first.y), guess, parameters
            return self._found


_SHARED = _Shared()


def registered_in(
    still: Picture,
    first: Frame,
    *,
    prior: Homography | None = None,
    parameters: RegistrationParameters = RegistrationParameters(),
) -> Registration | None:
    """`register` with a clip's first frame, once for all analysers of a pass that ask for it."""
    return _SHARED.of(still, first, prior, parameters)


@dataclass(frozen=True, slots=True)
class _Features:
    """SIFT features of two pictures: positions, (n, 2) each, and descriptors, (n, 128) each."""

    points_a: Points
    points_b: Points
    described_a: cv2.typing.MatLike
    described_b: cv2.typing.MatLike
    reach: float
    """Longer side of the second picture."""


def _fitted(
    features: _Features,
    still: Picture,
    first: Picture,
    at_a: Homography,
    at_b: Homography,
    parameters: RegistrationParameters,
    *,
    near: Homography | None = None,
) -> Registration | None:
    """The map that the features tell, matched freely or near to where the guess `near` puts them."""
    matches = _matches(features, parameters, near)
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


def _as_prior(
    prior: Homography, still: Picture, first: Picture, parameters: RegistrationParameters
) -> Registration | None:
    """The prior, refined, where the two pictures agree under it: few features are no sign of another still."""
    if not _is_plausible(prior, still, parameters):
        return None
    before = _correlation(prior, still, first, parameters.prior_side_px)
    if before < parameters.prior_correlation:
        return None
    refined = _refined(prior, still, first, parameters)
    after = -1.0 if refined is None else _correlation(refined, still, first, parameters.prior_side_px)
    matrix = prior if refined is None or after < before else refined
    return Registration(matrix, 0, 0.0, described(matrix, still, first))


def _correlation(matrix: Homography, still: Picture, first: Picture, long_side: int) -> float:
    """Correlation of luma without its slow changes over what the still covers; -1 where there is nothing to tell by."""
    small, at_small = _reduced_grey(first, long_side)
    size = (small.shape[1], small.shape[0])
    into = at_small @ matrix
    scale = float(np.sqrt(abs(np.linalg.det(into[:2, :2]))))
    grey = cv2.cvtColor(still, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        grey = cv2.GaussianBlur(grey, (0, 0), 0.45 * np.sqrt(1 / scale**2 - 1) + 0.05)
    laid = cv2.warpPerspective(grey, into, size, flags=cv2.INTER_LINEAR)
    seen = cv2.warpPerspective(np.full_like(grey, 255), into, size) > 250
    one, other = (_band(picture)[seen] for picture in (np.where(seen, laid, small).astype(np.uint8), small))
    if one.size < 100 or one.std() < 1.0 or other.std() < 1.0:
        return -1.0
    return float(np.corrcoef(one, other)[0, 1])


def _refined(
    prior: Homography, still: Picture, first: Picture, parameters: RegistrationParameters
) -> Homography | None:
    """The affine map near the prior under which the correlation is largest (Evangelidis and Psarakis, 2008).

    None where the iterations do not converge, or end far from the prior.
    """
    target, at_target = _reduced_grey(first, parameters.refined_side_px)
    source, at_source = _reduced_grey(still, parameters.refined_side_px)
    half = shift(0.5, 0.5)
    to_source = np.linalg.inv(half) @ at_source @ np.linalg.inv(at_target @ prior) @ half
    ends = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 100, 1e-6)
    try:
        _, found = cv2.findTransformECC(
            target, source, (to_source / to_source[2, 2])[:2].astype(np.float32), cv2.MOTION_AFFINE, ends
        )
    except cv2.error:
        return None
    back = np.linalg.inv(np.vstack([found, [0, 0, 1]]))
    matrix: Homography = np.linalg.inv(at_target) @ half @ back @ np.linalg.inv(half) @ at_source
    moved = np.linalg.norm(mapped(matrix, _corners(still)) - mapped(prior, _corners(still)), axis=1).max()
    return None if moved > 2 * parameters.prior_radius * max(first.shape[:2]) else matrix


def _band(picture: cv2.typing.MatLike) -> FloatPlane:
    """A grey picture without its slow changes, softened against what providers sharpen."""
    fine = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1.0)
    return np.asarray(fine - cv2.GaussianBlur(fine, (0, 0), 12.0), dtype=np.float32)


def _features(a: cv2.typing.MatLike, b: cv2.typing.MatLike, parameters: RegistrationParameters) -> _Features | None:
    """The features of two grey pictures; None when there are too few."""
    sift = cv2.SIFT.create(nfeatures=parameters.features)
    points_a, described_a = sift.detectAndCompute(a, None)
    points_b, described_b = sift.detectAndCompute(b, None)
    least = parameters.least_inliers
    if described_a is None or described_b is None or len(points_a) < least or len(points_b) < 2:
        return None
    at_a, at_b = (np.array([one.pt for one in points], dtype=np.float64) + 0.5 for points in (points_a, points_b))
    return _Features(at_a, at_b, described_a, described_b, float(max(b.shape[:2])))


def _matches(
    features: _Features, parameters: RegistrationParameters, near: Homography | None
) -> tuple[Points, Points] | None:
    """Positions of matching features, (n, 2) each; None when there are too few.

    near: a guess of the map; features far from their place under it do not count as matches, nor as rivals of one.
    """
    mask = None
    if near is not None:
        from scipy.spatial import cKDTree  # takes a fifth of a second to import, which most jobs do without

        places, reach = cKDTree(mapped(near, features.points_a)), parameters.prior_radius * features.reach
        mask = np.zeros((len(features.points_a), len(features.points_b)), dtype=np.uint8)
        for column, rows in enumerate(places.query_ball_point(features.points_b, reach)):
            mask[rows, column] = 1
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(features.described_a, features.described_b, k=2, mask=mask)
    # A feature without a rival near its place is told by that place alone.
    alone = mask is not None
    good = [
        p[0]
        for p in pairs
        if (len(p) == 2 and p[0].distance < parameters.ratio * p[1].distance) or (alone and len(p) == 1)
    ]
    if len(good) < parameters.least_inliers:
        return None
    source = features.points_a[[m.queryIdx for m in good]]
    target = features.points_b[[m.trainIdx for m in good]]
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
