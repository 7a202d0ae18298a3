"""Who is in a clip: faces as they were detected, tracked, and embedded.

A face becomes a vector ("embedding") by a model; vectors of one model can be compared, those of two models never,
so every `Signature` carries the model's name, and comparing across names raises.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.geometry import Box, Point, Points

Vector: TypeAlias = NDArray[np.float32]
"""One embedding, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Face:
    """One face in one picture."""

    box: Box
    """Around the face, forehead to chin; it may reach outside the picture."""
    score: float
    """The detector's confidence, 0..1."""
    points: tuple[Point, Point, Point, Point, Point]
    """Centres of the eyes, tip of the nose, corners of the mouth; left is left in the picture."""

    def array(self) -> Points:
        """The five points as float64, shape (5, 2)."""
        return np.array(self.points, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class EmbeddingMetric:
    """How vectors of one model are compared: the name of the model and the distance at which it separates people."""

    model: str
    threshold: float
    """Distance at which the model's authors separate two people; similarity is 0.5 there."""

    def similarity(self, a: Vector, b: Vector) -> float:
        """1 for the same vector, 0.5 at the model's own threshold, 0 from twice that distance on."""
        return max(0.0, 1.0 - float(np.linalg.norm(a - b)) / (2 * self.threshold))


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """The embedding of one picture by one model."""

    model: str
    vector: Vector
    weight: float = 1.0
    """Reliability, 0..1: less for blurred, turned and tiny faces."""


def similarity(metric: EmbeddingMetric, a: Signature, b: Signature) -> float:
    """How alike two signatures are, 0..1.

    Raises ValueError when they, or the metric, are of different models.
    """
    if not metric.model == a.model == b.model:
        raise ValueError(f"signatures of {a.model} and {b.model} cannot be compared by {metric.model}")
    return metric.similarity(a.vector, b.vector)


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One face, or one subject, in one frame."""

    index: int
    at: Fraction
    box: Box
    weight: float
    """Reliability of its signature, 0..1."""
    signature: Signature | None = None
    """None where the face was tracked but not embedded."""
    clothes: Vector | None = None
    """Colours below the chin as histograms of cells, (cells, bins), each adding up to 1; None where they are outside
    the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceTrack:
    """One face followed from where it comes in to where it goes, or to the next hard cut."""

    id: int
    shot: int
    """Which shot of the clip, 0-based, hard cuts counted."""
    sightings: tuple[Sighting, ...]

    @property
    def embedded(self) -> tuple[Sighting, ...]:
        """The sightings with a signature."""
        return tuple(sighting for sighting in self.sightings if sighting.signature is not None)

    @property
    def prominence(self) -> float:
        """Sum of the sightings' heights in pixels: how much of the clip this face is."""
        return float(sum(sighting.box.h for sighting in self.sightings))


Whereabouts: TypeAlias = Literal["hidden", "left", "gone", "replaced"]
"""Of somebody whose face is not seen any more: turned away or covered, walked out, vanished, or now something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """What became of a face that is not seen again in its shot."""

    track: int
    since: Fraction
    """When it was last seen."""
    kind: Whereabouts
    at: Fraction
    """When that began, to a quarter of a second."""
    confidence: float = 0.5
    """0..1: how far what was measured lies beyond the limit, in the mean; 0.5 where nothing tells."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CastReport:
    """Every face of a clip, and the hard cuts between its shots."""

    model: str
    tracks: tuple[FaceTrack, ...]
    cuts: tuple[int, ...] = ()
    crowd: int = 0
    """Most faces seen in one frame."""
    frames: int = 0
    duration: Fraction = Fraction(0)
    notes: tuple[str, ...] = field(default=())
    absences: tuple[Absence, ...] = ()
    """Of tracks that end before their shot."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ThingLook:
    """A thing in one frame, or the place where it was last, against how it looked when it was first found in a shot."""

    index: int
    at: Fraction
    box: Box
    """Where it is, or was last seen."""
    known_by: Literal["features", "last view", "colours", "nothing"]
    """How it was found: by features of its opening or of a reference, by those of the look before, by its colours, or
    not at all."""
    certainty: float
    """0..1 that it is the thing."""
    colours: float
    """Likeness of the place's colours with those of its opening, 0..1."""
    reference_colours: float
    """The same with those of the most alike reference."""
    foreign: float
    """Share of the place whose colours are neither the thing's nor those around it."""
    behind: float
    """Likeness of the place's colours with what was and is around it, 0..1."""
    cell_colours: tuple[float | None, ...] = ()
    """Likeness of each part's colours, row by row, None for one that is hardly on the thing; empty where the look could
    not be laid over the opening."""
    cell_detail: tuple[float | None, ...] = ()
    """Correlation of each part's luma with the opening, -1..1; None for a part without detail."""
    signature: Signature | None = None
    """By a model of appearances, where one was given."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ThingTrack:
    """One thing followed through one shot, from where it is first found to the shot's end."""

    shot: int
    ends: Fraction
    """When the shot does."""
    looks: tuple[ThingLook, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ThingReport:
    """One thing in one clip."""

    name: str
    tracks: tuple[ThingTrack, ...]
    size: tuple[int, int]
    """Of the clip, pixels."""
    features: int
    """Features of the reference that has most."""
    colourful: bool
    """Whether a reference has colours that tell it from what is grey."""
    ends: Fraction = Fraction(0)
    """When the clip does."""
    cuts: tuple[Fraction, ...] = ()
    """When the shots after the first begin."""
    metric: EmbeddingMetric | None = None
    """Of the model of appearances, where one was given."""


def centre_of(signatures: Iterable[Signature]) -> Signature:
    """The weighted mean of signatures of one model.

    Raises ValueError when there are none, or when their models differ.
    """
    known = list(signatures)
    if not known:
        raise ValueError("there is no signature to take the mean of")
    if len({one.model for one in known}) > 1:
        raise ValueError("signatures of different models have no mean")
    weights = np.array([max(one.weight, 1e-3) for one in known])
    vector = np.average([one.vector for one in known], axis=0, weights=weights)
    return Signature(known[0].model, vector.astype(np.float32), float(weights.mean()))


def jaccard_distance(one: Box, other: Box) -> float:
    """1 − intersection over union of two boxes: 0 when they are the same, 1 when they do not meet."""
    shared = one.overlap(other)
    return 1 - shared / (one.area + other.area - shared)


IdentityVerdict: TypeAlias = Literal["same", "drift", "different", "replaced", "gone", "n/a"]
"""The same throughout, turning into somebody else, somebody else from the start, no longer a face but something else,
vanished in the picture, or unknown."""

BROKEN: frozenset[IdentityVerdict] = frozenset({"drift", "different", "replaced", "gone"})
"""Verdicts that a clip should not be used with."""


@dataclass(frozen=True, slots=True, eq=False)
class Character:
    """Somebody of the cast, and what they should look like."""

    name: str
    references: tuple[Signature, ...]
    """Empty only where the cast is discovered."""
    discovered: bool = False
    """Known from the clips alone: the reference is how they first came in, which may be a poor view of them."""


@dataclass(frozen=True, slots=True)
class SimilaritySample:
    """Similarity of a trait with what it should be, at one moment."""

    at: Fraction
    similarity: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitVerdict:
    """The verdict on one trait, the face or the clothes, over one clip."""

    verdict: IdentityVerdict
    reason: str
    min: float | None = None
    p05: float | None = None
    mean: float | None = None
    first_bad: Fraction | None = None
    band: float | None = None
    """Similarity below which this trait has changed."""
    series: tuple[SimilaritySample, ...] = ()
    confidence: float | None = None
    """How sure the verdict is, 0..1: how far what was measured lies beyond the limits, in the mean; None for n/a."""


Presence: TypeAlias = Literal["there", "turned", "covered", "hidden", "gone", "replaced", "drift"]
"""Of a thing: seen and itself, seen from another side, with something in front, not to be told, no longer in the
picture, with something else in its place, seen and changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceSpan:
    """What a thing is in a part of a clip."""

    state: Presence
    starts: Fraction
    ends: Fraction
    confidence: float
    """0..1, as of `TraitVerdict`."""
    box: Box
    """Where it was at the start, or last before it, in pixels of the clip."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Appearance:
    """One character in one clip."""

    character: str
    clip: str
    tracks: tuple[int, ...]
    seen: int
    """Frames in which the face was detected or tracked."""
    face: TraitVerdict
    clothes: TraitVerdict
    centre: Signature | None
    """The weighted mean over the clip, to compare clips with."""
    kind: Literal["person", "thing"] = "person"
    spans: tuple[PresenceSpan, ...] = ()
    """Of a thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipPair:
    """The same character in two clips."""

    character: str
    one: str
    other: str
    similarity: float
    verdict: IdentityVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Clones:
    """One character more than once in a frame."""

    clip: str
    index: int
    at: Fraction
    boxes: tuple[Box, ...]
    similarity: float
    """Of the two faces, by their means over the clip."""
    lasts: int
    """Frames in which both were detected or tracked."""
