"""Cues into placed lines: where every word stands in a picture of a given size.

Lines are balanced, broken where people would pause, and hang on baselines that come from the fonts' metrics, so that
a cue without descenders does not sit lower than its neighbours. Baselines lie on whole pixels.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from math import ceil, floor
from pathlib import Path
from typing import NamedTuple

from overlaycut.captions.bidi import runs_right_to_left
from overlaycut.captions.breaks import BEST_PRICE, Width, balanced, pieces, units, with_given_breaks
from overlaycut.captions.fonts import EMOJI, Extent, Family, described, font_path, is_shipped
from overlaycut.captions.graphemes import graphemes
from overlaycut.captions.motion import swell
from overlaycut.captions.phrases import tokens, unspaced
from overlaycut.captions.placement import Block, Surroundings, blocks_with, recent, slot
from overlaycut.captions.shaping import Piece, SetLine, Setter, language_of
from overlaycut.captions.style import Style
from overlaycut.captions.timing import PAUSE, pages, spoken
from overlaycut.core.cues import Cue, KeepOut, Word, squeezed
from overlaycut.core.geometry import Box
from overlaycut.core.time import clock
from overlaycut.errors import FontError

_SMALLEST = Fraction(13, 20)
"""A cue that does not fit is set smaller, down to this share of the style's size."""
_SHRUNK = 0.85
"""Share of the style's size below which a cue is rather split in two, one after the other."""
_READABLE = Fraction(4, 5)
"""Seconds that each part of a split cue is shown at least (Netflix's guide: 5/6 s)."""
_STEP = Fraction(1, 20)
_STEP_PRICE = 0.04
"""What a step down costs, in the currency of bad breaks: words of one size matter more than a better break."""
_GIVEN_PRICE = -0.08
"""What the file's own line breaks cost: somebody chose them, so they are worth two steps."""
_LEAST_PIXELS = 4.0
"""The smallest font size that is ever drawn, in pixels per em."""
_BLUR_REACH = 3
"""Standard deviations after which a blurred shadow has faded out."""
_TALL_SCRIPTS = 0.9
"""Share of its font's own line height that a script taller than Latin gets from baseline to baseline."""
_LOOSEST = 1.5
"""Font sizes from baseline to baseline beyond which lines fall apart: Arabic fonts leave room for the vowel signs of
scripture, which captions hardly have. Where letters do reach further, lines stand as far apart as they have to."""


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word on its line: drawn once, and moved as one."""

    pieces: tuple[Piece, ...]
    """From left to right; their x counts from where the line begins."""
    ink: Extent
    """What they take, in pixels of the picture."""
    start: Fraction
    end: Fraction
    """When it is said; the whole cue when nobody knows."""
    colour: str | None
    """The colour that it has by a rule of the style, or by its cue."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its text, and where its baseline begins, in pixels of the picture."""

    text: str
    x: float
    baseline: float
    width: float
    """Advance width in pixels, without the outline."""
    words: tuple[PlacedWord, ...]
    """In the order in which they are said."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A cue with its lines and everything that is needed to draw it."""

    cue: Cue
    lines: tuple[Line, ...]
    size: float
    """Font size in pixels per em."""
    box: Box
    """Around all ink, outline, shadow and panel included; inside the picture."""
    bounds: Box
    """What it may draw in while it moves: the safe area where it stands in it, else the picture."""
    right_to_left: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """All cues of a programme, placed for one size of picture."""

    width: int
    height: int
    safe: Box
    cues: tuple[Placed, ...]
    """In order of their start."""
    warnings: tuple[str, ...]


class _Reach(NamedTuple):
    """How far outline, shadow, glow and panel reach beyond the letters, in whole pixels."""

    above: int
    aside: int
    below: int


class _Set(NamedTuple):
    """A cue set in lines at one size, before it has a place."""

    setter: Setter
    lines: tuple[SetLine, ...]
    reach: _Reach
    up: int
    """From the top of the block, shadow included, to the first baseline."""
    leading: int
    """From one baseline to the next."""
    tall: int
    """From the top of the block to its bottom."""
    right_to_left: bool


