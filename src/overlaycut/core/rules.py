"""Settings of the rules that turn findings into decisions, as a project file or a script gives them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from overlaycut.core.documents import Document

Mode: TypeAlias = Literal["auto", "restore", "erase", "cover"]
"""Let the rules choose, or treat all broken lettering in one way."""


class Rules(Document):
    """How lettering is treated."""

    mode: Mode = "auto"
    sure: float = Field(default=0.5, ge=0, le=1)
    """Confidence in a state below which nothing is done about it."""
    lead_seconds: float = Field(default=0.25, ge=0)
    """Seconds before the onset at which a repair begins: melting starts before it can be measured."""
    largest_share: float = Field(default=0.5, gt=0, le=1)
    """Share of the picture above which a region is too large to be repaired believably."""
    least_coverage: float = Field(default=0.5, ge=0, le=1)
    """Share of what looks like lettering that must have been judged for a clip to count as stable."""
