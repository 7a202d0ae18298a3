"""Requests as tasks: planned against the ledger, done by the engine, and recorded beside what was fetched."""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from overlaycut.api.generation_results import GeneratedTask
from overlaycut.api.generation_services import ServiceTable
from overlaycut.core.generation_record import GenerationRecord, RecordedPicture, record_path
from overlaycut.core.progress import Progress
from overlaycut.errors import BudgetExceeded, Cancelled
from overlaycut.generation.shot_requests import SentPicture
from overlaycut.media import write_text
from overlaycut.pipeline import Monitor, file_digest
from overlaycut.providers import (
    EngineParameters,
    GenerationRequest,
    Job,
    Ledger,
    LedgerEntry,
    Prepared,
    TaskResult,
    TaskState,
    check_budget,
    estimate,
    generate_all,
)
from overlaycut.providers.protocol import Media
from overlaycut.version import __version__

T = TypeVar("T")

_MIME = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".png": "image/png",
    ".jpg": "image/jpeg",
}
_WAITING = (TaskState.SUBMITTING, TaskState.UNKNOWN, TaskState.QUEUED, TaskState.RUNNING, TaskState.SUCCEEDED)
"""States in which a service has, or may have, a task whose result is not here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """One task with what is known of it before it is sent."""

    job: Job
    prompt: str
    """As a person wrote it."""
    pictures: tuple[SentPicture, ...]
    notes: tuple[str, ...]


def planned_task(
    project: Path,
    folder: Path,
    *,
    shot: str,
    take: int,
    request: GenerationRequest,
    prompt: str,
    pictures: tuple[SentPicture, ...] = (),
    notes: tuple[str, ...] = (),
    media: Media = "video",
) -> PlannedTask:
    """A task of a project's file; its result goes into the shot's folder below `folder`."""
    name, provider = request.model, request.model.partition("/")[0]
    job = Job(
        provider=provider,
        request=request,
        out=folder / shot,
        media=media,
        project=project_key(project),
        shot=shot,
        take=take,
    )
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-").replace(".", "_")
    named = Job(
        provider=provider,
        request=request,
        out=folder / shot / f"{plain}-{take + 1}-{job.key[:8]}",
        media=media,
        project=job.project,
        shot=shot,
        take=take,
    )
    return PlannedTask(job=named, prompt=prompt, pictures=pictures, notes=notes)


def project_key(project: Path) -> str:
    """The name of a project in the ledger: the whole path of its file."""
    return str(project.resolve())


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a call would pay: tasks that the ledger does not have yet."""

    prepared: Mapping[str, Prepared]
    """By key; all tasks, those that were paid before as well."""
    new: frozenset[str]
    """Keys of tasks that are still to be paid."""

    @property
    def total_usd(self) -> Decimal:
        """The sum of the prices that are known."""
        prices = (one.cost.usd for key, one in self.prepared.items() if key in self.new)
        return sum((price for price in prices if price is not None), Decimal(0))

    @property
    def unpriced(self) -> int:
        """New tasks of unknown price."""
        return sum(one.cost.usd is None for key, one in self.prepared.items() if key in self.new)

    def over(self, budget: Decimal | None) -> str | None:
        """Why the new tasks go beyond a budget; None where they do not."""
        if budget is None:
            return None
        try:
            check_budget([one for key, one in self.prepared.items() if key in self.new], budget)
        except BudgetExceeded as error:
            return error.one_line()
        return None


def forecast(tasks: Sequence[PlannedTask], table: ServiceTable, ledger: Ledger) -> Forecast:
    """Prices and calls of tasks, without making one. Raises as `Provider.prepare` for what a model does not take."""
    jobs = [task.job for task in tasks]
    prepared = estimate(jobs, table.services(job.provider for job in jobs))
    unpaid = (TaskState.PLANNED, TaskState.FAILED, TaskState.CANCELLED)
    new = {job.key for job in jobs if (entry := ledger.entry(job.key)) is None or entry.state in unpaid}
    return Forecast({job.key: one for job, one in zip(jobs, prepared, strict=True)}, frozenset(new))


def released(tasks: Sequence[PlannedTask], ledger: Ledger) -> None:
    """Let tasks of which nobody knows whether they were made be submitted again: a person says that they were not."""
    for task in tasks:
        entry = ledger.entry(task.job.key)
        if entry is not None and entry.state == TaskState.UNKNOWN:
            ledger.release(task.job.key, note="said not to have been made")


