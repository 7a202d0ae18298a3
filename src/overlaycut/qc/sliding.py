"""Motion of a repair against that of its surround, between neighbouring frames."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import FloatArray, Homography
from overlaycut.qc.region_view import RegionView
from overlaycut.vision.filters import FloatPlane, blurred, dilated


@dataclass(frozen=True, slots=True, kw_only=True)
class SlidingParameters:
    """How motion is measured; checked by benchmarks/gates.py."""

    presmoothing: float = 0.8
    """Sigma of the blur of both frames, in pixels."""
    points: int = 120
    """Points of the surround that are followed, at most."""
    least_points: int = 8
    """Points without which the surround's motion is not known."""
    search_px: int = 4
    """Farthest displacement that is tried, in pixels."""
    ring_strokes: float = 2.0
    """Width of the surround that is compared as a control, in strokes."""
    least_pixels: int = 60
    """Pixels of the repair, and of the surround, that are compared."""
    most_pixels: int = 2500
    """The most that are compared."""
    least_texture: float = 1.3
    """Root mean square, in levels, by which one pixel of displacement must change the repair for it to show."""
    least_gain: float = 0.25
    """Share of the difference that the displacement must explain to count."""


def sliding(
    first: RegionView, second: RegionView, track: Homography, parameters: SlidingParameters
) -> float | None:
    """Pixels per frame by which the repair moves against its surround; None where the repair shows no motion.

    track: the affine motion of the region by its track, (2, 3), which stands in for a surround without detail.
    """
    sigma = parameters.presmoothing
    a, b = (blurred(np.ascontiguousarray(view.after[..., 0]), sigma) for view in (first, second))
    fits = [_registered(first, second, a, b, track, parameters)]
    if (motion := _surround_motion(first, a, b, parameters)) is not None:
        fits.append(_registered(first, second, a, b, motion, parameters))
    # The track may be of the screen and the surround's motion of what lies behind: the rim around the repair knows.
    best = min(fits, key=lambda fit: fit.error)
    if best.inside.sum() < parameters.least_pixels:
        return None
    own = _displacement(a, best.picture, best.inside, parameters)
    around = None
    if best.ring.sum() >= parameters.least_pixels:
        around = _displacement(a, best.picture, best.ring, parameters)
    if own is None:
        return None
    return float(np.hypot(*(own if around is None else own - around)))


@dataclass(frozen=True, slots=True, eq=False)
class _Registered:
    """The second frame laid over the first."""

    picture: FloatPlane
    inside: Mask
    """Pixels that are repaired in both."""
    ring: Mask
    """Pixels around them that are not, in either."""
    error: float
    """Root mean square of the difference in the ring, in levels."""


def _registered(
    first: RegionView, second: RegionView, a: FloatPlane, b: FloatPlane, motion: Homography,
    parameters: SlidingParameters,
) -> _Registered:  # fmt: skip
    size, how = a.shape[::-1], cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    back, there = (
        np.asarray(cv2.warpAffine(p, motion, size, flags=how, borderMode=cv2.BORDER_REPLICATE), np.float32)
        for p in (b, second.reach)
    )
    edge = 2 * parameters.search_px
    core = np.zeros(a.shape, np.bool_)
    core[edge:-edge, edge:-edge] = True
    ring = (first.reach > 2) & (there > 2) & (first.reach < 2 + parameters.ring_strokes * first.stroke) & core
    ring &= ~dilated(first.any_written | second.any_written, 1)
    error = float(np.sqrt(np.mean((back - a)[ring] ** 2))) if ring.any() else 0.0
    return _Registered(back, first.replaced & (there < 0) & core, ring, error)


def _surround_motion(
    view: RegionView, a: FloatPlane, b: FloatPlane, parameters: SlidingParameters
) -> Homography | None:
    """The affine motion of the surround, (2, 3), by pyramidal Lucas–Kanade and trimmed least squares."""
    free = (~dilated(view.any_written, 3)).astype(np.uint8)
    one, two = (np.clip(np.rint(p), 0, 255).astype(np.uint8) for p in (a, b))
    points = cv2.goodFeaturesToTrack(one, parameters.points, 0.01, 5, mask=free)
    if points is None or len(points) < parameters.least_points:
        return None
    moved, found, _ = cv2.calcOpticalFlowPyrLK(one, two, points, None, winSize=(11, 11), maxLevel=3)
    good = found.ravel() > 0
    here, there = points.reshape(-1, 2)[good].astype(float), moved.reshape(-1, 2)[good].astype(float)
    for _ in range(4):
        if len(here) < parameters.least_points:
            return None
        lifted = np.column_stack([here, np.ones(len(here))])
        fit, *_ = np.linalg.lstsq(lifted, there, rcond=None)
        off = np.linalg.norm(lifted @ fit - there, axis=1)
        kept = off <= max(2.5 * float(np.median(off)), 0.3)
        if kept.all():
            break
        here, there = here[kept], there[kept]
    return np.asarray(fit.T, dtype=np.float64)


def _displacement(a: FloatPlane, b: FloatPlane, where: Mask, parameters: SlidingParameters) -> FloatArray | None:
    """x and y by which what is at `where` in `a` is displaced in `b`; 0 where displacing explains little."""
    rows, columns = np.nonzero(where)
    step = max(1, len(rows) // parameters.most_pixels)
    rows, columns = rows[::step], columns[::step]
    values, reach = a[rows, columns], parameters.search_px
    values = values - values.mean()
    errors = np.empty((2 * reach + 1, 2 * reach + 1))
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            moved = b[rows + down, columns + across]
            errors[down + reach, across + reach] = np.mean((moved - moved.mean() - values) ** 2)
    at = np.unravel_index(int(errors.argmin()), errors.shape)
    steep = min(_curvatures(errors, *(int(np.clip(v, 1, 2 * reach - 1)) for v in at)))
    if steep < parameters.least_texture**2:
        return None
    if errors[at] > (1 - parameters.least_gain) * errors[reach, reach]:
        return np.zeros(2)
    return np.array([_vertex(errors[at[0]], at[1]), _vertex(errors[:, at[1]], at[0])]) - reach


def _curvatures(errors: FloatArray, row: int, column: int) -> tuple[float, float]:
    here = errors[row, column]
    return (
        float(errors[row, column - 1] + errors[row, column + 1] - 2 * here),
        float(errors[row - 1, column] + errors[row + 1, column] - 2 * here),
    )


def _vertex(errors: FloatArray, at: int) -> float:
    """The minimum of the parabola through three neighbouring errors."""
    if not 0 < at < len(errors) - 1:
        return float(at)
    before, here, after = errors[at - 1 : at + 2]
    return at + 0.5 * float(before - after) / max(float(before - 2 * here + after), 1e-6)