def lay_out(
    cues: Sequence[Cue], *, width: int, height: int, style: Style, safe: Box, taken: Sequence[KeepOut] = ()
) -> Layout:
    """Place `cues` in pictures of width × height, inside the box `safe`.

    A cue stands where it or the style anchors it, unless that place is `taken` while it shows: then where least of
    what is taken is covered, as near as can be; a warning says what is covered all the same. It stays there as long
    as it shows.

    A cue that needs more lines than the style allows, or holds a word wider than a line, is set smaller; when even
    65 % of the size is not enough the word is split, or more lines are taken, and a warning says so. Cues that are
    shown at the same time stand one above the other and share no pixel. Only where `safe` is too small for all that
    does a cue leave it, and only where the picture is does it cover another one; a warning says so.
    Raises FontError, naming the characters, when no font has a glyph.
    """
    ordered = sorted(cues, key=lambda cue: (cue.start, cue.end))
    warnings = [*_refuse_missing_glyphs(ordered, style)]
    language = language_of("".join(cue.text for cue in ordered))
    picture = Box(0, 0, width, height)
    placed: list[Placed] = []
    shown: list[Block] = []
    before: Block | None = None
    waiting = deque(sorted(taken, key=lambda place: place.start))
    there: list[KeepOut] = []
    estimated = 0
    for cue in ordered:
        if not units(cue.text):
            warnings.append(f"the cue at {clock(cue.start)} has no words and was left out")
            continue
        if style.follows_words and not cue.words:
            estimated += 1
            cue = spoken(cue)
        there = [place for place in there if place.end > cue.start]
        while waiting and waiting[0].start < cue.end:
            there.append(waiting.popleft())
        shares = pages(cue, style.max_words) if style.max_words else (cue,)
        parts = [part for share in shares for part in _fitting(share, style, language, picture, safe, warnings)]
        for n, page in enumerate(parts):
            shown = [block for block in shown if block.end > cue.start]
            busy = [place for place in there if place.start < page.end and page.start < place.end]
            together = blocks_with(shown, page.start, page.end)
            ground = Surroundings(safe, together, busy, recent(before, page.start), part=n > 0)
            block, top, notes = _settled(page, style, language, picture, ground)
            before = Block(top, top + block.tall, page.start, page.end)
            shown.append(before)
            placed.append(_placed(page, style, block, top, picture, safe))
            if covered := {place.what for place in busy if placed[-1].box.overlap(place.box)}:
                notes.append(f"covers {' and '.join(sorted(covered))} that was to stay clear")
            said = " ".join(page.text.split())[:40]
            warnings.extend(f"{said!r} at {clock(page.start)} {note}" for note in notes)
    if estimated:
        warnings.append(f"words have no times of their own in {estimated} cue(s): estimated from their letters")
    return Layout(width, height, safe, tuple(placed), tuple(warnings))


def _refuse_missing_glyphs(cues: Sequence[Cue], style: Style) -> list[str]:
    """Which of the system's fonts are needed. Raises FontError for what no font has."""
    family = style.family
    lacking: list[tuple[Cue, tuple[str, ...]]] = []
    used: set[Path] = set()
    for cue in cues:
        signs = [sign for sign in graphemes(cue.text.upper() if style.uppercase else cue.text) if not sign.isspace()]
        if missing := family.lacking(signs):
            lacking.append((cue, missing))
        used |= {font for sign in signs if (font := family.font_for(sign))}
    if lacking:
        cue, missing = lacking[0]
        named = ", ".join(described(character) for character in missing[:5])
        named += f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        others = f", nor all of {len(lacking) - 1} other cues" if len(lacking) > 1 else ""
        said = " ".join(cue.text.split())[:60]
        raise FontError(
            family.path,
            f"has no glyph for {named} in {said!r} at {clock(cue.start)}{others}, nor has any font here",
            hint="choose a font that has it in the style",
        )
    return [f"a font of this system is used: {font}" for font in sorted(used - {family.path}) if not is_shipped(font)]


