"""Stages of frames chained as iterators, and bounded queues between threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread, current_thread
from typing import Generic, TypeAlias, TypeVar

from overlaycut.core.frame import Frame

Stage: TypeAlias = Callable[[Iterator[Frame]], Iterator[Frame]]
"""Same frames out as in, in the same order, with the same times. A windowed stage buffers inside itself."""

T = TypeVar("T")

_POLL_SECONDS = 0.1
"""Interval at which a blocked thread looks whether the other end is closed."""


def apply_stages(frames: Iterator[Frame], stages: Iterable[Stage]) -> Iterator[Frame]:
    """`frames` sent through every stage in turn; nothing runs until the result is read."""
    for stage in stages:
        frames = stage(frames)
    return frames


class _End:
    """The last item of a queue: the error that stopped the producer, or none."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Handoff(Generic[T]):
    """A bounded queue from one thread to another that both ends can close.

    `put` blocks while the queue is full and returns False once the reader has closed it; iterating yields what
    was put until `end` is called, then raises what `end` was given, if anything.
    """

    def __init__(self, depth: int) -> None:
        self._box: Queue[T | _End] = Queue(depth)
        self._closed = Event()

    def put(self, item: T) -> bool:
        """Put `item` into the queue, waiting for room; False when the reader has closed it."""
        return self._offer(item)

    def end(self, error: BaseException | None = None) -> None:
        """Mark the end of the items, with the error that the reader is to raise, if any."""
        self._offer(_End(error))

    def close(self) -> None:
        """Close the reader's end; a blocked `put` returns."""
        self._closed.set()

    def __iter__(self) -> Iterator[T]:
        while not self._closed.is_set():
            try:
                item = self._box.get(timeout=_POLL_SECONDS)
            except Empty:
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def _offer(self, item: T | _End) -> bool:
        while not self._closed.is_set():
            try:
                self._box.put(item, timeout=_POLL_SECONDS)
            except Full:
                continue
            return True
        return False


def read_ahead(items: Iterator[T], *, depth: int = 4) -> Iterator[T]:
    """The same items, produced in a thread of their own at most `depth` ahead of the reader.

    What the producer raises is raised at the reader. When the reader stops early, the producer is stopped and
    its thread joined, so that no file stays open behind an exception.
    """
    handoff: Handoff[T] = Handoff(depth)

    def pump() -> None:
        try:
            for item in items:
                if not handoff.put(item):
                    return
        except BaseException as error:  # raised where the items are read
            handoff.end(error)
        else:
            handoff.end()

    worker = Thread(target=pump, name="read-ahead", daemon=True)
    worker.start()
    try:
        yield from handoff
    finally:
        handoff.close()
        if current_thread() is not worker:  # a forgotten iterator may be collected there, and the producer then ends
            worker.join()
            if (close := getattr(items, "close", None)) is not None:
                close()
