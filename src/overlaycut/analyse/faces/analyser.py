"""A clip's frames into tracked faces: detected at intervals, tracked in between, embedded where it counts.

A search runs on a small picture once or twice a second and at every hard cut; between searches the detector's last
network follows each face from where it was. An aligned picture (chip) of each prominent face is kept four times a
second. At the end one chip a second is embedded, and those in between wherever two neighbours differ: a face that stays
itself costs little, and the moment at which it changes is found to a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np

from overlaycut.analyse.faces.absence import PersonPictures, absences
from overlaycut.analyse.faces.clothing import clothing_colours
from overlaycut.analyse.faces.geometry import centre_distance, scaled_face, shifted_face
from overlaycut.analyse.faces.parameters import FaceParameters
from overlaycut.analyse.faces.reliance import reliance
from overlaycut.analyse.shots import CutDetector
from overlaycut.core.cast import CastReport, Face, FaceTrack, Sighting, Signature, Vector, jaccard_distance
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box
from overlaycut.models import FaceDetector, FaceEmbedding
from overlaycut.vision.thumbnails import reduced_size, small_rgb


@dataclass(slots=True, eq=False)
class _Track:
    """A face under observation."""

    id: int
    shot: int
    box: Box
    """In pixels of the small picture."""
    seen: Fraction
    """When it was last seen."""
    sightings: list[Sighting] = field(default_factory=list)
    chips: dict[int, Picture] = field(default_factory=dict)
    """Number of the sighting → aligned picture."""
    last_chip: Fraction = Fraction(-1)
    best_score: float = 0.0


class FaceAnalyser:
    """Tracked faces of a clip. See `core.analyser.Analyser` for how it is used."""

    def __init__(
        self,
        finder: FaceDetector,
        identity: FaceEmbedding,
        facts: ClipFacts,
        *,
        parameters: FaceParameters = FaceParameters(),
    ) -> None:
        self._finder, self._identity, self._parameters = finder, identity, parameters
        self._scale = min(1.0, parameters.long_side_px / max(facts.width, facts.height))
        self._size = reduced_size(facts.width, facts.height, parameters.long_side_px, least=8)
        self._cut_detector = CutDetector()
        self._cuts: list[int] = []
        self._live: list[_Track] = []
        self._ended: list[_Track] = []
        self._search_at = self._track_at = Fraction(0)
        self._crowd = self._frames = self._count = 0
        self._ends = Fraction(0)
        self._clip_size = facts.width, facts.height
        self._pictures = PersonPictures(parameters=parameters.absence)
        self._picture_size = reduced_size(facts.width, facts.height, parameters.absence.long_side_px, least=16)
        self._shot_ends: list[Fraction] = []

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        limits = self._parameters
        thumbnail = cv2.resize(frame.y, (max(self._size[0] // 4, 8), max(self._size[1] // 4, 8)))
        cut = self._cut_detector.see(np.asarray(thumbnail, dtype=np.uint8))
        self._frames, self._ends = self._frames + 1, frame.at + frame.lasts
        if cut:
            self._cuts.append(frame.index)
            self._shot_ends.append(frame.at)
            self._end(self._live)
        if self._pictures.due(frame.at):
            self._pictures.add(frame.at, small_rgb(frame, self._picture_size))
        if cut or frame.at >= self._search_at:
            before = self._count
            self._search(frame)
            at_rest = self._count == before
            self._search_at = frame.at + (limits.rest_interval if at_rest else limits.search_interval)
            self._track_at = frame.at + limits.track_interval
        elif frame.at >= self._track_at and self._live:
            self._track(frame)
            self._track_at = frame.at + limits.track_interval

    def result(self) -> CastReport:
        """Every tracked face, with vectors where its chips were embedded."""
        self._end(self._live)
        limits = self._parameters
        accepted = [one for one in self._ended if one.best_score >= limits.certain_score and self._is_confirmed(one)]
        accepted.sort(key=lambda one: -sum(s.box.h for s in one.sightings))
        left = limits.most_vectors
        tracks = []
        for one in accepted:
            sightings = self._embedded(one, left)
            left -= sum(s.signature is not None for s in sightings)
            tracks.append(FaceTrack(one.id, one.shot, tuple(sightings)))
        return CastReport(
            model=self._identity.metric.model,
            tracks=tuple(sorted(tracks, key=lambda track: track.id)),
            cuts=tuple(self._cuts),
            crowd=self._crowd,
            frames=self._frames,
            duration=self._ends,
            notes=self._notes(left),
            absences=absences(
                self._pictures.kept,
                tracks[: limits.most_embedded],
                [*self._shot_ends, self._ends],
                self._clip_size,
                parameters=limits.absence,
            ),
        )

    def _notes(self, vectors_left: int) -> tuple[str, ...]:
        limits, notes = self._parameters, []
        if self._crowd > limits.most_embedded:
            notes.append(f"faces: only the {limits.most_embedded} largest of up to {self._crowd} were told apart")
        if vectors_left <= 0:
            notes.append(f"faces: the limit of {limits.most_vectors} vectors was reached; the smallest have none")
        return tuple(notes)

    def _is_confirmed(self, one: _Track) -> bool:
        """Whether a face was seen twice, or its shot ended before it could have been."""
        ends = [*self._cuts, self._frames][one.shot]
        return len(one.sightings) > 1 or ends - one.sightings[0].index <= 1

    # Detection and tracking.

    def _search(self, frame: Frame) -> None:
        """Detect faces and hand them to their tracks; the others begin new ones."""
        limits = self._parameters
        small = small_rgb(frame, self._size)
        found = sorted(self._finder.find(small, smallest=limits.smallest_px), key=lambda face: -face.box.area)
        self._crowd = max(self._crowd, len(found))
        free = list(self._live)
        for rank, face in enumerate(found[: limits.most_tracked]):
            near = min(free, key=lambda one: self._distance(one.box, face.box), default=None)
            if near is None or self._distance(near.box, face.box) > limits.within_widths:
                near = _Track(self._count, len(self._cuts), face.box, frame.at)
                self._count += 1
                self._live.append(near)
            else:
                free.remove(near)
            self._add(near, frame, face, close=rank < limits.most_embedded)
        self._end([one for one in self._live if frame.at - one.seen > limits.lost_after])

    def _track(self, frame: Frame) -> None:
        """Follow the known faces."""
        limits = self._parameters
        small = small_rgb(frame, self._size)
        live = sorted(self._live, key=lambda one: -one.box.area)[: limits.most_tracked]
        faces = self._finder.follow(small, [one.box for one in live])
        for rank, (one, face) in enumerate(zip(live, faces, strict=True)):
            if face is not None and jaccard_distance(face.box, one.box) <= limits.same_place:
                self._add(one, frame, face, close=rank < limits.most_embedded)
            else:
                # It turned or ran: a search finds where to.
                self._search_at = min(self._search_at, frame.at + limits.track_interval)

    def _distance(self, one: Box, other: Box) -> float:
        """Distance of the centres of two boxes in widths; infinite when their sizes do not go together."""
        most = self._parameters.times_larger
        return centre_distance(one, other) if 1 / most < one.h / other.h < most else float("inf")

    def _add(self, one: _Track, frame: Frame, face: Face, *, close: bool) -> None:
        """Add a sighting, with a chip when it is `close` and one is due."""
        one.box, one.seen, one.best_score = face.box, frame.at, max(one.best_score, face.score)
        large = scaled_face(face, 1 / self._scale)
        due = frame.at - one.last_chip >= self._parameters.chip_interval
        weight = 0.0
        if close and due and len(one.chips) < self._parameters.most_chips:
            weight = self._keep_chip(one, frame, large)
        colours = clothing_colours(frame, large.box) if close else None
        one.sightings.append(Sighting(frame.index, frame.at, large.box, weight, clothes=colours))

    def _keep_chip(self, one: _Track, frame: Frame, face: Face) -> float:
        """Keep the aligned picture of a face of the frame; its weight, 0 when nothing was kept."""
        around = face.box.grown(round(0.6 * max(face.box.w, face.box.h))).clipped(frame.width, frame.height)
        if around is None:
            return 0.0
        chip = self._identity.chip(frame.patch(around), shifted_face(face, -around.x, -around.y))
        weight = reliance(face, chip, parameters=self._parameters.reliance)
        one.last_chip = frame.at
        if weight > 0:
            one.chips[len(one.sightings)] = chip
        return weight

    def _end(self, ended: Iterable[_Track]) -> None:
        gone = list(ended)
        self._ended += [one for one in gone if one.sightings]
        self._live = [one for one in self._live if one not in gone]

    # Embedding.

    def _embedded(self, one: _Track, most: int) -> list[Sighting]:
        """The sightings of a track, with at most `most` vectors."""
        metric = self._identity.metric
        places = self._regular_chips(one)[: max(most, 0)]
        vectors = dict(zip(places, self._identity.embed([one.chips[p] for p in places]), strict=True))
        limit = self._parameters.refine_distance * metric.threshold
        while wanted := _between(sorted(vectors), sorted(one.chips), vectors, limit)[: max(most - len(vectors), 0)]:
            vectors |= zip(wanted, self._identity.embed([one.chips[p] for p in wanted]), strict=True)
        return [
            replace(sighting, signature=Signature(metric.model, vectors[place], sighting.weight))
            if place in vectors
            else sighting
            for place, sighting in enumerate(one.sightings)
        ]

    def _regular_chips(self, one: _Track) -> list[int]:
        """Every chip of the opening, the best of each interval after it, and the last, by number of the sighting."""
        if not one.chips:
            return []
        slots: dict[int, int] = {}
        begins = one.sightings[min(one.chips)].at + self._parameters.opening
        for place in one.chips:
            later = one.sightings[place].at - begins
            slot = int(later / self._parameters.embed_interval) if later > 0 else -1 - place
            if slot not in slots or one.sightings[place].weight > one.sightings[slots[slot]].weight:
                slots[slot] = place
        return sorted({*slots.values(), max(one.chips)})


def _between(embedded: Sequence[int], kept: Sequence[int], vectors: dict[int, Vector], limit: float) -> list[int]:
    """The kept chip in the middle of every two neighbours whose vectors are more than `limit` apart."""
    wanted = []
    for before, after in pairwise(embedded):
        inside = [place for place in kept if before < place < after]
        if inside and float(np.linalg.norm(vectors[before] - vectors[after])) > limit:
            wanted.append(inside[len(inside) // 2])
    return wanted
