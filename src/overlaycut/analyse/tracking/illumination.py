"""Gain and offset between two exposures of one surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.tracking.parameters import IlluminationParameters

_BLACK = 16
"""Luma of black in limited range (BT.601, BT.709)."""


def gain_table(
    seen: NDArray[np.uint8], then: NDArray[np.float32], usual: float, *, parameters: IlluminationParameters
) -> NDArray[np.uint8]:
    """Grey levels of the reference for those of a frame, (256,), from pixels of both, (n,) each.

    usual: the median of `then`.

    A robust line by medians, then reweighted moments: neighbouring text that comes or goes, and occluders, are
    down-weighted.
    """
    now = seen.astype(np.float32)
    level, wanted, gain = _median(seen), usual, 1.0
    for scale in parameters.scales:
        alike = 1 / (1 + ((gain * (now - level) + wanted - then) / scale) ** 2)
        weight = alike / alike.sum()
        level, wanted = float(weight @ now), float(weight @ then)
        spread = [float(weight @ (p - m) ** 2) for p, m in ((now, level), (then, wanted))]
        # Where the surface is plain, its brightness stands in for its contrast.
        plain = [
            parameters.noise_variance + (parameters.plain_share * max(value - _BLACK, 0)) ** 2
            for value in (level, wanted)
        ]
        ratio = np.sqrt((spread[1] + plain[1]) / (spread[0] + plain[0]))
        gain = float(np.clip(ratio, parameters.least_gain, parameters.most_gain))
    table = gain * (np.arange(256) - level) + wanted
    return np.asarray(np.clip(np.rint(table), 0, 255), dtype=np.uint8)


def _median(levels: NDArray[np.uint8]) -> float:
    """The median of bytes, n ≥ 1, from their histogram: a tenth of the time of `numpy.median`."""
    up_to = np.cumsum(np.bincount(levels, minlength=256))
    below, above = np.searchsorted(up_to, ((len(levels) + 1) // 2, len(levels) // 2 + 1))
    return (float(below) + float(above)) / 2
