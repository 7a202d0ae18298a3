"""Areas that a person names to be watched: products, logos and faces of things without lettering."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from overlaycut.core.geometry import Box
from overlaycut.errors import InvalidValue, UsageError

_PLACE = re.compile(r"(\d+),(\d+),(\d+),(\d+)")
_LEAST_PX = 16
"""Side below which nothing can be told of an area's shape."""


@dataclass(frozen=True, slots=True)
class Watch:
    """An area of the clip's first frame that is followed and judged like lettering, and what a person calls it."""

    box: Box
    """In pixels of the clip."""
    name: str

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise InvalidValue("Watch: name: found nothing", hint='allowed: what the area shows, as "cream jar"')
        if min(self.box.w, self.box.h) < _LEAST_PX:
            found = f"{self.box.w}x{self.box.h}"
            raise InvalidValue(f"Watch: box: found {found}", hint=f"allowed: {_LEAST_PX} pixels or more on each side")

    @classmethod
    def parse(cls, place: str, name: str) -> Self:
        """A watch from "x,y,w,h" and a name.

        Raises UsageError when the text is no area, InvalidValue for one that is too small or has no name.
        """
        match = _PLACE.fullmatch(place.replace(" ", ""))
        if match is None:
            raise UsageError(f"not an area: {place!r}", hint='--watch x,y,w,h NAME, as --watch 320,540,260,300 "jar"')
        return cls(Box(*(int(number) for number in match.groups())), name)
