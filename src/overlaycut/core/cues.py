"""Words on top of the picture, before anybody draws them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from overlaycut.core.geometry import Box

Anchor: TypeAlias = Literal["top", "middle", "bottom"]
"""Where words stand in the part of the picture that is theirs."""


@dataclass(frozen=True, slots=True)
class Word:
    """What is said in one go, from `start` up to, not including, `end`, in exact seconds."""

    text: str
    """With the signs that cling to it, without white space around it."""
    start: Fraction
    end: Fraction


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: its text shows from `start` up to, not including, `end`, in exact seconds."""

    start: Fraction
    end: Fraction
    text: str
    """Lines are separated by a line break; no markup."""
    words: tuple[Word, ...] = ()
    """When each word is said, in order; together they are the text but for white space. Empty: nobody knows."""
    anchor: Anchor | None = None
    """Where whoever wrote it wants it; None leaves that to the style."""
    colour: str | None = None
    """The colour that it was given, "#rrggbb"; None leaves that to the style."""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a cue runs forward from 0 or later, got {self.start}..{self.end}")
        if self.words and squeezed("".join(word.text for word in self.words)) != squeezed(self.text):
            raise ValueError(f"the words of a cue are its text, got {self.words} for {self.text!r}")


@dataclass(frozen=True, slots=True)
class KeepOut:
    """A place where captions should not stand, and for how long."""

    box: Box
    """In pixels of the picture that the captions are laid out for."""
    start: Fraction
    end: Fraction
    """Seconds; the place is free again from here on."""
    what: str = "lettering"
    """What is there, for people: "lettering", "a face", "the end card"."""


def squeezed(text: str) -> str:
    """`text` without any white space."""
    return "".join(text.split())
