"""`generate`: the shots of a project to services, candidates back, ranked, with what to do next."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import AfterValidator

from overlaycut.api.boundary import verb
from overlaycut.api.caching import pipeline_of
from overlaycut.api.exporting import policies_for
from overlaycut.api.file_use import declare, project_files
from overlaycut.api.generation_checks import cut_lettering
from overlaycut.api.generation_jobs import (
    Forecast,
    PlannedTask,
    Stop,
    done,
    done_report,
    finished,
    forecast,
    left_running,
    paid_now,
    planned_report,
    planned_task,
    project_key,
    recorded,
    released,
    watching,
)
from overlaycut.api.generation_results import CancelReport, CheckedPrompt, GenerateReport, ShotVerdict
from overlaycut.api.generation_services import ServiceTable
from overlaycut.api.generation_verdicts import Judged, comparisons, judged, verdict
from overlaycut.api.inputs import File
from overlaycut.core.generation_tables import MOST_CANDIDATES
from overlaycut.core.progress import Progress, no_progress
from overlaycut.core.project import Master, Project, ProjectTable, read_project
from overlaycut.errors import UsageError
from overlaycut.generation.shot_requests import Overrides, PlannedShot, Planner
from overlaycut.providers import Failure, FailureKind, Ledger, Provider, TaskResult, TaskState

__all__ = ["cancel_tasks", "generate", "generate_async", "left_of"]


def _count(value: int | None) -> int | None:
    if value is not None and not 1 <= value <= MOST_CANDIDATES:
        raise ValueError(f"1..{MOST_CANDIDATES}")
    return value


def _seconds(value: int | None) -> int | None:
    if value is not None and not 1 <= value <= 600:
        raise ValueError("1..600")
    return value


def _usd(value: Decimal | float | int | None) -> Decimal | float | int | None:
    if value is not None and not 0 <= value < float("inf"):
        raise ValueError("US dollars, 0 or more")
    return value


Count: TypeAlias = Annotated[int | None, AfterValidator(_count)]
"""A number of candidates; None for the project's."""

Seconds: TypeAlias = Annotated[int | None, AfterValidator(_seconds)]
"""Whole seconds; None for the project's."""

Budget: TypeAlias = Annotated[Decimal | float | int | None, AfterValidator(_usd)]
"""US dollars; None for the project's budget, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What a call of `generate` asks for, checked and priced before anything is sent."""

    path: Path
    job: Project
    shots: tuple[PlannedShot, ...]
    tasks: tuple[PlannedTask, ...]
    table: ServiceTable
    ahead: Forecast
    budget: Decimal | None
    cut: tuple[str, ...]
    """Lettering that cropping cuts off."""

    @property
    def warnings(self) -> list[str]:
        """What of the project does nothing here, and lettering that the models will not get."""
        listed = [one.name for one in self.shots if self.job.shots[one.number].clip is not None]
        notes = [f"{name}: the project names its clip, so `run` will not take what is generated" for name in listed]
        return [*notes, *self.cut]


def _order(
    path: Path,
    shots: Sequence[str],
    overrides: Overrides,
    budget: Decimal | float | int | None,
    providers: Sequence[Provider],
    ledger: Ledger,
    retry_unknown: bool,
) -> _Order:
    job = read_project(path)
    table = ServiceTable(providers)
    planner = Planner(job, table.models, default_ratio=programme_ratio(job.project), overrides=overrides)
    planned = tuple(planner.planned(number) for number in chosen_shots(job, shots))
    declare(reads=project_files(path, job), writes=())
    tasks = tuple(
        planned_task(
            path,
            job.generate.folder,
            shot=one.shot,
            take=one.take,
            request=one.request,
            prompt=one.prompt,
            pictures=one.pictures,
            notes=one.notes,
        )
        for shot in planned
        for one in shot.requests
    )
    chosen = job.generate.budget_usd if budget is None else Decimal(str(budget))
    if retry_unknown:
        released(tasks, ledger)
    ahead = forecast(tasks, table, ledger)
    return _Order(
        path=path,
        job=job,
        shots=planned,
        tasks=tasks,
        table=table,
        ahead=ahead,
        budget=chosen,
        cut=tuple(cut_lettering(tasks)),
    )


def programme_ratio(table: ProjectTable) -> Fraction:
    """Width over height of the programme: of its master, else of its first output."""
    if table.master is not None:
        master = Master.parse(table.master)
        return Fraction(master.width, master.height)
    policy = policies_for(table.outputs[:1] or ("tiktok",))[0]
    return Fraction(policy.target.video.width, policy.target.video.height)


