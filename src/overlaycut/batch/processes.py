"""Worker processes on this machine: fed, watched, timed out, and killed with their children."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeAlias

import psutil

from overlaycut.batch.budget import Budget
from overlaycut.batch.channel import Channel, Message
from overlaycut.batch.jobs import Job, Outcome
from overlaycut.batch.worker import STOPPING_SECONDS
from overlaycut.core.serial import Packed, pack, unpack
from overlaycut.errors import ExitCode

Inbox: TypeAlias = "SimpleQueue[tuple[int, Message | None]]"
"""Number of a worker, and what it said; None when it is gone."""

_WAKE_SECONDS = 0.5
"""How long the pool waits for a message before it looks at time limits and new jobs."""
_MOST_DEATHS = 2
"""How often a job is begun whose worker dies: once more, since what was finished of it is stored."""


COMMAND = (sys.executable, "-m", "overlaycut.batch.worker")
"""What a worker is."""


class Worker:
    """One process; its messages are put into an inbox under its number."""

    def __init__(self, number: int, inbox: Inbox, log: Path, command: Sequence[str] = COMMAND) -> None:
        """Start the process; what it prints is added to the file `log`."""
        self.number = number
        self.job: Job | None = None
        self.began = 0.0
        # As multiprocessing does: a worker finds the modules that this process finds.
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
                env=environment,
                start_new_session=True,  # Ctrl-C is for the batch, which tells its workers
            )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._channel = Channel(self._process.stdout, self._process.stdin)
        self._thread = Thread(target=self._listen, args=(inbox,), name=f"batch-worker-{number}", daemon=True)
        self._thread.start()

    def _listen(self, inbox: Inbox) -> None:
        for message in self._channel.received():
            inbox.put((self.number, message))
        inbox.put((self.number, None))

    def give(self, job: Job) -> None:
        """Have it do a job."""
        self.job, self.began = job, time.monotonic()
        self._channel.send(job=pack(job).document)

    def begin(self) -> None:
        """Let it begin the steps that it asked for."""
        self._channel.send(begin=True)

    def stop(self) -> None:
        """Ask it to stop."""
        self._channel.send(stop=True)
        self._channel.close()

    def kill(self) -> None:
        """End it and all that it started, now."""
        try:
            processes = [*psutil.Process(self._process.pid).children(recursive=True)]
        except psutil.Error:
            processes = []
        for process in processes:
            try:
                process.kill()
            except psutil.Error:  # it has ended
                continue
        self._process.kill()

    def ended(self, seconds: float) -> bool:
        """Whether it has ended, within some time; its pipes are closed then."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self._thread.join()
        self._channel.close()
        assert self._process.stdout is not None
        self._process.stdout.close()
        return True

    def how_it_ended(self) -> str:
        """The exit code or the signal, for people."""
        self.ended(STOPPING_SECONDS)
        code = self._process.returncode
        return f"killed by signal {-code}" if code is not None and code < 0 else f"exit code {code}"


Listen: TypeAlias = Callable[[str, float], None]
"""Is told the key of a job and how much of it is done, 0..1."""


def nobody(_key: str, _share: float) -> None:
    """Listens to progress that nobody wants."""


@dataclass(slots=True)
class LocalPool:
    """Jobs in worker processes of this machine, each begun when there is room for its steps."""

    size: int
    """Processes at most, ≥ 1."""
    log: Path
    """Where what they print is kept."""
    limit_seconds: float
    """Wall time after which a job is ended."""
    budget: Budget = field(default_factory=Budget.of_machine)
    command: Sequence[str] = COMMAND
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _inbox: Inbox = field(default_factory=SimpleQueue)
    _workers: dict[int, Worker] = field(default_factory=dict)
    _again: deque[Job] = field(default_factory=deque)
    """Jobs whose worker died."""
    _deaths: dict[str, int] = field(default_factory=dict)

    def run(self, jobs: Iterator[Job | None], listen: Listen = nobody) -> Generator[Outcome, None, None]:
        """Do jobs, in whatever order they end; None among them means that there is none at the moment.

        Workers are stopped at the end, and when the iterator is closed or interrupted.
        """
        more = True
        try:
            while True:
                more = self._feed(jobs) if more else self._feed(iter(()))
                if not more and not any(worker.job for worker in self._workers.values()) and not self._again:
                    return
                yield from self._heard(listen)
                yield from self._out_of_time()
        finally:
            self._stop()

    def _feed(self, jobs: Iterator[Job | None]) -> bool:
        """Give idle workers jobs, and start workers while there are jobs for them; whether there may be more."""
        while True:
            idle = next((worker for worker in self._workers.values() if worker.job is None), None)
            if idle is None and len(self._workers) >= self.size:
                return True
            try:
                job = self._again.popleft() if self._again else next(jobs)
            except StopIteration:
                return False
            if job is None:
                return True
            (idle or self._started()).give(job)

    def _started(self) -> Worker:
        worker = Worker(next(self._numbers), self._inbox, self.log, self.command)
        self._workers[worker.number] = worker
        return worker

    def _heard(self, listen: Listen) -> Iterator[Outcome]:
        """What the next message makes of a job, if anything."""
        try:
            number, message = self._inbox.get(timeout=_WAKE_SECONDS)
        except Empty:
            return
        worker = self._workers.get(number)
        if worker is None:  # it was ended, and this is what it had said before
            return
        if message is None:
            yield from self._died(worker)
        elif "ask" in message:
            self._begin(self.budget.ask(number, message["ask"]))
        elif "release" in message:
            self._begin(self.budget.release(number))
        elif "share" in message and worker.job is not None:
            listen(worker.job.key, message["share"])
        elif "outcome" in message:
            worker.job = None
            yield unpack(Outcome, Packed(message["outcome"]))

    def _begin(self, numbers: list[int]) -> None:
        for number in numbers:
            self._workers[number].begin()

    def _died(self, worker: Worker) -> Iterator[Outcome]:
        job, how = worker.job, worker.how_it_ended()
        self._remove(worker)
        if job is None:
            return
        self._deaths[job.key] = self._deaths.get(job.key, 0) + 1
        if self._deaths[job.key] < _MOST_DEATHS:
            self._again.append(job)
            return
        error = f"its process ended {_MOST_DEATHS} times, {how} (is there memory enough? what it said is in {self.log})"
        yield Outcome(key=job.key, exit_code=ExitCode.BUG, seconds=time.monotonic() - worker.began, error=error)

    def _out_of_time(self) -> Iterator[Outcome]:
        for worker in list(self._workers.values()):
            took = time.monotonic() - worker.began
            if worker.job is None or took < self.limit_seconds:
                continue
            worker.kill()
            worker.ended(STOPPING_SECONDS)
            self._remove(worker)
            error = f"stopped after {self.limit_seconds:g} s (give it more with --limit, or fewer jobs at once)"
            yield Outcome(key=worker.job.key, exit_code=ExitCode.INTERRUPTED, seconds=took, error=error)

    def _remove(self, worker: Worker) -> None:
        del self._workers[worker.number]
        self._begin(self.budget.release(worker.number))

    def _stop(self) -> None:
        """End every worker: those that can leave nothing half-written, within some seconds, and then the rest."""
        for worker in self._workers.values():
            worker.stop()
        deadline = time.monotonic() + STOPPING_SECONDS + 1
        for worker in self._workers.values():
            if not worker.ended(max(0.0, deadline - time.monotonic())):
                worker.kill()
                worker.ended(STOPPING_SECONDS)
        self._workers.clear()
