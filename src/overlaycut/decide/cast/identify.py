"""Which tracks belong to which character."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from overlaycut.core.cast import CastReport, Character, FaceTrack, Signature, centre_of, similarity
from overlaycut.decide.cast.parameters import Comparison
from overlaycut.decide.cast.series import nearest_reference, opening_mean


@dataclass(frozen=True, slots=True, eq=False)
class ClipCast:
    """The faces of one clip by its name."""

    clip: str
    report: CastReport


def assigned_tracks(
    clip: ClipCast, characters: Sequence[Character], comparison: Comparison
) -> dict[str, list[FaceTrack]]:
    """Each character's tracks in a clip, by name.

    A character without any gets the most prominent unknown face, unless that is a passer-by.
    """
    found: dict[str, list[FaceTrack]] = {one.name: [] for one in characters}
    unknown = []
    for track in sorted(clip.report.tracks, key=lambda track: -track.prominence):
        opening = opening_mean(track.sightings, comparison)
        if opening is None:
            continue
        scores = {one.name: nearest_reference(one.references, opening, comparison) for one in characters}
        best = max(scores, key=lambda name: scores[name])
        if scores[best] >= comparison.rules.different:
            found[best].append(track)
        else:
            unknown.append(track)
    largest = max((track.prominence for track in clip.report.tracks), default=0.0)
    least = comparison.parameters.passer_by * largest
    for one in characters:
        if not found[one.name] and unknown and unknown[0].prominence >= least:
            found[one.name].append(unknown.pop(0))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Member:
    """A track of one clip in a cluster."""

    clip: int
    track: FaceTrack
    opening: Signature


def discovered_characters(
    clips: Sequence[ClipCast], comparison: Comparison
) -> tuple[list[Character], list[dict[str, list[FaceTrack]]]]:
    """Characters by agglomerative clustering of the tracks' openings, and each one's tracks by clip and name.

    The two most similar clusters, by their means, are merged until none are similar enough. Faces that share a frame
    are never merged: they are two people, or clones.
    """
    clusters = _clusters(clips, comparison)
    clusters.sort(key=lambda cluster: -sum(member.track.prominence for member in cluster))
    characters, found = [], [dict[str, list[FaceTrack]]() for _ in clips]
    for number, cluster in enumerate(clusters, start=1):
        name = f"person-{number}"
        first = min(cluster, key=lambda member: (member.clip, member.track.sightings[0].index))
        characters.append(Character(name, (first.opening,), discovered=True))
        for member in cluster:
            found[member.clip].setdefault(name, []).append(member.track)
    return characters, found


def _clusters(clips: Sequence[ClipCast], comparison: Comparison) -> list[list[_Member]]:
    clusters = [
        [_Member(number, track, opening)]
        for number, clip in enumerate(clips)
        for track in clip.report.tracks
        if (opening := opening_mean(track.sightings, comparison)) is not None
    ]
    while True:
        near = [
            (similarity(comparison.metric, *(centre_of([m.opening for m in c]) for c in (one, other))), a, b)
            for (a, one), (b, other) in combinations(enumerate(clusters), 2)
            if not _share_a_frame(one, other)
        ]
        if not near or max(near)[0] < comparison.rules.different:
            return clusters
        _, a, b = max(near)
        clusters[a] += clusters.pop(b)


def _share_a_frame(one: Sequence[_Member], other: Sequence[_Member]) -> bool:
    seen = {(member.clip, s.index) for member in one for s in member.track.sightings}
    return any((member.clip, s.index) in seen for member in other for s in member.track.sightings)
