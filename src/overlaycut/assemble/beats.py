"""Beats of music, and cuts moved onto them.

Onset strength is the half-wave rectified spectral flux of a logarithmic spectrogram; the tempo is the peak of its
autocorrelation under a log-normal prior; beats are the path of onsets at that spacing with the largest sum (D. Ellis,
Beat Tracking by Dynamic Programming, 2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from overlaycut.media import RATE, Samples

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatParameters:
    """How beats are found; measured by benchmarks/programme.py on drawn music of known beats."""

    hop: int = 480
    """Samples from one spectrum to the next: 10 ms."""
    window: int = 2048
    """Samples of a spectrum."""
    bands: int = 40
    """Bands of equal width on a logarithmic scale."""
    low_hertz: float = 30.0
    high_hertz: float = 12_000.0
    usual_bpm: float = 120.0
    """Centre of the prior of the tempo (Ellis 2007)."""
    octaves: float = 0.9
    """Its standard deviation (Ellis 2007)."""
    slowest_bpm: float = 50.0
    fastest_bpm: float = 220.0
    tightness: float = 400.0
    """Weight of an even spacing against strong onsets (Ellis 2007 has 400)."""
    least_strength: float = 0.21
    """Autocorrelation at the tempo, over that at 0, below which there is no beat: noise and voices stay below 0.2."""
    fewest: int = 4
    """Beats below which there is no metre."""
    quiet_share: float = 0.5
    """Beats at either end with less onset strength than this share of the mean of all beats are left off."""


def beats_of(sound: Samples, *, parameters: BeatParameters = BeatParameters()) -> tuple[Fraction, ...]:
    """When the beats of music fall, in seconds from its start; none where it has no steady beat."""
    strength = onset_strength(sound, parameters)
    lag = _tempo_lag(strength, parameters)
    if lag is None:
        return ()
    places = _tracked(strength, lag, parameters)
    if len(places) < parameters.fewest:
        return ()
    return tuple(Fraction(int(place) * parameters.hop, RATE) for place in places)


def onset_strength(sound: Samples, parameters: BeatParameters = BeatParameters()) -> Floats:
    """How strongly sound begins at each hop, (hops,), with a standard deviation of 1; zeros for silence."""
    mono = np.pad(sound.mean(axis=1).astype(np.float32), (parameters.window // 2, parameters.window // 2))
    count = (len(mono) - parameters.window) // parameters.hop
    if count < 2:
        return np.zeros(0)
    taper = np.hanning(parameters.window).astype(np.float32)
    bank = _bank(parameters)
    levels = np.empty((count, parameters.bands))
    for place in range(count):  # a window at a time: all at once would take 8 kB for each
        begin = place * parameters.hop
        power = np.abs(np.fft.rfft(mono[begin : begin + parameters.window] * taper)) ** 2
        levels[place] = 10 * np.log10(bank @ power + 1e-10)
    levels = np.maximum(levels, levels.max() - 80)
    flux = np.maximum(np.diff(levels, axis=0, prepend=levels[:1]), 0).mean(axis=1)
    flux = np.convolve(flux, np.hanning(7) / np.hanning(7).sum(), mode="same")
    slow = round(RATE / parameters.hop)
    flux -= np.convolve(flux, np.ones(slow) / slow, mode="same")
    spread = float(flux.std())
    return np.asarray(flux / spread) if spread > 1e-9 else np.zeros(count)


def _bank(parameters: BeatParameters) -> Floats:
    """Sums of a power spectrum over bands, (bands, bins)."""
    bins = np.fft.rfftfreq(parameters.window, 1 / RATE)
    edges = np.geomspace(parameters.low_hertz, parameters.high_hertz, parameters.bands + 1)
    inside = (bins >= edges[:-1, None]) & (bins < edges[1:, None])
    nearest = np.abs(bins - np.sqrt(edges[:-1] * edges[1:])[:, None]).argmin(axis=1)
    empty = ~inside.any(axis=1)
    inside[empty, nearest[empty]] = True
    return np.asarray(inside / inside.sum(axis=1, keepdims=True))


def _tempo_lag(strength: Floats, parameters: BeatParameters) -> float | None:
    """Hops from beat to beat; None where nothing repeats."""
    if not strength.any():
        return None
    hops = 60 * RATE / parameters.hop
    size = 1 << (2 * len(strength) - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(strength, size)) ** 2
    correlation = np.fft.irfft(spectrum)[: len(strength)]
    shortest, longest = int(hops / parameters.fastest_bpm), int(hops / parameters.slowest_bpm)
    lags = np.arange(shortest, min(longest, len(strength) // 2) + 1)
    if not len(lags):
        return None
    prior = np.exp(-0.5 * (np.log2(hops / lags / parameters.usual_bpm) / parameters.octaves) ** 2)
    best = int(np.argmax(correlation[lags] * prior))
    if correlation[lags[best]] < parameters.least_strength * correlation[0]:
        return None
    lag = int(lags[best])
    # Over several beats the lag is known to a fraction of a hop.
    times = max(min(8, (len(strength) - 2) // (lag + 1)), 1)
    near = np.arange(times * lag - times, times * lag + times + 1)
    near = near[(near > 0) & (near < len(correlation))]
    return float(near[np.argmax(correlation[near])] / times)


def _tracked(strength: Floats, lag: float, parameters: BeatParameters) -> NDArray[np.intp]:
    """The hops of the beats."""
    offsets = np.arange(-round(2 * lag), -max(round(lag / 2), 1) + 1)
    penalty = -parameters.tightness * np.log(-offsets / lag) ** 2
    total, origin = strength.copy(), np.full(len(strength), -1)
    for place in range(len(strength)):
        before = place + offsets
        usable = before >= 0
        if usable.any():
            scores = penalty[usable] + total[before[usable]]
            best = int(np.argmax(scores))
            if scores[best] > 0:
                total[place] += scores[best]
                origin[place] = before[usable][best]
    last = max(len(total) - round(lag), 0)
    place = last + int(np.argmax(total[last:]))
    path = []
    while place >= 0:
        path.append(place)
        place = int(origin[place])
    places = np.array(path[::-1])
    loud = np.flatnonzero(strength[places] >= parameters.quiet_share * strength[places].mean())
    return np.asarray(places[loud[0] : loud[-1] + 1] if len(loud) else places[:0])


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOnBeat:
    """A cut, and where a beat would have it."""

    segment: int
    """Which segment ends there, from 0."""
    at: Fraction
    """Seconds of the programme, with the cuts before it moved already."""
    beat: Fraction
    change: Fraction
    """Seconds by which that segment becomes longer; negative when shorter."""


def cuts_on_beats(
    lengths: Sequence[Fraction],
    beats: Sequence[Fraction],
    *,
    longest: Sequence[Fraction] | None = None,
    most: Fraction = Fraction(1, 2),
    shortest: Fraction = Fraction(1, 2),
) -> tuple[CutOnBeat, ...]:
    """Move the end of every segment but the last onto the nearest beat.

    lengths: of the segments, in seconds, cut one after another. longest: how long each may become; None: as it is.
    most: seconds by which a cut is moved at most; a cut with no beat that near stays. shortest: seconds that every
    segment keeps.
    """
    found = []
    begins = Fraction(0)
    for number, length in enumerate(lengths[:-1]):
        at = begins + length
        limit = length if longest is None else longest[number]
        allowed = [beat for beat in beats if abs(beat - at) <= most and shortest <= beat - begins <= limit]
        beat = min(allowed, key=lambda one, at=at: abs(one - at), default=None)  # type: ignore[misc]
        if beat is not None:
            found.append(CutOnBeat(segment=number, at=at, beat=beat, change=beat - at))
            at = beat
        begins = at
    return tuple(found)
