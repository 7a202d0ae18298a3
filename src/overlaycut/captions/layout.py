"""Cues into placed lines: where every word stands in a picture of a given size.

Lines are balanced, broken where people would pause, and hang on baselines that come from the font's metrics, so that
a cue without descenders does not sit lower than its neighbours. Baselines lie on whole pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import NamedTuple

from overlaycut.captions.breaks import BEST_PRICE, balanced, pieces, units, with_given_breaks
from overlaycut.captions.fonts import Face, described, missing_glyphs
from overlaycut.captions.style import Anchor, Style
from overlaycut.core.cues import Cue, Taken
from overlaycut.core.geometry import Box
from overlaycut.core.time import clock
from overlaycut.errors import FontError

_SMALLEST = Fraction(13, 20)
"""A cue that does not fit is set smaller, down to this share of the style's size."""
_STEP = Fraction(1, 20)
_STEP_PRICE = 0.04
"""What a step down costs, in the currency of bad breaks: words of one size matter more than a better break."""
_GIVEN_PRICE = -0.08
"""What the file's own line breaks cost: somebody chose them, so they are worth two steps."""
_LEAST_PIXELS = 4.0
"""The smallest font size that is ever drawn, in pixels per em."""
_BLUR_REACH = 3
"""Standard deviations after which a blurred shadow has faded out."""
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
    """In order of their start."""
    warnings: tuple[str, ...]


class _Reach(NamedTuple):
    """How far outline and shadow reach beyond the letters, in whole pixels, anti-aliasing included."""

    above: int
    aside: int
    below: int


class _Set(NamedTuple):
    """A cue set in lines at one size, before it has a place."""

    face: Face
    texts: tuple[str, ...]
    reach: _Reach
    up: int
    """From the top of the block, shadow included, to the first baseline."""
    leading: int
    """From one baseline to the next."""
    tall: int
    """From the top of the block to its bottom."""


class _Block(NamedTuple):
    """Rows that a cue takes until it ends."""

    top: int
    bottom: int
    end: Fraction


def lay_out(
    cues: Sequence[Cue], *, width: int, height: int, style: Style, safe: Box, taken: Sequence[Taken] = ()
) -> Layout:
    """Place `cues` in pictures of width × height, inside the box `safe`.

    A cue stands where the style anchors it, unless that place is `taken` while it shows: then at whichever of
    bottom, top and middle of the safe box covers least of what is taken; a warning says what is covered all the same.

    A cue that needs more lines than the style allows, or holds a word wider than a line, is set smaller; when even
    65 % of the size is not enough the word is split, or more lines are taken, and a warning says so. Cues that are
    shown at the same time stand one above the other and share no pixel. Only where `safe` is too small for all that
    does a cue leave it, and only where the picture is does it cover another one; a warning says so.
    Raises FontError, naming the characters, when the font lacks a glyph.
    """
    font = style.font_file
    ordered = sorted(cues, key=lambda cue: (cue.start, cue.end))
    _refuse_missing_glyphs(ordered, style, font)
    picture = Box(0, 0, width, height)
    placed: list[Placed] = []
    shown: list[_Block] = []
    warnings: list[str] = []
    for cue in ordered:
        if not units(cue.text):
            warnings.append(f"the cue at {clock(cue.start)} has no words and was left out")
            continue
        shown = [block for block in shown if block.end > cue.start]
        busy = [place.box for place in taken if place.start < cue.end and cue.start < place.end]
        block, top, notes = _settled(cue, style, font, picture, safe, shown, busy)
        shown.append(_Block(top, top + block.tall, cue.end))
        placed.append(_placed(cue, block, top, picture, safe))
        if any(placed[-1].box.overlap(box) for box in busy):
            notes.append("covers a part of the picture that was to stay clear")
        said = " ".join(cue.text.split())[:40]
        warnings.extend(f"{said!r} at {clock(cue.start)} {note}" for note in notes)
    return Layout(width, height, tuple(placed), tuple(warnings))


