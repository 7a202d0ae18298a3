"""Text that runs both ways: which level every character is on, and the order in which stretches stand on a line.

The Unicode Bidirectional Algorithm (UAX #9, revision 50) without explicit embeddings and isolates, whose controls
subtitles hardly hold: they are passed over as rule X9 says. Rules are named where they are carried out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")

_PAIRS = dict(zip("([{«‹「『（【〈《", ")]}»›」』）】〉》", strict=True))
"""Brackets that rule N0 keeps together (a part of BidiBrackets.txt: those that subtitles hold, and quotation marks)."""
_CLOSING = {closing: opening for opening, closing in _PAIRS.items()}

_PASSED_OVER = frozenset({"BN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def runs_right_to_left(text: str) -> bool:
    """Whether a paragraph begins at the right: its first strong character decides (P2, P3)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in {"L", "R", "AL"}:
            return kind != "L"
    return False


def levels(text: str, *, right_to_left: bool) -> list[int]:
    """The embedding level of each character of a line: even runs left to right, odd right to left."""
    base = 1 if right_to_left else 0
    kinds = [unicodedata.bidirectional(character) or "L" for character in text]
    outer = "R" if right_to_left else "L"
    _resolve_weak(kinds, outer)
    _resolve_brackets(text, kinds, outer)
    _resolve_neutral(kinds, outer)
    found = []
    for kind in kinds:
        if kind == "R":
            found.append(base + (base + 1) % 2)  # I1, I2
        elif kind in {"AN", "EN"}:
            found.append(base + 2 - base % 2)
        else:
            found.append(base + base % 2)
    at = len(text)
    while at and unicodedata.bidirectional(text[at - 1]) in {"WS", "B", "S"}:  # L1
        at -= 1
        found[at] = base
    return found


def visual(items: Sequence[Item], heights: Sequence[int]) -> list[Item]:
    """`items` with their levels, in logical order, from left to right (L2)."""
    order = list(range(len(items)))
    for height in range(max(heights, default=0), 0, -1):
        start = 0
        while start < len(order):
            if heights[order[start]] < height:
                start += 1
                continue
            end = start
            while end < len(order) and heights[order[end]] >= height:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = end
    return [items[n] for n in order]


def _resolve_weak(kinds: list[str], outer: str) -> None:
    before = outer
    for n, kind in enumerate(kinds):  # W1; what X9 removes takes its neighbour's kind
        if kind == "NSM" or kind in _PASSED_OVER:
            kinds[n] = before
        before = kinds[n]
    strong = outer
    for n, kind in enumerate(kinds):  # W2, W3
        if kind in {"L", "R", "AL"}:
            strong = kind
        if kind == "EN" and strong == "AL":
            kinds[n] = "AN"
        elif kind == "AL":
            kinds[n] = "R"
    for n in range(1, len(kinds) - 1):  # W4
        if kinds[n - 1] == kinds[n + 1] and (
            (kinds[n] in {"ES", "CS"} and kinds[n - 1] == "EN") or (kinds[n] == "CS" and kinds[n - 1] == "AN")
        ):
            kinds[n] = kinds[n - 1]
    n = 0
    while n < len(kinds):  # W5
        end = n
        while end < len(kinds) and kinds[end] == "ET":
            end += 1
        if end > n and ((n and kinds[n - 1] == "EN") or (end < len(kinds) and kinds[end] == "EN")):
            kinds[n:end] = ["EN"] * (end - n)
        n = max(end, n + 1)
    strong = outer
    for n, kind in enumerate(kinds):  # W6, W7
        if kind in {"ES", "CS", "ET"}:
            kinds[n] = "ON"
        elif kind in {"L", "R"}:
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[n] = "L"


def _strong(kind: str) -> str | None:
    """The direction that neutral characters see: numbers count as right to left (N0, N1)."""
    return "L" if kind == "L" else "R" if kind in {"R", "EN", "AN"} else None


def _resolve_brackets(text: str, kinds: list[str], outer: str) -> None:
    pairs: list[tuple[int, int]] = []
    waiting: list[tuple[str, int]] = []
    for n, character in enumerate(text):
        if kinds[n] != "ON":
            continue
        if character in _PAIRS:
            waiting.append((character, n))
        elif character in _CLOSING:
            for depth in range(len(waiting) - 1, -1, -1):
                if waiting[depth][0] == _CLOSING[character]:
                    pairs.append((waiting[depth][1], n))
                    del waiting[depth:]
                    break
    for opening, closing in sorted(pairs):  # N0
        inside = {_strong(kind) for kind in kinds[opening + 1 : closing]} - {None}
        if not inside:
            continue
        direction = outer
        if outer not in inside:
            before = next((s for kind in reversed(kinds[:opening]) if (s := _strong(kind))), outer)
            direction = before if before in inside else outer
        kinds[opening] = kinds[closing] = direction


def _resolve_neutral(kinds: list[str], outer: str) -> None:
    n = 0
    while n < len(kinds):  # N1, N2
        end = n
        while end < len(kinds) and _strong(kinds[end]) is None:
            end += 1
        if end > n:
            before = _strong(kinds[n - 1]) if n else outer
            after = _strong(kinds[end]) if end < len(kinds) else outer
            kinds[n:end] = [before if before == after and before else outer] * (end - n)
        n = max(end, n + 1)
