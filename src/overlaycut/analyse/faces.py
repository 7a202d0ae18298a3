"""A clip's frames into followed faces: found now and then, followed in between, looked at closely where it counts.

A search runs on a small picture once or twice a second and at every hard cut; between searches the finder's last
network follows each face from where it was. A small upright picture of each prominent face is kept four times a second.
At the end a vector is made of one of them a second, and of those in between wherever two neighbours differ: a face that
stays itself costs little, and the moment at which it changes is found to a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np

from overlaycut.analyse.shots import CutDetector
from overlaycut.core.cast import CastReport, Face, FaceTrack, Sighting, Signature, Vector, apart
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box, Point
from overlaycut.models import FaceFinder, FaceIdentity
from overlaycut.vision.thumbnails import reduced, reduced_size, small_rgb

_LONG_SIDE = 512
"""Pixels of the longer side of the picture that is searched."""
_SMALLEST = 20
"""Pixels, of that picture, of the smallest face that is sought: 4 % of the longer side."""
_SEARCH_EVERY, _SEARCH_AT_REST, _FOLLOW_EVERY = Fraction(1, 2), Fraction(1), Fraction(1, 8)
"""Seconds between searches, between them once nobody new was found, and between followings."""
_CHIP_EVERY, _SIGN_EVERY, _SIGN_FIRST = Fraction(1, 4), Fraction(1), Fraction(3, 4)
"""Seconds between upright pictures that are kept, between those that are always turned into vectors, and of the
beginning from which all are: what comes later is held against it."""
_FOLLOWED, _KEPT = 16, 8
"""Most faces followed, and most of which pictures are kept, largest first; all are counted."""
_MOST_CHIPS = 480
"""Pictures kept of one face: two minutes of it."""
_MOST_VECTORS = 240
"""Vectors made for one clip."""
_NEAR = 0.7
"""`apart` up to which a followed face is still the same one."""
_WITHIN, _TIMES_LARGER = 1.0, 2.0
"""Widths by which a found face may be off, and how much larger or smaller it may be, to be the one that was there."""
_LOST_AFTER = Fraction(1)
"""Seconds without a sighting after which a face that comes back is a new track."""
_CERTAIN = 0.9
"""Score that a track has to reach once; textures that pass for faces hardly ever do."""
_UNLIKE = 0.5
"""Distance of two neighbouring vectors, as a share of the model's threshold, above which what lies between is looked at
too: two frames of a calm face lie nearer."""


@dataclass(slots=True, eq=False)
class _Followed:
    """A face on its way."""

    id: int
    shot: int
    box: Box
    """In pixels of the small picture."""
    seen: Fraction
    sightings: list[Sighting] = field(default_factory=list)
    chips: dict[int, Picture] = field(default_factory=dict)
    """Place among the sightings → upright picture."""
    kept: Fraction = Fraction(-1)
    best: float = 0.0


class FaceAnalyser:
    """Shown every frame of a clip in order by `see`, then asked for its `result`."""

    def __init__(self, finder: FaceFinder, identity: FaceIdentity, facts: ClipFacts) -> None:
        self._finder = finder
        self._identity = identity
        self._scale = min(1.0, _LONG_SIDE / max(facts.width, facts.height))
        self._size = reduced_size(facts.width, facts.height, _LONG_SIDE, least=8)
        self._cutter = CutDetector()
        self._cuts: list[int] = []
        self._live: list[_Followed] = []
        self._ended: list[_Followed] = []
        self._search_at = self._follow_at = Fraction(0)
        self._crowd = self._frames = self._count = 0
        self._ends = Fraction(0)

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        thumbnail = cv2.resize(frame.y, (max(self._size[0] // 4, 8), max(self._size[1] // 4, 8)))
        cut = self._cutter.see(np.asarray(thumbnail, dtype=np.uint8))
        self._frames, self._ends = self._frames + 1, frame.at + frame.lasts
        if cut:
            self._cuts.append(frame.index)
            self._end(self._live)
        if cut or frame.at >= self._search_at:
            before = self._count
            self._search(frame)
            self._search_at = frame.at + (_SEARCH_AT_REST if self._count == before else _SEARCH_EVERY)
            self._follow_at = frame.at + _FOLLOW_EVERY
        elif frame.at >= self._follow_at and self._live:
            self._follow(frame)
            self._follow_at = frame.at + _FOLLOW_EVERY

    def result(self) -> CastReport:
        """Every face that was followed, with vectors where it was looked at closely."""
        self._end(self._live)
        believed = [one for one in self._ended if one.best >= _CERTAIN and self._confirmed(one)]
        believed.sort(key=lambda one: -sum(s.box.h for s in one.sightings))
        left = _MOST_VECTORS
        tracks = []
        for one in believed:
            signed = self._signed(one, left)
            left -= sum(s.signature is not None for s in signed)
            tracks.append(FaceTrack(one.id, one.shot, tuple(signed)))
        notes = (f"faces: only the {_KEPT} largest of up to {self._crowd} were told apart",) * (self._crowd > _KEPT)
        return CastReport(
            model=self._identity.metric.model,
            tracks=tuple(sorted(tracks, key=lambda track: track.id)),
            cuts=tuple(self._cuts),
            crowd=self._crowd,
            frames=self._frames,
            duration=self._ends,
            notes=notes,
        )

    def _confirmed(self, one: _Followed) -> bool:
        """Whether a face was seen twice, or its shot ended before it could have been."""
        ends = [*self._cuts, self._frames][one.shot]
        return len(one.sightings) > 1 or ends - one.sightings[0].index <= 1

    # Finding and following.

    def _search(self, frame: Frame) -> None:
        small = small_rgb(frame, self._size)
        found = sorted(self._finder.find(small, smallest=_SMALLEST), key=lambda face: -face.box.area)
        self._crowd = max(self._crowd, len(found))
        free = list(self._live)
        for rank, face in enumerate(found[:_FOLLOWED]):
            near = min(free, key=lambda one: _off(one.box, face.box), default=None)
            if near is None or _off(near.box, face.box) > _WITHIN:
                near = _Followed(self._count, len(self._cuts), face.box, frame.at)
                self._count += 1
                self._live.append(near)
            else:
                free.remove(near)
            self._sight(near, frame, face, close=rank < _KEPT)
        self._end([one for one in self._live if frame.at - one.seen > _LOST_AFTER])

    def _follow(self, frame: Frame) -> None:
        small = small_rgb(frame, self._size)
        live = sorted((one for one in self._live), key=lambda one: -one.box.area)[:_FOLLOWED]
        for rank, (one, face) in enumerate(
            zip(live, self._finder.follow(small, [one.box for one in live]), strict=True)
        ):
            if face is not None and apart(face.box, one.box) <= _NEAR:
                self._sight(one, frame, face, close=rank < _KEPT)
            else:
                # It turned or ran: a search finds where to.
                self._search_at = min(self._search_at, frame.at + _FOLLOW_EVERY)

    def _sight(self, one: _Followed, frame: Frame, face: Face, *, close: bool) -> None:
        one.box, one.seen, one.best = face.box, frame.at, max(one.best, face.score)
        large = enlarged(face, 1 / self._scale)
        weight = 0.0
        if close and frame.at - one.kept >= _CHIP_EVERY and len(one.chips) < _MOST_CHIPS:
            around = large.box.grown(round(0.6 * max(large.box.w, large.box.h))).clipped(frame.width, frame.height)
            if around is not None:
                chip = self._identity.chip(frame.patch(around), moved(large, -around.x, -around.y))
                weight = reliance(large, chip)
                one.kept = frame.at
                if weight > 0:
                    one.chips[len(one.sightings)] = chip
        one.sightings.append(
            Sighting(frame.index, frame.at, large.box, weight, clothes=clothes(frame, large.box) if close else None)
        )

    def _end(self, ended: Sequence[_Followed]) -> None:
        gone = list(ended)
        self._ended += [one for one in gone if one.sightings]
        self._live = [one for one in self._live if one not in gone]

    # Looking closely.

    def _signed(self, one: _Followed, most: int) -> list[Sighting]:
        places = _coarse(one)[: max(most, 0)]
        vectors = dict(zip(places, self._identity.embed([one.chips[p] for p in places]), strict=True))
        limit = _UNLIKE * self._identity.metric.apart
        while wanted := _between(sorted(vectors), sorted(one.chips), vectors, limit)[: max(most - len(vectors), 0)]:
            vectors |= zip(wanted, self._identity.embed([one.chips[p] for p in wanted]), strict=True)
        model = self._identity.metric.model
        return [
            replace(sighting, signature=Signature(model, vectors[place], sighting.weight))
            if place in vectors
            else sighting
            for place, sighting in enumerate(one.sightings)
        ]


def _off(one: Box, other: Box) -> float:
    """Distance of the centres of two boxes in widths; infinite when their sizes do not go together."""
    if not 1 / _TIMES_LARGER < one.h / other.h < _TIMES_LARGER:
        return float("inf")
    across, down = 2 * (one.x - other.x) + one.w - other.w, 2 * (one.y - other.y) + one.h - other.h
    return float(np.hypot(across, down)) / (one.w + other.w)


def _coarse(one: _Followed) -> list[int]:
    """Every picture of the beginning, the best of each second after it, and the last, by place among the sightings."""
    if not one.chips:
        return []
    slots: dict[int, int] = {}
    begins = one.sightings[min(one.chips)].at + _SIGN_FIRST
    for place in one.chips:
        later = one.sightings[place].at - begins
        slot = int(later / _SIGN_EVERY) if later > 0 else -1 - place
        if slot not in slots or one.sightings[place].weight > one.sightings[slots[slot]].weight:
            slots[slot] = place
    return sorted({*slots.values(), max(one.chips)})


def _between(signed: Sequence[int], kept: Sequence[int], vectors: dict[int, Vector], limit: float) -> list[int]:
    """The kept picture in the middle of every two neighbours whose vectors are more than `limit` apart."""
    wanted = []
    for before, after in pairwise(signed):
        inside = [place for place in kept if before < place < after]
        if inside and float(np.linalg.norm(vectors[before] - vectors[after])) > limit:
            wanted.append(inside[len(inside) // 2])
    return wanted


# Small jobs on single faces.


def enlarged(face: Face, times: float) -> Face:
    """The face in a picture that is `times` as large."""
    box = face.box
    x, y, right, bottom = (round(side * times) for side in (box.x, box.y, box.right, box.bottom))
    a, b, c, d, e = (_scaled(point, times) for point in face.points)
    return Face(Box(x, y, max(right - x, 1), max(bottom - y, 1)), face.score, (a, b, c, d, e))


def moved(face: Face, x: int, y: int) -> Face:
    """The face with its coordinates shifted by `x` and `y`."""
    box = face.box
    a, b, c, d, e = ((px + x, py + y) for px, py in face.points)
    return Face(Box(box.x + x, box.y + y, box.w, box.h), face.score, (a, b, c, d, e))


def _scaled(point: Point, times: float) -> Point:
    return point[0] * times, point[1] * times


_TINY, _LARGE = 12.0, 28.0
"""Pixels between the eyes below which a face says nothing, and from which on size is no matter."""
_AHEAD, _PROFILE = 0.18, 0.45
"""How far the nose is off the middle, as a share of the distance of the eyes: still frontal, and a profile."""
_CLOSED, _OPEN = 0.55, 0.75
"""Distance of the eyes over that from eyes to mouth: a profile, where the finder guesses the eye that it cannot see and
the nose along with it, and turned so little that the nose tells."""
_SOFT, _CRISP = 0.004, 0.02
"""Energy of the chip's finest detail over that of its whole: blurred, and sharp."""


