"""Models that a person may add: `catalogue.toml`, read into `KnownModel`.

None of them is needed. A row names one published file to the byte, so that what is used is what was looked at.
"""

from __future__ import annotations

from datetime import date
from importlib.resources import as_file, files
from typing import Literal, Self, TypeAlias

from pydantic import Field, model_validator

from overlaycut.core.documents import Document, parsed, read_toml
from overlaycut.errors import UsageError

_TABLE = files("overlaycut.models") / "catalogue.toml"


Role: TypeAlias = Literal["inpaint", "faces", "looks"]
"""What a model is for: inpainting, face embedding, appearance embedding."""


class Graph(Document):
    """Inputs and outputs of an inpainting model: `image` and `mask` go in, one picture of 0..255 comes out.

    Planes come first: (1, 3, side, side) for pictures, RGB, and (1, 1, side, side) for the mask.
    """

    side: int = Field(ge=64, multiple_of=8)
    """Rows and columns of what goes in and comes out."""
    samples: Literal["float32", "uint8"]
    """What goes in: 0..1 as float32, or 0..255 as uint8; the mask likewise."""
    mask_marks: Literal["hole", "known"]
    """Which pixels the mask's high value stands for; the others are 0."""
    blends_px: int = Field(default=0, ge=0, le=16)
    """How far inside the hole the model still mixes in what the picture had there."""


class KnownModel(Document):
    """One published model."""

    title: str
    role: Role
    licence: str = Field(min_length=1)
    """Of the weights, as an SPDX identifier."""
    commercial: bool
    """Whether that licence allows commercial use."""
    size: int = Field(gt=0)
    """Bytes."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    file: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """The name that its publisher gave it."""
    source: str = Field(pattern=r"^https?://")
    """The address of the file, at a revision that does not change."""
    page: str
    """Where its publisher describes it."""
    checked: date
    """The day on which these facts were read."""
    evidence: str
    """Where they were read."""
    takes: str
    gives: str
    graph: Graph | None = None
    """Only for models that fill holes."""

    @model_validator(mode="after")
    def _holes_have_a_graph(self) -> Self:
        if (self.role == "inpaint") != (self.graph is not None):
            raise ValueError("a graph for a model that fills holes, and for no other")
        return self


class _Table(Document):
    models: dict[str, KnownModel]


def known_models() -> dict[str, KnownModel]:
    """Every model that overlaycut knows, by name, in the table's order."""
    with as_file(_TABLE) as path:
        return parsed(_Table, {"models": read_toml(path)}, path).models


def known(name: str) -> KnownModel:
    """The model of that name.

    Raises UsageError, listing the names, when there is none.
    """
    models = known_models()
    if name not in models:
        raise UsageError(f"no model is called {name!r}", hint=f"known: {', '.join(models)}")
    return models[name]
