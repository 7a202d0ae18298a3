"""Line breaking: text into units that stay together, and units into balanced lines."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from overlaycut.captions.graphemes import graphemes
from overlaycut.captions.phrases import phrases, unspaced

Width: TypeAlias = Callable[[str], float]
"""Width of a text on one line, in pixels."""

_SENTENCE_END = ".!?…。！？"
_CLAUSE_END = ",;:–—，、；："
_CLOSING = "\"'”’»)]}"
_DASHES = "-–—"

_FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        a an the this that these those of in on at to for from by with as into than and or but nor so if because
        when while my your his her its our their i you he she we they it who which is are was were be not no very too
        """,
    )
)
"""English words that belong to what follows them."""

_SPACE = re.compile(r"[ \t\n\v\f\r\u1680\u2000-\u2006\u2008-\u200b\u205f\u3000]+")
"""White space at which a line may end: not the no-break spaces."""
_IN_WORD = re.compile(r"(?<=[^\W\d_][^\W\d_][-–—/])(?=[^\W\d_]{2})")
"""Break opportunity after a hyphen, a dash or a slash between letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineBreakPenalties:
    """Penalties of line ends, in units of squared unevenness.

    The unevenness of a line is its difference from the mean width over the width available: 0.04 is a line that is a
    fifth of the width too long. Negative values favour a break. Chosen by eye on the shipped styles; checked by
    tests/captions/test_layout.py.
    """

    sentence_end: float = -0.10
    clause_end: float = -0.05
    pause: float = -0.07
    """Added where the speaker pauses; a function word costs nothing there."""
    function_word: float = 0.06
    hyphen: float = 0.03
    most_balanced_lines: int = 6
    """Lines up to which a text is balanced; longer texts are filled first-fit, which bounds the time."""

    @property
    def best(self) -> float:
        """The lowest penalty of a line end."""
        return min(self.sentence_end, self.clause_end)


@dataclass(frozen=True, slots=True)
class Unit:
    """A word with its punctuation: broken only when it is wider than a line."""

    text: str
    glue: str
    """Text between this unit and the next one on the same line."""
    penalty: float
    """Of ending a line after this unit."""
    forced: bool = False
    """Whether a line must end after this unit."""


@lru_cache(maxsize=64)
def units(
    text: str,
    *,
    uppercase: bool = False,
    pauses: frozenset[int] = frozenset(),
    penalties: LineBreakPenalties = LineBreakPenalties(),
) -> tuple[Unit, ...]:
    """The units of a text.

    Line breaks in it are spaces, except in a dialogue (lines that begin with a dash), where they are kept. `pauses`
    are counts of characters, white space left out, after which the speaker pauses.
    """
    given = [line for line in text.splitlines() if line.strip()]
    dialogue = sum(line.lstrip()[0] in _DASHES for line in given) > 1
    found: list[Unit] = []
    for line in given:
        own = _line_units(line.upper() if uppercase else line, penalties)
        if own and dialogue:
            own[-1] = replace(own[-1], forced=True)
        found.extend(own)
    return _with_pauses(found, pauses, penalties)


@lru_cache(maxsize=64)
def units_of_lines(
    text: str, *, uppercase: bool = False, penalties: LineBreakPenalties = LineBreakPenalties()
) -> tuple[Unit, ...]:
    """The units of a text whose own line breaks are all kept."""
    found: list[Unit] = []
    for line in text.splitlines():
        if own := _line_units(line.upper() if uppercase else line, penalties):
            own[-1] = replace(own[-1], forced=True)
            found.extend(own)
    return tuple(found)


def first_fit(parts: Sequence[Unit], width: Width, available: float) -> tuple[str, ...] | None:
    """The units in the fewest lines no wider than `available`, or None when a unit alone is wider."""
    lines: list[str] = []
    line, glue = "", ""
    for part in parts:
        joined = line + glue + part.text
        if line and width(joined) > available:
            lines.append(line)
            joined = part.text
        if joined == part.text and width(joined) > available:
            return None
        line, glue = joined, part.glue
        if part.forced:
            lines.append(line)
            line, glue = "", ""
    return (*lines, line) if line else tuple(lines)


def balanced(
    parts: Sequence[Unit], width: Width, available: float, *, most: int = LineBreakPenalties().most_balanced_lines
) -> tuple[tuple[str, ...], float] | None:
    """The units in as few lines as `first_fit` takes, broken at the least cost, and that cost.

    Dynamic programming over break points, after Knuth and Plass (1981). More than `most` lines are not balanced.
    None when a unit is too wide.
    """
    filled = first_fit(parts, width, available)
    if filled is None or not 1 < len(filled) <= most:
        return None if filled is None else (filled, 0.0)
    count = len(filled)
    target = sum(width(line) for line in filled) / count
    # best[k][n]: the cost of the first n units in k lines, and the unit with which the last of these begins.
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for k in range(count):
        best.append(_next_line(parts, best[k], width, available, target))
    if len(parts) not in best[count]:  # shaping can make a line wider than a longer one
        return filled, 0.0
    lines: list[str] = []
    end = len(parts)
    for k in range(count, 0, -1):
        begin = best[k][end][1]
        lines.append(_joined(parts[begin:end]))
        end = begin
    return tuple(lines[::-1]), best[count][len(parts)][0]


def split_unit(part: Unit, width: Width, available: float) -> tuple[Unit, ...]:
    """A unit cut between grapheme clusters where it reaches the end of a line. No hyphen is added."""
    if width(part.text) <= available:
        return (part,)
    cut = [""]
    for cluster in graphemes(part.text):
        if cut[-1] and width(cut[-1] + cluster) > available:
            cut.append("")
        cut[-1] += cluster
    heads = tuple(Unit(text, "", 0.0) for text in cut[:-1])
    return (*heads, replace(part, text=cut[-1]))


def _next_line(
    parts: Sequence[Unit], above: dict[int, tuple[float, int]], width: Width, available: float, target: float
) -> dict[int, tuple[float, int]]:
    """The least cost of every end of a line below those in `above`, and where that line begins."""
    row: dict[int, tuple[float, int]] = {}
    for begin, (cost, _) in above.items():
        line, glue = "", ""
        for n, part in enumerate(parts[begin:], start=begin + 1):
            line, glue = line + glue + part.text, part.glue
            wide = width(line)
            if wide > available:
                break
            total = cost + ((wide - target) / available) ** 2 + (part.penalty if n < len(parts) else 0.0)
            if n not in row or total < row[n][0]:
                row[n] = total, begin
            if part.forced:
                break
    return row


def _line_units(line: str, penalties: LineBreakPenalties) -> list[Unit]:
    found: list[Unit] = []
    for word in _with_punctuation(line):
        if any(map(unspaced, word)):
            *first, last = phrases(word)
            found.extend(Unit(phrase, "", min(_penalty(phrase, penalties), 0.0)) for phrase in first)
            found.append(Unit(last, " ", _penalty(last, penalties)))
            continue
        *heads, tail = _IN_WORD.split(word)
        found.extend(Unit(head, "", penalties.hyphen) for head in heads)
        found.append(Unit(tail, " ", _penalty(tail, penalties)))
    return found


def _with_punctuation(line: str) -> list[str]:
    """Words; punctuation that stands alone joins the word before it, or after it when it opens or comes first."""
    visible = "".join(c for c in line if unicodedata.category(c) != "Cc" or c.isspace())
    words: list[str] = []
    opening = ""
    for token in filter(None, _SPACE.split(visible)):
        alone = not any(character.isalnum() for character in token)
        if alone and (not words or unicodedata.category(token[0]) in {"Ps", "Pi"}):
            opening += token + " "
        elif alone and not opening:
            words[-1] += " " + token
        else:
            words.append(opening + token)
            opening = ""
    if opening:
        words.append(opening.rstrip())
    return words


def _penalty(word: str, penalties: LineBreakPenalties) -> float:
    bare = word.rstrip(_CLOSING)
    if bare.endswith(tuple(_SENTENCE_END)):
        return penalties.sentence_end
    if bare.endswith(tuple(_CLAUSE_END)):
        return penalties.clause_end
    return penalties.function_word if word.casefold() in _FUNCTION_WORDS else 0.0


def _joined(parts: Sequence[Unit]) -> str:
    return "".join(part.text + part.glue for part in parts[:-1]) + parts[-1].text


def _with_pauses(parts: Sequence[Unit], pauses: Container[int], penalties: LineBreakPenalties) -> tuple[Unit, ...]:
    found, letters = [], 0
    for part in parts:
        letters += sum(not character.isspace() for character in part.text)
        paused = letters in pauses
        found.append(replace(part, penalty=min(part.penalty, 0.0) + penalties.pause) if paused else part)
    return tuple(found)
