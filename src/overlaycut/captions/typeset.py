"""A string into a rectangle, as coverage: new lettering where other lettering stood.

The new ink takes the place of the old: same baseline, letters of the same height, from the same left edge to the same
right one. What a font's own widths leave over is made up by stretching the letters a little and by the space between
them; a string that is still too long is set smaller, one that is far too short stands in the middle as it is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import ceil, floor
from pathlib import Path
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from overlaycut.captions.fonts import described, missing_glyphs, opened_font
from overlaycut.captions.graphemes import graphemes
from overlaycut.errors import FontError

Coverage: TypeAlias = NDArray[np.float32]
"""How much of each pixel ink covers, 0..1: (rows, columns)."""

MOST_STRETCH = 1.12
"""How much wider than the font has them letters may be set, or narrower: more than that shows in their curves."""

TIGHTEST, LOOSEST = -0.02, 0.25
"""Space that may be added between letters, in ems: from a touch closer to the wide spacing of labels."""

_LEADING = 1.2
"""Ems from one baseline to the next where the lettering does not show it."""

_ROUGH = 0.015
"""Share of the ink that is left out on each side where single strokes may stick out: the tail of a wrong letter."""

_LEAST_DRAWN = 200
"""Pixels per em, at least, at which letters are drawn before they are brought to their size."""

_FINEST = 4
"""Times, at least, that letters are drawn larger than they are set."""

_GAP = 0.06
"""Share of the fullest row's ink below which a row lies between two lines."""

_SPACED = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN", "CJK", "HIRAGANA", "KATAKANA", "HANGUL"})
"""Scripts, as Unicode names their letters, that run from left to right in letters that stand apart."""


class Edges(NamedTuple):
    """Where ink begins and ends, in pixels from the top-left corner of a picture; y runs downward."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Fit:
    """How a line is set so that its ink takes a given place."""

    size: float
    """Pixels per em."""
    stretch: float
    """Width of the letters over the font's own, 1 / `MOST_STRETCH` .. `MOST_STRETCH`."""
    tracking: float
    """Ems added between two letters before they are stretched, `TIGHTEST` .. `LOOSEST`."""
    left: float
    """Where the line begins: its origin's column."""
    baseline: float
    """Its origin's row."""


def fitted(ink: Edges, gaps: int, box: Edges) -> Fit:
    """The fit that makes a line fill `box`.

    ink: the line's ink at one pixel per em, from the origin of its baseline, without tracking. gaps: places between
    letters that may be widened; 0 for a script whose letters join.
    Raises ValueError when the ink or the box has no area.
    """
    if min(ink.width, ink.height, box.width, box.height) <= 0:
        raise ValueError(f"a line that is set has ink and room, got {ink} and {box}")
    size = box.height / ink.height
    ratio = box.width / (size * ink.width)
    stretch, tracking = min(max(ratio, 1 / MOST_STRETCH), MOST_STRETCH), 0.0
    if ratio > MOST_STRETCH:
        # Lettering that is wider by far than its letters is spaced out rather than drawn wide; what not even that
        # fills was never meant to be filled.
        tracking = min((ratio - 1) * ink.width / gaps, LOOSEST) if gaps else 0.0
        stretch = ratio * ink.width / (ink.width + gaps * tracking)
        if stretch > MOST_STRETCH:
            stretch, tracking = 1.0, 0.0
    elif ratio < 1 / MOST_STRETCH and gaps:
        tracking = max((ratio / stretch - 1) * ink.width / gaps, TIGHTEST)
    natural = stretch * (ink.width + gaps * tracking)
    baseline = box.bottom - size * ink.bottom
    size = min(size, box.width / natural)
    left = (box.left + box.right) / 2 - size * (natural / 2 + stretch * ink.left)
    return Fit(size, stretch, tracking, left, baseline)


def ink_edges(coverage: Coverage, *, rough: bool = False) -> Edges | None:
    """Where the ink of a picture begins and ends, between pixels; None when there is none.

    rough: leave out what sticks out with hardly any ink, as melted letters do.
    """
    columns = _ends(coverage, 0, rough=rough)
    rows = _ends(coverage, 1, rough=rough)
    return None if columns is None or rows is None else Edges(columns[0], rows[0], columns[1], rows[1])


