"""What a person may change on the review page, as documents."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from overlaycut.core.cues import Anchor
from overlaycut.core.documents import Document
from overlaycut.core.plan import Decision
from overlaycut.errors import InvalidValue

_Pixels = Annotated[int, Field(ge=0, lt=1 << 16)]
_Frames = Annotated[int, Field(ge=0, lt=1 << 24)]
_Seconds = Annotated[float, Field(ge=0, lt=10**6)]


class _Edit(Document):
    revision: int = Field(ge=0)
    """The state that the person saw."""


class _ShotEdit(_Edit):
    shot: int = Field(ge=0)
    """Number of the shot, from 0."""


class Choose(_ShotEdit):
    """Take this candidate; None leaves it to the ranking."""

    kind: Literal["choose"]
    clip: int | None = Field(ge=0)
    """Number of the candidate, from 0."""


class Decide(_ShotEdit):
    """Another decision about a region."""

    kind: Literal["decide"]
    region: str
    decision: Decision


class Expect(_ShotEdit):
    """What a region should read."""

    kind: Literal["expect"]
    region: str
    text: str = Field(min_length=1, max_length=200)


class Place(_ShotEdit):
    """Where a region is: its box moved, in all frames or in the frames of a new span."""

    kind: Literal["place"]
    region: str
    dx: int = Field(default=0, gt=-(1 << 16), lt=1 << 16)
    dy: int = Field(default=0, gt=-(1 << 16), lt=1 << 16)
    start: _Frames | None = None
    end: _Frames | None = None
    """Frames that are changed, [start, end)."""


class Draw(_ShotEdit):
    """A new area."""

    kind: Literal["draw"]
    box: tuple[_Pixels, _Pixels, _Pixels, _Pixels]
    """x, y, width, height in pixels of the clip."""
    at: _Frames
    """The frame that it was drawn in."""
    start: _Frames
    end: _Frames
    decision: Literal["erase", "cover"] = "erase"
    track: bool = False
    """Whether it follows what it lies on."""


class Reset(_ShotEdit):
    """What the rules say about a region, or the end of an area that a person drew."""

    kind: Literal["reset"]
    region: str


class Accept(_ShotEdit):
    """The shot is good as it is, or no longer."""

    kind: Literal["accept"]
    accepted: bool


class Word(Document):
    """One word of a caption."""

    text: str = Field(min_length=1, max_length=100)
    start: _Seconds
    end: _Seconds


class Caption(_Edit):
    """One caption's text, times and place."""

    kind: Literal["caption"]
    cue: int = Field(ge=0)
    start: _Seconds
    end: _Seconds
    text: str = Field(min_length=1, max_length=2000)
    words: tuple[Word, ...] = ()
    """Times of the words; empty to have them follow the text."""
    anchor: Anchor | None = None


class Style(_Edit):
    """Another caption style."""

    kind: Literal["style"]
    style: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")


Edit: TypeAlias = Choose | Decide | Expect | Place | Draw | Reset | Accept | Caption | Style
"""Any change."""

_EDITS: TypeAdapter[Edit] = TypeAdapter(Annotated[Edit, Field(discriminator="kind")])


def read_edit(document: object) -> Edit:
    """The edit in a JSON document. Raises InvalidValue for what is none."""
    try:
        return _EDITS.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "edit"
        raise InvalidValue(f"edit: {where}: {first['msg']}") from error
