"""Frames between threads: bounded, closed at both ends, errors raised where they are read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from overlaycut.core.flow import Handoff, read_ahead


def test_everything_arrives_in_order() -> None:
    assert list(read_ahead(iter(range(100)), depth=3)) == list(range(100))


def test_errors_are_raised_at_the_reader_after_what_came_before() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise RuntimeError("the file broke")

    taken = read_ahead(items())
    assert next(taken) == 1
    with pytest.raises(RuntimeError, match="the file broke"):
        next(taken)


def test_the_producer_stays_within_its_depth() -> None:
    made = []

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    taken = read_ahead(items(), depth=2)
    assert next(taken) == 0
    time.sleep(0.3)
    assert len(made) <= 1 + 2 + 1  # taken, waiting, in hand
    taken.close()  # type: ignore[attr-defined]


def test_stopping_early_ends_the_thread_and_closes_the_source() -> None:
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from range(10**9)
        finally:
            closed.set()

    before = threading.active_count()
    taken = read_ahead(items())
    next(taken)
    taken.close()  # type: ignore[attr-defined]
    assert closed.is_set()
    assert threading.active_count() == before


def test_a_closed_handoff_lets_the_writer_go() -> None:
    handoff: Handoff[int] = Handoff(1)
    assert handoff.put(1)
    handoff.close()
    assert not handoff.put(2)
    assert list(handoff) == []


def test_a_handoff_passes_the_reason_on() -> None:
    handoff: Handoff[int] = Handoff(2)
    handoff.put(1)
    handoff.end(ValueError("why"))
    items = iter(handoff)
    assert next(items) == 1
    with pytest.raises(ValueError, match="why"):
        next(items)
