"""Voice activity detection by short-time energy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.cues import Intervals


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceActivityParameters:
    """Thresholds of `voice_activity`; tests/captions/test_timing.py checks them on drawn sounds."""

    frame: Fraction = Fraction(1, 50)
    """Seconds of one analysis frame: 20 ms, as in speech coders."""
    floor_db: float = -50.0
    """Level in dBFS below which nothing counts as speech."""
    rise_db: float = 12.0
    """dB by which speech exceeds the background (the tenth percentile of all frames)."""
    longest_gap: Fraction = Fraction(1, 4)
    """Seconds of silence below which two stretches are one phrase."""
    shortest: Fraction = Fraction(1, 10)
    """Seconds below which a sound is a click."""


def voice_activity(
    blocks: Iterable[NDArray[np.float32]],
    rate: int,
    *,
    parameters: VoiceActivityParameters = VoiceActivityParameters(),
) -> Intervals:
    """The intervals of seconds with speech; `blocks` are (samples, channels) in -1..1 at `rate` samples a second.

    By energy alone: music counts as speech. Empty when all is quiet.
    """
    level = _levels(blocks, int(rate * parameters.frame))
    if not len(level):
        return ()
    background = float(np.quantile(level, 0.1)) + parameters.rise_db
    threshold = max(parameters.floor_db, min(background, float(level.max()) - parameters.rise_db))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (level > threshold).astype(np.int8), [0]])))
    found: list[tuple[Fraction, Fraction]] = []
    for first, stop in edges.reshape(-1, 2):
        start, end = int(first) * parameters.frame, int(stop) * parameters.frame
        if found and start - found[-1][1] < parameters.longest_gap:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple((start, end) for start, end in found if end - start >= parameters.shortest)


def _levels(blocks: Iterable[NDArray[np.float32]], frame: int) -> NDArray[np.float64]:
    """The mean power in dBFS of each whole frame of `frame` samples, channels averaged."""
    rest = np.zeros((0,), np.float32)
    powers: list[NDArray[np.float64]] = []
    for block in blocks:
        mono = np.concatenate([rest, block.mean(axis=1)])
        whole = len(mono) // frame * frame
        powers.append((mono[:whole].reshape(-1, frame).astype(np.float64) ** 2).mean(axis=1))
        rest = mono[whole:]
    return 10 * np.log10(np.maximum(np.concatenate(powers) if powers else np.zeros(0), 1e-12))