def _settled(
    cue: Cue, style: Style, language: str | None, picture: Box, ground: Surroundings
) -> tuple[_Set, int, list[str]]:
    """How a cue is set, on which row its block begins, and what is to be said about that."""
    full = style.size * min(picture.w, picture.h)
    steps = round((1 - _SMALLEST) / _STEP)
    sizes = [max(full * float(1 - step * _STEP), _LEAST_PIXELS) for step in range(steps + 1)]
    owners, anchor, safe = _owners(cue, style), cue.anchor or style.anchor, ground.area
    width = _measured(style, sizes[0], language)
    fitting: list[tuple[float, int, tuple[str, ...]]] = []
    for step, size in enumerate(sizes):
        best = min(_GIVEN_PRICE, BEST_PRICE * (style.max_lines - 1))
        if fitting and min(price for price, *_ in fitting) <= step * _STEP_PRICE + best:
            break  # no break can be worth what this size costs
        if (broken := _broken(cue, style, width, _room(style, safe, size) * sizes[0] / size)) is not None:
            fitting.append((broken[1] + step * _STEP_PRICE, step, broken[0]))
            if broken[1] <= 0 and step == 0:
                break  # at full size without a bad break: nothing to be gained

    def found(block: _Set, area: Box) -> int | None:
        ink = _placed(cue, style, block, area.y, picture, safe).box
        return slot(block.tall, (ink.x, ink.right), ground._replace(area=area), anchor)

    notes: list[str] = []
    block = None
    for _, step, texts in sorted(fitting, key=lambda choice: choice[:2]):
        block = _set(cue, _setter(style, sizes[step], language), style, texts, owners)
        if (top := found(block, safe)) is not None:
            return block, top, []
    if block is None:
        block, notes = _forced(cue, style, _setter(style, sizes[-1], language), safe, owners)
    if (top := found(block, safe)) is not None:
        return block, top, notes
    if (top := found(block, picture)) is not None:
        return block, top, [*notes, "is taller than the room left and leaves the safe area"]
    top = 0 if anchor == "top" else picture.h - block.tall
    return block, top, [*notes, "finds no room in the picture: it covers another cue or is cut off"]


