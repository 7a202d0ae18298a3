"""Settings of the rules that turn findings into decisions, as a project file or a script gives them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from overlaycut.core.documents import Document

Mode: TypeAlias = Literal["auto", "restore", "erase", "cover"]
"""Let the rules choose, or treat everything that broke in one way."""


class Rules(Document):
    """How lettering is dealt with."""

    mode: Mode = "auto"
    sure: float = Field(default=0.5, ge=0, le=1)
    """Confidence in a state below which nothing is done about it."""
    lead_seconds: float = Field(default=0.25, ge=0)
    """How long before the onset a repair begins: melting starts before anybody can tell."""
    largest_share: float = Field(default=0.5, gt=0, le=1)
    """Share of the picture above which a region is too large to be repaired believably."""
