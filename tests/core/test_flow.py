"""Frames between threads: bounded, closed at both ends, errors raised where they are read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from draw import scene_frames
from overlaycut.core.flow import Handoff, Stage, apply_stages, read_ahead
from overlaycut.core.frame import Frame


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


def test_nothing_runs_before_the_first_item_is_asked_for() -> None:
    made: list[int] = []
    taken = read_ahead(made.append(n) or n for n in range(3))  # type: ignore[func-returns-value]
    time.sleep(0.05)
    assert made == []
    assert list(taken) == [0, 1, 2]


def test_an_interrupted_reader_still_joins_the_thread() -> None:
    before = threading.active_count()

    def stage() -> Iterator[int]:
        for number in read_ahead(iter(range(10**9))):
            if number == 3:
                raise KeyboardInterrupt
            yield number

    with pytest.raises(KeyboardInterrupt):
        list(stage())
    assert threading.active_count() == before


def test_a_blocked_writer_is_let_go_when_the_reader_closes() -> None:
    handoff: Handoff[int] = Handoff(1)
    answers: list[bool] = []

    def write() -> None:
        answers.extend(handoff.put(n) for n in range(3))

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    time.sleep(0.05)
    assert answers == [True]  # the second waits
    handoff.close()
    writer.join(timeout=5)
    assert not writer.is_alive()
    assert answers == [True, False, False]


def test_ending_a_handoff_that_nobody_reads_returns() -> None:
    handoff: Handoff[int] = Handoff(1)
    handoff.put(1)
    handoff.close()
    ender = threading.Thread(target=handoff.end, daemon=True)
    ender.start()
    ender.join(timeout=5)
    assert not ender.is_alive()


def test_stages_are_chained_in_order_and_lazily() -> None:
    def named(letter: str) -> Stage:
        def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
            for frame in frames:
                seen.append(f"{letter}{frame.index}")
                yield frame

        return stage

    seen: list[str] = []
    frames = apply_stages(scene_frames(2), [named("a"), named("b")])
    assert seen == []
    assert [frame.index for frame in frames] == [0, 1]
    assert seen == ["a0", "b0", "a1", "b1"]


def test_a_forgotten_iterator_may_be_collected_by_its_own_producer() -> None:
    """Garbage is collected in whatever thread allocates: a cycle with the iterator in it, by the producer itself."""
    held: list[object] = []
    collected = threading.Event()

    def items() -> Iterator[int]:
        for number in range(1000):
            if number == 2:
                forgotten.wait(5)
                held.clear()
                collected.set()
            yield number

    forgotten = threading.Event()
    reader = read_ahead(items(), depth=4)
    assert next(reader) == 0
    held.append(reader)
    del reader
    forgotten.set()
    assert collected.wait(5)