def reliance(face: Face, chip: Picture) -> float:
    """How far a vector of this face can be relied on, 0..1: less when it is tiny, turned away or blurred."""
    points = face.array()
    eyes = points[1] - points[0]
    distance = float(np.linalg.norm(eyes))
    height = float(np.linalg.norm(points[3:].mean(axis=0) - points[:2].mean(axis=0)))
    # In profile the eyes close up on each other while the height of the face stays.
    width = max(distance, 0.6 * height, 1e-6)
    middle = (points[:2].mean(axis=0) + points[3:].mean(axis=0)) / 2
    off = abs(float((points[2] - middle) @ eyes)) / max(distance, 1e-6) / width
    grey = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 1.5)
    crisp = float(fine.var()) / max(float(grey.var()), 1.0)
    size, ahead, sharp = (
        _share(width, _TINY, _LARGE),
        min(1 - _share(off, _AHEAD, _PROFILE), _share(distance / max(height, 1e-6), _CLOSED, _OPEN)),
        0.3 + 0.7 * _share(crisp, _SOFT, _CRISP),
    )
    return float(size * ahead * sharp)


def _share(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)


_BINS, _CHROMA = 32, (88, 168)
"""Bins of chroma on either axis, and the samples that they reach over; what is more vivid counts in the last."""
_LEAST_CLOTHES = 0.3
"""Part of the area below the chin that has to be in the picture."""