def _refuse_missing_glyphs(cues: Sequence[Cue], style: Style, font: Path) -> None:
    lacking = []
    for cue in cues:
        if missing := missing_glyphs(cue.text.upper() if style.uppercase else cue.text, font):
            lacking.append((cue, missing))
    if lacking:
        cue, missing = lacking[0]
        named = ", ".join(described(character) for character in missing[:5])
        named += f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        others = f", nor all of {len(lacking) - 1} other cues" if len(lacking) > 1 else ""
        said = " ".join(cue.text.split())[:60]
        raise FontError(
            font,
            f"has no glyph for {named} in {said!r} at {clock(cue.start)}{others}",
            hint="choose a font that has it in the style",
        )


def _settled(
    cue: Cue, style: Style, font: Path, picture: Box, safe: Box, shown: Sequence[_Block], busy: Sequence[Box]
) -> tuple[_Set, int, list[str]]:
    """How a cue is set, on which row its block begins, and what is to be said about that."""
    full = style.size * min(picture.w, picture.h)
    steps = round((1 - _SMALLEST) / _STEP)
    sizes = [max(full * float(1 - step * _STEP), _LEAST_PIXELS) for step in range(steps + 1)]
    fitting: list[tuple[float, int, _Set]] = []
    for step, size in enumerate(sizes):
        best = min(_GIVEN_PRICE, BEST_PRICE * (style.max_lines - 1))
        if fitting and min(price for price, _, _ in fitting) <= step * _STEP_PRICE + best:
            break  # no break can be worth what this size costs
        face, reach = Face(font, size), _reach(style, size)
        if (broken := _broken(cue.text, style, face, _room(style, safe, reach, size))) is not None:
            fitting.append((broken[1] + step * _STEP_PRICE, step, _set(face, style, broken[0], reach)))
            if broken[1] <= 0 and step == 0:
                break  # at full size without a bad break: nothing to be gained
    anchors = sorted(_ANCHORS, key=lambda anchor: anchor != style.anchor) if busy else [style.anchor]

    def covered(block: _Set, top: int) -> int:
        return sum(_placed(cue, block, top, picture, safe).box.overlap(box) for box in busy)

    for _, _, block in sorted(fitting, key=lambda choice: choice[:2]):
        slots = (_slot(block.tall, shown, safe, anchor) for anchor in anchors)
        if tops := [top for top in slots if top is not None]:
            return block, min(tops, key=lambda top: covered(block, top)), []
    block, notes = (fitting[-1][2], []) if fitting else _forced(cue.text, style, Face(font, sizes[-1]), safe)
    slots = (_slot(block.tall, shown, safe, anchor) for anchor in anchors)
    if tops := [top for top in slots if top is not None]:
        return block, min(tops, key=lambda top: covered(block, top)), notes
    if (top := _slot(block.tall, shown, picture, style.anchor)) is not None:
        return block, top, [*notes, "is taller than the room left and leaves the safe area"]
    top = 0 if style.anchor == "top" else picture.h - block.tall
    return block, top, [*notes, "finds no room in the picture: it covers another cue or is cut off"]


