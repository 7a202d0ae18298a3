"""Followed faces into verdicts: who each of them is, whether they stay themselves, and whether somebody is there twice.

Two questions are kept apart. "Is this another person?" is answered by the model's own threshold (similarity 0.5).
"Does this person change?" is asked of the shot's own opening and of the references together: a head that turns away
from how it came in gets no less like its references, a face that becomes another loses both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from overlaycut.core.cast import (
    Appearance,
    CastReport,
    Character,
    Clones,
    EmbeddingMetric,
    Face,
    FaceTrack,
    IdentityCourse,
    Moment,
    Pair,
    Sighting,
    Signature,
    Vector,
    Verdict,
    centre_of,
    similarity,
)
from overlaycut.core.documents import Document


class CastRules(Document):
    """Where verdicts change. Set on clips that no published figure is measured on; see docs/cast.md."""

    different: float = Field(default=0.5, ge=0, le=1)
    """Similarity below which it is somebody else: the model's own threshold."""
    steady: float = Field(default=0.76, ge=0, le=1)
    """Part of its likeness with its own opening that a face keeps while it is itself, where references can tell a poor
    opening from a change."""
    borne_out: float = Field(default=0.9, ge=0, le=1)
    """Part of the opening's likeness with the references from which on these say that nothing has changed."""
    lost: float = Field(default=0.62, ge=0, le=1)
    """As `steady`, where there are no references: an opening that is turned away or blurred costs an undisturbed face a
    third of it."""
    akin: float = Field(default=0.58, ge=0, le=1)
    """Similarity of one character's means over two clips from which on they are the same."""
    lasting: Fraction = Field(default=Fraction(2, 5), ge=0)
    """Seconds that a change has to last."""
    reliable: float = Field(default=0.3, ge=0, le=1)
    """Weight below which a sighting (blurred, turned away, tiny) decides nothing."""
    clothes: float = Field(default=0.7, ge=0, le=1)
    """Similarity of colours below which the clothes changed: undisturbed ones stay above 0.88, turned hues get 0.52."""
    twins: float = Field(default=0.66, ge=0, le=1)
    """Similarity of two faces in one frame from which on they are one person twice."""


_SUBJECT = "subject"
_OPENING = Fraction(3, 4)
"""Seconds of a track's own beginning that it is compared with."""
_FALLEN, _HALF = 0.1, 0.4
"""Quantile of what comes after a change that it fell to, and the part of the fall that is still to come when a face is
half of each: the median of morphs injected into ai_candidates and ai_text."""
_LEAST_SEEN = 0.15
"""Part of the largest face's prominence below which a stranger is a passer-by."""


@dataclass(frozen=True, slots=True, eq=False)
class ClipCast:
    """The faces of one clip by its name."""

    clip: str
    report: CastReport


def cast_of(
    clips: Sequence[ClipCast], characters: Sequence[Character], metric: EmbeddingMetric, rules: CastRules
) -> tuple[Appearance, ...]:
    """One appearance for each character in each clip.

    With no `characters` they are discovered, and have an appearance only where they were seen.

    Raises ValueError when references or clips carry vectors of another model than the metric's.
    """
    known = list(characters)
    if known:
        groups = [{name: tracks for name, tracks in _assigned(clip, known, metric, rules)} for clip in clips]
    else:
        known, groups = _discovered(clips, metric, rules)
    wanted = bool(characters)
    return tuple(
        _appearance(one, clip, group.get(one.name, ()), metric, rules)
        for one in known
        for clip, group in zip(clips, groups, strict=True)
        if wanted or one.name in group
    )


def subjects_of(clips: Sequence[ClipCast], metric: EmbeddingMetric, rules: CastRules) -> tuple[Appearance, ...]:
    """One appearance for each clip's subject, a thing without a face, held against its own opening."""
    found = []
    for clip in clips:
        tracks = sorted(clip.report.tracks, key=lambda track: -len(track.sightings))
        opening = _opening(tracks[0].signed, rules) if tracks else None
        if opening is not None:
            found.append(_appearance(Character(_SUBJECT, (opening,), discovered=True), clip, tracks[:1], metric, rules))
    return tuple(found)