def chosen_shots(job: Project, wanted: Sequence[str]) -> tuple[int, ...]:
    """0-based numbers of the shots that are meant: by name or by number from 1; all that have a prompt without any.

    Raises UsageError for a shot that is not there, or has no prompt.
    """
    if not wanted:
        found = tuple(n for n, shot in enumerate(job.shots) if shot.is_generated)
        if not found:
            raise UsageError("no shot has a prompt", hint='prompt = "…" or template = "…" in [[shots]]')
        return found
    numbers: dict[int, None] = {}
    for word in wanted:
        if word in job.shot_names:
            number = job.shot_names.index(word)
        elif word.isdecimal() and 1 <= int(word) <= len(job.shots):
            number = int(word) - 1
        else:
            raise UsageError(f"no shot is called {word!r}", hint=f"shots: {', '.join(job.shot_names)}")
        if not job.shots[number].is_generated:
            raise UsageError(f"{job.shot_names[number]}: has no prompt", hint='prompt = "…" or template = "…"')
        numbers[number] = None
    return tuple(numbers)


@verb
def generate(
    project: File,
    *,
    shots: Sequence[str] = (),
    models: Sequence[str] = (),
    candidates: Count = None,
    duration: Seconds = None,
    seeds: Sequence[int] = (),
    dry_run: bool = False,
    budget: Budget = None,
    rank: bool = True,
    cancel_on_stop: bool = False,
    retry_unknown: bool = False,
    providers: Sequence[Provider] = (),
    cache: bool = True,
    progress: Progress = no_progress,
) -> GenerateReport:
    """Send the shots of a project to generation services and fetch the candidates.

    shots: names or numbers; without any, all that have a prompt. models, candidates, duration, seeds: in the place of
    the project's. dry_run: nothing is sent; the report has every call and its price. budget: what new tasks may cost
    together, US dollars. rank: whether the candidates are ranked. cancel_on_stop: whether services are asked to stop
    their tasks when this is interrupted or cancelled; else they go on, and the next call waits for them. retry_unknown:
    whether tasks of which nobody knows whether they were made are submitted again; look at the service's own list of
    tasks first. providers: services of one's own.

    A task that was paid for in an earlier call is never paid for again: it is waited for, or its file is there. Files
    go into the project's folder of generated files, each with a record; nothing is replaced.

    Raises BudgetExceeded before anything is sent; a task that fails is in the report, with its error.
    """
    stop = Stop()

    async def work() -> GenerateReport:
        return await _generated(
            Path(project), shots, _overrides(models, candidates, duration, seeds), budget, providers,
            dry_run=dry_run, rank=rank, cancel_on_stop=cancel_on_stop,
            retry_unknown=retry_unknown, cache=cache, progress=progress, stop=stop,
        )  # fmt: skip

    return finished(work, stop)


@verb
async def generate_async(
    project: File,
    *,
    shots: Sequence[str] = (),
    models: Sequence[str] = (),
    candidates: Count = None,
    duration: Seconds = None,
    seeds: Sequence[int] = (),
    dry_run: bool = False,
    budget: Budget = None,
    rank: bool = True,
    cancel_on_stop: bool = False,
    retry_unknown: bool = False,
    providers: Sequence[Provider] = (),
    cache: bool = True,
    progress: Progress = no_progress,
) -> GenerateReport:
    """The same as `generate`, for callers with an event loop; what computes does so in a thread beside it."""
    return await _generated(
        Path(project), shots, _overrides(models, candidates, duration, seeds), budget, providers,
        dry_run=dry_run, rank=rank, cancel_on_stop=cancel_on_stop,
        retry_unknown=retry_unknown, cache=cache, progress=progress, stop=Stop(),
    )  # fmt: skip


def _overrides(models: Sequence[str], candidates: int | None, duration: int | None, seeds: Sequence[int]) -> Overrides:
    return Overrides(models=tuple(models), candidates=candidates, duration=duration, seeds=tuple(seeds))


async def _generated(
    path: Path,
    shots: Sequence[str],
    overrides: Overrides,
    budget: Decimal | float | int | None,
    providers: Sequence[Provider],
    *,
    dry_run: bool,
    rank: bool,
    cancel_on_stop: bool,
    retry_unknown: bool,
    cache: bool,
    progress: Progress,
    stop: Stop,
) -> GenerateReport:
    with Ledger() as ledger:
        again = retry_unknown and not dry_run
        order = await asyncio.to_thread(_order, path, shots, overrides, budget, providers, ledger, again)
        if dry_run:
            return _dry_report(order, ledger)
        results = await done(
            order.tasks,
            order.table,
            ledger,
            budget=order.budget,
            cancel_tasks=cancel_on_stop,
            progress=progress,
            stop=stop,
        )
        watched = watching(progress, stop)
        try:
            return await asyncio.to_thread(_report, order, results, ledger, rank, cache, watched)
        except asyncio.CancelledError:
            stop.ask()
            raise


