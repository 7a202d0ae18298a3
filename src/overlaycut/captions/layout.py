"""Cues into placed lines: where every word stands in a picture of a given size.

Lines are balanced, broken where people would pause, and hang on baselines that come from the font's metrics, so that a
cue without descenders does not sit lower than its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor
from pathlib import Path

from overlaycut.captions.fonts import described, missing_glyphs, opened_font
from overlaycut.captions.style import Anchor, Style
from overlaycut.core.cues import Cue, Taken
from overlaycut.core.geometry import Box
from overlaycut.errors import FontError

_SMALLEST = 0.6
"""A cue that does not fit is set smaller, down to this share of the style's size."""
_STEP = 0.05
_PAUSE = ".,;:!?…–—，。！？、；："
"""Signs after which a line may well end."""
_PAUSE_BONUS = 0.12
"""Unevenness, as a share of the line width, that a break after such a sign is worth."""
_SMALL_WORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "by",
        "and",
        "or",
        "but",
        "with",
        "from",
        "as",
        "is",
        "my",
        "your",
        "his",
        "her",
        "its",
        "our",
        "their",
    ]
)
"""English words that belong to what follows: a line does not end in one where it can be helped."""
_SMALL_WORD_PRICE = 0.1
_ANCHORS: tuple[Anchor, ...] = ("bottom", "top", "middle")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its text, and where its baseline begins, in pixels of the picture."""

    text: str
    x: float
    baseline: float
    width: float
    """Advance width in pixels, without the outline."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A cue with its lines and everything that is needed to draw it."""

    cue: Cue
    lines: tuple[Line, ...]
    size: float
    """Font size in pixels per em."""
    box: Box
    """Around all ink, outline and shadow included; inside the picture."""


@dataclass(frozen=True, slots=True)
class Layout:
    """All cues of a programme, placed for one size of picture."""

    width: int
    height: int
    cues: tuple[Placed, ...]
    warnings: tuple[str, ...]


def lay_out(
    cues: Sequence[Cue], *, width: int, height: int, style: Style, safe: Box, taken: Sequence[Taken] = ()
) -> Layout:
    """Place `cues` in pictures of width × height, inside the box `safe`.

    A cue stands where the style anchors it, unless that place is `taken` while it shows: then at whichever of bottom,
    top and middle of the safe box covers least of what is taken.

    A cue that needs more lines than the style allows, or holds a word wider than a line, is set smaller; when even
    that is not enough the word is split, or more lines are taken, and a warning says so. Cues that are shown at the
    same time stand one above the other.
    Raises FontError, naming the character, when the font lacks a glyph.
    """
    font = style.font_file
    for cue in cues:
        if lacking := missing_glyphs(cue.text, font):
            named = ", ".join(described(character) for character in lacking)
            raise FontError(
                font, f"has no glyph for {named} in {cue.text!r}", hint="choose a font that has it in the style"
            )
    placed: list[Placed] = []
    warnings: list[str] = []
    for cue in cues:
        beside = [other for other in placed if other.cue.start < cue.end and cue.start < other.cue.end]
        busy = [place.box for place in taken if place.start < cue.end and cue.start < place.end]
        placed.append(_placed(cue, style, font, width, height, safe, beside, busy, warnings))
    return Layout(width, height, tuple(placed), tuple(warnings))


def _placed(
    cue: Cue,
    style: Style,
    font: Path,
    width: int,
    height: int,
    safe: Box,
    beside: Sequence[Placed],
    busy: Sequence[Box],
    warnings: list[str],
) -> Placed:
    full = style.size * min(width, height)
    room = safe.w * style.max_width
    size, texts = _fitted(cue, style, font, full, room, warnings)
    ascent, descent = _metrics(font, size)
    above, below = _overhang(style, size)
    spacing = style.line_spacing * size
    tall = ascent + descent + spacing * (len(texts) - 1)
    advances = [_width(font, size, text) for text in texts]

    def at(anchor: Anchor) -> Placed:
        top = {
            "top": float(safe.y) + above,
            "middle": safe.y + (safe.h - tall) / 2,
            "bottom": safe.bottom - below - tall,
        }[anchor]
        for other in sorted(beside, key=lambda placed: placed.box.y, reverse=anchor != "top"):
            if other.box.y < top + tall + below and top - above < other.box.bottom:
                top = other.box.bottom + above if anchor == "top" else other.box.y - below - tall
        top = min(max(top, above), max(height - below - tall, above))
        lines = tuple(
            Line(text, safe.x + (safe.w - advance) / 2, top + ascent + spacing * number, advance)
            for number, (text, advance) in enumerate(zip(texts, advances, strict=True))
        )
        return Placed(cue, lines, size, _ink_box(lines, style, font, size, width, height))

    if tall + above + below > height:
        warnings.append(f"{cue.text.splitlines()[0]!r} does not fit into the picture's height")
    anchors = sorted(_ANCHORS, key=lambda anchor: anchor != style.anchor)
    return min((at(anchor) for anchor in anchors), key=lambda placed: sum(placed.box.overlap(box) for box in busy))


