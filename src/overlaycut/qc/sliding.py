"""Motion of a repair against that of its surround, between neighbouring frames."""

from __future__ import annotations

from collections.abc import Sequence
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
    least_texture_overall: float = 0.5
    """The same for the mean over all pairs of frames, in which noise counts for less."""
    least_gain_overall: float = 0.12
    """Share of the mean difference over all pairs that the displacement must explain to count."""
    agreeing: float = 0.5
    """Share of the pairs whose own displacement is within a pixel of that of all, for a steady slide."""
    noise_levels: float = 0.55
    """Change of the surround below which its share is not taken, in levels: grain that was laid on."""
    window_strokes: float = 5.0
    """Side of the windows over which changes of luma are averaged, in strokes."""
    least_window_px: int = 15
    """The same in pixels, at least."""
    surround_counts: float = 1.5
    """Times that the surround's own change is taken off."""
    least_gain: float = 0.25
    """Share of the difference that the displacement must explain to count."""


@dataclass(frozen=True, slots=True, eq=False)
class DisplacementErrors:
    """Mean square of the difference between two frames by rows and columns of displacement, in squared levels."""

    inside: FloatArray
    """Of the repair."""
    ring: FloatArray | None
    """Of its surround, by which the repair is to move; None for what is to move as the track does."""


@dataclass(frozen=True, slots=True, eq=False)
class PairDifference:
    """A repair in two neighbouring frames, after the motion of its surround."""

    sliding: float | None
    """Pixels per frame by which it moves against its surround; None where it shows no motion."""
    errors: DisplacementErrors | None
    """What `sliding` was found by."""
    pulsing: float | None
    """Levels by which its luma changes, in windows of about a letter, beyond what the surround's does."""


def pair_difference(
    first: RegionView, second: RegionView, track: Homography, parameters: SlidingParameters, *, on_track: bool
) -> PairDifference:
    """The difference between two views of a region.

    track: the affine motion of the region by its track, (2, 3), which stands in for a surround without detail.
    on_track: whether the repair belongs on the track, as lettering does, instead of on what lies around it.
    """
    a, b = (blurred(np.ascontiguousarray(view.after[..., 0]), parameters.presmoothing) for view in (first, second))
    fits = [_registered(first, second, a, b, track, parameters)]
    if not on_track and (motion := _surround_motion(first, a, b, parameters)) is not None:
        fits.append(_registered(first, second, a, b, motion, parameters))
    # The track may be of the screen and the surround's motion of what lies behind: the rim around the repair knows.
    best = min(fits, key=lambda fit: fit.error)
    if best.inside.sum() < parameters.least_pixels:
        return PairDifference(None, None, None)
    ring = best.ring if best.ring.sum() >= parameters.least_pixels else None
    errors = DisplacementErrors(
        _errors(a, best.picture, best.inside, parameters),
        None if on_track or ring is None else _errors(a, best.picture, ring, parameters),
    )
    return PairDifference(
        _slid(errors, parameters.least_texture, parameters.least_gain),
        errors,
        None if ring is None else _pulsed(best.picture - a, best.inside, ring, first.stroke, parameters),
    )


def slid_overall(pairs: Sequence[DisplacementErrors], parameters: SlidingParameters) -> float | None:
    """Pixels per frame by which a repair moves steadily, by all pairs together; None where it shows no motion.

    A slide on a surface of weak texture shows in the mean over pairs before it shows in any of them.
    """
    if not pairs:
        return None
    rings = [one.ring for one in pairs if one.ring is not None]
    inside = np.mean([one.inside for one in pairs], axis=0)
    mean = DisplacementErrors(inside, np.mean(rings, axis=0) if len(rings) == len(pairs) else None)
    at = np.array(_minimum(inside))
    agreeing = np.mean([np.abs(np.array(_minimum(one.inside)) - at).max() <= 1 for one in pairs])
    if agreeing < parameters.agreeing:
        return None
    return _slid(mean, parameters.least_texture_overall, parameters.least_gain_overall)


def boiled(pairs: Sequence[DisplacementErrors], parameters: SlidingParameters) -> float | None:
    """Change of a repair from frame to frame over that of its surround, after the surround's motion.

    None without a surround.
    """
    own, due = [], []
    for one in pairs:
        if one.ring is not None:
            at = _minimum(one.ring)
            own.append(one.inside[at])
            due.append(one.ring[at])
    return float(np.sqrt(np.mean(own) / (np.mean(due) + parameters.noise_levels**2))) if own else None


def _slid(errors: DisplacementErrors, least_texture: float, least_gain: float) -> float | None:
    """Distance of the repair's displacement from its surround's, where each contradicts the other's."""
    own = errors.inside
    at = _minimum(own)
    if min(_curvatures(own, *(int(np.clip(v, 1, len(own) - 2)) for v in at))) < least_texture**2:
        return None
    around = np.array([len(own) // 2] * 2)
    if errors.ring is not None:
        around = np.array(_minimum(errors.ring))
        if errors.ring[tuple(around)] > (1 - least_gain) * errors.ring[at]:
            return 0.0
    if own[at] > (1 - least_gain) * own[tuple(around)]:
        return 0.0
    exact = np.array([_vertex(own[:, at[1]], at[0]), _vertex(own[at[0]], at[1])])
    return float(np.hypot(*(exact - around)))


def _pulsed(change: FloatPlane, inside: Mask, ring: Mask, stroke: float, parameters: SlidingParameters) -> float:
    side = max(parameters.least_window_px, round(parameters.window_strokes * stroke)) | 1
    spread = []
    for where in (inside, ring):
        weight = where.astype(np.float32)
        total, number = (cv2.boxFilter(p, cv2.CV_32F, (side, side), normalize=False) for p in (change * weight, weight))
        counted = number >= 0.3 * number.max()
        spread.append(float(np.sqrt(np.mean((total[counted] / number[counted]) ** 2))))
    return spread[0] - parameters.surround_counts * spread[1]


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
    ring &= ~dilated(first.any_written | second.any_written | first.kept | second.kept, 1)
    error = float(np.sqrt(np.mean((back - a)[ring] ** 2))) if ring.any() else 0.0
    return _Registered(back, first.replaced & (there < 0) & core, ring, error)


def _surround_motion(
    view: RegionView, a: FloatPlane, b: FloatPlane, parameters: SlidingParameters
) -> Homography | None:
    """The affine motion of the surround, (2, 3), by pyramidal Lucas–Kanade and trimmed least squares."""
    free = (~dilated(view.any_written | view.kept, 3)).astype(np.uint8)
    one, two = (np.clip(np.rint(p), 0, 255).astype(np.uint8) for p in (a, b))
    points = cv2.goodFeaturesToTrack(one, parameters.points, 0.01, 5, mask=free)
    if points is None or len(points) < parameters.least_points:
        return None
    moved, found, _ = cv2.calcOpticalFlowPyrLK(one, two, points, np.zeros_like(points), winSize=(11, 11), maxLevel=3)
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


def _errors(a: FloatPlane, b: FloatPlane, where: Mask, parameters: SlidingParameters) -> FloatArray:
    """Mean square of the difference between `a` at `where` and `b` displaced, by rows and columns of displacement."""
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
    return errors


def _minimum(errors: FloatArray) -> tuple[int, int]:
    row, column = np.unravel_index(int(errors.argmin()), errors.shape)
    return int(row), int(column)


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
