"""The tables of a project file that say how shots, sound and end card become one programme."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from overlaycut.core.documents import Document
from overlaycut.core.geometry import Box
from overlaycut.core.time import named_rate
from overlaycut.errors import InvalidValue


def _seconds(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction) or not math.isfinite(value):
        raise ValueError("seconds, as a number")
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def _rate(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Fraction):
        raise ValueError(_RATE_WORDS)
    try:
        rate = Fraction(str(value)) if isinstance(value, float | str) else Fraction(value)
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(_RATE_WORDS) from error
    if not 1 <= rate <= 240:
        raise ValueError(_RATE_WORDS)
    return named_rate(rate)


def exact_rate(value: Fraction | float | int | str) -> Fraction:
    """A rate that a caller gave, in frames per second. Raises InvalidValue for what is none."""
    try:
        return _rate(value)
    except ValueError as error:
        raise InvalidValue(f"rate: found {value!r}", hint=f"allowed: {error}") from error


def _factor(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction) or not 0.5 <= value <= 2:
        raise ValueError("a number from 0.5 (half as fast) to 2 (twice as fast)")
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


_RATE_WORDS = 'frames per second from 1 to 240, as in 30, 29.97 or "30000/1001"'

Seconds = Annotated[Fraction, BeforeValidator(_seconds), PlainSerializer(float)]
"""Seconds written as a decimal number and kept exactly as written."""

Rate = Annotated[Fraction, BeforeValidator(_rate), PlainSerializer(str)]
"""Frames per second; a rounded NTSC rate is the exact one."""

Speed = Annotated[Fraction, BeforeValidator(_factor), PlainSerializer(float)]
"""How fast a shot plays, 0.5..2."""

Transition: TypeAlias = Literal["cut", "crossfade", "fade"]
"""How a segment follows the one before it: at once, mixed with its end, or through black."""

OwnSound: TypeAlias = Literal["keep", "lower", "mute"]
"""What becomes of a shot's own sound."""

SeamMatch: TypeAlias = Literal["off", "gentle", "full"]
"""How far exposure and colour of a shot are brought to those of the shot before."""

Motion: TypeAlias = Literal["repeat", "blend"]
"""How frames are brought to another rate: the nearest one, or neighbours mixed by their share of the time."""


class _Joined(Document):
    """How a shot, or the end card, follows what stands before it."""

    model_config = ConfigDict(populate_by_name=True)

    transition: Transition = "cut"
    transition_seconds: Seconds = Field(default=Fraction(1, 2), gt=0, le=5)
    """How long a crossfade or a fade lasts; half of a fade belongs to the segment before."""
    sound: OwnSound = "keep"


class ShotEdit(_Joined):
    """The keys of a shot that say how it stands in the programme."""

    start: Seconds = Field(default=Fraction(0), alias="in", ge=0)
    end: Seconds | None = Field(default=None, alias="out", gt=0)
    speed: Speed = Fraction(1)
    hold: Seconds = Field(default=Fraction(0), ge=0, le=60)
    """Seconds that its last frame stays after its end."""
    focus: tuple[int, int] | tuple[int, int, int, int] | None = None
    """A point (x, y) or a box (x, y, w, h) of the clip, in pixels, that is in the middle in every shape."""
    sheet: Path | None = None
    """A picture of panels, of which the clip shows several one after another: it is split at its cuts."""

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.end is not None and self.end <= self.start:
            raise ValueError("out later than in")
        if self.focus is not None and (min(self.focus) < 0 or min(self.focus[2:], default=1) < 1):
            raise ValueError("focus within the picture: [x, y] or [x, y, w, h] in pixels")
        return self

    @property
    def focus_box(self) -> Box | None:
        """`focus` as a box; a point is one pixel."""
        return None if self.focus is None else Box(*self.focus[:2], *(self.focus[2:] or (1, 1)))


class AudioTable(Document):
    """The sound of the programme."""

    voice: Path | None = None
    music: Path | None = None
    music_lu: float | None = Field(default=None, ge=-40, le=10)
    """Loudness of the music against the voice, or without a voice against the shots' own sound, where neither plays
    louder; None takes the mixer's default."""
    duck_lu: float = Field(default=12, ge=0, le=40)
    """How far the music lies below the voice while that speaks."""
    music_loop: bool = True
    """Whether music that is shorter than the programme begins again."""
    music_fade: Seconds = Field(default=Fraction(3, 2), ge=0, le=30)
    """Seconds in which the music fades at the end."""
    longer_voice: Literal["hold", "cut"] = "hold"
    """What is done about a voice that is longer than the programme: the last shot's last frame stays, or it is cut."""
    loudness_lufs: float = Field(default=-14, ge=-40, le=-5)


class SeamsTable(Document):
    """What is done where two shots meet."""

    match: SeamMatch = "off"
    duplicates: Literal["drop", "keep"] = "drop"
    """What is done about a first frame that repeats the last one of the shot before."""


class EndCard(_Joined):
    """A picture or a clip after the last shot."""

    image: Path | None = None
    images: tuple[Path, ...] = ()
    """Of several shapes: each output takes the one that is nearest to its own."""
    clip: Path | None = None
    seconds: Seconds | None = Field(default=None, gt=0)
    """None: 1.5 of a picture, the length of a clip."""
    move: Literal["none", "in", "out"] = "none"
    """A slow move towards the picture, or away from it."""

    @property
    def pictures(self) -> tuple[Path, ...]:
        """The pictures to choose from; empty where it is a clip."""
        return (self.image,) if self.image is not None else self.images

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.image is not None) + bool(self.images) + (self.clip is not None) != 1:
            raise ValueError('one of image = "…", images = ["…"] and clip = "…"')
        if self.clip is not None and self.move != "none":
            raise ValueError("a move of a picture, not of a clip")
        return self