class Stop:
    """Asks the engine to stop waiting, from another thread."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def ask(self) -> None:
        """Stop soon."""
        self._event.set()

    def __call__(self) -> bool:
        """Whether that was asked for."""
        return self._event.is_set()


async def done(
    tasks: Sequence[PlannedTask],
    table: ServiceTable,
    ledger: Ledger,
    *,
    budget: Decimal | None,
    cancel_tasks: bool,
    progress: Progress,
    stop: Stop,
) -> tuple[TaskResult, ...]:
    """Do the tasks. Raises as `generate_all`; Cancelled once `stop` or `progress` says so."""
    ended: set[str] = set()

    def tell(count: int) -> None:
        try:
            progress("generate", count, len(tasks))
        except Cancelled:
            stop.ask()

    def listen(job: Job, state: TaskState, _note: str) -> None:
        if state.is_final:
            ended.add(job.key)
        tell(len(ended))

    tell(0)
    if stop():  # asked for while the tasks were planned: nothing is paid for any more
        raise Cancelled("cancelled before anything was sent", hint="run the same command again")
    services = table.services(task.job.provider for task in tasks)
    try:
        return await generate_all(
            [task.job for task in tasks],
            services,
            ledger,
            budget=budget,
            listen=listen,
            cancelled=stop,
            parameters=EngineParameters(cancel_tasks=cancel_tasks),
        )
    finally:
        await asyncio.gather(*(one.close() for one in services.values()), return_exceptions=True)


def watching(progress: Progress, stop: Stop) -> Progress:
    """`progress`, which raises Cancelled once `stop` was asked for; a monitor has a cancellation of its own."""
    if isinstance(progress, Monitor):
        return progress

    def tell(step: str, done: int, total: int | None) -> None:
        if stop():
            raise Cancelled("cancelled; what was fetched is kept", hint="run the same command again to go on")
        progress(step, done, total)

    return tell


def finished(work: Callable[[], Coroutine[Any, Any, T]], stop: Stop) -> T:
    """The result of a coroutine that runs in a thread with a loop of its own.

    An interruption of the calling thread asks it to stop, waits for its end, and is raised again.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="overlaycut-generate") as pool:
        running = pool.submit(lambda: asyncio.run(work()))
        try:
            return running.result()
        except KeyboardInterrupt:
            stop.ask()
            running.exception()
            raise


def recorded(result: TaskResult, task: PlannedTask, prepared: Prepared, project: Path) -> None:
    """Write the record beside every file of a task that has none yet."""
    for path in result.paths:
        place = record_path(path)
        if not place.exists() and path.exists():
            write_text(place, _record(path, result, task, prepared, project).to_json())


def _record(path: Path, result: TaskResult, task: PlannedTask, prepared: Prepared, project: Path) -> GenerationRecord:
    job, cost = result.job, result.cost_usd
    share = None if cost is None else float(cost / max(1, len(result.paths)))
    return GenerationRecord(
        file=path.name,
        sha256=file_digest(path),
        bytes=path.stat().st_size,
        mime=_MIME.get(path.suffix, ""),
        project=project.name,
        shot=job.shot,
        take=job.take,
        provider=job.provider,
        model=job.request.model,
        task_id=result.task_id,
        key=job.key,
        prompt=task.prompt,
        sent_prompt=job.request.prompt,
        request=job.request.to_dict(),
        request_digest=job.request.digest,
        pictures=tuple(_picture(one, path.parent, project) for one in task.pictures),
        cost_usd=share,
        cost_basis=prepared.cost.basis,
        cost_as_of=prepared.cost.as_of,
        facts=result.facts,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        tool=f"overlaycut {__version__}",
        notes=task.notes,
    )


def _picture(one: SentPicture, folder: Path, project: Path) -> RecordedPicture:
    home = project.resolve().parent
    inside = one.path.resolve().is_relative_to(home)
    path = os.path.relpath(one.path, folder) if inside else str(one.path.resolve())
    rows = tuple(tuple(float(value) for value in row) for row in one.matrix)
    return RecordedPicture(
        role=str(one.role),  # type: ignore[arg-type]
        path=path,
        sha256=one.sha256,
        width=one.size[0],
        height=one.size[1],
        matrix=rows,  # type: ignore[arg-type]
        notes=one.notes,
    )


def planned_report(task: PlannedTask, ahead: Forecast, entry: LedgerEntry | None) -> GeneratedTask:
    """A task of a dry run."""
    job, cost = task.job, ahead.prepared[task.job.key].cost
    paid = job.key not in ahead.new
    return GeneratedTask(
        shot=job.shot,
        take=job.take,
        provider=job.provider,
        model=job.request.model,
        state=str(TaskState.PLANNED if entry is None else entry.state),
        path=None if entry is None else entry.path,
        cost_usd=Decimal(0) if paid else cost.usd,
        cost_basis="paid before" if paid else cost.basis,
        prompt=task.prompt,
        seed=job.request.seed,
        duration=job.request.duration,
        paid_before=paid,
        notes=(*task.notes, *ahead.prepared[job.key].warnings),
    )


def done_report(result: TaskResult, task: PlannedTask, prepared: Prepared) -> GeneratedTask:
    """A task that was done, or failed."""
    job = result.job
    return GeneratedTask(
        shot=job.shot,
        take=job.take,
        provider=job.provider,
        model=job.request.model,
        state=str(result.state),
        path=result.paths[0] if result.paths else None,
        paths=result.paths,
        cost_usd=result.cost_usd,
        cost_basis=prepared.cost.basis,
        error=result.error,
        prompt=task.prompt,
        seed=job.request.seed,
        duration=job.request.duration,
        task_id=result.task_id,
        sha256=result.sha256,
        paid_before=result.paid_before,
        notes=tuple(dict.fromkeys((*task.notes, *prepared.warnings, *result.warnings))),
    )


def paid_now(results: Sequence[TaskResult]) -> tuple[Decimal, int]:
    """What this call pays, and how many of its tasks have no known price."""
    new = [one for one in results if not one.paid_before]
    known = (one.cost_usd for one in new if one.cost_usd is not None)
    return sum(known, Decimal(0)), sum(one.cost_usd is None for one in new)


def left_running(entries: Sequence[LedgerEntry]) -> tuple[LedgerEntry, ...]:
    """The tasks that a service has, or may have, and whose results are not here."""
    return tuple(entry for entry in entries if entry.state in _WAITING)
