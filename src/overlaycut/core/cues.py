"""Words on top of the picture, before anybody draws them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


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
