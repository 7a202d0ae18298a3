"""Typesetting into a rectangle, as coverage: new lettering in the place of other lettering.

The new ink takes the bounds of the old: same baseline, same letter height, same left and right edge. Differences of
width are made up by a little horizontal scaling and by tracking; a text that is still too long is set smaller, one
that is far too short is centred as it is.
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
"""Share of each pixel that ink covers, 0..1, shape (rows, columns)."""

_DRAWN_SIZE = 200
"""Pixels per em, at least, at which letters are drawn before they are scaled to their size."""

_OVERSAMPLING = 4
"""Factor, at least, by which letters are drawn larger than they are set."""

_SEPARATE_LETTERS = frozenset(
    {"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN", "CJK", "HIRAGANA", "KATAKANA", "HANGUL"}
)
"""Scripts, as in Unicode character names, of separate letters that run from left to right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InkParameters:
    """How the bounds of ink are measured; checked by tests/captions/test_typeset.py."""

    edge: float = 0.5
    """Coverage at an edge, as a share of the coverage of full strokes."""
    full: float = 90.0
    """Percentile of the rows' or columns' largest coverage that is taken for full strokes."""
    trimmed: float = 0.015
    """Share of the ink that trimmed bounds leave out on each side: strokes of wrong letters that stick out."""
    line_gap: float = 0.06
    """Share of the fullest row's ink below which a row lies between two lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypesetParameters:
    """Limits within which a line is fitted to its bounds; checked by tests/captions/test_typeset.py."""

    most_stretch: float = 1.12
    """Largest horizontal scaling of letters, and its inverse the smallest: more is visible in their curves."""
    tightest: float = -0.02
    """Least tracking, in ems."""
    loosest: float = 0.25
    """Most tracking, in ems: the wide spacing of labels."""
    leading: float = 1.2
    """Ems from one baseline to the next where the original lettering does not show it."""


class InkBounds(NamedTuple):
    """Bounds of ink, in pixels from the top-left corner of a picture; y runs downward."""

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
    """Size, scaling, tracking and origin with which the ink of a line takes given bounds."""

    size: float
    """Pixels per em."""
    stretch: float
    """Horizontal scaling of the letters."""
    tracking: float
    """Ems added between letters before they are scaled."""
    left: float
    """Column of the line's origin."""
    baseline: float
    """Row of the line's origin."""


def fitted(ink: InkBounds, gaps: int, box: InkBounds, *, parameters: TypesetParameters = TypesetParameters()) -> Fit:
    """The fit with which a line fills `box`.

    ink: the line's ink at one pixel per em, from the origin of its baseline, without tracking. gaps: places between
    letters that may be tracked; 0 for a script whose letters join.
    Raises ValueError when the ink or the box has no area.
    """
    if min(ink.width, ink.height, box.width, box.height) <= 0:
        raise ValueError(f"a line that is set has ink and room, got {ink} and {box}")
    size = box.height / ink.height
    ratio = box.width / (size * ink.width)
    most = parameters.most_stretch
    stretch, tracking = min(max(ratio, 1 / most), most), 0.0
    if ratio > most:
        # Much wider lettering is tracked rather than scaled; what tracking cannot fill is left open.
        tracking = min((ratio - 1) * ink.width / gaps, parameters.loosest) if gaps else 0.0
        stretch = ratio * ink.width / (ink.width + gaps * tracking)
        if stretch > most:
            stretch, tracking = 1.0, 0.0
    elif ratio < 1 / most and gaps:
        tracking = max((ratio / stretch - 1) * ink.width / gaps, parameters.tightest)
    natural = stretch * (ink.width + gaps * tracking)
    baseline = box.bottom - size * ink.bottom
    size = min(size, box.width / natural)
    left = (box.left + box.right) / 2 - size * (natural / 2 + stretch * ink.left)
    return Fit(size, stretch, tracking, left, baseline)


def ink_bounds(
    coverage: Coverage, *, trim: bool = False, parameters: InkParameters = InkParameters()
) -> InkBounds | None:
    """The bounds of the ink of a picture, between pixels; None when there is none.

    trim: leave out 1.5 % of the ink on each side, as deformed letters stick out.
    """
    columns = _ends(coverage, 0, trim, parameters)
    rows = _ends(coverage, 1, trim, parameters)
    return None if columns is None or rows is None else InkBounds(columns[0], rows[0], columns[1], rows[1])


