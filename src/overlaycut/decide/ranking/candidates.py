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
    "legibility", "identity", "fidelity", "flicker", "exposure", "motion", "sharpness", "defects"
]
"""What a candidate is scored on."""

PARTS: tuple[ScorePart, ...] = get_args(ScorePart)


class Weights(Document):
    """How much each part counts. They need not add up to anything."""

    legibility: float = Field(default=3.0, ge=0)
    identity: float = Field(default=3.0, ge=0)
    fidelity: float = Field(default=2.0, ge=0)
    flicker: float = Field(default=1.0, ge=0)
    exposure: float = Field(default=1.0, ge=0)
    motion: float = Field(default=1.5, ge=0)
    sharpness: float = Field(default=2.0, ge=0)
    defects: float = Field(default=2.0, ge=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is known of one clip when it is ranked."""

    clip: str
    quality: QualityReport
    legibility: float | None
    """0..1; None where there is no lettering."""
    appearances: tuple[Appearance, ...] = ()
    clones: tuple[Clones, ...] = ()


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
