"""Vertical placement: the rows of the picture that a caption takes.

The cheapest row wins: keep-out areas are covered as little as possible, captions stay near their anchor, and they do
not change place from cue to cue for a small gain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.cues import Anchor, KeepOut
from overlaycut.core.geometry import Box, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementCosts:
    """Costs of a row, in units of the distance from one end of the area to the other.

    Chosen by eye; checked by tests/captions/test_placement.py.
    """

    cover: float = 100.0
    """Of covering a whole keep-out area."""
    move: float = 0.12
    """Of another row than the previous cue's: an eighth of the area is not worth a jump."""
    move_part: float = 2.0
    """The same between parts of one cue: more than any distance, so that only a keep-out area moves a part."""
    most_rows: int = 6
    """Places that are tried for all cues, those that cost them least first."""
    one_place: float = 0.3
    """Worth of one place for all cues, per cue: it may cover so much more of what is only better left clear."""
    grid: int = 64
    """Places, evenly spaced, of which those are chosen, beside the ones that cues took by themselves."""
    smaller: tuple[float, ...] = (0.92, 0.85)
    """Shares of the font size that are tried where none is free at the full one: smaller letters read worse than a
    place that changes."""
    clears: float = 0.5
    """Share of what is covered that smaller letters may still cover: a little less is not worth a size."""
    memory: Fraction = Fraction(2)
    """Seconds after the end of a cue during which its row counts."""


class OccupiedRows(NamedTuple):
    """Rows that a cue takes while it shows."""

    top: int
    bottom: int
    start: Fraction
    end: Fraction


class Surroundings(NamedTuple):
    """What a cue is placed among."""

    area: Box
    """Where it may stand."""
    shown: Sequence[OccupiedRows]
    """Cues that show at the same time."""
    keep_out: Sequence[KeepOut]
    """Areas to avoid while it shows."""
    before: OccupiedRows | None
    """The previous cue, when it was on screen a moment ago."""
    part: bool = False
    """Whether that is the previous part of the same cue."""
    home: int | None = None
    """The row of the edge, or of the middle, that the anchor names; None for that of the area."""


class Block(NamedTuple):
    """A block of text that stands by itself, wherever that is."""

    height: int
    columns: tuple[int, int]
    keep_out: Sequence[KeepOut]
    """Areas to avoid while it shows."""


def during(places: Iterable[KeepOut], start: Fraction, end: Fraction) -> list[KeepOut]:
    """The places that are taken at some time in [start, end).

    Those that are only better left clear weigh less where they are there for a part of that time.
    """
    found = []
    for place in places:
        lasts = min(place.end, end) - max(place.start, start)
        if lasts > 0:
            share = 1.0 if place.firm else float(lasts / (end - start))
            found.append(place if share == 1 else replace(place, weight=place.weight * share))
    return found


def blocks_with(shown: Iterable[OccupiedRows], start: Fraction, end: Fraction) -> list[OccupiedRows]:
    """The blocks that show at some time in [start, end)."""
    return [block for block in shown if block.start < end and start < block.end]


def recent(before: OccupiedRows | None, start: Fraction, costs: PlacementCosts) -> OccupiedRows | None:
    """The previous cue, unless it ended too long ago."""
    return before if before is not None and start - before.end <= costs.memory else None


def best_row(
    height: int,
    columns: tuple[int, int],
    ground: Surroundings,
    anchor: Anchor,
    *,
    costs: PlacementCosts = PlacementCosts(),
) -> int | None:
    """The top row of a block of `height` rows between two columns, or None when there is no room.

    Blocks that show together share no row. Of the free rows the one is taken where least of the keep-out areas is
    covered, then the one nearest to the anchor, less what staying in the row of the previous cue is worth.
    """
    area = ground.area
    if height > area.h:
        return None
    home = _home(height, ground, anchor)
    free = _free_rows(height, home, ground)
    if not free:
        return None
    move_cost = costs.move_part if ground.part else costs.move

    tops = np.array(free)
    cost = costs.cover * covered_shares(tops, height, columns, ground.keep_out) + np.abs(tops - home) / area.h
    if ground.before is not None and not ground.shown:
        cost += [0.0 if _aligned(top, height, ground.before, anchor) else move_cost for top in free]
    return free[int(np.lexsort((np.abs(tops - home), cost))[0])]


