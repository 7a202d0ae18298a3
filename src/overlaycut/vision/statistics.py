"""Robust statistics of samples."""

from __future__ import annotations

import numpy as np

from overlaycut.core.geometry import FloatArray


def weighted_median(values: FloatArray, weights: FloatArray) -> float:
    """The value, of (n,), at half of the total of the weights, (n,), n ≥ 1."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][min(int(np.searchsorted(total, total[-1] / 2)), len(values) - 1)])


def median_filtered(series: FloatArray, width: int) -> FloatArray:
    """Medians of the `width` values, an odd number, around each of `series`, (n,), n ≥ 1; its ends are repeated."""
    padded = np.pad(series, width // 2, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1), dtype=np.float64)