def line_bounds(
    coverage: Coverage, lines: int, *, trim: bool = False, parameters: InkParameters = InkParameters()
) -> tuple[InkBounds, ...]:
    """The bounds of each of the `lines` of lettering; those of all of it where the lines cannot be separated.

    Empty when there is no ink.
    """
    whole = ink_bounds(coverage, trim=trim, parameters=parameters)
    if whole is None:
        return ()
    full = coverage.sum(axis=1)
    inked = full > parameters.line_gap * float(full.max())
    inside = np.flatnonzero(inked)
    breaks = np.flatnonzero(np.diff(inside) > 1)
    gaps = sorted(sorted(breaks, key=lambda n: int(inside[n] - inside[n + 1]))[: lines - 1])
    if len(gaps) < lines - 1:
        return (whole,)
    middles = [0, *(round((inside[n] + inside[n + 1] + 1) / 2) for n in gaps), len(full)]
    found = []
    for top, bottom in pairwise(middles):
        edges = ink_bounds(coverage[top:bottom], trim=trim, parameters=parameters)
        if edges is None:
            return (whole,)
        found.append(InkBounds(edges.left, edges.top + top, edges.right, edges.bottom + top))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class FittedLine:
    """A line of text with its fit."""

    text: str
    fit: Fit


def fit_lines(
    text: str,
    font: Path,
    *,
    into: Sequence[InkBounds],
    trim: bool = False,
    parameters: TypesetParameters = TypesetParameters(),
) -> tuple[FittedLine, ...]:
    """The lines of `text`, each fitted to its bounds.

    into: the bounds of each line's ink; a single box takes all lines together. trim: the boxes were trimmed, so that
    the new ink is measured in the same way.
    Raises FontError, naming the characters, when the font lacks a glyph, and when the text has no ink.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if missing := missing_glyphs(text, font):
        named = ", ".join(described(character) for character in missing[:5])
        raise FontError(font, f"has no glyph for {named} in {text!r}", hint="choose a font that has it")
    if not lines:
        raise FontError(font, f"there is nothing to draw in {text!r}", hint="give a text with letters")
    inks = [_measured(line, font, trim) for line in lines]
    boxes = _boxes([ink for ink, _ in inks], into, parameters.leading)
    return tuple(
        FittedLine(line, fitted(ink, gaps, box, parameters=parameters))
        for line, (ink, gaps), box in zip(lines, inks, boxes, strict=True)
    )


def typeset(
    text: str,
    font: Path,
    *,
    into: Sequence[InkBounds],
    width: int,
    height: int,
    trim: bool = False,
    parameters: TypesetParameters = TypesetParameters(),
) -> Coverage:
    """The coverage of `text` in a picture of `width` × `height` pixels: (height, width).

    The other arguments, and what is raised, are those of `fit_lines`.
    """
    lines = fit_lines(text, font, into=into, trim=trim, parameters=parameters)
    return drawn_lines(lines, font, width=width, height=height)


def drawn_lines(lines: Sequence[FittedLine], font: Path, *, width: int, height: int) -> Coverage:
    """The coverage of fitted lines: (height, width)."""
    coverage = np.zeros((height, width), np.float32)
    for line in lines:
        _draw(coverage, line.text, font, line.fit)
    return coverage


def _boxes(inks: Sequence[InkBounds], into: Sequence[InkBounds], leading: float) -> Sequence[InkBounds]:
    """The bounds of each line: those of `into`, or lines stacked inside its only box."""
    if len(into) == len(inks):
        return into
    (box,) = into
    first, last = inks[0], inks[-1]
    size = box.height / ((len(inks) - 1) * leading + last.bottom - first.top)
    widest = max(ink.width for ink in inks)
    middle = (box.left + box.right) / 2
    placed = []
    for number, ink in enumerate(inks):
        baseline = box.top + size * (number * leading - first.top)
        half = box.width * ink.width / widest / 2
        placed.append(InkBounds(middle - half, baseline + size * ink.top, middle + half, baseline + size * ink.bottom))
    return placed


def _ends(coverage: Coverage, axis: int, trim: bool, parameters: InkParameters) -> tuple[float, float] | None:
    """The first and the last place of ink along one axis of a picture."""
    if trim:
        share = parameters.trimmed
        mass = np.concatenate([[0.0], np.cumsum(coverage.sum(axis=axis, dtype=np.float64))])
        if mass[-1] <= 0:
            return None
        places = np.arange(len(mass))
        first, last = np.interp([share * mass[-1], (1 - share) * mass[-1]], mass, places)
        return float(first), float(last)
    most = coverage.max(axis=axis)
    if not len(most) or float(most.max()) <= 0:
        return None
    half = parameters.edge * float(np.percentile(most[most > 0], parameters.full))
    inked = np.flatnonzero(most >= half)
    return _crossing(most, int(inked[0]), half), len(most) - _crossing(most[::-1], len(most) - 1 - int(inked[-1]), half)


def _crossing(profile: Coverage, at: int, level: float) -> float:
    """Where `profile`, which is below `level` before the pixel `at`, reaches it."""
    if at == 0:
        return 0.0
    before, here = float(profile[at - 1]), float(profile[at])
    return at - 0.5 + (level - before) / (here - before)


@lru_cache(maxsize=1024)
def _measured(line: str, font: Path, trim: bool) -> tuple[InkBounds, int]:
    """The ink of a line at one pixel per em, and the number of places where it may be tracked."""
    drawn = _drawn(line, opened_font(font, _DRAWN_SIZE), 0.0)
    edges = ink_bounds(drawn.coverage, trim=trim)
    if edges is None:
        raise FontError(font, f"there is nothing to draw in {line!r}", hint="give a text with letters")
    left, top = drawn.left, drawn.top
    own = InkBounds(edges.left + left, edges.top + top, edges.right + left, edges.bottom + top)
    gaps = len(graphemes(line)) - 1 if _has_separate_letters(line) else 0
    return InkBounds(*(side / _DRAWN_SIZE for side in own)), gaps


class _Drawn(NamedTuple):
    coverage: Coverage
    left: int
    """Columns from the origin of the baseline to the picture's left edge."""
    top: int
    """Rows from the baseline to its top."""


