"""Optical flow of the picture behind static text.

Optical flow sees letters that do not move, and comes to rest on them. So it is used only away from them, interpolated
under them as a first guess, and refined with what shows between the letters: windows of a few strokes' width, in
which pixels of lettering have no weight, are moved to where the rest of them agrees, from coarse to fine. Where the
rest agreed better before, the guess is kept.

The first guess is dense inverse search (Kroeger, Timofte, Dai and Van Gool, 2016). The refinement is the combined local
and global method of Bruhn, Weickert and Schnörr (Lucas/Kanade meets Horn/Schunck, 2005) under normalised convolution
(Knutsson and Westin, 1993), with redescending weights and a median between its levels (Sun, Roth and Black, Secrets of
optical flow estimation and their principles, 2010).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Mask, Plane
from overlaycut.vision.dense_flow import DenseFlow
from overlaycut.vision.filters import (
    FloatPlane,
    FloatRaster,
    FlowField,
    blurred,
    bytes_of,
    dilated,
    scaled,
    widely_blurred,
)
from overlaycut.vision.illumination import spread


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedFlowParameters:
    """How flow is measured around text; checked by benchmarks/repair.py."""

    most_pixels: int = 60_000
    """Pixels on which flow is measured: it is smooth."""
    locked_share: float = 0.998
    """Share of the pixels, 0..1, that change by no more than `locked_levels` where nothing moves."""
    locked_levels: float = 3.0
    """Levels by which a codec's noise changes a pixel that stands still."""
    cut_levels: float = 24.0
    """Median difference of two frames, motion compensated, above which nothing is tracked between them."""
    near_px: int = 8
    """Pixels around the lettering in which flow is biased towards its motion: none."""
    round_trip_px: float = 1.0
    """Pixels by which flow there and back may end beside where it began."""
    levels: int = 4
    """Levels of the pyramid on which flow is refined, each half the size of the one before."""
    iterations: int = 2
    """Steps on each level."""
    window_sigma: float = 7.0
    """Sigma of a window, in pixels of each level: gaps between letters count together."""
    smoothness: float = 0.5
    """Weight of the surround's motion, in squared levels per pixel of a window's gradient."""
    outlier_levels: float = 20.0
    """Difference at which a pixel has half its weight."""
    longest_step: float = 2.0
    """Pixels of a single step, at most."""
    presmoothing: float = 0.7
    """Sigma, in pixels, of the blur of the largest level."""
    least_seen: float = 0.15
    """Share of a pixel of a smaller level that must be free of lettering for it to count."""
    seen_at: float = 0.6
    """The same at the place to which a pixel is moved, interpolated."""
    feather_sigma: float = 3.0
    """Sigma, in pixels, of the border between the refined flow and the guess."""
    better_guess: float = 1.25
    """Times less that a window has to scatter along the guess than along the refined flow for the guess to be kept."""
    scatter_noise: float = 0.2
    """Levels of scatter that are noise."""
    decision_sigma: float = 10.0
    """Sigma, in pixels, over which that is decided, so that what holds beside letters holds under them."""
    still_px: float = 0.4
    """Pixels of motion below which none is preferred where it explains the picture as well."""
    still_gain: float = 0.8
    """Share of the error without motion that a small motion must undercut, less `still_levels`."""
    still_levels: float = 0.15
    """See `still_gain`, in levels."""
    still_window: int = 9
    """Side, in pixels, of the window in which that is compared."""


_DEFAULTS = MaskedFlowParameters()


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """A level of the pyramid."""

    picture: FloatRaster
    """Luma, its change to the right and down, and how much of each pixel is free of lettering: (rows, columns, 4)."""

    @property
    def seen(self) -> FloatPlane:
        return self.picture[..., 3]


@dataclass(frozen=True, slots=True, eq=False)
class MaskedPicture:
    """A crop of one frame, prepared for measuring its motion without its static text."""

    shape: tuple[int, int]
    """Rows and columns of the crop."""
    smooth: Plane
    """Luma at the size on which motion is measured, interpolated under the lettering."""
    covered: Mask
    """Pixels of `smooth` that lettering covers in part."""
    levels: tuple[_Level, ...]
    """From the size of `smooth` to the smallest."""

    @classmethod
    def of(cls, luma: Plane, hole: Mask, *, parameters: MaskedFlowParameters = _DEFAULTS) -> MaskedPicture:
        """A crop of which `hole` has no weight. luma: (rows, columns)."""
        rows, columns = luma.shape
        share = min((parameters.most_pixels / luma.size) ** 0.5, 1.0)
        size = max(round(columns * share), 16), max(round(rows * share), 16)
        seen = scaled((~hole).astype(np.float32), size, area=True)
        bare = _under(luma.astype(np.float32), (~hole).astype(np.float32))
        smooth = scaled(bare, size, area=True)
        return cls(
            (rows, columns), bytes_of(smooth), seen < 0.98, tuple(_levels(smooth, (seen > 0.98) * seen, parameters))
        )


