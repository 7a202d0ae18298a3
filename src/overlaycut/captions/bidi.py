"""Bidirectional text: embedding levels of characters and the visual order of runs on a line.

Implements the Unicode Bidirectional Algorithm (UAX #9, revision 50) except explicit embeddings and isolates, whose
controls are removed as by rule X9. Quotation marks are paired like brackets in rule N0. Comments name the rules.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")

_PAIRS = dict(zip("([{«‹「『（【〈《", ")]}»›」』）】〉》", strict=True))
"""Paired brackets of rule N0: those of BidiBrackets.txt that occur in subtitles, and quotation marks."""
_OPENING_OF = {closing: opening for opening, closing in _PAIRS.items()}

_REMOVED = frozenset({"BN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
"""Bidi classes that rule X9 removes, and those of isolates."""


def runs_right_to_left(text: str) -> bool:
    """Whether the paragraph level is 1: the first strong character is R or AL (P2, P3)."""
    for character in text:
        bidi_class = unicodedata.bidirectional(character)
        if bidi_class in {"L", "R", "AL"}:
            return bidi_class != "L"
    return False


def levels(text: str, *, right_to_left: bool) -> list[int]:
    """The embedding level (0..2) of each character of a line: even is left to right, odd right to left."""
    base = int(right_to_left)
    classes = [unicodedata.bidirectional(character) or "L" for character in text]
    embedding = "R" if right_to_left else "L"
    _resolve_weak(classes, embedding)
    _resolve_brackets(text, classes, embedding)
    _resolve_neutral(classes, embedding)
    found = [_implicit_level(bidi_class, base) for bidi_class in classes]
    end = len(text)
    while end and unicodedata.bidirectional(text[end - 1]) in {"WS", "B", "S"}:  # L1
        end -= 1
        found[end] = base
    return found


def visual(items: Sequence[Item], item_levels: Sequence[int]) -> list[Item]:
    """`items`, given in logical order with their levels, from left to right (L2)."""
    order = list(range(len(items)))
    for level in range(max(item_levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            if item_levels[order[start]] < level:
                start += 1
                continue
            end = start
            while end < len(order) and item_levels[order[end]] >= level:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = end
    return [items[n] for n in order]


def _implicit_level(bidi_class: str, base: int) -> int:
    if bidi_class == "R":
        return base + (base + 1) % 2  # I1, I2
    if bidi_class in {"AN", "EN"}:
        return base + 2 - base % 2
    return base + base % 2


def _resolve_weak(classes: list[str], embedding: str) -> None:
    _resolve_marks(classes, embedding)
    _resolve_arabic(classes, embedding)
    _resolve_separators(classes)
    _resolve_terminators(classes)
    _resolve_european(classes, embedding)


def _resolve_marks(classes: list[str], embedding: str) -> None:
    """W1; a removed character takes the class of the one before it, too."""
    before = embedding
    for n, bidi_class in enumerate(classes):
        if bidi_class == "NSM" or bidi_class in _REMOVED:
            classes[n] = before
        before = classes[n]


def _resolve_arabic(classes: list[str], embedding: str) -> None:
    """W2 and W3."""
    strong = embedding
    for n, bidi_class in enumerate(classes):
        if bidi_class in {"L", "R", "AL"}:
            strong = bidi_class
        if bidi_class == "EN" and strong == "AL":
            classes[n] = "AN"
        elif bidi_class == "AL":
            classes[n] = "R"


def _resolve_separators(classes: list[str]) -> None:
    """W4."""
    for n in range(1, len(classes) - 1):
        before, here, after = classes[n - 1 : n + 2]
        if before == after and ((before == "EN" and here in {"ES", "CS"}) or (before == "AN" and here == "CS")):
            classes[n] = before


def _resolve_terminators(classes: list[str]) -> None:
    """W5."""
    start = 0
    while start < len(classes):
        end = start
        while end < len(classes) and classes[end] == "ET":
            end += 1
        if end > start and "EN" in (*classes[max(start - 1, 0) : start], *classes[end : end + 1]):
            classes[start:end] = ["EN"] * (end - start)
        start = max(end, start + 1)


def _resolve_european(classes: list[str], embedding: str) -> None:
    """W6 and W7."""
    strong = embedding
    for n, bidi_class in enumerate(classes):
        if bidi_class in {"ES", "CS", "ET"}:
            classes[n] = "ON"
        elif bidi_class in {"L", "R"}:
            strong = bidi_class
        elif bidi_class == "EN" and strong == "L":
            classes[n] = "L"


def _strong(bidi_class: str) -> str | None:
    """The direction that a class has for its neutral neighbours: numbers count as R (N0, N1)."""
    return "L" if bidi_class == "L" else "R" if bidi_class in {"R", "EN", "AN"} else None


def _bracket_pairs(text: str, classes: Sequence[str]) -> list[tuple[int, int]]:
    """Indices of opening and closing brackets that belong together, in the order of the opening ones (BD16)."""
    pairs: list[tuple[int, int]] = []
    unclosed: list[tuple[str, int]] = []
    for n, character in enumerate(text):
        if classes[n] != "ON":
            continue
        if character in _PAIRS:
            unclosed.append((character, n))
        elif opening := _OPENING_OF.get(character):
            depth = next((d for d in reversed(range(len(unclosed))) if unclosed[d][0] == opening), None)
            if depth is not None:
                pairs.append((unclosed[depth][1], n))
                del unclosed[depth:]
    return sorted(pairs)


def _resolve_brackets(text: str, classes: list[str], embedding: str) -> None:
    """N0."""
    for opening, closing in _bracket_pairs(text, classes):
        inside = {_strong(bidi_class) for bidi_class in classes[opening + 1 : closing]} - {None}
        if not inside:
            continue
        direction = embedding
        if embedding not in inside:
            before = next((s for c in reversed(classes[:opening]) if (s := _strong(c))), embedding)
            direction = before if before in inside else embedding
        for bracket in (opening, closing):
            classes[bracket] = direction
            for n in range(bracket + 1, len(text)):  # marks on a bracket follow it
                if unicodedata.bidirectional(text[n]) != "NSM":
                    break
                classes[n] = direction


def _resolve_neutral(classes: list[str], embedding: str) -> None:
    """N1 and N2."""
    start = 0
    while start < len(classes):
        end = start
        while end < len(classes) and _strong(classes[end]) is None:
            end += 1
        if end > start:
            before = _strong(classes[start - 1]) if start else embedding
            after = _strong(classes[end]) if end < len(classes) else embedding
            classes[start:end] = [before if before == after and before else embedding] * (end - start)
        start = max(end, start + 1)
