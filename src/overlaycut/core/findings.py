"""Findings of the analysis of lettering, with their evidence, before any decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

from overlaycut.core.geometry import Homography, Quad, Span

State: TypeAlias = Literal["stable", "warped", "invented", "lost"]
"""What became of lettering: unchanged, melted, not in the still at all, or gone."""

RegionKind: TypeAlias = Literal["scene", "subtitle", "mark", "watched"]
"""Lettering in the scene, burned-in subtitles, a provider's watermark or AI label, or an area that a person named."""

TextSource: TypeAlias = Literal["user", "still", "first frame", "clip"]
"""Where the expected text comes from: a person, the still, the first frame, or a vote of the clip's readings."""


CoverKind: TypeAlias = Literal["skin", "object", "edge"]
"""What covers lettering: something in the colours of skin, such as a hand, any other thing, or the picture's edge."""

CoverSide: TypeAlias = Literal["above", "below", "left", "right"]
"""The side of a line, as it reads, from which something covers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A time in which something covers a part of lettering, or all of it."""

    span: Span
    """Frames, half-open."""
    start: Fraction
    """Exact time of its first frame, in seconds from the clip's."""
    end: Fraction
    """Exact time at which its last frame ends."""
    by: CoverKind
    side: CoverSide | None
    """From where it comes; None where that cannot be told."""
    most: float
    """Share of the lettering that is covered at most, 0..1."""


@dataclass(frozen=True, slots=True)
class Registration:
    """The map from the still to the clip's first frame."""

    matrix: Homography
    """Homography from still pixels to first-frame pixels, (3, 3)."""
    inliers: int
    """Matches that agree with it."""
    error_px: float
    """Median distance of those matches after mapping, in clip pixels."""
    note: str
    """In words: scaled, cropped, padded, squeezed, or the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """One region of lettering over its life in the clip."""

    id: str
    kind: RegionKind
    state: State
    confidence: float
    """How sure the state is, 0..1."""
    protected: bool
    name: str | None = None
    """What a person calls a watched area; None for lettering."""
    expected: str | None
    """What it should read; None when that is not known."""
    expected_from: TextSource | None
    read: str | None
    """What the clip reads where it is worst; None when no frame could be read."""
    legibility: float
    """0..1 at its worst lasting moment; 1 is as good as the reference."""
    legibility_at: Mapping[int, float]
    """Frame → legibility, in the frames that were read."""
    noise: float = 0.0
    """Mean share of characters misread while nothing is wrong, 0..1: readers err on good lettering too."""
    onset: int | None
    """First damaged frame; None when there is none."""
    span: Span
    """Frames in which it is, or should be, in the picture."""
    quads: Mapping[int, Quad]
    """Where it is in every frame of `span`, in clip pixels."""
    visibility: Mapping[int, float]
    """How much of it can be seen in each of those frames, 0 hidden or outside, 1 free."""
    covered: tuple[Covered, ...] = ()
    """When something covers it, in order of time."""
    reference_quad: Quad | None
    """Where it is in the reference picture (the still, else the first frame); None when it is not there."""
    reference_is_clean: bool = False
    """Whether the reference picture shows it as it should read, so that it may be put back from there."""
    judged: bool = True
    """Whether readings or shapes could be compared; False for a state that is only assumed."""
    followed: bool = True
    """Whether `quads` say where it is while it is damaged; False for a track that is known to stray there."""
    reason: str
    """Why the state is what it is, in plain words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetteringReport:
    """All lettering of a clip."""

    regions: tuple[Lettering, ...]
    registration: Registration | None
    """None when there is no still, or it could not be found in the first frame."""
    cuts: tuple[int, ...] = ()
    """Frames that begin a new shot, the first frame not counted."""
    coverage: float | None = None
    """Share of what looks like lettering that could be judged, 0..1; None where nothing does, or only marks."""
    notes: tuple[str, ...] = field(default=())
    """What could not be done or was assumed, in plain words."""
