"""Layout of all cues of a programme, one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from overlaycut.captions.breaks import units
from overlaycut.captions.fonts import described, is_shipped
from overlaycut.captions.graphemes import graphemes
from overlaycut.captions.layout.block import TextBlock, placed_cue, text_block
from overlaycut.captions.layout.fitting import fits, forced, split_to_fit
from overlaycut.captions.layout.parameters import LayoutContext, LayoutParameters
from overlaycut.captions.layout.placed import Layout, PlacedCue
from overlaycut.captions.layout.placement import (
    Block,
    OccupiedRows,
    Surroundings,
    anchored_row,
    best_row,
    blocks_with,
    cheapest_rows,
    covered_shares,
    during,
    recent,
)
from overlaycut.captions.shaping import language_of
from overlaycut.captions.style import Style
from overlaycut.captions.timing import pages, spoken
from overlaycut.core.cues import Cue, KeepOut
from overlaycut.core.geometry import Box
from overlaycut.core.time import clock
from overlaycut.errors import FontError


def lay_out(
    cues: Sequence[Cue],
    *,
    width: int,
    height: int,
    style: Style,
    safe: Box,
    taken: Sequence[KeepOut] = (),
    parameters: LayoutParameters = LayoutParameters(),
) -> Layout:
    """Place `cues` in pictures of width × height, inside the box `safe`.

    A cue stands where it or the style anchors it, unless that covers an area of `taken` while it shows: then where
    least is covered, as near as possible; a warning names what is covered all the same. It keeps its place as long as
    it shows. Where cues would jump from one place to another and there is a row that is free for all of them, all
    stand there. All are set a little smaller where that is what it takes, or what clears a face or lettering.

    A cue that needs more lines than the style allows, or holds a word wider than a line, is set smaller; below 65 % of
    the size the word is split, or more lines are taken, with a warning. Cues that show at the same time are stacked
    and share no pixel. Only where `safe` is too small does a cue leave it, and only where the picture is does it cover
    another one, with a warning.
    Raises FontError, naming the characters, when no font has a glyph.
    """
    ordered = sorted(cues, key=lambda cue: (cue.start, cue.end))
    warnings = _system_font_warnings(ordered, style)
    language = language_of("".join(cue.text for cue in ordered))
    context = LayoutContext(style, language, Box(0, 0, width, height), safe, parameters)
    layout = _LayoutPass(context, taken, warnings).of(ordered)
    if layout.jumps or layout.covered:
        layout = _settled(layout, context, ordered, taken)
    return Layout(width, height, safe, tuple(layout.placed), layout.all_warnings())


def _settled(first: _LayoutPass, context: LayoutContext, cues: Sequence[Cue], taken: Sequence[KeepOut]) -> _LayoutPass:
    """The layout that covers least; among those that cover as much, one in which all cues keep their place.

    Smaller letters are tried where that is not found at the full size.
    """
    costs, style = context.parameters.placement, context.style
    rows = cheapest_rows(first.alone, first.rows, context.safe, style.anchor, costs=costs) if first.rows else []
    most = first.burden + costs.one_place * len(first.rows)
    best, free = first, False
    for share in (1.0, *costs.smaller):
        sized = replace(context, style=style.model_copy(update={"size": style.size * share}))
        for home in [*rows, None] if share < 1 else rows:
            tried = _LayoutPass(sized, taken, list(first.given), home=home).of(cues)
            if best.jumps and not tried.jumps and tried.covered <= best.covered * (1 + 1e-9):
                free = True
                if tried.burden <= most:
                    best = tried
                    break
            if (
                share < 1
                and best.covered
                and tried.covered <= costs.clears * best.covered
                and (best.jumps or not tried.jumps)
            ):
                best = tried
        if not best.covered and (free or not best.jumps):
            break
    return best


class _LayoutPass:
    """One pass over the cues in order of time: what shows, what is taken, and what was placed so far."""

    def __init__(
        self, context: LayoutContext, taken: Sequence[KeepOut], warnings: list[str], *, home: int | None = None
    ) -> None:
        self._context, self._warnings, self._home = context, warnings, home
        self.given = tuple(warnings)
        """Warnings that there were before."""
        self.rows: list[int] = []
        """The anchored rows of cues that stand where the style has them, alone at their time."""
        self.alone: list[Block] = []
        """Those cues, with what is to stay clear of them."""
        self.covered = 0.0
        """How much of what was to stay clear is covered, in shares of a block or of what it covers, all added."""
        self.burden = 0.0
        """What covering the rest costs, in the units of `PlacementCosts`."""
        self._coming = deque(sorted(taken, key=lambda place: place.start))
        self._present: list[KeepOut] = []
        self._shown: list[OccupiedRows] = []
        self._before: OccupiedRows | None = None
        self._estimated = 0
        self.placed: list[PlacedCue] = []

    @property
    def jumps(self) -> bool:
        """Whether cues stand at different places."""
        return bool(self.rows) and max(self.rows) - min(self.rows) > 1  # halves of odd heights are rounded

    def of(self, cues: Sequence[Cue]) -> _LayoutPass:
        """The pass, with these cues placed; in order of time."""
        for cue in cues:
            self.add(cue)
        return self

    def add(self, cue: Cue) -> None:
        """Place a cue that begins no earlier than those before."""
        if not units(cue.text):
            self._warnings.append(f"the cue at {clock(cue.start)} has no words and was left out")
            return
        style = self._context.style
        if style.follows_words and not cue.words:
            self._estimated += 1
            cue = spoken(cue)
        self._present = [place for place in self._present if place.end > cue.start]
        while self._coming and self._coming[0].start < cue.end:
            self._present.append(self._coming.popleft())
        shares: tuple[Cue, ...] = (cue,)
        if style.max_words:
            shares = pages(cue, style.max_words, timing=self._context.parameters.timing)
        parts = [part for share in shares for part in split_to_fit(share, self._context, self._warnings)]
        for n, part in enumerate(parts):
            self._shown = [block for block in self._shown if block.end > cue.start]
            self._place(part, continued=n > 0)

    def all_warnings(self) -> tuple[str, ...]:
        """Warnings in the order in which they arose, and the count of estimated word times."""
        if not self._estimated:
            return tuple(self._warnings)
        said = f"words have no times of their own in {self._estimated} cue(s): estimated from their letters"
        return (*self._warnings, said)

    def _place(self, cue: Cue, *, continued: bool) -> None:
        keep_out = during(self._present, cue.start, cue.end)
        costs = self._context.parameters.placement
        ground = Surroundings(
            self._context.safe,
            blocks_with(self._shown, cue.start, cue.end),
            keep_out,
            recent(self._before, cue.start, costs),
            part=continued,
            home=None if cue.anchor else self._home,
        )
        block, top, warnings = _fitted(cue, self._context, ground)
        self._before = OccupiedRows(top, top + block.height, cue.start, cue.end)
        self._shown.append(self._before)
        self.placed.append(placed_cue(cue, self._context, block, top))
        box = self.placed[-1].box
        if not cue.anchor and not ground.shown:
            self.rows.append(anchored_row(top, block.height, self._context.style.anchor))
            self.alone.append(Block(block.height, (box.x, box.right), keep_out))
        firm = [place for place in keep_out if place.firm]
        rows = np.array([box.y])
        shares = [covered_shares(rows, box.h, (box.x, box.right), places).item() for places in (firm, keep_out)]
        self.covered += shares[0]
        self.burden += costs.cover * (shares[1] - shares[0])
        if covered := {place.what for place in firm if box.overlap(place.box)}:
            warnings.append(f"covers {' and '.join(sorted(covered))} that was to stay clear")
        text = " ".join(cue.text.split())[:40]
        self._warnings.extend(f"{text!r} at {clock(cue.start)} {warning}" for warning in warnings)


def _fitted(cue: Cue, context: LayoutContext, ground: Surroundings) -> tuple[TextBlock, int, list[str]]:
    """A cue as a block, the row at which that begins, and warnings."""
    anchor = cue.anchor or context.style.anchor

    def row(block: TextBlock, area: Box) -> int | None:
        ink = placed_cue(cue, context, block, area.y).box
        costs = context.parameters.placement
        return best_row(block.height, (ink.x, ink.right), ground._replace(area=area), anchor, costs=costs)

    warnings: list[str] = []
    block = None
    for fit in fits(cue, context):
        block = text_block(cue, context, fit)
        if (top := row(block, context.safe)) is not None:
            return block, top, []
    if block is None:
        fit, warnings = forced(cue, context)
        block = text_block(cue, context, fit)
    if (top := row(block, context.safe)) is not None:
        return block, top, warnings
    if (top := row(block, context.picture)) is not None:
        return block, top, [*warnings, "is taller than the room left and leaves the safe area"]
    top = 0 if anchor == "top" else context.picture.h - block.height
    return block, top, [*warnings, "finds no room in the picture: it covers another cue or is cut off"]


def _system_font_warnings(cues: Sequence[Cue], style: Style) -> list[str]:
    """Warnings of the system's fonts that are used. Raises FontError for characters that no font has."""
    fonts = style.font_stack
    lacking: list[tuple[Cue, tuple[str, ...]]] = []
    used: set[Path] = set()
    for cue in cues:
        text = cue.text.upper() if style.uppercase else cue.text
        clusters = [cluster for cluster in graphemes(text) if not cluster.isspace()]
        if missing := fonts.lacking(clusters):
            lacking.append((cue, missing))
        used |= {font for cluster in clusters if (font := fonts.font_for(cluster))}
    if lacking:
        cue, missing = lacking[0]
        named = ", ".join(described(character) for character in missing[:5])
        named += f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        others = f", nor all of {len(lacking) - 1} other cues" if len(lacking) > 1 else ""
        text = " ".join(cue.text.split())[:60]
        raise FontError(
            fonts.path,
            f"has no glyph for {named} in {text!r} at {clock(cue.start)}{others}, nor has any font here",
            hint="choose a font that has it in the style",
        )
    return [f"a font of this system is used: {font}" for font in sorted(used - {fonts.path}) if not is_shipped(font)]
