"""How well a repair can come out, told before it is rendered."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_QUALITY = 0.3
"""Quality below which another method is worth trying."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected of one region's repair."""

    quality: float
    """0..1; 1 when nothing speaks against it."""
    notes: tuple[str, ...] = ()
    """What a person should know, in words."""

    @property
    def poor(self) -> bool:
        """Whether another method is worth trying."""
        return self.quality < LEAST_QUALITY