def covered_shares(
    tops: NDArray[np.integer], height: int, columns: tuple[int, int], places: Sequence[KeepOut]
) -> FloatArray:
    """How much a block of `height` rows between two columns covers at each of its top rows, (rows,).

    In shares of the block or of what it covers, whichever is smaller, each by its weight, all added.
    """
    if not places:
        return np.zeros(len(tops))
    width = max(columns[1] - columns[0], 1)
    boxes = np.array([(one.box.x, one.box.y, one.box.right, one.box.bottom) for one in places], np.float64)
    left, top, right, bottom = boxes.T
    across = np.clip(np.minimum(right, columns[0] + width) - np.maximum(left, columns[0]), 0, None)
    down = np.clip(np.minimum(bottom, tops[:, None] + height) - np.maximum(top, tops[:, None]), 0, None)
    least = np.minimum((right - left) * (bottom - top), width * height)
    return np.asarray(down @ (across * [one.weight for one in places] / least), np.float64)


def cheapest_rows(
    blocks: Sequence[Block], rows: Sequence[int], area: Box, anchor: Anchor, *, costs: PlacementCosts
) -> list[int]:
    """Anchored rows at which all blocks could stand, those that cost them least first; `rows` are where they do."""
    spaced = np.linspace(area.y, area.bottom, costs.grid + 1).round().astype(int)
    tried = np.array(sorted({*rows, *spaced.tolist()}))
    total = np.zeros(len(tried))
    for block in blocks:
        home = _home(block.height, Surroundings(area, (), (), None), anchor)
        tops = np.clip(tried - anchored_row(0, block.height, anchor), area.y, max(area.bottom - block.height, area.y))
        total += costs.cover * covered_shares(tops, block.height, block.columns, block.keep_out)
        total += np.abs(tops - home) / area.h
    return [int(row) for row in tried[np.argsort(total, kind="stable")][: costs.most_rows]]


def anchored_row(top: int, height: int, anchor: Anchor) -> int:
    """The row of the edge, or of the middle, of a block that its anchor names."""
    return {"top": top, "middle": top + height // 2, "bottom": top + height}[anchor]


def _home(height: int, ground: Surroundings, anchor: Anchor) -> int:
    """The top row at which a block stands where nothing is in its way."""
    area = ground.area
    if ground.home is not None:
        return min(max(ground.home - anchored_row(0, height, anchor), area.y), area.bottom - height)
    return {"top": area.y, "middle": area.y + (area.h - height) // 2, "bottom": area.bottom - height}[anchor]


def _free_rows(height: int, home: int, ground: Surroundings) -> list[int]:
    """Top rows worth considering that lie in the area and share no row with a shown block, in order."""
    area = ground.area
    tops = {home, area.y, area.bottom - height}
    for block in ground.shown:
        tops |= {block.top - height, block.bottom}
    for place in ground.keep_out:
        tops |= {place.box.y - height, place.box.bottom}
    if ground.before is not None:
        tops |= {ground.before.top, ground.before.bottom - height, _middle(ground.before, height)}
    return [
        top
        for top in sorted(tops)
        if area.y <= top
        and top + height <= area.bottom
        and not any(block.top < top + height and top < block.bottom for block in ground.shown)
    ]


def _aligned(top: int, height: int, before: OccupiedRows, anchor: Anchor) -> bool:
    """Whether a block stands where the previous one did, by the edge or the middle that the anchor names."""
    if anchor == "top":
        return before.top == top
    if anchor == "bottom":
        return before.bottom == top + height
    return top == _middle(before, height)


def _middle(before: OccupiedRows, height: int) -> int:
    return (before.top + before.bottom - height) // 2