def motion(
    here: MaskedPicture, there: MaskedPicture, *, parameters: MaskedFlowParameters = _DEFAULTS
) -> tuple[FlowField, FlowField] | None:
    """Motion from each pixel of a crop to its place in the other, and back, in the crop's pixels.

    here, there: the same part of two frames. None when they have nothing in common, as across a cut.
    """
    if _is_locked(here, there, parameters):
        none = np.zeros((*here.shape, 2), np.float32)
        return none, none.copy()
    search = DenseFlow("fast", finest_scale=1)
    pairs = ((here, there), (there, here))
    flows = [search.between(a.smooth, b.smooth) for a, b in pairs]
    covered = here.covered | there.covered
    rest = np.abs(moved(there.smooth, flows[0]).astype(np.float32) - here.smooth)
    if np.median(rest[~covered] if (~covered).any() else rest) > parameters.cut_levels:
        return None
    near = dilated(covered, parameters.near_px)
    found = []
    for (a, b), flow, other in zip(pairs, flows, flows[::-1], strict=True):
        returned = flow + moved(other, flow)
        trusted = (np.hypot(returned[..., 0], returned[..., 1]) < parameters.round_trip_px) & ~near
        guess = spread(np.dstack([flow, flow[..., :1]]), trusted.astype(np.float32))[..., :2]
        flow = _better(a, b, guess, _refined(a, b, guess, near, parameters), parameters)
        found.append(_at_full_size(_without_tremble(a, b, flow, parameters), a.shape))
    return found[0], found[1]


def _is_locked(here: MaskedPicture, there: MaskedPicture, parameters: MaskedFlowParameters) -> bool:
    """Whether all that both show stands still, but for a codec's noise."""
    seen = ~(here.covered | there.covered)
    off = np.abs(there.smooth.astype(np.float32) - here.smooth)[seen]
    return bool(off.size) and float(np.quantile(off, parameters.locked_share)) <= parameters.locked_levels


def moved(picture: Plane | FloatRaster, flow: FlowField) -> FloatRaster:
    """`picture` sampled at each pixel's place plus its motion."""
    rows, columns = np.indices(flow.shape[:2], np.float32)
    x, y = columns + flow[..., 0], rows + flow[..., 1]
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _refined(
    here: MaskedPicture, there: MaskedPicture, guess: FlowField, near: Mask, parameters: MaskedFlowParameters
) -> FlowField:
    """A guess of the motion, refined where lettering is `near`."""
    smallest = here.levels[-1].seen.shape
    flow = scaled(guess, smallest[::-1], area=True) / np.float32(2 ** (len(here.levels) - 1))
    for a, b in zip(reversed(here.levels), reversed(there.levels), strict=True):
        if flow.shape[:2] != a.seen.shape:
            flow = scaled(flow, a.seen.shape[::-1]) * np.float32(2)
        flow = _iterated(a, b, flow, parameters)
        flow = np.dstack([cv2.medianBlur(np.ascontiguousarray(flow[..., axis]), 5) for axis in (0, 1)])
    share = blurred(near.astype(np.float32), parameters.feather_sigma)[..., None]
    return np.asarray(guess + share * (flow - guess), np.float32)


