"""`costs`: what was paid for generating, from the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from overlaycut.api.boundary import verb
from overlaycut.api.generation_jobs import left_running, project_key
from overlaycut.api.generation_results import CostLine, CostsReport, ShotCost
from overlaycut.api.inputs import File
from overlaycut.api.kept_verdicts import usable_seconds
from overlaycut.core.generation_tables import GenerateTable
from overlaycut.core.project import read_brief
from overlaycut.errors import MissingInput, OverlaycutError
from overlaycut.providers import Ledger, LedgerEntry, TaskState


@verb
def costs(path: File | None = None) -> CostsReport:
    """What was paid for generating: by a project file, by all projects in a folder, or by everything (None).

    Costs are what services said, else what the table of models forecast.
    """
    with Ledger() as ledger:
        entries = _of(ledger.entries(), None if path is None else Path(path))
        return CostsReport(
            total_usd=_sum(entries),
            unpriced=_unpriced(entries),
            lines=tuple(_line(key, found) for key, found in _grouped(entries, by_model=True).items()),
            shots=tuple(_shot(key, found) for key, found in _grouped(entries, by_model=False).items()),
            ledger=ledger.path,
        )


def _of(entries: Sequence[LedgerEntry], path: Path | None) -> list[LedgerEntry]:
    """The tasks of a project file, or of those in a folder. Raises MissingInput for a path that is neither."""
    if path is None:
        return list(entries)
    if not path.exists():
        raise MissingInput(path, "no such project file or folder", hint="check the path")
    whole = path.resolve()
    if path.is_dir():
        return [one for one in entries if Path(one.project).is_relative_to(whole)]
    return [one for one in entries if one.project == project_key(path)]


def _grouped(entries: Sequence[LedgerEntry], *, by_model: bool) -> dict[tuple[str, str, str], list[LedgerEntry]]:
    groups: dict[tuple[str, str, str], list[LedgerEntry]] = {}
    for one in entries:
        groups.setdefault((one.project, one.shot, one.model if by_model else ""), []).append(one)
    return groups


def _sum(entries: Sequence[LedgerEntry]) -> Decimal:
    return sum((cost for one in entries if (cost := one.charged_usd) is not None), Decimal(0))


def _unpriced(entries: Sequence[LedgerEntry]) -> int:
    return sum(one.charged_usd is None for one in entries)


def _seconds(entries: Sequence[LedgerEntry]) -> float:
    return sum(one.seconds or 0.0 for one in entries if one.state == TaskState.FETCHED)


def _line(key: tuple[str, str, str], found: Sequence[LedgerEntry]) -> CostLine:
    project, shot, model = key
    ended = (TaskState.FAILED, TaskState.EXPIRED)
    return CostLine(
        project=project,
        shot=shot,
        model=model,
        tasks=len(found),
        fetched=sum(one.state == TaskState.FETCHED for one in found),
        failed=sum(one.state in ended for one in found),
        running=len(left_running(found)),
        unpriced=_unpriced(found),
        cost_usd=_sum(found),
        seconds=_seconds(found),
    )


def _shot(key: tuple[str, str, str], found: Sequence[LedgerEntry]) -> ShotCost:
    project, shot, _ = key
    cost, seconds = _sum(found), _seconds(found)
    usable = usable_seconds(_folder(Path(project)) / shot)
    return ShotCost(
        project=project,
        shot=shot,
        cost_usd=cost,
        usd_per_second=_per(cost, seconds),
        usable_seconds=usable,
        usd_per_usable_second=_per(cost, usable),
    )


def _per(cost: Decimal, seconds: float | None) -> Decimal | None:
    return round(cost / Decimal(str(seconds)), 4) if seconds else None


def _folder(project: Path) -> Path:
    """Where a project keeps what is generated; the default where the project cannot be read any more."""
    try:
        return read_brief(project).generate.folder
    except OverlaycutError:
        return project.parent / GenerateTable().folder
