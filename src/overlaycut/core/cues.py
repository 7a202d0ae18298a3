"""Timed text: words, cues, and the areas that captions avoid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from overlaycut.core.checks import check_fields
from overlaycut.core.geometry import Box
from overlaycut.core.time import exact_seconds
from overlaycut.errors import InvalidValue

Anchor: TypeAlias = Literal["top", "middle", "bottom"]
"""Vertical position of a caption in the safe area."""

Intervals: TypeAlias = Sequence[tuple[Fraction, Fraction]]
"""Half-open intervals [start, end) of seconds, in order, such as those in which somebody speaks."""


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word, over the half-open interval [start, end) of exact seconds."""

    text: str
    """With its punctuation, without white space around it."""
    start: Fraction
    end: Fraction

    def __post_init__(self) -> None:
        _set_exact(self)
        check_fields(self)


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption, shown over the half-open interval [start, end) of exact seconds.

    Any number of seconds is taken and kept as a Fraction. Raises InvalidValue when the interval is empty or starts
    before 0, and when the words are not those of the text.
    """

    start: Fraction
    end: Fraction
    text: str
    """Lines are separated by a line break; no markup."""
    words: tuple[Word, ...] = ()
    """Word timing, in order; the words joined are the text without white space. Empty when it is not known."""
    anchor: Anchor | None = None
    """Position given by the subtitle file; None leaves it to the style."""
    colour: str | None = None
    """Colour given by the subtitle file, "#rrggbb"; None leaves it to the style."""

    def __post_init__(self) -> None:
        _set_exact(self)
        check_fields(self)
        if not 0 <= self.start < self.end:
            raise InvalidValue(f"a cue runs forward from 0 or later, got {self.start}..{self.end}")
        if self.words and squeezed("".join(word.text for word in self.words)) != squeezed(self.text):
            raise InvalidValue(f"the words of a cue are its text, got {self.words} for {self.text!r}")


@dataclass(frozen=True, slots=True)
class KeepOut:
    """A box that captions avoid over the half-open interval [start, end) of seconds."""

    box: Box
    """In pixels of the picture that the captions are laid out for."""
    start: Fraction
    end: Fraction
    what: str = "lettering"
    """What is there, for warnings: "lettering", "a face", "the subject", "the end card"."""
    name: str = ""
    """What a person would call it: what the lettering reads; empty where nobody knows."""
    required: bool = False
    """Whether all of it has to be shown, whatever shape the picture is brought to."""
    weight: float = 1.0
    """What covering it costs, against a face: below 1 keeping off it is a preference, of which no warning speaks."""

    @property
    def firm(self) -> bool:
        """Whether covering it is a fault and not only a cost."""
        return self.weight >= 1


def _set_exact(timed: Word | Cue) -> None:
    for name in ("start", "end"):
        if not isinstance(value := getattr(timed, name), Fraction):
            object.__setattr__(timed, name, exact_seconds(value, f"{type(timed).__name__}: {name}"))


def squeezed(text: str) -> str:
    """`text` without any white space."""
    return "".join(text.split())
