"""Rectangles that a person gives on the command line, as regions of a plan."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from overlaycut.core.geometry import Box, Span
from overlaycut.core.plan import ClipRecord, Decision, RegionPlan
from overlaycut.core.rules import Mode
from overlaycut.core.time import parse_clock
from overlaycut.errors import UsageError

_TIMED = re.compile(r"(?P<name>.+)@(?P<start>[\d:.]+)-(?P<end>[\d:.]+)")
_AREA = re.compile(r"(\d+),(\d+),(\d+),(\d+)(?:@(?P<start>[\d:.]+)-(?P<end>[\d:.]+))?")


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of clip pixels, and the time for which it is meant (None: the whole clip)."""

    box: Box
    start: Fraction | None = None
    end: Fraction | None = None

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
            box = Box(*(int(n) for n in match.groups()[:4]))
            if match["start"] is None:
                return cls(box)
            start, end = parse_clock(match["start"]), parse_clock(match["end"])
        except ValueError as error:
            raise problem from error
        if start >= end:
            raise UsageError(f"area {text!r} ends before it starts", hint="give @start-end with start < end")
        return cls(box, start, end)


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
                f"area {number} ({area.box.x},{area.box.y},{area.box.w},{area.box.h}) lies outside the picture",
                hint=f"the clip has {clip.width}x{clip.height} pixels",
            )
        span = _span(area, clip, number)
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
    span = _span(Area(box, start, end), clip, number)
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


def timed(text: str) -> tuple[str, Fraction | None, Fraction | None]:
    """What "NAME" or "NAME@start-end" says: the name, and the time in seconds.

    Raises UsageError for what is no time, or one that runs backward.
    """
    match = _TIMED.fullmatch(text)
    if match is None:
        return text, None, None
    try:
        start, end = parse_clock(match["start"]), parse_clock(match["end"])
    except ValueError as error:
        raise UsageError(f"not a time: {text!r}", hint="mask.png@1.5-3") from error
    if start >= end:
        raise UsageError(f"{text!r} ends before it starts", hint="give @start-end with start < end")
    return match["name"], start, end


def _span(area: Area, clip: ClipRecord, number: int) -> Span:
    rate = Fraction(clip.frames) / Fraction(clip.duration).limit_denominator(1_000_000)
    start = 0 if area.start is None else round(area.start * rate)
    end = clip.frames if area.end is None else min(max(round(area.end * rate), start + 1), clip.frames)
    if start >= end:
        raise UsageError(f"area {number} lies after the end of the clip", hint=f"the clip lasts {clip.duration:.2f} s")
    return Span(start, end)
