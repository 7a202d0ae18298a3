"""When somebody speaks: stretches of a sound that stand out from its own quiet."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

_FRAME = Fraction(1, 50)
"""Seconds that are taken together: 20 ms, as speech coders do."""
_FLOOR_DB, _RISE_DB = -50.0, 12.0
"""Speech lies above -50 dBFS, and 12 dB above what is quiet in this sound (its tenth percentile)."""
_GAP, _LEAST = Fraction(1, 4), Fraction(1, 10)
"""Silence shorter than this is inside a phrase; sound shorter than that is a click."""


def speech(blocks: Iterable[NDArray[np.float32]], rate: int) -> tuple[tuple[Fraction, Fraction], ...]:
    """The stretches in which somebody speaks, in seconds; `blocks` are (samples, channels) in -1..1.

    By energy alone: music counts as speech. Empty when all is quiet.
    """
    per = int(rate * _FRAME)
    rest = np.zeros((0,), np.float32)
    powers: list[NDArray[np.float64]] = []
    for block in blocks:
        mono = np.concatenate([rest, block.mean(axis=1)])
        whole = len(mono) // per * per
        powers.append((mono[:whole].reshape(-1, per).astype(np.float64) ** 2).mean(axis=1))
        rest = mono[whole:]
    level = 10 * np.log10(np.maximum(np.concatenate(powers) if powers else np.zeros(0), 1e-12))
    if not len(level):
        return ()
    loud = level > max(_FLOOR_DB, min(float(np.quantile(level, 0.1)) + _RISE_DB, float(level.max()) - _RISE_DB))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(np.int8), [0]])))
    found: list[tuple[Fraction, Fraction]] = []
    for begins, ends in edges.reshape(-1, 2):
        start, end = int(begins) * _FRAME, int(ends) * _FRAME
        if found and start - found[-1][1] < _GAP:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple((start, end) for start, end in found if end - start >= _LEAST)
