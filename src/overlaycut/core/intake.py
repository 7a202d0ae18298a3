"""What came back from a provider, held against what was sent and what is wanted."""

from __future__ import annotations

from dataclasses import dataclass

from overlaycut.core.geometry import Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Facts of a delivered clip that its header does not tell."""

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