def _drawn(line: str, font: ImageFont.FreeTypeFont, tracking: float) -> _Drawn:
    """A line with `tracking` pixels between its letters."""
    if tracking:
        features = ["-liga", "-clig"]  # ligatures cannot be tracked
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


def _draw(coverage: Coverage, line: str, font: Path, fit: Fit) -> None:
    """Draw a line into `coverage`, in place."""
    times = max(_OVERSAMPLING, ceil(_DRAWN_SIZE / fit.size))
    drawn = _drawn(line, opened_font(font, fit.size * times), fit.tracking * fit.size * times)
    rows, columns = drawn.coverage.shape
    x, y = fit.left + drawn.left * fit.stretch / times, fit.baseline + drawn.top / times
    left, top = max(floor(x), 0), max(floor(y), 0)
    right = min(ceil(x + columns * fit.stretch / times), coverage.shape[1])
    bottom = min(ceil(y + rows / times), coverage.shape[0])
    if right <= left or bottom <= top:
        return
    # From the index of a fine pixel of the target to the index of a drawn pixel; centres lie at +0.5.
    to_drawn = np.array(
        [
            [1 / fit.stretch, 0, ((left - x) * times + 0.5) / fit.stretch - 0.5],
            [0, 1, (top - y) * times],
        ]
    )
    size = ((right - left) * times, (bottom - top) * times)
    fine = cv2.warpAffine(drawn.coverage, to_drawn, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    own = cv2.resize(fine, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    target = coverage[top:bottom, left:right]
    np.maximum(target, own, out=target)


def _has_separate_letters(line: str) -> bool:
    """Whether the letters of a line may be tracked."""
    letters = (character for character in line if character.isalpha())
    return all(unicodedata.name(character, "?").split()[0] in _SEPARATE_LETTERS for character in letters)
