"""Verdicts on one character's face and clothes in one clip.

"Is this another person?" is answered by the model's own threshold (similarity 0.5). "Does this person change?" is asked
of the shot's own opening and of the references together: a head that turns away from its opening stays as similar to
its references, a face that becomes another loses both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import numpy as np

from overlaycut.core.cast import (
    Absence,
    Character,
    FaceTrack,
    IdentityVerdict,
    Signature,
    SimilaritySample,
    TraitVerdict,
    Vector,
    centre_of,
    similarity,
)
from overlaycut.decide.cast.parameters import Comparison
from overlaycut.decide.cast.series import (
    embedded,
    first_lasting,
    nearest_reference,
    opening_level,
    opening_mean,
    turning_point,
    weighted_quantile,
)

_VANISHING = Fraction(1)
"""Seconds before somebody is gone or replaced in which an unlike face is part of that: as long as a face may be missed
(FaceParameters.lost_after)."""


_HURRY = Fraction(1, 2)
"""The same before somebody is out of the picture: who hurries is blurred."""


def face_verdict(character: Character, tracks: Sequence[FaceTrack], comparison: Comparison) -> TraitVerdict:
    """Whether the face of `tracks` is the character's and stays itself."""
    if not tracks:
        return TraitVerdict(verdict="n/a", reason="no face of theirs is in the clip")
    rules = comparison.rules
    known = sorted(embedded(s for track in tracks for s in track.sightings), key=lambda one: one[0].index)
    reliable = [one for s, one in known if s.weight >= rules.reliable]
    if not reliable:
        return TraitVerdict(verdict="n/a", reason="the face is only seen turned away, blurred or tiny")
    series = tuple(
        SimilaritySample(s.at, nearest_reference(character.references, one, comparison), s.weight) for s, one in known
    )
    counted = [sample for sample in series if sample.weight >= rules.reliable]
    band = _reference_band(character, counted, comparison)
    verdict, first_bad, reason, confidence = _face_change(character, tracks, reliable, counted, band, comparison)
    values, weights = (np.array([getattr(m, name) for m in counted]) for name in ("similarity", "weight"))
    return TraitVerdict(
        verdict=verdict,
        reason=reason,
        min=float(values.min()),
        p05=weighted_quantile(values, weights, 0.05),
        mean=float(np.average(values, weights=weights)),
        first_bad=first_bad,
        band=band,
        series=series,
        confidence=confidence,
    )


def with_absence(verdict: TraitVerdict, tracks: Sequence[FaceTrack], absences: Sequence[Absence]) -> TraitVerdict:
    """The verdict on a face, once it is known what became of the person where the face was not seen any more.

    Who is there again in a later track of the same shot was only hidden.
    """
    last = {track.shot: track.id for track in sorted(tracks, key=lambda one: one.sightings[-1].at)}
    ends = [one for one in absences if one.track in last.values()]
    worst = next((one for kind in ("replaced", "gone") for one in ends if one.kind == kind), None)
    # A face that is drawn out of the picture, or alight, is unlike itself just before.
    if worst is not None and (verdict.first_bad is None or worst.at - verdict.first_bad <= _VANISHING):
        words = "something else is in their place" if worst.kind == "replaced" else "they vanish from the picture"
        kind: IdentityVerdict = "replaced" if worst.kind == "replaced" else "gone"
        why = f"{words} from {float(worst.at):.2f} s on"
        return replace(verdict, verdict=kind, first_bad=worst.at, reason=why, confidence=worst.confidence)
    if (
        ends
        and ends[-1].kind == "left"
        and verdict.first_bad is not None
        and ends[-1].since - verdict.first_bad <= _HURRY
    ):
        verdict = replace(
            verdict, verdict="same", first_bad=None, reason="stays like their own opening", confidence=0.5
        )
    if ends and verdict.verdict == "same":
        how = "they walk out of the picture" if ends[-1].kind == "left" else "the face is not seen"
        return replace(verdict, reason=f"{verdict.reason}; {how} from {float(ends[-1].since):.2f} s on")
    return verdict


