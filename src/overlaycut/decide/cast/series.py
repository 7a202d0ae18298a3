"""Series of similarities over time, and signatures over tracks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from overlaycut.core.cast import FaceTrack, Sighting, Signature, SimilaritySample, centre_of, similarity
from overlaycut.core.geometry import FloatArray
from overlaycut.decide.cast.parameters import CastParameters, CastRules, Comparison


def embedded(sightings: Iterable[Sighting]) -> list[tuple[Sighting, Signature]]:
    """The sightings that have a vector, with it."""
    return [(s, s.signature) for s in sightings if s.signature is not None]


def track_mean(track: FaceTrack, rules: CastRules) -> Signature | None:
    """The mean of a track's reliable vectors; None where there is none."""
    known = [one for s, one in embedded(track.sightings) if s.weight >= rules.reliable]
    return centre_of(known) if known else None


def opening_mean(sightings: Sequence[Sighting], comparison: Comparison) -> Signature | None:
    """The mean of the first reliable vectors of sightings in order of time; None where there is none."""
    reliable = [(s, one) for s, one in embedded(sightings) if s.weight >= comparison.rules.reliable]
    if not reliable:
        return None
    until = reliable[0][0].at + comparison.parameters.opening
    return centre_of(one for s, one in reliable if s.at <= until)


def nearest_reference(references: Sequence[Signature], seen: Signature, comparison: Comparison) -> float:
    """Similarity with the most similar reference, 0..1."""
    return max(similarity(comparison.metric, reference, seen) for reference in references)


def opening_level(series: Sequence[SimilaritySample], parameters: CastParameters) -> float:
    """The mean similarity of the opening."""
    return float(np.mean([m.similarity for m in series if m.at <= series[0].at + parameters.opening]))


def first_lasting(series: Sequence[SimilaritySample], below: Sequence[bool], rules: CastRules) -> int | None:
    """The first sample from which on all are `below` the limit for long enough; None when there is none."""
    for place, sample in enumerate(series):
        later = (n for n in range(place, len(series)) if series[n].at > sample.at + rules.lasting)
        beyond = next(later, len(series) - 1)
        if beyond > place and all(below[place : beyond + 1]):
            return place
    return None


def turning_point(
    series: Sequence[SimilaritySample], below: Sequence[bool], bad: int, parameters: CastParameters
) -> Fraction:
    """When a series that is `below` the limit from sample `bad` on was half way down.

    Half way to where it falls: a face that becomes a very different one crosses the limit early, one that becomes a
    similar one late, and half way is half way for both.
    """
    values = np.array([m.similarity for m in series])
    end = next((n for n in range(bad, len(below)) if not below[n]), len(below))
    fallen = float(np.quantile(values[bad:end], parameters.fallen_quantile))
    middle = fallen + parameters.half * (opening_level(series, parameters) - fallen)
    lowest = bad + int(np.argmax(values[bad:end] <= fallen))
    above = np.flatnonzero(values[:lowest] >= middle)
    if not len(above):
        return series[bad].at
    good, after = series[above[-1]], series[above[-1] + 1]
    share = (good.similarity - middle) / (good.similarity - after.similarity)
    return Fraction(good.at + (after.at - good.at) * Fraction(share).limit_denominator(1000))


def weighted_quantile(values: FloatArray, weights: FloatArray, share: float) -> float:
    """The value below which `share` of the weight lies."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][int(np.searchsorted(total, share * total[-1]))])