def pairs_of(appearances: Sequence[Appearance], metric: EmbeddingMetric, rules: CastRules) -> tuple[Pair, ...]:
    """Each character's clips against each other, by the means over the clips."""
    pairs = []
    for one, other in combinations(appearances, 2):
        if one.character != other.character or one.centre is None or other.centre is None:
            continue
        alike = similarity(metric, one.centre, other.centre)
        pairs.append(
            Pair(
                character=one.character,
                one=one.clip,
                other=other.clip,
                similarity=alike,
                verdict="different" if alike < rules.different else "same" if alike >= rules.akin else "drift",
            )
        )
    return tuple(pairs)


def clones_of(clip: ClipCast, metric: EmbeddingMetric, rules: CastRules, *, twins: bool = False) -> tuple[Clones, ...]:
    """Faces that are one person more than once in a frame; none where the still shows `twins` already."""
    found = []
    for one, other in combinations(clip.report.tracks, 2):
        centres = _centre(one, rules), _centre(other, rules)
        together = sorted({s.index for s in one.sightings} & {s.index for s in other.sightings})
        if twins or not together or centres[0] is None or centres[1] is None:
            continue
        alike = similarity(metric, centres[0], centres[1])
        if alike < rules.twins:
            continue
        first = {s.index: s for s in one.sightings}[together[0]]
        second = {s.index: s for s in other.sightings}[together[0]]
        found.append(
            Clones(
                clip=clip.clip,
                index=first.index,
                at=first.at,
                boxes=(first.box, second.box),
                similarity=alike,
                lasts=len(together),
            )
        )
    return tuple(found)


def shows_twins(faces: Sequence[tuple[Face, Signature]], metric: EmbeddingMetric, rules: CastRules) -> bool:
    """Whether two of a still's faces are so alike that two of them in the clip are no fault."""
    return any(similarity(metric, a, b) >= rules.twins for (_, a), (_, b) in combinations(faces, 2))


# Who is who.


def _centre(track: FaceTrack, rules: CastRules) -> Signature | None:
    """The mean of a track's reliable vectors; None where there is none."""
    known = [s.signature for s in track.signed if s.signature is not None and s.weight >= rules.reliable]
    return centre_of(known) if known else None


def _assigned(
    clip: ClipCast, characters: Sequence[Character], metric: EmbeddingMetric, rules: CastRules
) -> list[tuple[str, list[FaceTrack]]]:
    """Each character's tracks. Who is not found is held against the largest stranger, if that one is prominent."""
    centres = {track.id: _opening(track.signed, rules) for track in clip.report.tracks}
    found: dict[str, list[FaceTrack]] = {one.name: [] for one in characters}
    strangers = []
    for track in sorted(clip.report.tracks, key=lambda track: -track.prominence):
        centre = centres[track.id]
        if centre is None:
            continue
        scores = {one.name: _against(one.references, centre, metric) for one in characters}
        best = max(scores, key=lambda name: scores[name])
        if scores[best] >= rules.different:
            found[best].append(track)
        else:
            strangers.append(track)
    largest = max((track.prominence for track in clip.report.tracks), default=0.0)
    for one in characters:
        if not found[one.name] and strangers and strangers[0].prominence >= _LEAST_SEEN * largest:
            found[one.name].append(strangers.pop(0))
    return list(found.items())


def _against(references: Sequence[Signature], seen: Signature, metric: EmbeddingMetric) -> float:
    return max(similarity(metric, reference, seen) for reference in references)


def _discovered(
    clips: Sequence[ClipCast], metric: EmbeddingMetric, rules: CastRules
) -> tuple[list[Character], list[dict[str, list[FaceTrack]]]]:
    """Characters by clustering the tracks' openings: the two nearest groups are joined until none are near enough.

    Distance of groups is that of their means. Faces that share a frame are never joined: they are two, or clones.
    """
    groups: list[list[tuple[int, FaceTrack, Signature]]] = [
        [(number, track, centre)]
        for number, clip in enumerate(clips)
        for track in clip.report.tracks
        if (centre := _opening(track.signed, rules)) is not None
    ]
    while True:
        near = [
            (similarity(metric, *(centre_of([c for _, _, c in g]) for g in (one, other))), a, b)
            for (a, one), (b, other) in combinations(enumerate(groups), 2)
            if not _together(one, other)
        ]
        if not near or max(near)[0] < rules.different:
            break
        _, a, b = max(near)
        groups[a] += groups.pop(b)
    groups.sort(key=lambda group: -sum(track.prominence for _, track, _ in group))
    characters, found = [], [dict[str, list[FaceTrack]]() for _ in clips]
    for number, group in enumerate(groups, start=1):
        name = f"person-{number}"
        first = min(group, key=lambda entry: (entry[0], entry[1].sightings[0].index))
        characters.append(Character(name, (first[2],), discovered=True))
        for clip, track, _ in group:
            found[clip].setdefault(name, []).append(track)
    return characters, found