def _fitting(
    cue: Cue, style: Style, language: str | None, picture: Box, safe: Box, warnings: list[str]
) -> tuple[Cue, ...]:
    """A cue that fits, or as many as it takes one after the other, as long as each can be read.

    A cue is split rather than set much smaller; smaller still when its parts would not fit otherwise.
    """
    count = len(spoken(cue).words)
    full = max(style.size * min(picture.w, picture.h), _LEAST_PIXELS)
    width = _measured(style, full, language)
    for share in (_SHRUNK, float(_SMALLEST)):
        size = max(full * share, _LEAST_PIXELS)
        room = _room(style, safe, size) * full / size
        if "\n" in cue.text or _broken(cue, style, width, room) is not None:
            return (cue,)
        for parts in range(2, count + 1):
            cut = pages(cue, -(-count // parts))
            if min(page.end - page.start for page in cut) < _READABLE:
                break
            if all(_broken(page, style, width, room) is not None for page in cut):
                said = " ".join(cue.text.split())[:40]
                warnings.append(f"{said!r} at {clock(cue.start)} is too long and was split into {len(cut)}, in turn")
                return cut if cue.words else tuple(replace(page, words=()) for page in cut)
    return (cue,)


def _setter(style: Style, size: float, language: str | None) -> Setter:
    spacing = style.letter_spacing * size, style.word_spacing * size
    return _shared_setter(style.font, size, *spacing, language, style.reveal == "letter")


@lru_cache(maxsize=64)
def _shared_setter(
    font: str, size: float, letter_spacing: float, word_spacing: float, language: str | None, by_letter: bool
) -> Setter:
    """One setter for all cues of a look, so that a word is measured once."""
    return Setter(Family(font_path(font)), size, letter_spacing, word_spacing, language, by_letter)


def _measured(style: Style, size: float, language: str | None) -> Width:
    """How wide lines are at a size. At a share of it they are that share as wide: no word is measured at every size."""
    setter = _setter(style, size, language)
    return cache(lambda line: setter.width(line, swell=swell(style)))


def _broken(cue: Cue, style: Style, width: Width, room: float) -> tuple[tuple[str, ...], float] | None:
    """The text in at most as many lines as the style allows and what its breaks cost, or None when it does not fit.

    The line breaks of the file are kept when the lines fit.
    """
    lines = [line for line in cue.text.splitlines() if line.strip()]
    given = with_given_breaks(cue.text, uppercase=style.uppercase) if len(lines) > 1 else ()
    for parts in (given, units(cue.text, uppercase=style.uppercase, pauses=_pauses(cue))):
        if not parts:
            continue
        broken = balanced(parts, width, room)
        if broken is not None and len(broken[0]) <= style.max_lines:
            return (broken[0], _GIVEN_PRICE) if parts is given and len(broken[0]) == len(lines) else broken
    return None


def _forced(cue: Cue, style: Style, setter: Setter, safe: Box, owners: Sequence[int]) -> tuple[_Set, list[str]]:
    """A cue that does not fit at the smallest size: its words split, or in more lines than the style allows."""
    room = _room(style, safe, setter.size)

    def width(line: str) -> float:
        return setter.width(line, swell=swell(style))

    whole = units(cue.text, uppercase=style.uppercase, pauses=_pauses(cue))
    parts = [piece for unit in whole for piece in pieces(unit, width, room)]
    notes = ["holds a word wider than a line, which was split"] if len(parts) > len(whole) else []
    if (widest := max(width(part.text) for part in parts)) > room:
        notes.append("is wider than the safe area and leaves it")
        room = widest
    broken = balanced(parts, width, room)
    assert broken is not None
    if len(broken[0]) > style.max_lines:
        notes.append(f"takes {len(broken[0])} lines, more than {style.max_lines}")
    return _set(cue, setter, style, broken[0], owners), notes


def _owners(cue: Cue, style: Style) -> list[int]:
    """For each character that is set, white space left out, which of the cue's words it belongs to."""
    shown = [squeezed(word.text.upper() if style.uppercase else word.text) for word in _words(cue)]
    return [n for n, word in enumerate(shown) for _ in word]


def _pauses(cue: Cue) -> frozenset[int]:
    """After how many characters, white space left out, the speaker pauses."""
    ends = accumulate(len(squeezed(word.text)) for word in cue.words)
    return frozenset(
        end for end, (word, after) in zip(ends, pairwise(cue.words), strict=False) if after.start - word.end >= PAUSE
    )


def _set(cue: Cue, setter: Setter, style: Style, texts: tuple[str, ...], owners: Sequence[int]) -> _Set:
    """Lines on their baselines.

    The block's height comes from the fonts' metrics; ink that reaches beyond them, such as stacked accents, adds to it.
    """
    backward = runs_right_to_left(cue.text)
    lines, used = [], 0
    for text in texts:
        own = []
        for character in text:
            own.append(owners[min(used, len(owners) - 1)])
            used += not character.isspace()
        lines.append(setter.line(text, own, right_to_left=backward))
    faces = {piece.face for line in lines for piece in line.pieces if piece.face.path.name != EMOJI} | {setter.face}
    ascent, descent = (max(reach) for reach in zip(*(face.metrics for face in faces), strict=True))
    extents = [line.extent for line in lines]
    leading = style.line_spacing * setter.size
    if taller := faces - {setter.face}:
        tallest = max(sum(face.metrics) for face in taller)
        meeting = max((above.bottom - below.top for above, below in pairwise(extents)), default=0.0)
        leading = max(leading, min(_TALL_SCRIPTS * tallest, _LOOSEST * setter.size), meeting)
    step = ceil(leading) if taller else round(leading)
    reach = _reach(style, setter.size)
    up = max(ascent, *(-extent.top - step * number for number, extent in enumerate(extents)))
    down = max(descent, *(extent.bottom - step * number for number, extent in enumerate(extents[::-1])))
    first = reach.above + ceil(up)
    tall = first + step * (len(texts) - 1) + ceil(down) + reach.below
    return _Set(setter, tuple(lines), reach, first, step, tall, backward)


def _placed(cue: Cue, style: Style, block: _Set, top: int, picture: Box, safe: Box) -> Placed:
    lines, edges = [], []
    widest = max(line.advance for line in block.lines)
    for number, line in enumerate(block.lines):
        x = safe.x + (safe.w - line.advance) / 2
        if unspaced(line.text[-1:]) and not line.text[-1:].isalnum():
            # A full-width stop is mostly blank: what is seen is centred, as punctuation that hangs would have it.
            x = safe.x + (safe.w - line.extent.left - line.extent.right) / 2
        if style.align == "start":
            inset = block.reach.aside + 1
            x = safe.right - inset - line.advance if block.right_to_left else float(safe.x + inset)
        baseline = top + block.up + block.leading * number
        words = _said(cue, style, line, x, baseline)
        lines.append(Line(line.text, x, float(baseline), line.advance, words))
        grown = (swell(style) - 1) / 2
        for word in words:
            ink = word.ink
            wide, high = grown * (ink.right - ink.left), grown * (ink.bottom - ink.top)
            left, right = floor(ink.left - wide) - block.reach.aside, ceil(ink.right + wide) + block.reach.aside
            upper, lower = floor(ink.top - high) - block.reach.above, ceil(ink.bottom + high) + block.reach.below
            edges.append(Box(left, upper, max(right - left, 1), max(lower - upper, 1)))
    if style.panel is not None or style.active.plate is not None:
        first = min(line.x for line in lines)
        edges.append(Box(floor(first) - block.reach.aside, top, ceil(widest) + 2 * block.reach.aside, block.tall))
    ink_box = Box.around(edges)
    box = ink_box.clipped(picture.w, picture.h) or Box(0, 0, 1, 1)
    bounds = safe if safe.overlap(box) == box.area else picture
    return Placed(cue, tuple(lines), block.setter.size, box, bounds, block.right_to_left)


def _said(cue: Cue, style: Style, line: SetLine, x: float, baseline: float) -> tuple[PlacedWord, ...]:
    """The words of a line in the order in which they are said; letters one by one where they come one by one."""
    own: dict[int, list[Piece]] = {}
    for piece in line.pieces:
        own.setdefault(piece.owner, []).append(piece)
    said, of_cue = [], _words(cue)
    for owner, group in sorted(own.items()):
        word = of_cue[owner]
        colour = _colour(word.text, style) or cue.colour
        if style.reveal != "letter":
            said.append(PlacedWord(tuple(group), _ink(group, x, baseline), word.start, word.end, colour))
            continue
        step = (word.end - word.start) / len(group)
        for n, piece in enumerate(reversed(group) if group[0].right_to_left else group):
            begins = word.start + step * n
            said.append(PlacedWord((piece,), _ink([piece], x, baseline), begins, begins + step, colour))
    return tuple(said)


def _ink(group: Sequence[Piece], x: float, baseline: float) -> Extent:
    boxes = [(piece.x + x, piece.extent) for piece in group]
    return Extent(
        sum(piece.advance for piece in group),
        min(at + extent.left for at, extent in boxes),
        baseline + min(extent.top for _, extent in boxes),
        max(at + extent.right for at, extent in boxes),
        baseline + max(extent.bottom for _, extent in boxes),
    )


@lru_cache(maxsize=64)
def _words(cue: Cue) -> tuple[Word, ...]:
    """The words of a cue, as long as the cue where nobody knows when each is said."""
    return cue.words or tuple(Word(word, cue.start, cue.end) for word in tokens(cue.text))


def _colour(text: str, style: Style) -> str | None:
    """The colour that a rule of the style gives to a word."""
    bare = re.sub(r"^\W+|\W+$", "", text) or text
    for rule in style.keywords:
        if re.fullmatch(rule.match, bare, re.IGNORECASE):
            return rule.colour
    return None


def _room(style: Style, safe: Box, size: float) -> float:
    """How wide the letters of a line may be."""
    reach = _reach(style, size)
    return min(safe.w * style.max_width - 2 * style.outline_width * size, safe.w - 2 * reach.aside - 2)


def _reach(style: Style, size: float) -> _Reach:
    outline = style.outline_width * size
    cast = outline + _BLUR_REACH * style.shadow_blur * size if style.shadow_opacity > 0 else 0.0
    drop = style.shadow_offset * size if style.shadow_opacity > 0 else 0.0
    glow = outline + _BLUR_REACH * style.glow.radius * size if style.glow is not None else 0.0
    plate_x = plate_y = 0.0
    if style.active.plate is not None:
        plate_x, plate_y = style.active.plate_x * size, style.active.plate_y * size
    if style.panel is not None:
        bar = style.panel.bar_width if style.panel.bar is not None else 0.0
        plate_x, plate_y = (
            max(plate_x, (style.panel.padding_x + bar) * size),
            max(plate_y, style.panel.padding_y * size),
        )
    return _Reach(
        above=ceil(max(outline, cast - drop, glow, plate_y)) + 1,
        aside=ceil(max(outline, cast, glow, plate_x)) + 1,
        below=ceil(max(outline, cast + drop, glow, plate_y)) + 1,
    )
