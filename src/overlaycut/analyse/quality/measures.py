"""Measures of a clip from what was kept of its frames, (frames,) each."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.quality.parameters import QualityParameters
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import FloatArray

_ROUNDING = 0.25
"""Mean levels by which rounding to 8 bits moves a sample: no detail."""


def sharpness(luma: Plane) -> float:
    """Finest detail of a picture over the next coarser: about 0.5 for a sharp one, 0 for fog or no detail."""
    fine = luma.astype(np.float32)
    soft = cv2.GaussianBlur(fine, (0, 0), 1.0)
    softer = cv2.GaussianBlur(fine, (0, 0), 3.0)
    middle = float(np.abs(soft - softer).mean())
    finest = max(float(np.abs(fine - soft).mean()) - _ROUNDING, 0.0)
    return finest / middle if middle > _ROUNDING else 0.0


def flashes(change: FloatArray, beyond: FloatArray, *, parameters: QualityParameters) -> list[int]:
    """Frames unlike both their neighbours, which are alike: by the change to the last and to the last but one."""
    usual = float(np.median(change[1:])) if len(change) > 1 else 0.0
    limit = max(parameters.flash_change, parameters.flash_times * usual)
    least = [min(change[n], change[n + 1]) for n in range(len(change) - 1)]
    return [
        n for n in range(1, len(change) - 1) if least[n] > limit and beyond[n + 1] < parameters.flash_return * least[n]
    ]


def repeats(change: FloatArray, plain: NDArray[np.bool_], *, parameters: QualityParameters) -> NDArray[np.bool_]:
    """Which of the `plain` frames show the one before again while the clip moves."""
    lively = local_quantile(change, parameters.lively_quantile, parameters.neighbours)
    same = change <= np.minimum(parameters.repeat_change, parameters.repeat_share * lively)
    return np.asarray(plain & same & (lively > parameters.repeat_change), dtype=np.bool_)


def frozen(change: FloatArray, plain: NDArray[np.bool_], *, parameters: QualityParameters) -> NDArray[np.bool_]:
    """Which of the `plain` frames are the one before, by what is usual where the clip moves; none if it never does."""
    if not plain.any():
        return np.zeros(len(change), np.bool_)
    lively = float(np.quantile(change[plain], parameters.lively_quantile))
    limit = min(parameters.frozen_change, parameters.frozen_share_of_change * lively)
    return np.asarray(plain & (change <= limit) & (lively > parameters.repeat_change), np.bool_)


def enlarged(luma: Plane, *, parameters: QualityParameters) -> float:
    """How many times a picture seems to have been enlarged: 1, 1.5, 2 or 3.

    The energy of the band that a picture of 1/n of the lines could not have, over that of all its detail, is small in
    one that was enlarged n times, whatever the filter.
    """
    side = parameters.enlarged_px
    height, width = luma.shape
    top, left = max((height - side) // 2, 0), max((width - side) // 2, 0)
    part = luma[top : top + side, left : left + side].astype(np.float32)
    detail = _beyond(part, parameters.detail_times)
    if detail < parameters.least_detail:
        return 1.0
    for times, limit in parameters.enlarged_limits:
        if _beyond(part, times) < limit * detail:
            return times
    return 1.0


def _beyond(part: NDArray[np.float32], times: float) -> float:
    """Root mean square, levels, of what a picture loses at 1/`times` of its size."""
    height, width = part.shape
    size = max(round(width / times), 1), max(round(height / times), 1)
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    back = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return float(np.sqrt(np.mean((part - back) ** 2)))


def jumps(residual: FloatArray, plain: NDArray[np.bool_], *, parameters: QualityParameters) -> list[int]:
    """Those of the `plain` frames in which the picture changes in a way that no movement explains."""
    if not plain.any():
        return []
    around = local_quantile(residual, 0.5, parameters.neighbours)
    usual = np.maximum(around, float(np.median(residual[plain])))
    limit = np.maximum(parameters.jump_residual, parameters.jump_times * usual)
    return [int(n) for n in np.flatnonzero(plain & (residual > limit))]


def local_quantile(values: FloatArray, share: float, neighbours: int) -> FloatArray:
    """For each frame the quantile `share` of the values within `neighbours` frames of it."""
    padded = np.pad(values, neighbours, mode="reflect" if len(values) > neighbours else "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * neighbours + 1)
    around: FloatArray = np.quantile(windows, share, axis=1)
    return around


def jerk(speed: FloatArray, *, parameters: QualityParameters) -> float:
    """Mean change of speed from frame to frame over the mean speed; 0 for what does not move."""
    if len(speed) < 3 or speed.mean() < parameters.moving_px:
        return 0.0
    return float(np.abs(np.diff(speed)).mean() / speed.mean())


def flicker(blocks: FloatArray, plain: NDArray[np.bool_]) -> float:
    """Levels by which most blocks, (frames, rows, columns), leave at once the mean of their neighbours in time."""
    if len(blocks) < 3:
        return 0.0
    stray = blocks[1:-1] - (blocks[:-2] + blocks[2:]) / 2
    steady = plain[1:-1] & plain[2:]
    jumps = np.abs(np.median(stray.reshape(len(stray), -1), axis=1))[steady]
    return float(jumps.mean()) if len(jumps) else 0.0


def exposure_drift(median: FloatArray, window: int) -> float:
    """Range of the frames' median luma, averaged over `window` frames."""
    window = max(min(window, len(median)), 1)
    smooth = np.convolve(median, np.ones(window) / window, mode="valid")
    return float(smooth.max() - smooth.min())


def end_over_start(sharp: FloatArray, second: int) -> float:
    """Median sharpness of the last second over that of the first."""
    part = max(min(second, len(sharp) // 2), 1)
    before, after = float(np.median(sharp[:part])), float(np.median(sharp[-part:]))
    return after / before if before > 0 else 1.0
