"""Which rows of the picture a caption takes: clear of what is taken, near where the style wants it, without hopping."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from overlaycut.core.cues import Anchor, KeepOut
from overlaycut.core.geometry import Box

_COVER_PRICE = 100.0
"""What covering all of a taken place costs; going from one end of the area to the other costs 1."""
_HOP_PRICE = 0.12
"""What standing elsewhere than the cue before costs: a way of an eighth of the area is not worth a hop."""
_PART_PRICE = 2.0
"""The same between parts of one cue: more than any way, so that they only part where a place is taken."""
_NEAR = Fraction(2)
"""Seconds after which nobody remembers where the last cue stood."""


class Block(NamedTuple):
    """Rows that a cue takes while it shows."""

    top: int
    bottom: int
    start: Fraction
    end: Fraction


class Surroundings(NamedTuple):
    """What a cue is placed among."""

    area: Box
    """Where it may stand."""
    shown: Sequence[Block]
    """Cues that show while it does."""
    busy: Sequence[KeepOut]
    """What it should not cover."""
    before: Block | None
    """The cue before, when it was on screen a moment ago."""
    part: bool = False
    """Whether that is the part before of the same cue."""


def blocks_with(shown: Iterable[Block], start: Fraction, end: Fraction) -> list[Block]:
    """The blocks that show at some time from `start` up to `end`."""
    return [block for block in shown if block.start < end and start < block.end]


def recent(before: Block | None, start: Fraction) -> Block | None:
    """The cue before, unless it is long gone."""
    return before if before is not None and start - before.end <= _NEAR else None


def slot(tall: int, across: tuple[int, int], ground: Surroundings, anchor: Anchor) -> int | None:
    """The row at which a block of `tall` rows, between two columns, stands best; None when there is no room.

    Blocks that show together share no row. Of the rows that are left the one is taken where least of what is busy is
    covered, then the one nearest to the anchor, where staying in the place of the cue before counts for something.
    """
    area = ground.area
    if tall > area.h:
        return None
    home = {"top": area.y, "middle": area.y + (area.h - tall) // 2, "bottom": area.bottom - tall}[anchor]
    tops = {home, area.y, area.bottom - tall}
    for top, bottom in [(block.top, block.bottom) for block in ground.shown]:
        tops |= {top - tall, bottom}
    for taken in ground.busy:
        tops |= {taken.box.y - tall, taken.box.bottom}
    if ground.before is not None:
        middle = (ground.before.top + ground.before.bottom - tall) // 2
        tops |= {ground.before.top, ground.before.bottom - tall, middle}
    free = [
        top
        for top in sorted(tops)
        if area.y <= top
        and top + tall <= area.bottom
        and not any(block.top < top + tall and top < block.bottom for block in ground.shown)
    ]
    if not free:
        return None

    dear = _PART_PRICE if ground.part else _HOP_PRICE

    def price(top: int) -> tuple[float, int]:
        own = Box(across[0], top, max(across[1] - across[0], 1), tall)
        covered = sum(own.overlap(taken.box) / min(taken.box.area, own.area) for taken in ground.busy)
        hop = 0.0
        if ground.before is not None and not ground.shown:
            level = {"top": ground.before.top == top, "bottom": ground.before.bottom == top + tall}
            hop = 0.0 if level.get(anchor, top == middle) else dear
        return covered * _COVER_PRICE + abs(top - home) / area.h + hop, abs(top - home)

    return min(free, key=price)