def _together(
    one: Sequence[tuple[int, FaceTrack, Signature]], other: Sequence[tuple[int, FaceTrack, Signature]]
) -> bool:
    seen = {(clip, s.index) for clip, track, _ in one for s in track.sightings}
    return any((clip, s.index) in seen for clip, track, _ in other for s in track.sightings)


# Do they stay themselves.


def _opening(signed: Sequence[Sighting], rules: CastRules) -> Signature | None:
    """Who a face is while it comes in: the mean of its first reliable vectors, its best one where all are poor."""
    reliable = [s for s in signed if s.weight >= rules.reliable]
    if not reliable:
        return None
    early = [s for s in reliable if s.at <= reliable[0].at + _OPENING]
    return centre_of(s.signature for s in early if s.signature is not None)


def _appearance(
    character: Character, clip: ClipCast, tracks: Sequence[FaceTrack], metric: EmbeddingMetric, rules: CastRules
) -> Appearance:
    ordered = sorted(tracks, key=lambda track: track.sightings[0].index)
    sightings = sorted((s for track in ordered for s in track.sightings), key=lambda s: s.index)
    reliable = [one for s, one in _known(sightings) if s.weight >= rules.reliable]
    return Appearance(
        character=character.name,
        clip=clip.clip,
        tracks=tuple(track.id for track in ordered),
        seen=len({s.index for s in sightings}),
        face=_face_course(character, ordered, metric, rules),
        clothes=_clothes_course([track for track in ordered if track.shot == ordered[0].shot], rules),
        centre=centre_of(reliable) if reliable else None,
    )


def _known(sightings: Iterable[Sighting]) -> list[tuple[Sighting, Signature]]:
    """The sightings that were looked at closely."""
    return [(s, s.signature) for s in sightings if s.signature is not None]


def _face_course(
    character: Character, tracks: Sequence[FaceTrack], metric: EmbeddingMetric, rules: CastRules
) -> IdentityCourse:
    if not tracks:
        return IdentityCourse(verdict="n/a", reason="no face of theirs is in the clip")
    known = sorted(_known(s for track in tracks for s in track.sightings), key=lambda one: one[0].index)
    sure = [(s, one) for s, one in known if s.weight >= rules.reliable]
    if not sure:
        return IdentityCourse(verdict="n/a", reason="the face is only seen turned away, blurred or tiny")
    series = tuple(Moment(s.at, _against(character.references, one, metric), s.weight) for s, one in known)
    told = [moment for moment in series if moment.weight >= rules.reliable]
    kept = _kept(tracks, metric, rules)
    band = _band(character, told, metric, rules)
    surely, perhaps = (rules.lost, 0.0) if character.discovered else (rules.different, rules.steady)
    gone = [
        mine.similarity < surely or (mine.similarity < perhaps and theirs.similarity < band)
        for mine, theirs in zip(kept, told, strict=True)
    ]
    bad = _first_lasting(kept, gone, rules)
    before = centre_of(one for _, one in (sure if bad is None else sure[: max(bad, 1)]))
    at_first = _against(character.references, before, metric)
    verdict: Verdict
    first_bad: Fraction | None = None
    if at_first < rules.different:
        verdict, first_bad = "different", told[0].at
        reason = f"somebody else from the start: {at_first:.2f} like the references, {rules.different:.2f} parts people"
    elif bad is not None:
        verdict, first_bad = "drift", _turning(kept, gone, bad)
        worst = min(m.similarity for m in kept[bad:])
        reason = f"changes from {float(first_bad):.2f} s on: keeps {worst:.2f} of the likeness with their own opening"
    else:
        verdict, reason = "same", "stays like their own opening"
        reason += "" if character.discovered else " or like the references"
    values, weights = (np.array([getattr(m, name) for m in told]) for name in ("similarity", "weight"))
    return IdentityCourse(
        verdict=verdict,
        reason=reason,
        min=float(values.min()),
        p05=_percentile(values, weights, 0.05),
        mean=float(np.average(values, weights=weights)),
        first_bad=first_bad,
        band=band,
        series=series,
    )


