"""`stills`: the stills of a project by one or several models, ranked by their lettering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import cv2

from overlaycut.analyse.quality.measures import sharpness
from overlaycut.api.boundary import verb
from overlaycut.api.file_use import declare
from overlaycut.api.generating import Budget, Count, programme_ratio
from overlaycut.api.generation_jobs import (
    Forecast,
    PlannedTask,
    Stop,
    done,
    done_report,
    finished,
    forecast,
    paid_now,
    planned_report,
    planned_task,
    recorded,
)
from overlaycut.api.generation_results import RankedStill, StillsReport, StillVerdict
from overlaycut.api.generation_services import ServiceTable
from overlaycut.api.inputs import File
from overlaycut.core.edit_distance import folded, similarity
from overlaycut.core.frame import Picture
from overlaycut.core.generation_tables import StillTable
from overlaycut.core.progress import Progress, no_progress
from overlaycut.core.project import StillBrief, read_brief
from overlaycut.errors import UsageError
from overlaycut.generation.still_requests import still_requests
from overlaycut.media import read_still
from overlaycut.models import rapid_reader
from overlaycut.providers import Ledger, Provider, TaskResult

FOLDER = "stills"
"""Where stills go, below the project's folder of generated files."""
_RIGHT = 0.95
"""Likeness of lettering with what was asked for, from which on it reads right: one letter of twenty is the reader's."""
_LONG_SIDE = 960
"""Pixels of the longer side at which sharpness is measured, so that large stills are not at a disadvantage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    path: Path
    brief: StillBrief
    stills: tuple[StillTable, ...]
    tasks: tuple[PlannedTask, ...]
    table: ServiceTable
    ahead: Forecast
    budget: Decimal | None


@verb
def stills(
    project: File,
    *,
    names: Sequence[str] = (),
    models: Sequence[str] = (),
    variants: Count = None,
    dry_run: bool = False,
    budget: Budget = None,
    rank: bool = True,
    providers: Sequence[Provider] = (),
    progress: Progress = no_progress,
) -> StillsReport:
    """Generate the stills that a project file asks for in [[stills]]; shots need not be there yet.

    names: of stills; without any, all. models, variants: in the place of the project's. The variants of all models are
    ranked together, by how well they read what `text` asks for, then by sharpness. Everything else is as with
    `generate`: a task is paid once, files go into stills/ of the project's folder of generated files, each as the
    service gave it, with a record.
    """
    stop = Stop()

    async def work() -> StillsReport:
        with Ledger() as ledger:
            order = _order(Path(project), names, models, variants, budget, providers, ledger)
            if dry_run:
                return _dry_report(order, ledger)
            results = await done(
                order.tasks,
                order.table,
                ledger,
                budget=order.budget,
                cancel_tasks=False,
                progress=progress,
                stop=stop,
            )
            return _report(order, results, rank)

    return finished(work, stop)


def _order(
    path: Path,
    names: Sequence[str],
    models: Sequence[str],
    variants: int | None,
    budget: Decimal | float | int | None,
    providers: Sequence[Provider],
    ledger: Ledger,
) -> _Order:
    brief, table = read_brief(path), ServiceTable(providers)
    chosen = _chosen(brief, names)
    declare(
        reads=[path, *(one for still in chosen for one in (still.edit, still.mask, *still.references) if one)],
        writes=(),
    )
    ratio = programme_ratio(brief.project)
    tasks = tuple(
        planned_task(
            path,
            brief.generate.folder / FOLDER,
            shot=one.name,
            take=one.take,
            request=one.request,
            prompt=one.prompt,
            pictures=one.pictures,
            notes=one.notes,
            media="image",
        )
        for still in chosen
        for one in still_requests(
            still, brief.generate, table.models, default_ratio=ratio, chosen=models, variants=variants
        )
    )
    limit = brief.generate.budget_usd if budget is None else Decimal(str(budget))
    ahead = forecast(tasks, table, ledger)
    return _Order(path=path, brief=brief, stills=chosen, tasks=tasks, table=table, ahead=ahead, budget=limit)


def _chosen(brief: StillBrief, names: Sequence[str]) -> tuple[StillTable, ...]:
    """The stills that are meant. Raises UsageError for one that is not there."""
    if not brief.stills:
        raise UsageError("the project asks for no stills", hint="[[stills]] with name, prompt and model")
    known = {one.name: one for one in brief.stills}
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"no still is called {unknown[0]!r}", hint=f"stills: {', '.join(known)}")
    return tuple(known[name] for name in dict.fromkeys(names)) or brief.stills


def _dry_report(order: _Order, ledger: Ledger) -> StillsReport:
    over = order.ahead.over(order.budget)
    return StillsReport(
        tasks=tuple(planned_report(task, order.ahead, ledger.entry(task.job.key)) for task in order.tasks),
        total_usd=order.ahead.total_usd,
        unpriced=order.ahead.unpriced,
        dry_run=True,
        over_budget=over is not None,
        requests=tuple(
            {"still": task.job.shot, "take": task.job.take, **order.ahead.prepared[task.job.key].to_dict()}
            for task in order.tasks
        ),
        warnings=() if over is None else (over,),
    )


def _report(order: _Order, results: Sequence[TaskResult], rank: bool) -> StillsReport:
    for task, result in zip(order.tasks, results, strict=True):
        recorded(result, task, order.ahead.prepared[task.job.key], order.path)
    total, unpriced = paid_now(results)
    reports = tuple(
        done_report(result, task, order.ahead.prepared[task.job.key])
        for task, result in zip(order.tasks, results, strict=True)
    )
    verdicts = tuple(_verdict(still, results, order.path) for still in order.stills) if rank else ()
    return StillsReport(tasks=reports, total_usd=total, unpriced=unpriced, dry_run=False, stills=verdicts)


def _verdict(still: StillTable, results: Sequence[TaskResult], project: Path) -> StillVerdict:
    """The variants of one still, best first, and whether the best reads right."""
    measured = [
        _measured(path, still, result) for result in results if result.job.shot == still.name for path in result.paths
    ]
    order = sorted(measured, key=lambda one: (-_shown(one.text_match), -one.sharpness, one.path.name))
    again = f"overlaycut stills {project} --names {still.name} --variants {still.variants + 2}"
    if not order:
        return StillVerdict(name=still.name, next="retry", reason="no variant was fetched", command=again, ranking=())
    best = order[0]
    if best.text_match is not None and best.text_match < _RIGHT:
        read = ", ".join(repr(text) for text in best.read) or "nothing"
        reason = f"the best variant reads {read}, wanted {', '.join(map(repr, still.text))}"
        return StillVerdict(name=still.name, next="retry", reason=reason, command=again, ranking=tuple(order))
    reason = "reads as asked for" if still.text else "the sharpest; no lettering was asked for"
    return StillVerdict(name=still.name, next="keep", reason=reason, command=None, ranking=tuple(order))


def _shown(match: float | None) -> float:
    return 1.0 if match is None else round(match, 2)


def _measured(path: Path, still: StillTable, result: TaskResult) -> RankedStill:
    picture = read_still(path)
    lines = [line.text for line in rapid_reader().find(picture, long_side=min(max(picture.shape[:2]), 1600))]
    whole = "".join(folded(text) for text in lines)
    match = min((similarity(text, whole) for text in still.text), default=None)
    cost = None if result.cost_usd is None else result.cost_usd / len(result.paths)
    return RankedStill(
        path=path,
        model=result.job.request.model,
        width=picture.shape[1],
        height=picture.shape[0],
        read=tuple(lines),
        text_match=None if match is None else round(match, 4),
        sharpness=round(_sharpness(picture), 4),
        cost_usd=cost,
    )


def _sharpness(picture: Picture) -> float:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    scale = _LONG_SIDE / max(grey.shape)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return sharpness(grey)  # type: ignore[arg-type]