def _iterated(here: _Level, there: _Level, flow: FlowField, parameters: MaskedFlowParameters) -> FlowField:
    """`flow` after the steps of one level, towards where the weighted pixels of each window agree."""
    luma, right, below, seen = cv2.split(here.picture)
    rows, columns = np.indices(seen.shape, np.float32)
    flow_x, flow_y = cv2.split(flow)

    def windowed(plane: cv2.typing.MatLike) -> FloatPlane:
        return widely_blurred(np.asarray(plane, np.float32), parameters.window_sigma)

    for _ in range(parameters.iterations):
        x, y = columns + flow_x, rows + flow_y
        other = cv2.remap(there.picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        other_luma, other_right, other_below, free = cv2.split(other)
        across, down, off = (right + other_right) / 2, (below + other_below) / 2, other_luma - luma
        counts = _weight(seen, free, x, y, parameters) / (1 + (off / parameters.outlier_levels) ** 2)
        by_x, by_y = counts * across, counts * down
        along_x = parameters.smoothness * (windowed(flow_x) - flow_x) - windowed(by_x * off)
        along_y = parameters.smoothness * (windowed(flow_y) - flow_y) - windowed(by_y * off)
        xx, xy, yy = windowed(by_x * across), windowed(by_x * down), windowed(by_y * down)
        xx, yy = xx + parameters.smoothness, yy + parameters.smoothness
        whole = xx * yy - xy * xy
        step_x, step_y = (yy * along_x - xy * along_y) / whole, (xx * along_y - xy * along_x) / whole
        shortened = np.minimum(parameters.longest_step / np.maximum(cv2.magnitude(step_x, step_y), 1e-6), 1)
        flow_x, flow_y = flow_x + step_x * shortened, flow_y + step_y * shortened
    return np.asarray(cv2.merge([flow_x, flow_y]), np.float32)


def _better(
    here: MaskedPicture, there: MaskedPicture, guess: FlowField, refined: FlowField, parameters: MaskedFlowParameters
) -> FlowField:
    """The `guess` where pixels agree clearly better along it than along the `refined` flow, else that.

    Where there is little texture, refinement takes a change of light for motion; scatter is blind to light.
    """
    a, b = here.levels[0], there.levels[0]
    seen = widely_blurred(a.seen, parameters.window_sigma)
    along_guess = _scatter(a, b, guess, parameters) + parameters.scatter_noise
    kept = _scatter(a, b, refined, parameters) >= parameters.better_guess * along_guess
    sigma = parameters.decision_sigma
    share = widely_blurred(kept * seen, sigma) / np.maximum(widely_blurred(seen, sigma), 1e-4)
    return np.asarray(refined + share[..., None] * (guess - refined), np.float32)


def _scatter(here: _Level, there: _Level, flow: FlowField, parameters: MaskedFlowParameters) -> FloatPlane:
    """Standard deviation, in levels, of each window's difference from frame to frame along `flow`."""
    rows, columns = np.indices(flow.shape[:2], np.float32)
    x, y = columns + flow[..., 0], rows + flow[..., 1]
    other = moved(there.picture, flow)
    counts = _weight(here.seen, other[..., 3], x, y, parameters)
    off = other[..., 0] - here.picture[..., 0]
    sums = (counts, counts * off, counts * off * off)
    total, first, second = (widely_blurred(one, parameters.window_sigma) for one in sums)
    total = np.maximum(total, 1e-3)
    return np.asarray(np.sqrt(np.maximum(second / total - (first / total) ** 2, 0)), np.float32)


def _weight(
    seen: cv2.typing.MatLike,
    free: cv2.typing.MatLike,
    x: FloatPlane,
    y: FloatPlane,
    parameters: MaskedFlowParameters,
) -> FloatPlane:
    """Share of each pixel that is free of lettering in both frames, 0 outside the picture.

    seen: the share in one frame. free: that of the other where the pixels are moved to, (x, y).
    """
    rows, columns = seen.shape
    inside = (x >= 0) & (y >= 0) & (x <= columns - 1) & (y <= rows - 1)
    return np.asarray(np.where((free > parameters.seen_at) & inside, seen * free, 0), np.float32)


def _without_tremble(
    here: MaskedPicture, there: MaskedPicture, flow: FlowField, parameters: MaskedFlowParameters
) -> FlowField:
    """`flow` with small motions that explain the picture no better than none set to none."""
    a, b = here.levels[0], there.levels[0]
    other = moved(b.picture, flow)
    both = a.seen * other[..., 3], a.seen * b.seen
    offs = (np.abs(other[..., 0] - a.picture[..., 0]), np.abs(b.picture[..., 0] - a.picture[..., 0]))
    window = (parameters.still_window,) * 2
    with_, without = (
        cv2.blur(seen * off, window) / np.maximum(cv2.blur(seen, window), 1e-3)
        for seen, off in zip(both, offs, strict=True)
    )
    no_better = with_ >= parameters.still_gain * without - parameters.still_levels
    still = (np.hypot(flow[..., 0], flow[..., 1]) < parameters.still_px) & no_better
    return np.where(still[..., None], np.float32(0), flow)


def _at_full_size(flow: FlowField, shape: tuple[int, int]) -> FlowField:
    rows, columns = shape
    stretch = np.array([columns / flow.shape[1], rows / flow.shape[0]], np.float32)
    return scaled(blurred(flow, 1.0) * stretch, (columns, rows))


def _levels(luma: FloatPlane, seen: FloatPlane, parameters: MaskedFlowParameters) -> list[_Level]:
    """The pyramid of a picture; a pixel is the mean of what is seen of it."""
    found = []
    luma, seen = blurred(luma, parameters.presmoothing), seen.astype(np.float32)
    for level in range(parameters.levels):
        if level:
            if min(luma.shape) < 16:
                break
            total = cv2.pyrDown(seen)
            mean = cv2.pyrDown(luma * seen) / np.maximum(total, 1e-4)
            seen = np.where(total > parameters.least_seen, total, 0).astype(np.float32)
            luma = _under(mean.astype(np.float32), (seen > 0).astype(np.float32))
        across, down = (cv2.Sobel(luma, cv2.CV_32F, *axis, ksize=3, scale=1 / 8) for axis in ((1, 0), (0, 1)))
        found.append(_Level(np.dstack([luma, across, down, seen])))
    return found


def _under(luma: FloatPlane, seen: FloatPlane) -> FloatPlane:
    """`luma`, interpolated where it is not seen."""
    if seen.min() >= 1:
        return luma
    smooth = spread(np.repeat(luma[..., None], 3, axis=2), seen)[..., 0]
    return np.where(seen > 0, luma, smooth)
