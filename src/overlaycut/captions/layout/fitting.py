"""Fitting: the font size and the line breaks of a cue, and cues that are too long split into consecutive parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from overlaycut.captions.breaks import Unit, Width, balanced, split_unit, units, units_of_lines
from overlaycut.captions.layout.measure import available_width, shaper_at, width_at
from overlaycut.captions.layout.parameters import LayoutContext
from overlaycut.captions.layout.words import pauses
from overlaycut.captions.motion import largest_scale
from overlaycut.captions.timing import pages, spoken
from overlaycut.core.cues import Cue
from overlaycut.core.time import clock


class SizedLines(NamedTuple):
    """A font size with the lines that a cue takes at it, and its cost."""

    cost: float
    step: int
    """Steps below the style's font size."""
    size: float
    """In pixels per em."""
    lines: tuple[str, ...]


def fits(cue: Cue, context: LayoutContext) -> list[SizedLines]:
    """The sizes at which a cue fits, the cheapest first; sizes that cannot be cheaper are left out."""
    parameters = context.parameters.fitting
    sizes = _sizes(context)
    width = width_at(context, sizes[0])
    lowest = min(parameters.given_breaks_cost, context.parameters.penalties.best * (context.style.max_lines - 1))
    found: list[SizedLines] = []
    for step, size in enumerate(sizes):
        size_cost = step * parameters.step_cost
        if found and min(fit.cost for fit in found) <= size_cost + lowest:
            break
        if (broken := _broken(cue, context, width, available_width(context, size) * sizes[0] / size)) is not None:
            found.append(SizedLines(broken[1] + size_cost, step, size, broken[0]))
            if broken[1] <= 0 and step == 0:
                break
    return sorted(found, key=lambda fit: fit[:2])


def forced(cue: Cue, context: LayoutContext) -> tuple[SizedLines, list[str]]:
    """A cue that fits at no size, at the smallest: words split, or more lines than the style allows; with warnings."""
    size = _sizes(context)[-1]
    shaper, available = shaper_at(context, size), available_width(context, size)
    scale = largest_scale(context.style, context.parameters.motion)

    def width(line: str) -> float:
        return shaper.width(line, scale=scale)

    whole = _units(cue, context)
    parts = [part for unit in whole for part in split_unit(unit, width, available)]
    warnings = ["holds a word wider than a line, which was split"] if len(parts) > len(whole) else []
    if (widest := max(width(part.text) for part in parts)) > available:
        warnings.append("is wider than the safe area and leaves it")
        available = widest
    broken = balanced(parts, width, available, most=context.parameters.penalties.most_balanced_lines)
    assert broken is not None
    if len(broken[0]) > context.style.max_lines:
        warnings.append(f"takes {len(broken[0])} lines, more than {context.style.max_lines}")
    return SizedLines(broken[1], len(_sizes(context)) - 1, size, broken[0]), warnings


def split_to_fit(cue: Cue, context: LayoutContext, warnings: list[str]) -> tuple[Cue, ...]:
    """A cue that fits, or the fewest consecutive parts of it that fit and are each long enough to be read.

    A cue is split rather than set much smaller, and set smaller still when its parts would not fit otherwise.
    """
    parameters = context.parameters.fitting
    full = max(context.full_size, parameters.least_pixels)
    width = width_at(context, full)
    for share in (parameters.split_below, float(parameters.smallest)):
        size = max(full * share, parameters.least_pixels)
        available = available_width(context, size) * full / size
        if "\n" in cue.text or _broken(cue, context, width, available) is not None:
            return (cue,)
        if parts := _parts_that_fit(cue, context, width, available):
            text = " ".join(cue.text.split())[:40]
            warnings.append(f"{text!r} at {clock(cue.start)} is too long and was split into {len(parts)}, in turn")
            return parts if cue.words else tuple(replace(part, words=()) for part in parts)
    return (cue,)


def _parts_that_fit(cue: Cue, context: LayoutContext, width: Width, available: float) -> tuple[Cue, ...]:
    """The fewest parts of a cue that fit; none when they would be too short to be read."""
    count = len(spoken(cue).words)
    for wanted in range(2, count + 1):
        parts = pages(cue, -(-count // wanted), timing=context.parameters.timing)
        if min(part.end - part.start for part in parts) < context.parameters.fitting.shortest_part:
            return ()
        if all(_broken(part, context, width, available) is not None for part in parts):
            return parts
    return ()


def _sizes(context: LayoutContext) -> Sequence[float]:
    """The font sizes that are tried, the largest first, in pixels per em."""
    parameters = context.parameters.fitting
    steps = round((1 - parameters.smallest) / parameters.step)
    shares = (float(1 - step * parameters.step) for step in range(steps + 1))
    return [max(context.full_size * share, parameters.least_pixels) for share in shares]


def _units(cue: Cue, context: LayoutContext) -> tuple[Unit, ...]:
    parameters = context.parameters
    return units(
        cue.text,
        uppercase=context.style.uppercase,
        pauses=pauses(cue, parameters.timing),
        penalties=parameters.penalties,
    )


def _broken(cue: Cue, context: LayoutContext, width: Width, available: float) -> tuple[tuple[str, ...], float] | None:
    """The text in at most as many lines as the style allows and its cost, or None when it does not fit.

    The line breaks of the file are kept when its lines fit.
    """
    style, parameters = context.style, context.parameters
    lines = [line for line in cue.text.splitlines() if line.strip()]
    given: tuple[Unit, ...] = ()
    if len(lines) > 1:
        given = units_of_lines(cue.text, uppercase=style.uppercase, penalties=parameters.penalties)
    for parts in (given, _units(cue, context)):
        if not parts:
            continue
        broken = balanced(parts, width, available, most=parameters.penalties.most_balanced_lines)
        if broken is not None and len(broken[0]) <= style.max_lines:
            kept = parts is given and len(broken[0]) == len(lines)
            return (broken[0], parameters.fitting.given_breaks_cost) if kept else broken
    return None
