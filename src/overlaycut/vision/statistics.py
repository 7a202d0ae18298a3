"""Robust statistics of samples."""

from __future__ import annotations

import numpy as np

from overlaycut.core.geometry import FloatArray


def weighted_median(values: FloatArray, weights: FloatArray) -> float:
    """The value, of (n,), at half of the total of the weights, (n,), n ≥ 1."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][min(int(np.searchsorted(total, total[-1] / 2)), len(values) - 1)])
