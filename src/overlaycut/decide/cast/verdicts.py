"""Tracked faces into verdicts: who each is, whether they stay themselves, and whether somebody is there twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

from overlaycut.core.cast import (
    Appearance,
    CastReport,
    Character,
    ClipPair,
    Clones,
    EmbeddingMetric,
    Face,
    FaceTrack,
    Sighting,
    Signature,
    centre_of,
    similarity,
)
from overlaycut.decide.cast.identify import ClipCast, assigned_tracks, discovered_characters
from overlaycut.decide.cast.parameters import CastParameters, CastRules, Comparison
from overlaycut.decide.cast.series import embedded, opening_mean, track_mean
from overlaycut.decide.cast.traits import clothes_verdict, face_verdict, with_absence

_BETWEEN = Fraction(1, 2)
"""Seconds between two looks at a face or a subject, at most."""
_SUBJECT = "subject"
"""Name of a clip's subject, a thing without a face."""


def judge_cast(
    clips: Sequence[ClipCast],
    characters: Sequence[Character],
    metric: EmbeddingMetric,
    rules: CastRules,
    *,
    parameters: CastParameters = CastParameters(),
) -> tuple[Appearance, ...]:
    """One appearance for each character in each clip.

    With no `characters` they are discovered, and have an appearance only where they were seen.

    Raises ValueError when references or clips carry vectors of another model than the metric's.
    """
    comparison = Comparison(metric=metric, rules=rules, parameters=parameters)
    if not characters:
        known, found = discovered_characters(clips, comparison)
        return tuple(
            _appearance(one, clip, tracks[one.name], comparison)
            for one in known
            for clip, tracks in zip(clips, found, strict=True)
            if one.name in tracks
        )
    found = [assigned_tracks(clip, characters, comparison) for clip in clips]
    return tuple(
        _appearance(one, clip, tracks[one.name], comparison)
        for one in characters
        for clip, tracks in zip(clips, found, strict=True)
    )


def judge_subjects(
    clips: Sequence[ClipCast],
    metric: EmbeddingMetric,
    rules: CastRules,
    *,
    parameters: CastParameters = CastParameters(),
) -> tuple[Appearance, ...]:
    """One appearance for each clip's subject, a thing without a face, compared with its own opening."""
    comparison = Comparison(metric=metric, rules=rules, parameters=parameters)
    found = []
    for clip in clips:
        tracks = sorted(clip.report.tracks, key=lambda track: -len(track.sightings))[:1]
        opening = opening_mean(tracks[0].sightings, comparison) if tracks else None
        if opening is not None:
            found.append(_appearance(Character(_SUBJECT, (opening,), discovered=True), clip, tracks, comparison))
    return tuple(found)


def compare_clips(appearances: Sequence[Appearance], metric: EmbeddingMetric, rules: CastRules) -> tuple[ClipPair, ...]:
    """Each character's clips compared with each other, by the means over the clips."""
    pairs = []
    for one, other in combinations(appearances, 2):
        if one.character != other.character or one.centre is None or other.centre is None:
            continue
        alike = similarity(metric, one.centre, other.centre)
        pairs.append(
            ClipPair(
                character=one.character,
                one=one.clip,
                other=other.clip,
                similarity=alike,
                verdict="different" if alike < rules.different else "same" if alike >= rules.akin else "drift",
            )
        )
    return tuple(pairs)


def find_clones(
    clip: ClipCast, metric: EmbeddingMetric, rules: CastRules, *, twins: bool = False
) -> tuple[Clones, ...]:
    """Faces that are one person more than once in a frame; none where the still shows `twins` already."""
    found = []
    for one, other in () if twins else combinations(clip.report.tracks, 2):
        means = track_mean(one, rules), track_mean(other, rules)
        first, second = ({s.index: s for s in track.sightings} for track in (one, other))
        together = sorted(first.keys() & second.keys())
        if not together or means[0] is None or means[1] is None:
            continue
        alike = similarity(metric, means[0], means[1])
        if alike < rules.twins:
            continue
        start = together[0]
        found.append(
            Clones(
                clip=clip.clip,
                index=start,
                at=first[start].at,
                boxes=(first[start].box, second[start].box),
                similarity=alike,
                lasts=len(together),
            )
        )
    return tuple(found)


def shows_twins(faces: Sequence[tuple[Face, Signature]], metric: EmbeddingMetric, rules: CastRules) -> bool:
    """Whether two of a still's faces are so similar that two of them in the clip are no fault."""
    return any(similarity(metric, a, b) >= rules.twins for (_, a), (_, b) in combinations(faces, 2))


def _appearance(
    character: Character, clip: ClipCast, tracks: Sequence[FaceTrack], comparison: Comparison
) -> Appearance:
    ordered = sorted(tracks, key=lambda track: track.sightings[0].index)
    sightings = sorted((s for track in ordered for s in track.sightings), key=lambda s: s.index)
    reliable = [one for s, one in embedded(sightings) if s.weight >= comparison.rules.reliable]
    face = with_absence(face_verdict(character, ordered, comparison), ordered, clip.report.absences)
    if face.verdict == "same" and face.confidence is not None and sightings:
        face = replace(face, confidence=face.confidence * _seen_share(sightings, clip.report))
    return Appearance(
        character=character.name,
        clip=clip.clip,
        tracks=tuple(track.id for track in ordered),
        seen=len({s.index for s in sightings}),
        face=face,
        clothes=clothes_verdict([track for track in ordered if track.shot == ordered[0].shot], comparison),
        centre=centre_of(reliable) if reliable else None,
    )


def _seen_share(sightings: Sequence[Sighting], report: CastReport) -> float:
    """Part of the time from a face's first sighting to the clip's end up to its last: what is not seen is not sure."""
    first, last = sightings[0].at, sightings[-1].at
    rest = report.duration - first
    return min(float((last - first + _BETWEEN) / rest), 1.0) if rest > _BETWEEN else 1.0
