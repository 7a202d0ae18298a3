"""Edit distances between texts as readers see them.

OCR confuses case, width and look-alikes on good lettering, and reads neighbouring words along. Strings are folded
first, characters that are drawn alike cost a fraction of an edit, and the expected string may lie anywhere inside the
reading (fitting, or substring, edit distance: Sellers, 1980).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_ALIKE = ("0oq", "1lij", "5s", "8b", "2z", "6g", "9gq", "uv")
"""Groups of folded characters that readers mix up; a change inside a group is weak evidence of damage."""

_ALIKE_COST = 0.35
"""Of a full edit. Not 0: melting turns letters into look-alikes first, so the change must still be seen."""

_REMEMBERED = 4096
"""Results that are kept: the readings of a clip are few, and are compared in pairs again and again."""

_PAIRS = frozenset((one, other) for group in _ALIKE for one in group for other in group if one != other)


@lru_cache(maxsize=_REMEMBERED)
def folded(text: str) -> str:
    """`text` without what readers get wrong on good lettering: NFKC, case folded, letters and digits only."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return "".join(c for c in unicodedata.normalize("NFC", bare) if c.isalnum())


def is_sign(character: str) -> bool:
    """Whether a character is a sign of Chinese or Japanese, of which a word has few: U+2E81 and above."""
    return ord(character) > 0x2E80


def substitution(one: str, other: str) -> float:
    """Cost of substituting one folded character for another, 0..1."""
    if one == other:
        return 0.0
    return _ALIKE_COST if (one, other) in _PAIRS else 1.0


@lru_cache(maxsize=_REMEMBERED)
def fitting_distance(expected: str, read: str) -> float:
    """Least edits that turn some substring of `read` into `expected`; both folded. From 0 to len(expected)."""
    return min(_last_row(expected, read, [0.0] * (len(read) + 1)))


@lru_cache(maxsize=_REMEMBERED)
def distance(one: str, other: str) -> float:
    """Least edits that turn one folded string into the other."""
    return _last_row(one, other, [float(n) for n in range(len(other) + 1)])[-1]


def _last_row(wanted: str, read: str, row: list[float]) -> list[float]:
    """Costs of turning every prefix of `read` into `wanted`; `row` is the cost of leaving out each prefix."""
    for number, letter in enumerate(wanted, start=1):
        before, row[0] = row[0], float(number)
        for place, found in enumerate(read, start=1):
            diagonal = before + substitution(letter, found)
            before = row[place]
            row[place] = min(diagonal, before + 1, row[place - 1] + 1)
    return row


def similarity(expected: str, read: str) -> float:
    """How much of `expected` is somewhere in `read`: 1 all of it, 0 none of it.

    An empty reading gives 0. An expected text without a letter or a digit gives 0 unless the strings are equal.
    """
    wanted, found = folded(expected), folded(read)
    if not wanted:
        return float(expected.strip() == read.strip())
    return max(0.0, 1.0 - fitting_distance(wanted, found) / len(wanted))


def likeness(one: str, other: str) -> float:
    """Similarity of two whole strings, 0..1; unlike `similarity` neither may contain the other."""
    a, b = folded(one), folded(other)
    if not a or not b:
        return float(bool(one.strip()) and one.strip() == other.strip())
    return max(0.0, 1.0 - distance(a, b) / max(len(a), len(b)))
