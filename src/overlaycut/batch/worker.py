"""The process that runs jobs of a batch: `python -m overlaycut.batch.worker`, driven through its standard streams.

It keeps its models from job to job, asks before it begins a step, says how far it is, and ends when it is told to or
when whoever started it is gone.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread, Timer

from overlaycut.batch.channel import Channel
from overlaycut.batch.jobs import Job, perform
from overlaycut.core.serial import Packed, pack, unpack
from overlaycut.errors import Cancelled, ExitCode
from overlaycut.pipeline import Cancellation, Event, Key, Monitor

STOPPING_SECONDS = 5.0
"""How long a worker that is told to stop may take for it."""
_BETWEEN_SIGNS = 0.5
"""Seconds between two signs of progress at least."""


class _Worker:
    """Jobs one after the other, and the thread that listens meanwhile."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._begin = Flag()
        self._cancellation = Cancellation()
        self._told = 0.0
        Thread(target=self._listen, name="batch-listen", daemon=True).start()

    def _listen(self) -> None:
        for message in self._channel.received():
            if "job" in message:
                self._jobs.put(unpack(Job, Packed(message["job"])))
            elif "begin" in message:
                self._begin.set()
            elif "stop" in message:
                break
        self._cancellation.cancel()
        self._jobs.put(None)
        # A library that does not come back does not keep a process alive whose work nobody wants any more.
        timer = Timer(STOPPING_SECONDS, os._exit, (int(ExitCode.INTERRUPTED),))
        timer.daemon = True
        timer.start()

    def run(self) -> None:
        """Do jobs until there are no more."""
        self._channel.send(ready=True)
        monitor = Monitor(listen=self._tell, cancellation=self._cancellation, permit=self._permit)
        while (job := self._jobs.get()) is not None:
            try:
                outcome = perform(job, monitor)
            except Cancelled:
                self._channel.send(cancelled=job.key)
                return
            self._channel.send(outcome=pack(outcome).document)
            monitor = Monitor(listen=self._tell, cancellation=self._cancellation, permit=self._permit)

    @contextmanager
    def _permit(self, keys: Sequence[Key]) -> Iterator[None]:
        self._begin.clear()
        self._channel.send(ask=[name for name, _ in keys])
        while not self._begin.wait(0.2):
            self._cancellation.check()
        try:
            yield
        finally:
            self._channel.send(release=True)

    def _tell(self, event: Event) -> None:
        now = time.monotonic()
        if now - self._told >= _BETWEEN_SIGNS:
            self._told = now
            self._channel.send(share=event.share, step=event.step)


def main() -> None:
    """Serve whoever started this process; what libraries print goes to stderr."""
    outgoing = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    incoming = os.fdopen(os.dup(0), "r", encoding="utf-8")
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    _Worker(Channel(incoming, outgoing)).run()


if __name__ == "__main__":
    main()