def line_edges(coverage: Coverage, lines: int, *, rough: bool = False) -> tuple[Edges, ...]:
    """The edges of each of the `lines` of lettering; those of all of it together where they cannot be told apart.

    Empty when there is no ink.
    """
    whole = ink_edges(coverage, rough=rough)
    if whole is None:
        return ()
    full = coverage.sum(axis=1)
    inked = full > _GAP * float(full.max())
    inside = np.flatnonzero(inked)
    breaks = np.flatnonzero(np.diff(inside) > 1)
    gaps = sorted(sorted(breaks, key=lambda n: int(inside[n] - inside[n + 1]))[: lines - 1])
    if len(gaps) < lines - 1:
        return (whole,)
    middles = [0, *(round((inside[n] + inside[n + 1] + 1) / 2) for n in gaps), len(full)]
    found = []
    for top, bottom in pairwise(middles):
        edges = ink_edges(coverage[top:bottom], rough=rough)
        if edges is None:
            return (whole,)
        found.append(Edges(edges.left, edges.top + top, edges.right, edges.bottom + top))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class SetLine:
    """A line of text with its fit."""

    text: str
    fit: Fit


def set_lines(text: str, font: Path, *, into: Sequence[Edges], rough: bool = False) -> tuple[SetLine, ...]:
    """How each line of `text` is set.

    into: where the ink of each line goes; a single box takes all lines together. rough: the boxes were measured
    roughly, so that the new ink is measured in the same way.
    Raises FontError, naming the characters, when the font lacks a glyph, and when the text has no ink.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if missing := missing_glyphs(text, font):
        named = ", ".join(described(character) for character in missing[:5])
        raise FontError(font, f"has no glyph for {named} in {text!r}", hint="choose a font that has it")
    if not lines:
        raise FontError(font, f"there is nothing to draw in {text!r}", hint="give a text with letters")
    inks = [_measured(line, font, rough) for line in lines]
    boxes = _boxes([ink for ink, _ in inks], into)
    return tuple(
        SetLine(line, fitted(ink, gaps, box)) for line, (ink, gaps), box in zip(lines, inks, boxes, strict=True)
    )


def typeset(text: str, font: Path, *, into: Sequence[Edges], width: int, height: int, rough: bool = False) -> Coverage:
    """The coverage of `text` in a picture of `width` × `height` pixels: (height, width).

    The other arguments, and what is raised, are those of `set_lines`.
    """
    return drawn_lines(set_lines(text, font, into=into, rough=rough), font, width=width, height=height)


def drawn_lines(lines: Sequence[SetLine], font: Path, *, width: int, height: int) -> Coverage:
    """The coverage of lines that have been set: (height, width)."""
    canvas = np.zeros((height, width), np.float32)
    for line in lines:
        _draw(canvas, line.text, font, line.fit)
    return canvas


def _boxes(inks: Sequence[Edges], into: Sequence[Edges]) -> Sequence[Edges]:
    """A box for each line, where `into` has them; else one below the other inside the one box that it has."""
    if len(into) == len(inks):
        return into
    (box,) = into
    first, last = inks[0], inks[-1]
    size = box.height / ((len(inks) - 1) * _LEADING + last.bottom - first.top)
    widest = max(ink.width for ink in inks)
    middle = (box.left + box.right) / 2
    placed = []
    for number, ink in enumerate(inks):
        baseline = box.top + size * (number * _LEADING - first.top)
        half = box.width * ink.width / widest / 2
        placed.append(Edges(middle - half, baseline + size * ink.top, middle + half, baseline + size * ink.bottom))
    return placed


def _ends(coverage: Coverage, axis: int, *, rough: bool) -> tuple[float, float] | None:
    """The first and the last place along one axis of a picture where there is ink."""
    if rough:
        mass = np.concatenate([[0.0], np.cumsum(coverage.sum(axis=axis, dtype=np.float64))])
        if mass[-1] <= 0:
            return None
        places = np.arange(len(mass))
        first, last = np.interp([_ROUGH * mass[-1], (1 - _ROUGH) * mass[-1]], mass, places)
        return float(first), float(last)
    most = coverage.max(axis=axis)
    if not len(most) or float(most.max()) <= 0:
        return None
    half = 0.5 * float(np.percentile(most[most > 0], 90))
    inked = np.flatnonzero(most >= half)
    return _crossing(most, int(inked[0]), half), len(most) - _crossing(most[::-1], len(most) - 1 - int(inked[-1]), half)


def _crossing(profile: Coverage, at: int, level: float) -> float:
    """Where `profile`, which is below `level` before the pixel `at`, reaches it."""
    if at == 0:
        return 0.0
    before, here = float(profile[at - 1]), float(profile[at])
    return at - 0.5 + (level - before) / (here - before)


@lru_cache(maxsize=1024)
def _measured(line: str, font: Path, rough: bool) -> tuple[Edges, int]:
    """The ink of a line at one pixel per em, and in how many places it may be spaced."""
    drawn = _drawn(line, opened_font(font, _LEAST_DRAWN), 0.0)
    edges = ink_edges(drawn.coverage, rough=rough)
    if edges is None:
        raise FontError(font, f"there is nothing to draw in {line!r}", hint="give a text with letters")
    left, top = drawn.left, drawn.top
    own = Edges(edges.left + left, edges.top + top, edges.right + left, edges.bottom + top)
    return Edges(*(side / _LEAST_DRAWN for side in own)), len(graphemes(line)) - 1 if _stands_apart(line) else 0


class _Drawn(NamedTuple):
    coverage: Coverage
    left: int
    """Columns from the origin of the baseline to the picture's left edge."""
    top: int
    """Rows from the baseline to its top."""