def _fitted(
    cue: Cue, style: Style, font: Path, full: float, room: float, warnings: list[str]
) -> tuple[float, list[str]]:
    """The largest size at which the cue takes no more lines than the style allows, and its lines."""
    margin = 2 * style.outline_width
    for step in range(round((1 - _SMALLEST) / _STEP) + 1):
        size = full * (1 - step * _STEP)
        texts = _broken(cue.text, font, size, room - margin * size, style.max_lines)
        if texts is not None:
            return size, texts
    size = full * _SMALLEST
    line = room - margin * size
    words = [part for word in cue.text.split() for part in _split(word, font, size, line)]
    if len(words) > len(cue.text.split()):
        warnings.append(f"a word of {cue.text.splitlines()[0]!r} is wider than a line and was split")
    for lines in range(1, len(words) + 1):
        texts = _balanced(words, font, size, line, lines)
        if texts is not None:
            if lines > style.max_lines:
                warnings.append(f"{cue.text.splitlines()[0]!r} takes {lines} lines, more than {style.max_lines}")
            return size, texts
    raise AssertionError("one word to a line always fits: each was split to the line's width")


def _broken(text: str, font: Path, size: float, room: float, most: int) -> list[str] | None:
    """The text in at most `most` lines, or None when it does not fit."""
    given = text.splitlines()
    if 1 < len(given) <= most and all(_width(font, size, line) <= room for line in given):
        return given
    words = text.split()
    for lines in range(1, most + 1):
        texts = _balanced(words, font, size, room, lines)
        if texts is not None:
            return texts
    return None


def _balanced(words: Sequence[str], font: Path, size: float, room: float, lines: int) -> list[str] | None:
    """The words in exactly `lines` lines of least unevenness, or None when they do not fit.

    Dynamic programming over break points, as Knuth and Plass (1981) break paragraphs.
    """
    if lines > len(words):
        return None
    target = _width(font, size, " ".join(words)) / lines
    # best[n][k]: (price, break before the last line) of the first n words in k lines.
    best: dict[tuple[int, int], tuple[float, int]] = {(0, 0): (0.0, 0)}
    for k in range(1, lines + 1):
        for n in range(k, len(words) + 1):
            for begin in range(k - 1, n):
                if (begin, k - 1) not in best:
                    continue
                wide = _width(font, size, " ".join(words[begin:n]))
                if wide > room:
                    continue
                price = best[begin, k - 1][0] + ((wide - target) / room) ** 2
                if n < len(words):
                    price += _break_price(words[n - 1])
                if (n, k) not in best or price < best[n, k][0]:
                    best[n, k] = (price, begin)
    if (len(words), lines) not in best:
        return None
    texts, n = [], len(words)
    for k in range(lines, 0, -1):
        begin = best[n, k][1]
        texts.append(" ".join(words[begin:n]))
        n = begin
    return texts[::-1]


def _break_price(word: str) -> float:
    if word[-1] in _PAUSE:
        return -(_PAUSE_BONUS**2)
    return _SMALL_WORD_PRICE**2 if word.casefold() in _SMALL_WORDS else 0.0


def _split(word: str, font: Path, size: float, room: float) -> list[str]:
    """A word in pieces that each fit into a line."""
    pieces = [""]
    for character in word:
        if pieces[-1] and _width(font, size, pieces[-1] + character) > room:
            pieces.append("")
        pieces[-1] += character
    return pieces


@lru_cache(maxsize=8192)
def _width(font: Path, size: float, text: str) -> float:
    return opened_font(font, size).getlength(text)


def _metrics(font: Path, size: float) -> tuple[float, float]:
    ascent, descent = opened_font(font, size).getmetrics()
    return float(ascent), float(descent)


def _overhang(style: Style, size: float) -> tuple[float, float]:
    """How far outline and shadow reach above the ascent and below the descent, in pixels."""
    outline = style.outline_width * size
    reach = 3 * style.shadow_blur * size if style.shadow_opacity else 0.0
    drop = style.shadow_offset * size
    return max(outline, reach - drop) + 1, max(outline, reach + drop) + 1


def _ink_box(lines: Sequence[Line], style: Style, font: Path, size: float, width: int, height: int) -> Box:
    above, below = _overhang(style, size)
    aside = max(above, below)
    drawn = opened_font(font, size)
    left, top, right, bottom = float(width), float(height), 0.0, 0.0
    for line in lines:
        x0, y0, x1, y1 = drawn.getbbox(line.text, anchor="ls")
        left, right = min(left, line.x + x0 - aside), max(right, line.x + x1 + aside)
        top, bottom = min(top, line.baseline + y0 - above), max(bottom, line.baseline + y1 + below)
    x, y = max(floor(left), 0), max(floor(top), 0)
    return Box(x, y, max(min(ceil(right), width) - x, 1), max(min(ceil(bottom), height) - y, 1))
