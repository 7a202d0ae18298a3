"""How far long work is."""

from __future__ import annotations

from overlaycut.core.progress import counted, unheard


def test_every_item_is_told_once_it_has_been_taken() -> None:
    told: list[tuple[str, int, int | None]] = []
    items = counted(iter("ab"), lambda *said: told.append(said), "render", 2)
    assert told == []
    assert next(items) == "a"
    assert told == [("render", 0, 2)]
    assert list(items) == ["b"]
    assert told == [("render", 0, 2), ("render", 1, 2), ("render", 2, 2)]


def test_nobody_has_to_listen() -> None:
    assert list(counted(iter([1, 2, 3]), unheard, "render", None)) == [1, 2, 3]