def _face_change(
    character: Character,
    tracks: Sequence[FaceTrack],
    reliable: Sequence[Signature],
    counted: Sequence[SimilaritySample],
    band: float,
    comparison: Comparison,
) -> tuple[IdentityVerdict, Fraction | None, str, float]:
    """Verdict, first moment of it, why, and how sure.

    reliable, counted: vectors and similarities with references, in order.
    """
    rules = comparison.rules
    kept = _kept_of_opening(tracks, comparison)
    certain, doubtful = (rules.lost, 0.0) if character.discovered else (rules.different, rules.steady)
    gone = [
        own.similarity < certain or (own.similarity < doubtful and reference.similarity < band)
        for own, reference in zip(kept, counted, strict=True)
    ]
    bad = first_lasting(kept, gone, rules)
    before = centre_of(reliable if bad is None else reliable[: max(bad, 1)])
    at_first = nearest_reference(character.references, before, comparison)
    if at_first < rules.different:
        why = f"somebody else from the start: {at_first:.2f} like the references, {rules.different:.2f} parts people"
        return "different", counted[0].at, why, how_sure([rules.different - at_first], rules.different / 2)
    if bad is not None:
        first_bad = turning_point(kept, gone, bad, comparison.parameters)
        worst = min(m.similarity for m in kept[bad:])
        why = f"changes from {float(first_bad):.2f} s on: keeps {worst:.2f} of the likeness with their own opening"
        fallen = [(certain if certain > doubtful else doubtful) - m.similarity for m in kept[bad:]]
        return "drift", first_bad, why, how_sure(fallen, rules.steady / 2)
    why = "stays like their own opening" + ("" if character.discovered else " or like the references")
    limit = max(certain, doubtful)
    margins = [
        max(own.similarity - limit, reference.similarity - band) for own, reference in zip(kept, counted, strict=True)
    ]
    return "same", None, why, how_sure(margins, (1 - limit) / 2)


def how_sure(beyond: Sequence[float], whole: float) -> float:
    """How sure measures make, 0..1: 0.5 at a limit, 1 from `whole` beyond it on, 0 as far on its other side; mean."""
    return float(np.mean([min(max(0.5 + 0.5 * distance / whole, 0.0), 1.0) for distance in beyond]))


def _kept_of_opening(tracks: Sequence[FaceTrack], comparison: Comparison) -> list[SimilaritySample]:
    """Similarity with the opening of the shot relative to the opening's own, at each reliable moment."""
    kept = []
    for shot in sorted({track.shot for track in tracks}):
        seen = sorted(
            embedded(s for track in tracks if track.shot == shot for s in track.sightings), key=lambda one: one[0].at
        )
        opening = opening_mean([s for s, _ in seen], comparison)
        if opening is None:
            continue
        own = [
            SimilaritySample(s.at, similarity(comparison.metric, opening, one), s.weight)
            for s, one in seen
            if s.weight >= comparison.rules.reliable
        ]
        level = max(opening_level(own, comparison.parameters), 1e-6)
        kept += [SimilaritySample(m.at, m.similarity / level, m.weight) for m in own]
    return kept


def _reference_band(character: Character, counted: Sequence[SimilaritySample], comparison: Comparison) -> float:
    """Similarity with the references below which these show a change.

    Photographs of one person taken apart differ more than a face within one shot: who is as similar to a reference as
    the references are to each other is who they are.
    """
    level = opening_level(counted, comparison.parameters)
    if character.discovered:
        return comparison.rules.lost * level
    pairs = [similarity(comparison.metric, a, b) for a, b in combinations(character.references, 2)]
    return min([comparison.rules.borne_out * level, *pairs])


def clothes_verdict(tracks: Sequence[FaceTrack], comparison: Comparison) -> TraitVerdict:
    """Whether the colours of what is worn stay those of the shot's own opening."""
    seen = [(s.at, s.clothes) for track in tracks for s in track.sightings if s.clothes is not None]
    if len(seen) < 2:
        return TraitVerdict(verdict="n/a", reason="what they wear is not in the picture")
    until = seen[0][0] + comparison.parameters.opening
    opening = np.mean([worn for at, worn in seen if at <= until], axis=0)
    share = comparison.parameters.uncovered
    series = tuple(SimilaritySample(at, _cells_alike(opening, worn, share), 1.0) for at, worn in seen)
    values = np.array([m.similarity for m in series])
    below = [m.similarity < comparison.rules.clothes for m in series]
    place = first_lasting(series, below, comparison.rules)
    bad = None if place is None else turning_point(series, below, place, comparison.parameters)
    return TraitVerdict(
        verdict="same" if bad is None else "drift",
        reason="the colours stay" if bad is None else f"other colours from {float(bad):.2f} s",
        min=float(values.min()),
        p05=float(np.quantile(values, 0.05)),
        mean=float(values.mean()),
        first_bad=bad,
        band=comparison.rules.clothes,
        series=series,
        confidence=how_sure(
            [comparison.rules.clothes - v for v in values[place:]] if bad else list(values - comparison.rules.clothes),
            (1 - comparison.rules.clothes) / 2,
        ),
    )


def _cells_alike(one: Vector, other: Vector, share: float) -> float:
    """Bhattacharyya's coefficient of histograms, (cells, bins), in the mean of the most similar `share` of the cells.

    1 when they are the same, 0 when they share no colour. What comes in front covers a part; other clothes are other
    clothes everywhere.
    """
    cells = np.sort(np.sqrt(np.maximum(one, 0) * np.maximum(other, 0)).sum(axis=-1))[::-1]
    return float(cells[: max(round(share * len(cells)), 1)].mean())
