"""Words on top of the picture, before anybody draws them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from overlaycut.core.geometry import Box


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: its text shows from `start` up to, not including, `end`, in exact seconds."""

    start: Fraction
    end: Fraction
    text: str
    """Lines are separated by a line break; no markup."""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a cue runs forward from 0 or later, got {self.start}..{self.end}")


@dataclass(frozen=True, slots=True)
class Taken:
    """A place where captions should not stand, and for how long: lettering that stays, a face."""

    box: Box
    """In pixels of the picture that the captions are laid out for."""
    start: Fraction
    end: Fraction
    """Seconds; the place is free again from here on."""
