"""Messages between a batch and its worker processes: one JSON object a line, through the worker's standard streams."""

from __future__ import annotations

import json
from collections.abc import Iterator
from threading import Lock
from typing import IO, Any, TypeAlias

Message: TypeAlias = dict[str, Any]
"""To a worker: `job`, `begin` (the steps that it asked for), `stop`. From it: `ready`, `ask` (names of steps),
`release`, `share` and `step`, `outcome`, `cancelled` (the job's key)."""


class Channel:
    """One end of a pair of pipes; any thread may send, one receives."""

    def __init__(self, incoming: IO[str], outgoing: IO[str]) -> None:
        self._incoming, self._outgoing, self._lock = incoming, outgoing, Lock()

    def send(self, **message: Any) -> bool:
        """Send a message; False when the other end is gone."""
        try:
            with self._lock:
                self._outgoing.write(json.dumps(message, ensure_ascii=True) + "\n")
                self._outgoing.flush()
        except (OSError, ValueError):  # closed: by the other end, or by this one
            return False
        return True

    def received(self) -> Iterator[Message]:
        """The messages, until the other end closes; a line that was cut off by its end is none."""
        try:
            for line in self._incoming:
                if line.endswith("\n"):
                    yield json.loads(line)
        except (OSError, ValueError):
            return

    def close(self) -> None:
        """Send nothing more; the other end is told."""
        with self._lock:
            try:
                self._outgoing.close()
            except OSError:  # the other end is gone, with a message half sent
                return
