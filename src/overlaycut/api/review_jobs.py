"""What a review does in the background, one thing after another."""

from __future__ import annotations

import itertools
import queue
from collections.abc import Callable


class Jobs:
    """Jobs in the order in which they are asked for; those that nobody waits for when there is nothing else to do."""

    def __init__(self) -> None:
        self._queue = queue.PriorityQueue[tuple[int, int, Callable[[], None] | None]]()
        self._count = itertools.count()

    def put(self, job: Callable[[], None], *, awaited: bool = True) -> None:
        """Do `job`."""
        self._queue.put((1 if awaited else 2, next(self._count), job))

    def end(self) -> None:
        """Do nothing more."""
        self._queue.put((0, next(self._count), None))

    def next(self) -> Callable[[], None] | None:
        """The next one, which is waited for; None after the end."""
        return self._queue.get()[2]
