"""Jobs on a Dask cluster: futures whose results are files in a folder that all machines share, or in an object store.

A task hands its job to a worker process of its own machine and waits for it, so that the loss of a Dask worker ends
the job's process with it, and a long step never keeps the worker from answering its scheduler. Begun twice, a job
writes the same files again, each whole or not at all.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib
import tempfile
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import local
from typing import Any, cast

from overlaycut.batch.jobs import Job, Outcome, failed
from overlaycut.batch.object_store import ObjectStore, Shipment, Shipped, perform_shipment, shipment, unload
from overlaycut.batch.processes import Listen, LocalPool, nobody
from overlaycut.core.serial import Packed, pack, unpack
from overlaycut.errors import ExitCode, MissingPart, NetworkError, OverlaycutError, UsageError
from overlaycut.media import share
from overlaycut.version import __version__

LOCAL = "local"
"""The address of a cluster that is made for the batch on this machine."""
_CONNECT_SECONDS = 10.0
_AHEAD = 2
"""Jobs that are handed to the scheduler for each of its threads: one at work, one waiting."""
_RETRIES = 2
"""How often the scheduler begins a task again whose worker was lost."""


@lru_cache
def build_digest() -> str:
    """The version and a SHA-256 of the package's sources: two machines with equal ones do the same with a job."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{__version__}-{digest.hexdigest()[:16]}"


@dataclass(slots=True)
class _Apart:
    """A pool of one process that stays from task to task, with its models."""

    limit_seconds: float
    _next: list[Job] = field(default_factory=list)
    _outcomes: Generator[Outcome, None, None] | None = None

    def outcome_of(self, job: Job) -> Outcome:
        """Do a job."""
        if self._outcomes is None:
            log = Path(tempfile.gettempdir()) / "overlaycut-workers.log"
            pool = LocalPool(1, log, self.limit_seconds)
            self._outcomes = pool.run(self._jobs())
            atexit.register(self._close)
        self._next.append(job)
        return next(self._outcomes)

    def _close(self) -> None:
        """End the process while the interpreter can still join threads; one that is at work ends with its pipes."""
        if self._outcomes is not None:
            with suppress(ValueError):  # "generator already executing": the thread that asked is inside
                self._outcomes.close()

    def _jobs(self) -> Iterator[Job | None]:
        while True:
            yield self._next.pop() if self._next else None


_here = local()


def perform_apart(document: Mapping[str, Any], build: str, limit_seconds: float) -> dict[str, Any]:
    """The task on a Dask worker: a packed job to a packed outcome; refused by a worker with other sources."""
    job = unpack(Job, Packed(document))
    outcome = _refusal(job, build)
    if outcome is None:
        share(job.out)  # whichever machine goes on with it may replace what this one wrote
        outcome = _apart(limit_seconds).outcome_of(job)
    return dict(pack(outcome).document)


def perform_shipped(document: Mapping[str, Any], build: str, limit_seconds: float) -> dict[str, Any]:
    """The same for a packed shipment, to what was shipped back."""
    sent = unpack(Shipment, Packed(document))
    refusal = _refusal(sent.job, build)
    if refusal is not None:
        return dict(pack(Shipped(outcome=refusal)).document)
    try:
        made = perform_shipment(sent, _apart(limit_seconds).outcome_of)
    except OverlaycutError as error:
        made = Shipped(outcome=failed(sent.job.key, error))
    return dict(pack(made).document)


def _apart(limit_seconds: float) -> _Apart:
    """The pool of the thread that asks."""
    if not hasattr(_here, "apart"):
        _here.apart = _Apart(limit_seconds)
    return cast(_Apart, _here.apart)


def _refusal(job: Job, build: str) -> Outcome | None:
    if build == build_digest():
        return None
    error = f"the worker has overlaycut {build_digest()}, the batch {build} (install the same on both)"
    return Outcome(key=job.key, exit_code=ExitCode.MISSING_PART, seconds=0.0, error=error)