def _dry_report(order: _Order, ledger: Ledger) -> GenerateReport:
    over = order.ahead.over(order.budget)
    return GenerateReport(
        tasks=tuple(planned_report(task, order.ahead, ledger.entry(task.job.key)) for task in order.tasks),
        total_usd=order.ahead.total_usd,
        unpriced=order.ahead.unpriced,
        dry_run=True,
        over_budget=over is not None,
        prompts=_prompts(order),
        requests=tuple(
            {"shot": task.job.shot, "take": task.job.take, **order.ahead.prepared[task.job.key].to_dict()}
            for task in order.tasks
        ),
        warnings=(*order.warnings, *([over] if over else [])),
    )


def _report(
    order: _Order, results: Sequence[TaskResult], ledger: Ledger, rank: bool, cache: bool, progress: Progress
) -> GenerateReport:
    """The report of what was done; records are written, and candidates ranked."""
    ahead = order.ahead.prepared
    for task, result in zip(order.tasks, results, strict=True):
        recorded(result, task, ahead[task.job.key], order.path)
    verdicts: list[ShotVerdict] = []
    found: list[Judged] = []
    warnings = order.warnings
    if rank:
        pipeline = pipeline_of(progress, cache=cache, job=order.path)
        for shot in order.shots:
            found.append(judged(pipeline, order.job, shot.number))
            spent = _spent(ledger, order.path, shot.name)
            verdicts.append(verdict(found[-1], order.job, shot.number, order.path, spent, order.table.models))
        warnings += [text for one in found for text in one.warnings] + list(pipeline.warnings)
    total, unpriced = paid_now(results)
    return GenerateReport(
        tasks=tuple(
            done_report(result, task, ahead[task.job.key]) for task, result in zip(order.tasks, results, strict=True)
        ),
        total_usd=total,
        unpriced=unpriced,
        dry_run=False,
        prompts=_prompts(order),
        shots=tuple(verdicts),
        models=comparisons([one for each in found for one in each.order]),
        warnings=tuple(warnings),
    )


def _spent(ledger: Ledger, path: Path, shot: str) -> Decimal | None:
    """What all tasks of a shot cost; None where the cost of one is not known."""
    costs = [one.charged_usd for one in ledger.entries(project=project_key(path)) if one.shot == shot]
    return None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0))


def _prompts(order: _Order) -> tuple[CheckedPrompt, ...]:
    return tuple(
        CheckedPrompt(shot=shot.name, prompt=prompt, missing=check.missing, hints=check.hints, warnings=check.warnings)
        for shot in order.shots
        for prompt, check in shot.checks.items()
    )


def left_of(project: Path) -> tuple[str, ...]:
    """Tasks of a project that services have, or may have, and whose results are not here, one line each."""
    with Ledger() as ledger:
        entries = left_running(ledger.entries(project=project_key(project)))
    return tuple(f"{one.shot}: {one.model}, take {one.take + 1}: {one.state} {one.task_id}".rstrip() for one in entries)


@verb
def cancel_tasks(project: File, *, providers: Sequence[Provider] = ()) -> CancelReport:
    """Ask services to stop the tasks of a project that are under way; those that are done by then are paid for."""
    path = Path(project)

    async def work() -> CancelReport:
        with Ledger() as ledger:
            entries = [one for one in left_running(ledger.entries(project=project_key(path))) if one.task is not None]
            table = ServiceTable(providers)
            services = table.services(one.provider for one in entries)
            told = []
            try:
                for one in entries:
                    assert one.task is not None
                    cancelled = await services[one.provider].cancel(one.task)
                    if cancelled:
                        failure = Failure(kind=FailureKind.OTHER, message="cancelled on request")
                        ledger.ended(one.key, TaskState.CANCELLED, failure)
                    told.append(
                        {
                            "shot": one.shot, "take": one.take, "provider": one.provider, "model": one.model,
                            "task_id": one.task_id, "cancelled": cancelled,
                        }
                    )  # fmt: skip
            finally:
                await asyncio.gather(*(one.close() for one in services.values()), return_exceptions=True)
            return CancelReport(tasks=tuple(told))

    return finished(work, Stop())
