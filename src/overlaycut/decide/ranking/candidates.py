"""Candidates, and their places in a ranking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from pydantic import Field

from overlaycut.core.cast import Appearance, Clones
from overlaycut.core.documents import Document
from overlaycut.core.quality import QualityReport

ScorePart: TypeAlias = Literal[
    "legibility", "identity", "fidelity", "delivery", "flicker", "exposure", "motion", "sharpness", "defects"
]
"""What a candidate is scored on."""

PARTS: tuple[ScorePart, ...] = get_args(ScorePart)


class Weights(Document):
    """How much each part counts. They need not add up to anything."""

    legibility: float = Field(default=3.0, ge=0)
    identity: float = Field(default=3.0, ge=0)
    fidelity: float = Field(default=2.0, ge=0)
    delivery: float = Field(default=2.0, ge=0)
    flicker: float = Field(default=1.0, ge=0)
    exposure: float = Field(default=1.0, ge=0)
    motion: float = Field(default=1.5, ge=0)
    sharpness: float = Field(default=2.0, ge=0)
    defects: float = Field(default=2.0, ge=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for; None where nothing was said.

    Then the best of the candidates is the measure, but for seconds, of which more is not better.
    """

    lines: int | None = None
    """Pixels of the shorter side."""
    rate: float | None = None
    """New pictures in a second."""
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is known of one clip when it is ranked."""

    clip: str
    quality: QualityReport
    legibility: float | None
    """0..1; None where there is no lettering."""
    appearances: tuple[Appearance, ...] = ()
    clones: tuple[Clones, ...] = ()
    melted: tuple[str, ...] = ()
    """Lettering that was named or is prominent and does not keep its shape, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedCandidate:
    """One candidate in its place."""

    clip: str
    score: float
    """0..100."""
    parts: Mapping[ScorePart, float | None]
    reasons: tuple[str, ...]
    faults: tuple[str, ...]
    """Why it can never be first while another candidate is without."""
    failings: tuple[str, ...] = ()
    """What no other part outweighs: a candidate with more of them comes after one with fewer."""
    equals: tuple[str, ...] = ()
    """Candidates that it can hardly be told from: a tie."""
    stuck: int = 0
    """Level of frozen and repeated frames: one with a higher one comes after, where faults and failings are alike."""
