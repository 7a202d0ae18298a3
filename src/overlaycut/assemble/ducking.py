"""Loudness of stretches of sound, and music that gives way to a voice.

The gain is drawn from the stretches in which the voice speaks, which are known before it is heard: the music is down
when a phrase begins and is back soon after it, and how far it goes down follows from the loudness of both in that
phrase. A compressor keyed by the voice (FFmpeg's sidechaincompress) reacts late, and goes down by as much as each
syllable happens to be loud.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.cues import Intervals
from overlaycut.media import RATE, Samples, k_weighted


@dataclass(frozen=True, slots=True, kw_only=True)
class DuckingParameters:
    """How music gives way; checked by tests/assemble and benchmarks/programme.py."""

    attack_seconds: Fraction = Fraction(1, 5)
    """Time in which the music goes down, before the first word."""
    hold_seconds: Fraction = Fraction(1, 10)
    """Time after the last word in which it stays down: the end of a breath."""
    release_seconds: Fraction = Fraction(2, 5)
    """Time in which it comes back; with the hold less than the 0.6 s that the benchmark allows."""
    bridge_seconds: Fraction = Fraction(9, 10)
    """Pauses below this keep the music down: it would come back for less than half a second and pump."""
    window_seconds: Fraction = Fraction(3)
    """The loudest such stretch of music within a phrase counts (EBU R 128: short-term loudness)."""
    most_db: float = 36.0
    """As far as music is ever turned down."""


def sound_level(sound: Samples, stretches: Intervals = ()) -> float | None:
    """Loudness of samples in LUFS without gating, over stretches of seconds or all; None where that is silence."""
    power = k_weighted(sound)
    parts = [power[slice(*_places(start, end))] for start, end in stretches] or [power]
    return _lufs(np.concatenate(parts))


def ducked(
    music: Samples,
    voice: Samples,
    speech: Intervals,
    *,
    lu: float,
    parameters: DuckingParameters = DuckingParameters(),
) -> Samples:
    """The music with a gain that keeps it `lu` below the voice, phrase by phrase, in the seconds of `speech`."""
    under, over = k_weighted(music), k_weighted(voice)
    gain = np.zeros(len(music))
    for start, end in phrases(speech, parameters.bridge_seconds):
        begin, stop = _places(start, end)
        depth = _depth(under[begin:stop], over[begin:stop], lu, parameters)
        gain = np.minimum(gain, -depth * _down(len(music), begin, stop, parameters))
    return music * (10 ** (gain / 20)).astype(np.float32)[:, None]


def phrases(speech: Intervals, bridge: Fraction) -> Sequence[tuple[Fraction, Fraction]]:
    """Stretches of speech, with pauses shorter than `bridge` left in."""
    found: list[tuple[Fraction, Fraction]] = []
    for start, end in speech:
        if found and start - found[-1][1] < bridge:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _depth(music: NDArray[np.float32], voice: NDArray[np.float32], lu: float, parameters: DuckingParameters) -> float:
    """By how many dB the music has to go down in a phrase; both are powers of weighted samples."""
    window = min(round(parameters.window_seconds * RATE), len(music))
    if not window:
        return 0.0
    sums = np.concatenate([[0.0], np.cumsum(music, dtype=np.float64)])
    starts = np.unique(np.append(np.arange(0, len(music) - window + 1, RATE // 10), len(music) - window))
    loudest = float((sums[starts + window] - sums[starts]).max() / window)
    spoken, played = _lufs(voice), _lufs(np.array([loudest], np.float32))
    if spoken is None or played is None:
        return 0.0
    return float(np.clip(lu - (spoken - played), 0, parameters.most_db))


def _down(count: int, begin: int, stop: int, parameters: DuckingParameters) -> NDArray[np.float64]:
    """1 while the music is down, 0 where it is not, with slopes that begin and end smoothly."""
    attack, hold, release = (
        round(seconds * RATE)
        for seconds in (parameters.attack_seconds, parameters.hold_seconds, parameters.release_seconds)
    )
    at = np.arange(count)
    falling, rising = (at - begin + attack) / attack, (stop + hold + release - at) / release
    share = np.clip(np.minimum(falling, rising), 0, 1)
    return np.asarray((1 - np.cos(np.pi * share)) / 2)


def _places(start: Fraction, end: Fraction) -> tuple[int, int]:
    return round(start * RATE), round(end * RATE)


def _lufs(power: NDArray[np.float32]) -> float | None:
    mean = float(power.mean(dtype=np.float64)) if len(power) else 0.0
    return None if mean < 1e-10 else float(-0.691 + 10 * np.log10(mean))
