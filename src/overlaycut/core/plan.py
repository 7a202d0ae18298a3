"""The edit plan: what was decided, as a frozen and versioned document.

Analysis and people write it, rendering carries it out, reports print it. A decision with `decided_by = "person"` is
never changed by a rule.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from overlaycut.core.documents import Document, QuadField, SpanField, parsed, read_json
from overlaycut.core.findings import CoverKind, CoverSide, RegionKind, State, TextSource
from overlaycut.core.next_step import NextStep, clean_command
from overlaycut.errors import DocumentError

CURRENT: Literal[1] = 1
"""The version of plans that this code writes."""

MOST_REGIONS = 1000
"""Regions of a plan at most. A clip has a few dozen pieces of lettering; each that changes costs seconds."""

UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Version → function that brings a plan of that version to the next."""

Decision: TypeAlias = Literal["keep", "restore", "erase", "cover", "reject"]
"""Keep it, restore the still's lettering, erase it, cover it, or reject the clip."""

CoverStyle: TypeAlias = Literal["panel", "bar", "pill", "blur"]
"""A frosted panel with round corners, a plain bar, a bar with round ends, or the picture itself out of focus."""

CHANGING: frozenset[Decision] = frozenset({"restore", "erase", "cover"})
"""Decisions that change pixels."""


class ClipRecord(Document):
    """The clip that a plan was made for."""

    path: str
    sha256: str
    width: int
    height: int
    fps: float
    frames: int
    duration: float
    """Seconds."""


class RegistrationRecord(Document):
    """How the still lies in the first frame."""

    matrix: list[list[float]]
    inliers: int
    error_px: float
    note: str


class Cover(Document):
    """A designed element that hides a region."""

    style: CoverStyle = "panel"
    colour: str | None = Field(default=None, pattern="^#[0-9a-fA-F]{6}$")
    """sRGB of its face; None takes the surface's own colour."""
    fixed: bool = False
    """Whether it stands still on the screen, around all that the region ever takes, instead of moving with it."""


class Typeset(Document):
    """Clean lettering that is set anew where the clip's own cannot be put back."""

    text: str = Field(min_length=1)
    font: str | None = None
    """A font file, or a family that is shipped; None for the one that looks most like what stood there."""
    colour: str | None = Field(default=None, pattern="^#[0-9a-fA-F]{6}$")
    """sRGB; None takes the colour of what stood there."""


class CoveredRecord(Document):
    """A time in which something covers a part of a region, or all of it."""

    span: SpanField
    """Frames, half-open."""
    start: float = Field(ge=0)
    """Time of its first frame from the clip's first, in seconds."""
    end: float = Field(gt=0)
    """Time at which its last frame ends."""
    by: CoverKind
    """Something in the colours of skin, such as a hand, any other thing, or the edge of the picture."""
    side: CoverSide | None = None
    """The side of the line, as it reads, from which it comes; None where that cannot be told."""
    most: float = Field(ge=0, le=1)
    """Share of the region that is covered at most."""


class RegionPlan(Document):
    """One region: what was found, what is done about it, and why."""

    id: str
    kind: RegionKind = "scene"
    state: State
    confidence: float = Field(default=1.0, ge=0, le=1)
    protected: bool = False
    name: str | None = None
    """What a person calls a watched area; None for lettering."""
    expected: str | None = None
    expected_from: TextSource | None = None
    read: str | None = None
    judged: bool = True
    """Whether readings or shapes could be compared; False for a state that is only assumed."""
    legibility: float = Field(ge=0, le=1)
    reading_noise: float = Field(default=0, ge=0, le=1)
    """Share of characters that the reader gets wrong while nothing is: below it, differences mean nothing."""
    onset_frame: int | None = Field(default=None, ge=0)
    span: SpanField
    quads: dict[int, QuadField]
    """Where the region is in every frame of `span`."""
    visibility: dict[int, float] = Field(default_factory=dict)
    """Visible share of the region, 0..1, in frames where it is partly occluded; 1 in all others."""
    covered: tuple[CoveredRecord, ...] = ()
    """When something covers it, and what, in order of time."""
    reference_quad: QuadField | None = None
    """Where it is in the reference picture: the still, else the first frame."""
    decision: Decision
    cover: Cover | None = None
    """What hides it when it is covered; None for a panel in the surface's own colour."""
    typeset: Typeset | None = None
    """What is set on the bare surface when it is restored, or on the cover; None for the reference's own pixels."""
    mask: str | None = None
    """Path of a picture that is white where the region is to be taken out; None for what is found there."""
    within: tuple[int, int, int, int] | None = None
    """Column, row, width and height of the rectangle outside of which nothing is written; None for no such limit."""
    leaves_to: tuple[str, ...] = ()
    """Regions that take out lettering of their own inside this one, by their ids."""
    edit: SpanField | None = None
    """Frames that are changed; None when none is."""
    decided_by: Literal["rule", "person"] = "rule"
    reason: str

    @property
    def changes(self) -> bool:
        """Whether rendering touches pixels for this region."""
        return self.decision in CHANGING and self.edit is not None


class EditPlan(Document):
    """All that rendering a clip needs beside the clip and the still."""

    version: Literal[1] = CURRENT
    clip: ClipRecord
    still: str | None = None
    """Path of the reference still; None when the first frame served."""
    registration: RegistrationRecord | None = None
    regions: tuple[RegionPlan, ...] = Field(default=(), max_length=MOST_REGIONS)
    coverage: float | None = Field(default=None, ge=0, le=1)
    """Share of what looks like lettering that could be judged; None where nothing does."""
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        twice = [name for name, count in Counter(region.id for region in self.regions).items() if count > 1]
        if twice:
            raise ValueError(f"regions with an id each; {twice[0]!r} is there twice")
        return self

    @property
    def next(self) -> NextStep:
        """Keep the clip, repair it, or generate it again where lettering is rejected."""
        own = [region for region in self.regions if not region.protected]
        if any(region.decision == "reject" for region in own):
            return "retry"
        return "repair" if any(region.changes for region in own) else "keep"

    @property
    def command(self) -> str | None:
        """What repairs the clip; None where nothing is to be repaired."""
        if self.next != "repair":
            return None
        asked = dict.fromkeys(one.expected for one in self.regions if one.expected and one.expected_from == "user")
        still = self.still if self.still is None or Path(self.still).suffix else None
        return clean_command(Path(self.clip.path), still=still, texts=asked)

    def to_dict(self) -> dict[str, Any]:
        """The document as JSON values, and what to do next."""
        return {**self.model_dump(mode="json"), "next": self.next, "command": self.command}

    def digest(self) -> str:
        """The sha256 of the plan's canonical JSON."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_json(self) -> str:
        """The document as text, one region after another, readable by people."""
        return self.model_dump_json(indent=1) + "\n"


def read_plan(path: Path) -> EditPlan:
    """The plan in a JSON file, upgraded to the current version.

    Raises DocumentError when the file is no plan, or a plan of a version that this code does not know.
    """
    document = read_json(path)
    version = document.get("version")
    if not isinstance(version, int) or version > CURRENT or version < 1:
        raise DocumentError(path, "version", repr(version), f"a whole number from 1 to {CURRENT}")
    while version < CURRENT:
        document = {**UPGRADES[version](document), "version": version + 1}
        version += 1
    # What `analyze --json` prints is a plan too.
    return parsed(EditPlan, {key: value for key, value in document.items() if key not in ("next", "command")}, path)
