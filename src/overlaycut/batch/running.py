"""`run_all`: many projects and clips on one machine or a cluster, resumed where they stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from overlaycut.api import EncoderChoice, MasterKind
from overlaycut.api.boundary import verb
from overlaycut.api.exporting import policies_for
from overlaycut.api.inputs import File
from overlaycut.batch.cluster import DaskPool
from overlaycut.batch.collecting import Source, collected, project_of, require_sources
from overlaycut.batch.jobs import Job, Outcome, Rendering, checked_project, failed, fingerprint, unchanged
from overlaycut.batch.ledger import Entry, Ledger
from overlaycut.batch.processes import Listen, LocalPool, nobody
from overlaycut.batch.results import BatchEntry, BatchReport, BatchState, worst_first
from overlaycut.core.progress import Progress, no_progress
from overlaycut.core.project import Project
from overlaycut.deliver import free_memory
from overlaycut.errors import InvalidValue, MissingInput, OverlaycutError, UsageError
from overlaycut.media import Clip, chosen_encoder, write_text
from overlaycut.models import machine_threads
from overlaycut.report import BatchPage, batch_page

INDEX = "index.html"
LOG = "workers.log"
DEFAULT_LIMIT_SECONDS = 3600.0
"""Wall time of one job at most, unless it is said otherwise."""
DEFAULT_SPEED = 1.0
"""Megapixels of frames a second that one worker does where nothing was measured yet (benchmarks/batch.py)."""
_JOB_MIB = 2000
"""Memory of one worker, for how many a machine has room for: the peak of `run` at 1080×1920 with three deliveries
(benchmarks/step_needs.py)."""


class Pool(Protocol):
    """Where jobs are done."""

    size: int
    """How many at a time, at most."""

    def run(self, jobs: Iterator[Job | None], listen: Listen = nobody) -> Iterator[Outcome]:
        """Do jobs, in whatever order they end."""


@dataclass(slots=True)
class _Todo:
    """A source that has something to do."""

    entry: Entry
    project: Path
    rendering: Rendering
    work: float
    out: Path

    def claimed(self, ledger: Ledger) -> Job | None:
        """The job, when this batch has it; its inputs are those of now. Raises OverlaycutError for a bad project."""
        now = _fingerprint(self.project, checked_project(self.project), self.rendering)
        if not ledger.claim(self.entry.key, fingerprint=now, work=self.work):
            return None
        return Job(key=self.entry.key, project=self.project, out=self.out, rendering=self.rendering)


@dataclass(slots=True)
class Batch:
    """The state of one batch: what there is to do, what was skipped, how far it is."""

    ledger: Ledger
    folder: Path
    rendering: Rendering = field(default_factory=Rendering)
    retry_failed: bool = False
    progress: Progress = no_progress
    tell: Callable[[BatchEntry], None] | None = None
    """Gets each result as it comes."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Key → why nothing is done."""
    warnings: list[str] = field(default_factory=list)
    todo: list[_Todo] = field(default_factory=list)
    _work: dict[str, float] = field(default_factory=dict)
    _share: dict[str, float] = field(default_factory=dict)

    def plan(self, sources: Sequence[Source]) -> tuple[str, ...]:
        """Enter sources in the ledger and see what there is to do for each; their keys."""
        entries = self.ledger.enter(sources)
        for source, entry in zip(sources, entries, strict=True):
            try:
                self._plan(source, entry)
            except OverlaycutError as error:
                self.end(failed(entry.key, error))
        return tuple(entry.key for entry in entries)

    def _plan(self, source: Source, entry: Entry) -> None:
        out = self.folder / entry.name
        project = project_of(source, out)
        content = checked_project(project)
        same = entry.fingerprint == _fingerprint(project, content, self.rendering)
        if entry.state == "running":
            self.skipped[entry.key] = "another batch is at it"
        elif entry.state == "done" and same and unchanged(entry.written):
            self.skipped[entry.key] = "done before, and nothing has changed"
        elif not (entry.state == "failed" and same and not self.retry_failed):
            work = _megapixels(content)
            self._work[entry.key] = work
            self.todo.append(_Todo(entry, project, self.rendering, work, out))

    def jobs(self) -> Iterator[Job]:
        """What there is to do, each claimed when it is asked for."""
        while self.todo:
            one = self.todo.pop(0)
            try:
                job = one.claimed(self.ledger)
            except OverlaycutError as error:
                self.end(failed(one.entry.key, error))
                continue
            if job is None:
                self.skipped[one.entry.key] = "another batch is at it"
            else:
                yield job

    def end(self, outcome: Outcome) -> None:
        """Keep what came of a job."""
        self.ledger.end(outcome)
        self.told(outcome.key, 1.0)
        if outcome.traceback:
            self.warnings.append(f"{self.ledger.entry(outcome.key).path}: {outcome.error}; its traceback: {LOG}")
            with (self.folder / LOG).open("a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(outcome.traceback)
        if self.tell is not None:
            self.tell(self.row(outcome.key))

    def told(self, key: str, share: float) -> None:
        """A job is that far."""
        self._share[key] = share
        total = sum(self._work.values())
        done = sum(self._work.get(one, 0.0) * share for one, share in self._share.items())
        self.progress("batch", round(done), round(total) or None)

    def forecast_seconds(self, workers: int) -> float | None:
        """How long what there is to do takes; None for nothing."""
        work = [one.work for one in self.todo]
        if not any(work):
            return None
        speed = self.ledger.speed() or DEFAULT_SPEED
        return max(sum(work) / min(workers, len(work)), max(work)) / speed

    def report(self, keys: Sequence[str], *, seconds: float, forecast: float | None) -> BatchReport:
        """What became of the sources with these keys; the page is written."""
        rows = sorted((self.row(key) for key in keys), key=worst_first)
        index = self.folder / INDEX
        write_text(index, batch_page(BatchPage.of([row.to_dict() for row in rows], folder=self.folder)))
        return BatchReport(
            projects=tuple(rows),
            index=index,
            seconds=seconds,
            forecast_seconds=forecast,
            warnings=tuple(self.warnings),
        )

    def row(self, key: str) -> BatchEntry:
        """What became of a source."""
        entry = self.ledger.entry(key)
        why = self.skipped.get(entry.key)
        state: BatchState = "skipped" if why is not None else "done" if entry.state == "done" else "failed"
        error = why or entry.error or (None if state == "done" else "not begun")
        return BatchEntry(
            path=entry.path,
            name=entry.name,
            state=state,
            seconds=entry.seconds,
            error=error,
            exit_code=entry.exit_code or 0,
            gates=entry.gates,
            warnings=entry.warnings,
            attempts=entry.attempts,
            out=self.folder / entry.name,
            report=entry.report,
        )


@verb
def run_all(
    paths: Sequence[File],
    out: File = "overlaycut-batch",
    *,
    outputs: Sequence[str] = (),
    jobs: int | None = None,
    dask: str | None = None,
    store: str | None = None,
    retry_failed: bool = False,
    only_report: bool = False,
    limit_seconds: float = DEFAULT_LIMIT_SECONDS,
    master: MasterKind = "h264",
    encoder: EncoderChoice = "x264",
    force: bool = False,
    forecast: Callable[[float | None, int], None] | None = None,
    progress: Progress = no_progress,
) -> BatchReport:
    """Run many projects and clips, each into a folder of its own below `out`, with `jobs` processes at a time.

    `paths` are project files, clips, folders, and lists of clips (.csv, .json) with their stills and texts; a clip
    becomes a project of one shot for the platforms `outputs`. What an earlier batch into the same folder has done is
    skipped while its inputs and its files are the same; what it failed at is tried again when an input has changed, or
    with `retry_failed`. An error ends its own job alone, and so does `limit_seconds` of wall time; a job whose process
    is killed is begun once more, from the steps that it had finished. `jobs` is as many as the machine has cores and
    memory for when it is None. `dask` is the address of a scheduler, whose workers see `paths` and `out` under the same
    names, or "local"; with a `store`, an address that fsspec knows, files travel through it instead. `encoder` is what
    encodes deliveries in H.264, as for `run`; one that does not work here raises MissingPart before anything begins (on
    a cluster, whose machines differ, each job says so for its own). With `only_report` nothing is run. `forecast` is
    told the seconds that are expected (None: nothing to do) and the number of jobs, before the first one begins.
    """
    rendering = Rendering(master=master, encoder=encoder, force=force)
    require_settings("run_all", jobs, outputs, limit_seconds=limit_seconds)
    if dask is None and not only_report:
        require_encoder(encoder)
    begun, folder = time.monotonic(), Path(out)
    sources = list(collected([Path(path) for path in paths], outputs, without=folder))
    require_sources(sources, [Path(path) for path in paths])
    with ExitStack() as held:
        pool = _pool(held, folder / LOG, dask, store, jobs, limit_seconds)
        batch = Batch(held.enter_context(Ledger(folder)), folder, rendering, retry_failed, progress)
        keys = batch.plan(sources)
        expected = batch.forecast_seconds(pool.size)
        if forecast is not None:
            forecast(expected, len(batch.todo))
        if not only_report:
            for outcome in pool.run(batch.jobs(), batch.told):
                batch.end(outcome)
        return batch.report(keys, seconds=time.monotonic() - begun, forecast=expected)


def _pool(
    held: ExitStack, log: Path, dask: str | None, store: str | None, jobs: int | None, limit_seconds: float
) -> Pool:
    """Where jobs are done; `held` closes it."""
    if dask is None and store is not None:
        raise UsageError("a store is for jobs on a cluster", hint="--dask ADDRESS, or leave --store out")
    if dask is None:
        return LocalPool(jobs or workers_for_machine(), log, limit_seconds)
    pool = DaskPool(dask, jobs=jobs, limit_seconds=limit_seconds, store=store)
    held.callback(pool.close)
    return pool


def require_settings(name: str, jobs: int | None, outputs: Sequence[str], **seconds: float) -> None:
    """Raises InvalidValue for numbers that the verb `name` cannot work with, UsageError for an unknown platform."""
    if jobs is not None and jobs < 1:
        raise InvalidValue(f"{name}: jobs: found {jobs}", hint="allowed: 1 or more")
    for argument, value in seconds.items():
        if not value > 0:
            raise InvalidValue(f"{name}: {argument}: found {value}", hint="allowed: more than 0")
    if outputs:
        policies_for(outputs)


def require_encoder(encoder: EncoderChoice) -> None:
    """Raises MissingPart for an encoder in hardware that does not work on this machine."""
    if encoder != "auto":  # which takes another one then, and says so in each report
        chosen_encoder(encoder)


def workers_for_machine() -> int:
    """As many processes as there are cores, and as memory has room for."""
    return max(1, min(machine_threads(), int(free_memory() / 2**20 / _JOB_MIB)))


def _fingerprint(path: Path, project: Project, rendering: Rendering) -> str:
    try:
        return fingerprint(path, project, rendering)
    except OSError as error:
        raise MissingInput(error.filename or path, "went away", hint="run the batch again when it is there") from error


def _megapixels(project: Project) -> float:
    """Of all frames of all clips, from their headers; a clip that cannot be read counts nothing."""
    total = Fraction(0)
    for path in (clip for shot in project.shots for clip in shot.clips):
        try:
            facts = Clip(path).facts
        except OverlaycutError:  # said when the project is run
            continue
        total += (facts.frames or 0) * facts.width * facts.height
    return float(total / 1_000_000)
