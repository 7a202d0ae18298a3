"""The tables of a project file that say what to generate: for the whole project, for a shot, and for stills."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from overlaycut.core.documents import Document

MOST_CANDIDATES = 16
"""Candidates of one shot, prompt and model at most: more would be a slip of the finger that costs."""

Fit: TypeAlias = Literal["crop", "pad"]
"""What is done about a still whose ratio the model does not take: cut it, or fill up what is missing."""

StillKind: TypeAlias = Literal["keyframe", "character-sheet", "grid"]
"""A single picture, one character from several sides, or several moments in the panels of one picture."""

GENERATED_END = ".generation.json"
"""What the name of a generated file's record ends in, in the place of the file's own suffix."""


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str | int) and not isinstance(value, bool) else value


def _usd(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError("US dollars, as a number")
    return str(value) if isinstance(value, float) else value


def _json(value: dict[str, Any]) -> dict[str, Any]:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError("values that JSON has: texts, numbers, booleans, lists and tables of them") from error
    return value


Extras = Annotated[dict[str, Any], AfterValidator(_json)]
"""Fields of a service's own, as JSON values."""

Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]
"""One text, or a list of them."""

Seeds = Annotated[tuple[Annotated[int, Field(ge=0, lt=1 << 32)], ...], BeforeValidator(_one_or_more)]
"""One seed, or a list of them."""

Usd = Annotated[Decimal, BeforeValidator(_usd), PlainSerializer(float)]
"""US dollars, kept exactly as written."""

Duration = Annotated[int, Field(ge=1, le=600)]
"""Whole seconds, which all services count in."""

Ratio = Annotated[str, Field(pattern=r"^[1-9]\d*:[1-9]\d*$")]
"""Width to height, as in "9:16"."""


class GenerateTable(Document):
    """`[generate]`: what holds for every shot that does not say otherwise."""

    model_config = ConfigDict(populate_by_name=True)

    model: Names = ()
    """Names in the table of models; several are compared."""
    candidates: int = Field(default=2, ge=1, le=MOST_CANDIDATES)
    """Of each prompt and model."""
    duration: Duration | None = None
    ratio: Ratio | None = None
    """None: that of the master, else of the first output."""
    size: str | None = None
    """The model's own name of a resolution, as in "720p"; None for its default."""
    fit: Fit | None = None
    audio: bool = False
    seed: Seeds = ()
    negative_prompt: str = ""
    fields: Mapping[str, str] = Field(default_factory=dict)
    """What {product} and the like stand for in every prompt."""
    extras: Extras = Field(default_factory=dict)
    """Fields of a service's own, merged into every request."""
    budget_usd: Usd | None = Field(default=None, ge=0)
    """What one call of `generate` may cost at most."""
    folder: Path = Path("generated")
    """Where what is generated is kept, relative to the project file."""


class ShotGeneration(Document):
    """The keys of a shot that say how its candidates are generated."""

    model_config = ConfigDict(populate_by_name=True)

    name: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    """Names the folder of its candidates; None for the shot's number, as in "shot-01"."""
    prompt: Names = ()
    """The motion prompt; several are compared."""
    template: str | None = None
    """A shipped template, in the place of a prompt."""
    fields: Mapping[str, str] = Field(default_factory=dict)
    first: Path | None = None
    """The first frame, where it is another picture than the still."""
    last: Path | None = None
    references: tuple[Path, ...] = ()
    """Pictures that the prompt names @image1, @image2, …"""
    model: Names = ()
    duration: Duration | None = None
    candidate_count: int | None = Field(default=None, ge=1, le=MOST_CANDIDATES)
    """How many candidates to generate of each prompt and model; `candidates = 3` says the same."""
    seed: Seeds = ()
    """One for each candidate; of a single one, the next candidates have the numbers after it."""
    ratio: Ratio | None = None
    size: str | None = None
    fit: Fit | None = None
    audio: bool | None = None
    negative_prompt: str | None = None
    extras: Extras = Field(default_factory=dict)

    @property
    def is_generated(self) -> bool:
        """Whether there is something to generate its candidates by."""
        return bool(self.prompt) or self.template is not None

    @model_validator(mode="before")
    @classmethod
    def _counted(cls, data: Any) -> Any:
        """`candidates = 3` is the number to generate, `candidates = ["a.mp4"]` are clips that are there."""
        if isinstance(data, dict) and isinstance(count := data.get("candidates"), int) and not isinstance(count, bool):
            rest = {key: value for key, value in data.items() if key != "candidates"}
            return {"candidate_count": count, **rest}
        return data

    @model_validator(mode="after")
    def _one_prompt(self) -> Self:
        if self.prompt and self.template is not None:
            raise ValueError('either prompt = "…" or template = "…", not both')
        if not all(one.strip() for one in self.prompt):
            raise ValueError("a prompt with words in it")
        if len(self.seed) > 1 and self.candidate_count not in (None, len(self.seed)):
            raise ValueError("as many candidates as seeds, or one seed")
        return self


class StillTable(Document):
    """`[[stills]]`: a still to be generated, in several variants and by several models."""

    model_config = ConfigDict(populate_by_name=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    prompt: str = Field(min_length=1)
    """The brief; every model gets the same one."""
    kind: StillKind = "keyframe"
    model: Names = Field(min_length=1)
    variants: int = Field(default=2, ge=1, le=10)
    """Of each model."""
    edit: Path | None = None
    """A picture that is changed by the prompt, in the place of one from nothing."""
    mask: Path | None = None
    """Where it is changed: white pixels of a picture of the same size."""
    references: tuple[Path, ...] = ()
    ratio: Ratio | None = None
    """None: that of the project."""
    size: str | None = None
    panels: int = Field(default=4, ge=2, le=9)
    """Of a character sheet or a grid."""
    text: tuple[str, ...] = ()
    """Lettering that has to be on it; the variants are ranked by it."""
    fields: Mapping[str, str] = Field(default_factory=dict)
    extras: Extras = Field(default_factory=dict)

    @model_validator(mode="after")
    def _mask_of_edit(self) -> Self:
        if self.mask is not None and self.edit is None:
            raise ValueError("a mask with the picture that it is for, in edit")
        return self


def aspect(text: str) -> Fraction:
    """The ratio of "9:16". Raises ValueError for anything else."""
    width, _, height = text.partition(":")
    return Fraction(int(width), int(height))