def _drawn(line: str, font: ImageFont.FreeTypeFont, tracking: float) -> _Drawn:
    """A line with `tracking` pixels between its letters."""
    if tracking:
        features = ["-liga", "-clig"]  # what is parted by space cannot be one sign
        parts = graphemes(line)
        ends = ["".join(parts[: n + 1]) for n in range(len(parts))]
        own = [font.getlength(part, features=features) for part in parts]
        places = [font.getlength(end, features=features) - own[n] + n * tracking for n, end in enumerate(ends)]
    else:
        features, parts, places = [], [line], [0.0]
    boxes = [font.getbbox(part, anchor="ls", features=features) for part in parts]
    left = floor(min(x + box[0] for x, box in zip(places, boxes, strict=True))) - 1
    right = ceil(max(x + box[2] for x, box in zip(places, boxes, strict=True))) + 1
    top, bottom = floor(min(box[1] for box in boxes)) - 1, ceil(max(box[3] for box in boxes)) + 1
    image = Image.new("L", (right - left, bottom - top), 0)
    draw = ImageDraw.Draw(image)
    for x, part in zip(places, parts, strict=True):
        draw.text((x - left, -top), part, fill=255, font=font, anchor="ls", features=features)
    return _Drawn(np.asarray(image, dtype=np.float32) / np.float32(255), left, top)


def _draw(canvas: Coverage, line: str, font: Path, fit: Fit) -> None:
    """Add a line's coverage to `canvas`."""
    times = max(_FINEST, ceil(_LEAST_DRAWN / fit.size))
    drawn = _drawn(line, opened_font(font, fit.size * times), fit.tracking * fit.size * times)
    rows, columns = drawn.coverage.shape
    x, y = fit.left + drawn.left * fit.stretch / times, fit.baseline + drawn.top / times
    left, top = max(floor(x), 0), max(floor(y), 0)
    right = min(ceil(x + columns * fit.stretch / times), canvas.shape[1])
    bottom = min(ceil(y + rows / times), canvas.shape[0])
    if right <= left or bottom <= top:
        return
    # From the index of a fine pixel of the canvas to the index of a pixel that was drawn; centres lie at +0.5.
    to_drawn = np.array(
        [
            [1 / fit.stretch, 0, ((left - x) * times + 0.5) / fit.stretch - 0.5],
            [0, 1, (top - y) * times],
        ]
    )
    size = ((right - left) * times, (bottom - top) * times)
    fine = cv2.warpAffine(drawn.coverage, to_drawn, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    own = cv2.resize(fine, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    target = canvas[top:bottom, left:right]
    np.maximum(target, own, out=target)


def _stands_apart(line: str) -> bool:
    """Whether space may be put between the letters of a line."""
    letters = (character for character in line if character.isalpha())
    return all(unicodedata.name(character, "?").split()[0] in _SPACED for character in letters)