def clothes(frame: Frame, face: Box) -> Vector | None:
    """Colours of what is worn below a face: a smooth histogram of chroma that adds up to 1; None when out of view."""
    across = round(0.8 * face.w)
    wanted = Box(
        face.x + face.w // 2 - across,
        face.bottom + round(0.3 * face.h),
        max(2 * across, 2),
        max(round(1.2 * face.h), 2),
    )
    inside = wanted.clipped(frame.width, frame.height)
    if inside is None or inside.area < _LEAST_CLOTHES * wanted.area:
        return None
    rows, columns = (slice(part.start // 2, max(part.stop // 2, part.start // 2 + 1)) for part in inside.slices)
    return chroma_histogram(frame.u[rows, columns], frame.v[rows, columns])


def chroma_histogram(u: Picture, v: Picture) -> Vector:
    """How often which colour occurs, whatever its brightness: `_BINS`² numbers that add up to 1."""
    low, high = _CHROMA
    a, b = (np.clip(plane.ravel(), low, high - 1) for plane in (u, v))
    counts, _, _ = np.histogram2d(a, b, bins=_BINS, range=(_CHROMA, _CHROMA))
    soft = cv2.GaussianBlur(counts.astype(np.float32), (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE).ravel()
    return np.asarray(soft / max(float(soft.sum()), 1e-6), dtype=np.float32)


# Single pictures.


def faces_in(finder: FaceFinder, identity: FaceIdentity, picture: Picture) -> list[tuple[Face, Signature]]:
    """The faces of a still or a reference, largest first, and who each is. Faces are in pixels of the picture."""
    scale = min(1.0, 2 * _LONG_SIDE / max(picture.shape[:2]))
    small = reduced(picture, reduced_size(picture.shape[1], picture.shape[0], 2 * _LONG_SIDE, least=8))
    found = [face for face in finder.find(small, smallest=2 * _SMALLEST) if face.score >= _CERTAIN]
    faces = sorted((enlarged(face, 1 / scale) for face in found), key=lambda face: -face.box.area)[:_KEPT]
    chips = [identity.chip(picture, face) for face in faces]
    model = identity.metric.model
    return [
        (face, Signature(model, vector, max(reliance(face, chip), _FAINT)))
        for face, chip, vector in zip(faces, chips, identity.embed(chips), strict=True)
    ]


_FAINT = 0.05
"""Weight that a reference has at least: a person chose it."""
_BACKGROUND = 0.25
"""Share of the largest face's area below which another one in a reference is a passer-by."""


def reference_signature(finder: FaceFinder, identity: FaceIdentity, picture: Picture) -> tuple[int, Signature | None]:
    """How many faces a reference picture shows, passers-by not counted, and who the largest of them is."""
    faces = faces_in(finder, identity, picture)
    if not faces:
        return 0, None
    largest, signature = faces[0]
    return sum(face.box.area >= _BACKGROUND * largest.box.area for face, _ in faces), signature
