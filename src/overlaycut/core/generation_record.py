"""The record beside a generated file: what was asked of whom, for how much, and how the pictures were prepared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from pydantic import Field

from overlaycut.core.documents import Document, parsed, read_json
from overlaycut.core.generation_tables import GENERATED_END
from overlaycut.core.geometry import Homography, scaling

RECORD_VERSION = 1

Row: TypeAlias = tuple[float, float, float]

_SAME_RATIO = 0.02
"""Relative difference of two ratios up to which a clip shows all of the picture that was sent."""


class RecordedPicture(Document):
    """A picture that was sent."""

    role: Literal["first_frame", "last_frame", "reference", "mask"]
    path: str
    """Relative to the record where it lies below or beside it, else absolute."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the file that it was made of."""
    width: int = Field(ge=1)
    """As it was sent, in pixels."""
    height: int = Field(ge=1)
    matrix: tuple[Row, Row, Row]
    """From pixels of the file, upright, to pixels that were sent."""
    notes: tuple[str, ...] = ()
    """What was done to it."""

    @property
    def map(self) -> Homography:
        """The matrix as an array, (3, 3)."""
        return np.array(self.matrix, dtype=np.float64)


class GenerationRecord(Document):
    """How a generated file was made."""

    version: Literal[1] = 1
    file: str
    """Its name."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the file, as it was fetched."""
    bytes: int
    mime: str
    project: str
    """Name of the project file."""
    shot: str
    take: int
    provider: str
    model: str
    task_id: str
    key: str
    """Of the task in the ledger."""
    prompt: str
    """As a person wrote it."""
    sent_prompt: str
    request: Mapping[str, Any]
    """Everything that was asked for, pictures as digests."""
    request_digest: str
    pictures: tuple[RecordedPicture, ...] = ()
    cost_usd: float | None
    """What the service charged, else what was forecast; None where neither is known."""
    cost_basis: str
    cost_as_of: str
    """The day on which the price was read."""
    facts: Mapping[str, Any] = Field(default_factory=dict)
    """Seed, rewritten prompt and the like, as the service reports them."""
    made_at: str
    """When it was fetched, ISO 8601."""
    tool: str
    """Name and version of the program."""
    notes: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The record as the text of a file."""
        return self.model_dump_json(indent=1) + "\n"


def record_path(file: Path) -> Path:
    """Where the record of a generated file is."""
    return file.with_name(file.stem + GENERATED_END)


def read_record(file: Path) -> GenerationRecord | None:
    """The record beside a generated file; None where there is none.

    Raises DocumentError for what is no record, InputError where it cannot be read.
    """
    path = record_path(file)
    return parsed(GenerationRecord, read_json(path), path) if path.is_file() else None


def prior_map(
    record: GenerationRecord, *, clip_sha256: str, still_sha256: str, width: int, height: int
) -> Homography | None:
    """The map from pixels of a still to pixels of the clip, as far as it is known from how the still was sent.

    None where the clip is not the recorded file, where the still is not its first frame, and where the clip has
    another ratio than what was sent, since nobody knows then what the service did about it.
    """
    if record.sha256 != clip_sha256:
        return None
    for one in record.pictures:
        if one.role == "first_frame" and one.sha256 == still_sha256:
            if abs(math.log(width / height / (one.width / one.height))) > _SAME_RATIO:
                return None
            return scaling(width / one.width, height / one.height) @ one.map
    return None
