"""Where lines end: words into units that stay together, and units into lines."""

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
"""How wide a text is on one line, in pixels."""

_SENTENCE_END = ".!?…。！？"
_CLAUSE_END = ",;:–—，、；："
_CLOSING = "\"'”’»)]}"
_DASHES = "-–—"

# A line of least unevenness is sought. Unevenness is the square of what a line misses of the mean, as a share of the
# room; the prices below are in the same currency. 0.04 is a line that is a fifth of the room too long.
_SENTENCE_PRICE, _CLAUSE_PRICE, _PAUSE_PRICE = -0.10, -0.05, -0.07
_CLINGING_PRICE = 0.06
BEST_PRICE = min(_SENTENCE_PRICE, _CLAUSE_PRICE)
"""What ending a line costs at the very best place."""

_HYPHEN_PRICE = 0.03

_CLINGING = frozenset(
    re.findall(
        r"\w+",
        """
        a an the this that these those of in on at to for from by with as into than and or but nor so if because
        when while my your his her its our their i you he she we they it who which is are was were be not no very too
        """,
    )
)
"""English words that belong to what follows: a line does not end in one where it can be helped."""

_MOST_BALANCED = 6
"""Lines up to which a text is balanced; a longer one fills its lines, so that no text takes minutes to break."""

_NEVER_FIRST = frozenset(
    "、。，．・：；？！!?,.:;…‥ー～」』）】〉》〕］｝”’)]}」ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々ๆฯ%％"
)
"""Signs that begin no line (JIS X 4051 and the Chinese and Thai rules like it)."""
_NEVER_LAST = frozenset("「『（【〈《〔［｛“‘([{$＄￥")
"""Signs that end no line."""

_SPACE = re.compile(r"[ \t\n\v\f\r\u1680\u2000-\u2006\u2008-\u200b\u205f\u3000]+")
"""White space at which a line may end: not the no-break spaces."""
_IN_WORD = re.compile(r"(?<=[^\W\d_][^\W\d_][-–—/])(?=[^\W\d_]{2})")
"""After a hyphen, a dash or a slash between letters a line may end too."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What is never parted unless it is wider than a line: a word with the signs that cling to it."""

    text: str
    glue: str
    """What stands between this unit and the next one on the same line."""
    price: float
    """What it costs to end a line here; below 0 where people pause."""
    ends: bool = False
    """Whether a line must end here."""


@lru_cache(maxsize=64)
def units(text: str, *, uppercase: bool = False, pauses: frozenset[int] = frozenset()) -> tuple[Unit, ...]:
    """The units of a text.

    Line breaks in it are spaces, except where each line is somebody else's: there they stay. `pauses` are counts of
    characters, white space left out, after which the speaker pauses.
    """
    given = [line for line in text.splitlines() if line.strip()]
    spoken = sum(line.lstrip()[0] in _DASHES for line in given) > 1
    found: list[Unit] = []
    for line in given:
        own = _line_units(line.upper() if uppercase else line)
        if own and spoken:
            own[-1] = replace(own[-1], ends=True)
        found.extend(own)
    return _with_pauses(found, pauses)


@lru_cache(maxsize=64)
def with_given_breaks(text: str, *, uppercase: bool = False) -> tuple[Unit, ...]:
    """The units of a text whose own line breaks are all kept."""
    found: list[Unit] = []
    for line in text.splitlines():
        if own := _line_units(line.upper() if uppercase else line):
            own[-1] = replace(own[-1], ends=True)
            found.extend(own)
    return tuple(found)


def filled(parts: Sequence[Unit], width: Width, room: float) -> tuple[str, ...] | None:
    """The units in the fewest lines no wider than `room`, or None when a unit alone is wider."""
    lines: list[str] = []
    line, glue = "", ""
    for part in parts:
        joined = line + glue + part.text
        if line and width(joined) > room:
            lines.append(line)
            joined = part.text
        if joined == part.text and width(joined) > room:
            return None
        line, glue = joined, part.glue
        if part.ends:
            lines.append(line)
            line, glue = "", ""
    return (*lines, line) if line else tuple(lines)