def _kept(tracks: Sequence[FaceTrack], metric: EmbeddingMetric, rules: CastRules) -> list[Moment]:
    """What a face keeps of its likeness with the opening of its shot, at each reliable moment: 1 for all of it."""
    kept = []
    for shot in sorted({track.shot for track in tracks}):
        seen = sorted(
            _known(s for track in tracks if track.shot == shot for s in track.sightings), key=lambda k: k[0].at
        )
        opening = _opening([s for s, _ in seen], rules)
        if opening is None:
            continue
        own = [
            Moment(s.at, similarity(metric, opening, one), s.weight) for s, one in seen if s.weight >= rules.reliable
        ]
        level = max(_level(own), 1e-6)
        kept += [Moment(m.at, m.similarity / level, m.weight) for m in own]
    return kept


def _band(character: Character, told: Sequence[Moment], metric: EmbeddingMetric, rules: CastRules) -> float:
    """Similarity with the references below which these say that a face has changed.

    Photographs of one person taken apart differ more than a face within one shot: who is as like a reference as the
    references are like each other is who they are.
    """
    if character.discovered:
        return rules.lost * _level(told)
    pairs = [similarity(metric, a, b) for a, b in combinations(character.references, 2)]
    return min([rules.borne_out * _level(told), *pairs])


def _level(moments: Sequence[Moment]) -> float:
    """The mean similarity of the opening."""
    return float(np.mean([m.similarity for m in moments if m.at <= moments[0].at + _OPENING]))


def _first_lasting(course: Sequence[Moment], gone: Sequence[bool], rules: CastRules) -> int | None:
    """Where something is gone and stays so for as long as it has to; None when it never does."""
    for place, moment in enumerate(course):
        later = (n for n in range(place, len(course)) if course[n].at > moment.at + rules.lasting)
        beyond = next(later, len(course) - 1)
        if beyond > place and all(gone[place : beyond + 1]):
            return place
    return None


def _turning(course: Sequence[Moment], gone: Sequence[bool], bad: int) -> Fraction:
    """When that of which a course tells, gone from place `bad` on, was half of what it had been.

    Told by where it falls to: a face that becomes a very different one crosses the band early, one that becomes a
    similar one late, and half-way is half-way for both.
    """
    values = np.array([m.similarity for m in course])
    end = next((n for n in range(bad, len(gone)) if not gone[n]), len(gone))
    fallen = float(np.quantile(values[bad:end], _FALLEN))
    middle = fallen + _HALF * (_level(course) - fallen)
    lowest = bad + int(np.argmax(values[bad:end] <= fallen))
    above = np.flatnonzero(values[:lowest] >= middle)
    if not len(above):
        return course[bad].at
    good, after = course[above[-1]], course[above[-1] + 1]
    share = (good.similarity - middle) / (good.similarity - after.similarity)
    return Fraction(good.at + (after.at - good.at) * Fraction(share).limit_denominator(1000))


def _clothes_course(tracks: Sequence[FaceTrack], rules: CastRules) -> IdentityCourse:
    """Colours of what is worn, held against the shot's own opening."""
    seen = [(s.at, s.clothes, s.weight) for track in tracks for s in track.sightings if s.clothes is not None]
    if len(seen) < 2:
        return IdentityCourse(verdict="n/a", reason="what they wear is not in the picture")
    early = [worn for at, worn, _ in seen if at <= seen[0][0] + _OPENING]
    opening = np.mean(early, axis=0)
    series = tuple(Moment(at, _same_colours(opening, worn), 1.0) for at, worn, _ in seen)
    values = np.array([m.similarity for m in series])
    gone = [m.similarity < rules.clothes for m in series]
    place = _first_lasting(series, gone, rules)
    bad = None if place is None else _turning(series, gone, place)
    return IdentityCourse(
        verdict="same" if bad is None else "drift",
        reason="the colours stay" if bad is None else f"other colours from {float(bad):.2f} s",
        min=float(values.min()),
        p05=float(np.quantile(values, 0.05)),
        mean=float(values.mean()),
        first_bad=bad,
        band=rules.clothes,
        series=series,
    )


def _same_colours(one: Vector, other: Vector) -> float:
    """Bhattacharyya's coefficient of two histograms: 1 when they are the same, 0 when they share no colour."""
    return float(np.sqrt(np.maximum(one, 0) * np.maximum(other, 0)).sum())


def _percentile(values: NDArray[np.float64], weights: NDArray[np.float64], share: float) -> float:
    """The value below which `share` of the weight lies."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][int(np.searchsorted(total, share * total[-1]))])
