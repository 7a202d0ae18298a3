"""How far long work is."""

from __future__ import annotations

from overlaycut.core.progress import no_progress, with_progress


def test_every_item_is_told_once_it_has_been_taken() -> None:
    told: list[tuple[str, int, int | None]] = []
    items = with_progress(iter("ab"), lambda *said: told.append(said), "render", 2)
    assert told == []
    assert next(items) == "a"
    assert told == [("render", 0, 2)]
    assert list(items) == ["b"]
    assert told == [("render", 0, 2), ("render", 1, 2), ("render", 2, 2)]


def test_nobody_has_to_listen() -> None:
    assert list(with_progress(iter([1, 2, 3]), no_progress, "render", None)) == [1, 2, 3]