def _broken(text: str, style: Style, face: Face, room: float) -> tuple[tuple[str, ...], float] | None:
    """The text in at most as many lines as the style allows and what its breaks cost, or None when it does not fit.

    The line breaks of the file are kept when the lines fit.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    given = with_given_breaks(text, uppercase=style.uppercase) if len(lines) > 1 else ()
    for parts in (given, units(text, uppercase=style.uppercase)):
        if not parts:
            continue
        broken = balanced(parts, lambda line: face.extent(line).width, room)
        if broken is not None and len(broken[0]) <= style.max_lines:
            return (broken[0], _GIVEN_PRICE) if parts is given and len(broken[0]) == len(lines) else broken
    return None


def _forced(text: str, style: Style, face: Face, safe: Box) -> tuple[_Set, list[str]]:
    """A cue that does not fit at the smallest size: its words split, or in more lines than the style allows."""
    reach = _reach(style, face.size)
    room = _room(style, safe, reach, face.size)

    def width(line: str) -> float:
        return face.extent(line).width

    whole = units(text, uppercase=style.uppercase)
    parts = [piece for unit in whole for piece in pieces(unit, width, room)]
    notes = ["holds a word wider than a line, which was split"] if len(parts) > len(whole) else []
    if (widest := max(width(part.text) for part in parts)) > room:
        notes.append("is wider than the safe area and leaves it")
        room = widest
    broken = balanced(parts, width, room)
    assert broken is not None
    if len(broken[0]) > style.max_lines:
        notes.append(f"takes {len(broken[0])} lines, more than {style.max_lines}")
    return _set(face, style, broken[0], reach), notes


def _set(face: Face, style: Style, texts: tuple[str, ...], reach: _Reach) -> _Set:
    """Lines on their baselines.

    The block's height comes from the font's metrics; ink that reaches beyond them, such as stacked accents, adds to it.
    """
    ascent, descent = face.metrics
    leading = round(style.line_spacing * face.size)
    extents = [face.extent(text) for text in texts]
    up = max(ascent, *(-extent.top - leading * number for number, extent in enumerate(extents)))
    down = max(descent, *(extent.bottom - leading * number for number, extent in enumerate(extents[::-1])))
    first = reach.above + ceil(up)
    tall = first + leading * (len(texts) - 1) + ceil(down) + reach.below
    return _Set(face, texts, reach, first, leading, tall)


def _slot(tall: int, shown: Sequence[_Block], area: Box, anchor: Anchor) -> int | None:
    """The row at which a block of `tall` rows finds room in `area`, nearest to the anchor, or None.

    From the bottom blocks stack upward, from the top downward, from the middle upward and then downward.
    """
    start = {"top": area.y, "middle": area.y + (area.h - tall) // 2, "bottom": area.bottom - tall}[anchor]
    for upward in {"top": (False,), "middle": (True, False), "bottom": (True,)}[anchor]:
        top = start
        for block in sorted(shown, key=lambda block: -block.bottom if upward else block.top):
            if block.top < top + tall and top < block.bottom:
                top = block.top - tall if upward else block.bottom
        if area.y <= top and top + tall <= area.bottom:
            return top
    return None


def _placed(cue: Cue, block: _Set, top: int, picture: Box, safe: Box) -> Placed:
    lines, edges = [], []
    for number, text in enumerate(block.texts):
        extent = block.face.extent(text)
        x = safe.x + (safe.w - extent.advance) / 2
        baseline = top + block.up + block.leading * number
        lines.append(Line(text, x, float(baseline), extent.advance))
        left, right = floor(x + extent.left) - block.reach.aside, ceil(x + extent.right) + block.reach.aside
        upper = floor(baseline + extent.top) - block.reach.above
        lower = ceil(baseline + extent.bottom) + block.reach.below
        edges.append(Box(left, upper, max(right - left, 1), max(lower - upper, 1)))
    ink = Box.around(edges)
    box = ink.clipped(picture.w, picture.h) or Box(0, 0, 1, 1)
    return Placed(cue, tuple(lines), block.face.size, box)


def _room(style: Style, safe: Box, reach: _Reach, size: float) -> float:
    """How wide the letters of a line may be."""
    return min(safe.w * style.max_width - 2 * style.outline_width * size, safe.w - 2 * reach.aside - 2)


def _reach(style: Style, size: float) -> _Reach:
    outline = style.outline_width * size
    cast = outline + _BLUR_REACH * style.shadow_blur * size if style.shadow_opacity > 0 else 0.0
    drop = style.shadow_offset * size
    return _Reach(
        above=ceil(max(outline, cast - drop)) + 1,
        aside=ceil(max(outline, cast)) + 1,
        below=ceil(max(outline, cast + drop)) + 1,
    )
