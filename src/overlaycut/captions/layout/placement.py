"""Vertical placement: the rows of the picture that a caption takes.

The cheapest row wins: keep-out areas are covered as little as possible, captions stay near their anchor, and they do
not change place from cue to cue for a small gain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from overlaycut.core.cues import Anchor, KeepOut
from overlaycut.core.geometry import Box


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
    """Places that are tried for all cues, those that most of them take first."""
    smaller: tuple[float, ...] = (0.92, 0.85)
    """Shares of the font size that are tried where none is free at the full one: smaller letters read worse than a
    place that changes."""
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

    def cost(top: int) -> tuple[float, int]:
        own = Box(columns[0], top, max(columns[1] - columns[0], 1), height)
        covered = sum(own.overlap(place.box) / min(place.box.area, own.area) for place in ground.keep_out)
        moved = 0.0
        if ground.before is not None and not ground.shown:
            moved = 0.0 if _aligned(top, height, ground.before, anchor) else move_cost
        return covered * costs.cover + abs(top - home) / area.h + moved, abs(top - home)

    return min(free, key=cost)


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
