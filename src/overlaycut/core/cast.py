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
