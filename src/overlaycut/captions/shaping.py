"""Lines of text into stretches that are drawn as they stand: one font, one direction, one word each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from overlaycut.captions.bidi import levels, visual
from overlaycut.captions.fonts import EMOJI, EMOJI_STRIKE, Extent, Face, Family, font_path, opened_font
from overlaycut.captions.graphemes import can_part, graphemes, letters_can_part
from overlaycut.captions.phrases import traditional

_EMOJI_WIDE = 1.16
"""Advance of an emoji, of the font size: as wide as the circle around a capital."""
_CAPITALS = 0.727
"""Height of Inter's capitals, of the font size: what emoji are sized by."""
_EMOJI_MIDDLE = 0.36
"""How far above the baseline the middle of an emoji lies, of the font size: half the height of capitals."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line in one font and one direction, that belongs to one word."""

    text: str
    face: Face
    x: float
    """Where it begins at the left, from where its line begins."""
    advance: float
    right_to_left: bool
    language: str | None
    owner: int
    """Which of the cue's timed words it belongs to; 0 when none is timed."""

    @property
    def extent(self) -> Extent:
        """What it takes, from where it begins."""
        return _extent(self.face, self.text, self.right_to_left, self.language)


@dataclass(frozen=True, slots=True)
class SetLine:
    """A line of text, set: its pieces from left to right."""

    text: str
    pieces: tuple[Piece, ...]
    advance: float

    @property
    def extent(self) -> Extent:
        """What the whole line takes."""
        boxes = [(piece.x, piece.extent) for piece in self.pieces]
        return Extent(
            self.advance,
            min((x + e.left for x, e in boxes), default=0),
            min((e.top for _, e in boxes), default=0),
            max((x + e.right for x, e in boxes), default=0),
            max((e.bottom for _, e in boxes), default=0),
        )


class _Measure(NamedTuple):
    """What a word takes by itself: its advance, ink before and after it, and the space that follows."""

    advance: float
    before: float
    after: float
    space: float


@dataclass(frozen=True, eq=False)
class Setter:
    """Sets lines in a family of fonts at one size; it remembers the words that it has measured."""

    family: Family
    size: float
    letter_spacing: float
    """Pixels after each letter."""
    word_spacing: float
    """Pixels more between words than the font has."""
    language: str | None
    by_letter: bool = False
    """Whether letters are pieces of their own, where their script allows it."""

    @cached_property
    def face(self) -> Face:
        """The style's own font."""
        return Face(self.family.path, self.size)

    @cached_property
    def capitals(self) -> float:
        """Height of the font's capitals, in pixels."""
        return -self.face.extent("H").top

    def space_after(self, face: Face | None) -> float:
        """Room between two words, by the font of the first one."""
        font = self.face if face is None or face.path.name == EMOJI else face
        return font.extent(" ").advance + self.letter_spacing + self.word_spacing

    @cached_property
    def _measured(self) -> dict[str, _Measure]:
        return {}

    def width(self, text: str, *, swell: float = 1.0) -> float:
        """Room that a line needs when it is centred, with overhanging ink, when its words may grow by `swell`."""
        sizes = [self._measured.get(word) or self._measure(word) for word in text.split()]
        if not sizes:
            return 0.0
        advance = sum(size.advance + size.space for size in sizes) - sizes[-1].space
        over = max(sizes[0].before, sizes[-1].after, 0.0)
        return advance + 2 * over + max((swell - 1) * max(sizes[0].advance, sizes[-1].advance), 0.0)

    def _measure(self, word: str) -> _Measure:
        line = self.line(word, (), right_to_left=False)
        extent = line.extent
        space = self.space_after(line.pieces[-1].face if line.pieces else None)
        measured = _Measure(extent.advance, -extent.left, extent.right - extent.advance, space)
        self._measured[word] = measured
        return measured

    def line(self, text: str, owners: Sequence[int], *, right_to_left: bool) -> SetLine:
        """A line, its stretches in the order in which they are seen.

        `owners` has for each character of `text` the word that it belongs to.
        """
        heights = levels(text, right_to_left=right_to_left)
        stretches: list[tuple[str, Face | None, int, int]] = []
        at = 0
        for sign in graphemes(text):
            level, owner = heights[at], owners[at] if owners else 0
            at += len(sign)
            if sign.isspace():
                stretches.append((" ", None, level, owner))
                continue
            path = self.family.font_for(sign) or self.family.path
            face = Face(path, self.capitals / _CAPITALS if path.name == EMOJI else self.size)
            if stretches and stretches[-1][1] == face and stretches[-1][2] == level:
                before, _, _, own = stretches[-1]
                apart = self.by_letter or self.letter_spacing != 0 or face.path.name == EMOJI
                splits = owner != own and can_part(before[-1], sign[0])
                if not splits and not (apart and letters_can_part(before[-1] + sign[0])):
                    stretches[-1] = (before + sign, face, level, own)
                    continue
            stretches.append((sign, face, level, owner))
        pieces: list[Piece] = []
        x = 0.0
        for said, font, level, owner in visual(stretches, [stretch[2] for stretch in stretches]):
            if font is None:
                x += self.space_after(pieces[-1].face if pieces else None)
                continue
            backward = level % 2 == 1
            advance = _extent(font, said, backward, self.language).advance
            pieces.append(Piece(said, font, x, advance, backward, self.language, owner))
            x += advance + self.letter_spacing
        return SetLine(text, tuple(pieces), x - self.letter_spacing if pieces else 0.0)


def language_of(text: str) -> str | None:
    """The BCP 47 tag by which the regional forms of Han are chosen, from the company that they keep."""
    if re.search("[\u3040-\u30ff]", text):
        return "ja"
    if re.search("[\uac00-\ud7a3]", text):
        return "ko"
    if re.search("[\u3400-\u9fff]", text):
        return "zh-Hant" if traditional(text) else "zh-Hans"
    return None


def emoji_scale(size: float) -> float:
    """How much larger an emoji's bitmap is drawn at a font size than it is stored."""
    return _EMOJI_WIDE * size / _strike().advance


def emoji_drop(size: float) -> float:
    """How far the baseline of an emoji's bitmap lies below that of its line, so that it is centred on capitals."""
    strike = _strike()
    return ((-strike.top - strike.bottom) / 2 * emoji_scale(size)) - _EMOJI_MIDDLE * size


@lru_cache(maxsize=1)
def _strike() -> Extent:
    """An emoji in the pixels of its bitmap."""
    font = opened_font(font_path(EMOJI), EMOJI_STRIKE)
    left, top, right, bottom = font.getbbox("\U0001f600", anchor="ls")
    return Extent(font.getlength("\U0001f600"), left, top, right, bottom)


def _extent(face: Face, text: str, right_to_left: bool, language: str | None) -> Extent:
    if face.path.name != EMOJI:
        return face.extent(text, right_to_left=right_to_left, language=language)
    strike, scale, drop = _strike(), emoji_scale(face.size), emoji_drop(face.size)
    count = len(graphemes(text))
    return Extent(
        strike.advance * scale * count,
        strike.left * scale,
        strike.top * scale + drop,
        (strike.advance * (count - 1) + strike.right) * scale,
        strike.bottom * scale + drop,
    )
