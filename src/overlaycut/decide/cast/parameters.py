"""Settings of identity verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from pydantic import Field

from overlaycut.core.cast import EmbeddingMetric
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CastParameters:
    """How series of similarities are read; set by benchmarks/cast.py on morphs injected into real clips."""

    opening: Fraction = Fraction(3, 4)
    """Seconds of a track's own beginning with which it is compared."""
    fallen_quantile: float = 0.1
    """Quantile of the similarities after a change that they fell to."""
    half: float = 0.4
    """Part of the fall that is still to come at the reported moment: where a morph is half of each person, in the
    median."""
    uncovered: float = 0.5
    """Share of the cells of the clothes that somebody in front leaves to be seen; the most similar ones count."""
    passer_by: float = 0.15
    """Part of the largest face's prominence below which an unknown face is a passer-by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How faces are compared: the model's metric, and where verdicts change."""

    metric: EmbeddingMetric
    rules: CastRules
    parameters: CastParameters = CastParameters()