class DaskPool:
    """Jobs as futures of one scheduler."""

    def __init__(self, address: str, *, jobs: int | None, limit_seconds: float, store: str | None = None) -> None:
        """Connect to the scheduler at `address`, or start a cluster of `jobs` processes here for "local".

        store: address of the object store through which files travel; None where workers see them at their paths.
        Raises MissingPart without Dask or the store's driver, NetworkError when no scheduler answers or the store takes
        nothing, UsageError for a store that is a file.
        """
        self._limit = limit_seconds
        self._store = None if store is None else ObjectStore(store)
        if self._store is not None:
            self._store.require_writable()
        self._dask = _dask()
        self._client = self._connected(address, jobs)
        threads: Mapping[str, int] = self._client.nthreads()
        if not threads:
            self.close()
            raise NetworkError(f"{address}: the scheduler has no worker", hint="start some: dask worker ADDRESS")
        self.size = sum(threads.values())

    def close(self) -> None:
        """Leave the scheduler; a cluster that was made for the batch ends."""
        self._client.close()

    def run(self, jobs: Iterator[Job | None], listen: Listen = nobody) -> Iterator[Outcome]:
        """Do jobs, in whatever order they end; those that have not ended are cancelled when the iterator is closed.

        Raises NetworkError when the scheduler is lost.
        """
        running: dict[Any, Job] = {}
        more = True
        try:
            while True:
                while more and len(running) < _AHEAD * self.size:
                    given = next(jobs, None)
                    if given is None:
                        more = False
                        break
                    try:
                        running[self._submitted(given)] = given
                    except OverlaycutError as error:  # its files cannot be read, or not be put into the store
                        yield failed(given.key, error)
                if not running:
                    return
                try:
                    ended = self._dask.wait(list(running), return_when="FIRST_COMPLETED").done
                except (CancelledError, OSError, RuntimeError) as error:
                    raise _lost(error) from error
                for future in ended:
                    job = running.pop(future)
                    listen(job.key, 1.0)
                    yield self._outcome(future, job)
        finally:
            for future in running:
                future.cancel()

    def _connected(self, address: str, jobs: int | None) -> Any:
        try:
            if address != LOCAL:
                return self._dask.Client(address, timeout=_CONNECT_SECONDS)
            return self._dask.Client(n_workers=jobs, threads_per_worker=1, dashboard_address=None)
        except ValueError as error:
            hint = "tcp://HOST:8786, or local"
            raise UsageError(f"{address}: is no address of a scheduler: {error}", hint=hint) from error
        except (OSError, TimeoutError) as error:
            raise NetworkError(f"{address}: no scheduler answers: {error}", hint="start one: dask scheduler") from error

    def _submitted(self, job: Job) -> Any:
        sent: Job | Shipment = job if self._store is None else shipment(job, self._store)
        task = perform_apart if self._store is None else perform_shipped
        key, document = f"overlaycut-{job.key}", pack(sent).document
        return self._client.submit(task, document, build_digest(), self._limit, key=key, retries=_RETRIES)

    def _outcome(self, future: Any, job: Job) -> Outcome:
        """What came of a task; one whose worker was lost too often, or has no overlaycut, has failed."""
        if future.status == "cancelled":
            raise _lost(CancelledError("its tasks are gone"))
        if future.status == "error":
            problem = f"on the cluster: {future.exception()}".splitlines()[0]
            return Outcome(key=job.key, exit_code=ExitCode.PROVIDER, seconds=0.0, error=problem)
        document = Packed(future.result())
        if self._store is None:
            return unpack(Outcome, document)
        try:
            return unload(unpack(Shipped, document), job, self._store)
        except OverlaycutError as error:
            return failed(job.key, error)


def _dask() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise MissingPart("Dask is not installed", hint="pip install 'overlaycut[dask]'") from error


def _lost(error: Exception) -> NetworkError:
    return NetworkError(f"the scheduler was lost: {error}", hint="the same command goes on when it is there again")
