"""Text shaping: lines of text into runs of one font, one direction and one word each, with their advances."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from overlaycut.captions.bidi import levels, visual
from overlaycut.captions.fonts import EMOJI, EMOJI_STRIKE, Extent, Face, FontStack, font_path, opened_font
from overlaycut.captions.graphemes import can_split_between, graphemes, letters_are_separate
from overlaycut.captions.phrases import traditional

# Emoji are sized by Inter's metrics, in font sizes.
_EMOJI_ADVANCE = 1.16
"""Advance of an emoji: the diameter of the circle around a capital."""
_CAP_HEIGHT = 0.727
"""Cap height of Inter."""
_EMOJI_CENTRE = 0.36
"""Height of an emoji's centre above the baseline: half the cap height."""


@dataclass(frozen=True, slots=True)
class TextRun:
    """A run of a line in one font and one direction that belongs to one word."""

    text: str
    face: Face
    x: float
    """Left end of the run, from the left end of its line, in pixels."""
    advance: float
    right_to_left: bool
    language: str | None
    word: int
    """Index of the timed word of the cue that it belongs to; 0 when none is timed."""

    @property
    def extent(self) -> Extent:
        """Its extents, from its left end."""
        return _extent(self.face, self.text, self.right_to_left, self.language)


@dataclass(frozen=True, slots=True)
class ShapedLine:
    """A line of text as runs in visual order, from left to right."""

    text: str
    runs: tuple[TextRun, ...]
    advance: float

    @property
    def extent(self) -> Extent:
        """The extents of the whole line."""
        boxes = [(run.x, run.extent) for run in self.runs]
        return Extent(
            self.advance,
            min((x + e.left for x, e in boxes), default=0),
            min((e.top for _, e in boxes), default=0),
            max((x + e.right for x, e in boxes), default=0),
            max((e.bottom for _, e in boxes), default=0),
        )


class _Measure(NamedTuple):
    """Extents of a word: its advance, ink beyond both ends, and the space that follows."""

    advance: float
    before: float
    after: float
    space: float


class _Stretch(NamedTuple):
    """Text with one face and one bidi level; no face for white space."""

    text: str
    face: Face | None
    level: int
    word: int


@dataclass(frozen=True, eq=False)
class Shaper:
    """Shapes lines in a font stack at one size; measured words are remembered."""

    fonts: FontStack
    size: float
    """Pixels per em."""
    letter_spacing: float
    """Pixels added after each letter."""
    word_spacing: float
    """Pixels added to the font's own space between words."""
    language: str | None
    by_letter: bool = False
    """Whether letters are runs of their own, where their script allows it."""

    @cached_property
    def face(self) -> Face:
        """The style's own font."""
        return Face(self.fonts.path, self.size)

    @cached_property
    def cap_height(self) -> float:
        """In pixels."""
        return -self.face.extent("H").top

    def space_after(self, face: Face | None) -> float:
        """Space between two words, in the font of the first one."""
        font = self.face if face is None or face.path.name == EMOJI else face
        return font.extent(" ").advance + self.letter_spacing + self.word_spacing

    def width(self, text: str, *, scale: float = 1.0) -> float:
        """Width of a centred line with overhanging ink, in pixels, when its words may grow to `scale`."""
        words = [self._measured.get(word) or self._measure(word) for word in text.split()]
        if not words:
            return 0.0
        advance = sum(word.advance + word.space for word in words) - words[-1].space
        overhang = max(words[0].before, words[-1].after, 0.0)
        return advance + 2 * overhang + max((scale - 1) * max(words[0].advance, words[-1].advance), 0.0)

    def line(self, text: str, words: Sequence[int], *, right_to_left: bool) -> ShapedLine:
        """A shaped line. `words` has for each character of `text` the index of its word, or is empty."""
        stretches = self._stretches(text, words, levels(text, right_to_left=right_to_left))
        runs: list[TextRun] = []
        x = 0.0
        for stretch in visual(stretches, [stretch.level for stretch in stretches]):
            if stretch.face is None:
                x += self.space_after(runs[-1].face if runs else None)
                continue
            backward = stretch.level % 2 == 1
            advance = _extent(stretch.face, stretch.text, backward, self.language).advance
            runs.append(TextRun(stretch.text, stretch.face, x, advance, backward, self.language, stretch.word))
            x += advance + self.letter_spacing
        return ShapedLine(text, tuple(runs), x - self.letter_spacing if runs else 0.0)

    def _stretches(self, text: str, words: Sequence[int], text_levels: Sequence[int]) -> list[_Stretch]:
        """The text in logical order, clusters joined where they may be drawn as one run."""
        stretches: list[_Stretch] = []
        at = 0
        for cluster in graphemes(text):
            level, word = text_levels[at], words[at] if words else 0
            at += len(cluster)
            if cluster.isspace():
                stretches.append(_Stretch(" ", None, level, word))
                continue
            path = self.fonts.font_for(cluster) or self.fonts.path
            face = Face(path, self.cap_height / _CAP_HEIGHT if path.name == EMOJI else self.size)
            new = _Stretch(cluster, face, level, word)
            if stretches and self._continues(stretches[-1], new):
                stretches[-1] = stretches[-1]._replace(text=stretches[-1].text + cluster)
            else:
                stretches.append(new)
        return stretches

    def _continues(self, before: _Stretch, new: _Stretch) -> bool:
        """Whether a cluster joins the run before it: letters that join do so across words."""
        if before.face is None or (before.face, before.level) != (new.face, new.level):
            return False
        last, first = before.text[-1], new.text[0]
        if before.word != new.word and can_split_between(last, first):
            return False
        apart = self.by_letter or self.letter_spacing != 0 or before.face.path.name == EMOJI
        return not (apart and letters_are_separate(last + first))

    @cached_property
    def _measured(self) -> dict[str, _Measure]:
        return {}

    def _measure(self, word: str) -> _Measure:
        line = self.line(word, (), right_to_left=False)
        extent = line.extent
        space = self.space_after(line.runs[-1].face if line.runs else None)
        measured = _Measure(extent.advance, -extent.left, extent.right - extent.advance, space)
        self._measured[word] = measured
        return measured


def language_of(text: str) -> str | None:
    """The BCP 47 tag that selects the regional forms of Han, by the scripts that accompany it."""
    if re.search("[\u3040-\u30ff]", text):
        return "ja"
    if re.search("[\uac00-\ud7a3]", text):
        return "ko"
    if re.search("[\u3400-\u9fff]", text):
        return "zh-Hant" if traditional(text) else "zh-Hans"
    return None


def emoji_scale(size: float) -> float:
    """The scale of an emoji's bitmap strike at a font size in pixels."""
    return _EMOJI_ADVANCE * size / _strike().advance


def emoji_drop(size: float) -> float:
    """Pixels from the baseline of a line down to that of an emoji's bitmap, which is centred on capitals."""
    strike = _strike()
    return ((-strike.top - strike.bottom) / 2 * emoji_scale(size)) - _EMOJI_CENTRE * size


@lru_cache(maxsize=1)
def _strike() -> Extent:
    """The extents of an emoji in the pixels of its bitmap strike."""
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