def balanced(parts: Sequence[Unit], width: Width, room: float) -> tuple[tuple[str, ...], float] | None:
    """The units in as few lines as `filled` takes, broken where it costs least, and what it costs.

    Dynamic programming over break points, as Knuth and Plass (1981) break paragraphs. None when a unit is too wide.
    """
    first_fit = filled(parts, width, room)
    if first_fit is None or not 1 < len(first_fit) <= _MOST_BALANCED:
        return None if first_fit is None else (first_fit, 0.0)
    count = len(first_fit)
    target = sum(width(line) for line in first_fit) / count
    # best[k][n]: what the first n units cost in k lines, and where the last of these begins.
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for k in range(count):
        row: dict[int, tuple[float, int]] = {}
        for begin, (cost, _) in best[k].items():
            line, glue = "", ""
            for n, part in enumerate(parts[begin:], start=begin + 1):
                line, glue = line + glue + part.text, part.glue
                wide = width(line)
                if wide > room:
                    break
                price = cost + ((wide - target) / room) ** 2 + (part.price if n < len(parts) else 0.0)
                if n not in row or price < row[n][0]:
                    row[n] = price, begin
                if part.ends:
                    break
        best.append(row)
    if len(parts) not in best[count]:  # shaping can make a line wider than a longer one; first fit stands
        return first_fit, 0.0
    lines: list[str] = []
    end = len(parts)
    for k in range(count, 0, -1):
        begin = best[k][end][1]
        lines.append(_joined(parts[begin:end]))
        end = begin
    return tuple(lines[::-1]), best[count][len(parts)][0]


def pieces(part: Unit, width: Width, room: float) -> tuple[Unit, ...]:
    """A unit cut where it reaches the end of a line; letters keep their marks. No hyphen is added."""
    if width(part.text) <= room:
        return (part,)
    cut = [""]
    for cluster in graphemes(part.text):
        if cut[-1] and width(cut[-1] + cluster) > room:
            cut.append("")
        cut[-1] += cluster
    heads = tuple(Unit(text, "", 0.0) for text in cut[:-1])
    return (*heads, replace(part, text=cut[-1]))


def _line_units(line: str) -> list[Unit]:
    """Words with the signs around them: a sign that stands alone goes with the word before it.

    A sign that opens, or stands first, goes with the word after it.
    """
    visible = "".join(c for c in line if unicodedata.category(c) != "Cc" or c.isspace())
    tokens = [token for token in _SPACE.split(visible) if token]
    words: list[str] = []
    opening = ""
    for token in tokens:
        lone = not any(character.isalnum() for character in token)
        if lone and (not words or unicodedata.category(token[0]) in {"Ps", "Pi"}):
            opening += token + " "
        elif lone and not opening:
            words[-1] += " " + token
        else:
            words.append(opening + token)
            opening = ""
    if opening:
        words.append(opening.rstrip())
    found: list[Unit] = []
    for word in words:
        if any(map(unspaced, word)):
            *first, last = phrases(word)
            found.extend(Unit(phrase, "", min(_price(phrase), 0.0)) for phrase in first)
            found.append(Unit(last, " ", _price(last)))
            continue
        *heads, tail = _IN_WORD.split(word)
        found.extend(Unit(head, "", _HYPHEN_PRICE) for head in heads)
        found.append(Unit(tail, " ", _price(tail)))
    return found


def _price(word: str) -> float:
    bare = word.rstrip(_CLOSING)
    if bare.endswith(tuple(_SENTENCE_END)):
        return _SENTENCE_PRICE
    if bare.endswith(tuple(_CLAUSE_END)):
        return _CLAUSE_PRICE
    return _CLINGING_PRICE if word.casefold() in _CLINGING else 0.0


def _joined(parts: Sequence[Unit]) -> str:
    return "".join(part.text + part.glue for part in parts[:-1]) + parts[-1].text


def _with_pauses(parts: Sequence[Unit], pauses: Container[int]) -> tuple[Unit, ...]:
    found, letters = [], 0
    for part in parts:
        letters += sum(not character.isspace() for character in part.text)
        found.append(replace(part, price=min(part.price, 0.0) + _PAUSE_PRICE) if letters in pauses else part)
    return tuple(found)
