"""Events from threads that work, to every tab that listens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeAlias

Event: TypeAlias = dict[str, Any] | None
"""None ends a stream."""

_MOST_WAITING = 1000
"""Events that a tab may be behind; a slower one misses some and asks for the state at the next."""


class Events:
    """Fan-out: `tell` from any thread, `listening` in the server's loop."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tabs: set[asyncio.Queue[Event]] = set()

    async def attach(self) -> None:
        """Use the loop that runs now."""
        self._loop = asyncio.get_running_loop()

    def tell(self, event: Event) -> None:
        """Give an event to every tab."""
        with self._lock:
            tabs, loop = list(self._tabs), self._loop
        if loop is not None and not loop.is_closed():
            for tab in tabs:
                loop.call_soon_threadsafe(_put, tab, event)

    @contextmanager
    def listening(self) -> Iterator[asyncio.Queue[Event]]:
        """A queue of what is told from now on."""
        tab: asyncio.Queue[Event] = asyncio.Queue(_MOST_WAITING)
        with self._lock:
            self._tabs.add(tab)
        try:
            yield tab
        finally:
            with self._lock:
                self._tabs.discard(tab)


def _put(tab: asyncio.Queue[Event], event: Event) -> None:
    if not tab.full():
        tab.put_nowait(event)
