"""Facts of a delivered clip."""

from __future__ import annotations

from dataclasses import dataclass

from overlaycut.core.geometry import Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What a delivered clip's header does not tell: its picture, its cadence, its sound, its credentials."""

    picture: Box
    """What is left of the frame without bars of one colour."""
    squeeze: str | None
    """In words, how the still lies in the first frame; None without a still, or where it was not found there."""
    still_size: tuple[int, int] | None
    cadence: float | None
    """New pictures in a second; None in a clip that does not move."""
    silent: bool | None
    """Whether the sound is nothing but silence; None without sound."""
    credentials: bool
    """Whether content credentials (C2PA) are in the file; whether they are true is another question."""
