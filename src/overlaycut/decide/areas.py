"""Rectangles and masks that a person gives, as regions of a plan."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Self

import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box, Span
from overlaycut.core.plan import ClipRecord, Decision, RegionPlan
from overlaycut.core.rules import Mode
from overlaycut.core.time import exact_seconds, parse_clock
from overlaycut.errors import InvalidValue, UsageError

_TIMED = re.compile(r"(?P<name>.+)@(?P<start>[\d:.]+)-(?P<end>[\d:.]+)")
_AREA = re.compile(r"(\d+),(\d+),(\d+),(\d+)(?:@(?P<start>[\d:.]+)-(?P<end>[\d:.]+))?")
_LARGEST = 1 << 20
"""Pixels that no side of a picture reaches: H.264 and H.265 end at 16 bits."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the clip's picture, and the time for which it is meant.

    Times are seconds; None is the start, and the end, of the clip. Any number is taken and kept as a Fraction.
    Raises InvalidValue for what is no rectangle of pixels, and for a time that runs backward.
    """

    x: int
    """First column, from 0 on."""
    y: int
    """First row, from 0 on."""
    w: int
    """Columns, at least 1."""
    h: int
    """Rows, at least 1."""
    start: Fraction | None = None
    end: Fraction | None = None

    def __post_init__(self) -> None:
        for name, least in (("x", 0), ("y", 0), ("w", 1), ("h", 1)):
            value = getattr(self, name)
            if type(value) is not int or not least <= value < _LARGEST:
                raise InvalidValue(f"Area: {name}: found {value!r}", hint=f"allowed: whole pixels, {least} or more")
        _set_times(self)

    @property
    def box(self) -> Box:
        """The rectangle."""
        return Box(self.x, self.y, self.w, self.h)

    @classmethod
    def parse(cls, text: str) -> Self:
        """An area from "x,y,w,h" or "x,y,w,h@start-end", times in seconds or as a clock.

        Raises UsageError when the text is neither.
        """
        match = _AREA.fullmatch(text.replace(" ", ""))
        problem = UsageError(f"not an area: {text!r}", hint="x,y,w,h or x,y,w,h@start-end, as 40,900,640,120@1.5-3")
        if match is None:
            raise problem
        try:
            x, y, w, h = (int(n) for n in match.groups()[:4])
            times = (None, None) if match["start"] is None else (parse_clock(match["start"]), parse_clock(match["end"]))
            return cls(x, y, w, h, *times)
        except ValueError as error:
            raise problem from error


@dataclass(frozen=True, slots=True, eq=False)
class MaskedArea:
    """What is white in a picture of the clip's size, and the time for which it is meant; see `Area` for times.

    Raises InvalidValue for what is neither a path nor a plane of booleans, and for a time that runs backward.
    """

    mask: Path | str | Mask
    """A picture file that is white (over 127 in any channel) where pixels are meant, or (rows, columns) booleans."""
    start: Fraction | None = None
    end: Fraction | None = None

    def __post_init__(self) -> None:
        mask = self.mask
        plane = isinstance(mask, np.ndarray) and mask.dtype == np.bool_ and mask.ndim == 2
        if not plane and not (isinstance(mask, str | Path) and str(mask)):
            found = f"{mask.shape} of {mask.dtype}" if isinstance(mask, np.ndarray) else repr(mask)
            raise InvalidValue(
                f"MaskedArea: mask: found {found}", hint="allowed: a picture's path, or a (rows, columns) bool array"
            )
        _set_times(self)

    @classmethod
    def parse(cls, text: str) -> Self:
        """A masked area from "mask.png" or "mask.png@start-end".

        Raises UsageError for what is no time, or one that runs backward.
        """
        match = _TIMED.fullmatch(text)
        if match is None:
            return cls(text)
        try:
            return cls(match["name"], parse_clock(match["start"]), parse_clock(match["end"]))
        except ValueError as error:
            raise UsageError(f"not a mask with a time: {text!r}", hint="mask.png or mask.png@1.5-3") from error


def _set_times(area: Area | MaskedArea) -> None:
    """Make an area's times exact. Raises InvalidValue for what is no time, and for an end at or before the start."""
    kind = type(area).__name__
    for name in ("start", "end"):
        if (value := getattr(area, name)) is not None:
            object.__setattr__(area, name, exact_seconds(value, f"{kind}: {name}"))
    if area.end is not None and area.end <= (area.start or 0):
        raise InvalidValue(f"{kind}: ends at {float(area.end)} s, before it starts", hint="allowed: start < end")


def area_regions(areas: Iterable[Area], clip: ClipRecord, mode: Mode) -> tuple[RegionPlan, ...]:
    """One region for each area, decided by a person: covered when the mode says so, else erased.

    Raises UsageError for an area outside the picture or the clip.
    """
    decision: Decision = "cover" if mode == "cover" else "erase"
    regions = []
    for number, area in enumerate(areas, start=1):
        box = area.box.clipped(clip.width, clip.height)
        if box is None:
            raise UsageError(
                f"area {number} ({area.x},{area.y},{area.w},{area.h}) lies outside the picture",
                hint=f"the clip has {clip.width}x{clip.height} pixels",
            )
        span = _span(area.start, area.end, clip, number)
        regions.append(
            RegionPlan(
                id=f"area-{number}",
                state="invented",
                legibility=0.0,
                span=span,
                quads=dict.fromkeys(span, box.quad()),
                decision=decision,
                edit=span,
                decided_by="person",
                reason="a person marked this area",
            )
        )
    return tuple(regions)


def mask_region(
    path: str, box: Box, clip: ClipRecord, *, number: int, start: Fraction | None, end: Fraction | None
) -> RegionPlan:
    """A region that is taken out wherever the picture at `path` is white; `box` is around all of that.

    Raises UsageError when the time lies after the clip.
    """
    span = _span(start, end, clip, number)
    return RegionPlan(
        id=f"mask-{number}",
        state="invented",
        legibility=0.0,
        span=span,
        quads=dict.fromkeys(span, box.quad()),
        decision="erase",
        mask=path,
        edit=span,
        decided_by="person",
        reason="a person drew a mask",
    )


def _span(begins: Fraction | None, ends: Fraction | None, clip: ClipRecord, number: int) -> Span:
    rate = Fraction(clip.frames) / Fraction(clip.duration).limit_denominator(1_000_000)
    start = 0 if begins is None else round(begins * rate)
    end = clip.frames if ends is None else min(max(round(ends * rate), start + 1), clip.frames)
    if start >= end:
        raise UsageError(f"area {number} lies after the end of the clip", hint=f"the clip lasts {clip.duration:.2f} s")
    return Span(start, end)
