"""Tasks to do, what they will cost, and how they ended."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from overlaycut.errors import BudgetExceeded, OutputError, OverlaycutError, UsageError
from overlaycut.media.outputs import declare
from overlaycut.providers.ledger import LedgerEntry, task_key
from overlaycut.providers.protocol import GenerationRequest, Json, Media, Prepared, Provider, TaskState

_ENDINGS: dict[Media, tuple[str, ...]] = {
    "video": (".mp4", ".mov", ".webm"),
    "image": (".png", ".jpg", ".webp"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One task to do."""

    provider: str
    request: GenerationRequest
    out: Path
    """The file that is written, without a suffix: the suffix is that of what comes."""
    media: Media = "video"
    project: str = ""
    shot: str = ""
    take: int = 0
    """0-based number of the candidate; another number is another paid task."""

    @property
    def key(self) -> str:
        """Of the task, in the ledger and to services that take one."""
        return task_key(self.project, self.shot, self.take, self.request)

    def named(self, n: int, ending: str) -> Path:
        """The name of the n-th file, 0-based."""
        number = f"-{n + 1}" if n else ""
        return self.out.with_name(f"{self.out.name}{number}{ending}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """How a task ended, or where it stands."""

    job: Job
    state: TaskState
    paths: tuple[Path, ...] = ()
    sha256: str = ""
    """Of the first file."""
    cost_usd: Decimal | None = None
    """What it costs, by the service or else by the table; None where nobody knows."""
    error: OverlaycutError | None = None
    task_id: str = ""
    facts: Json = field(default_factory=dict)
    """Seed, rewritten prompt and the like."""
    warnings: tuple[str, ...] = ()
    paid_before: bool = False
    """Whether an earlier run had submitted it, so that this one paid nothing."""

    def to_dict(self) -> Json:
        """The result as JSON values."""
        return {
            "shot": self.job.shot,
            "take": self.job.take,
            "provider": self.job.provider,
            "model": self.job.request.model,
            "state": str(self.state),
            "path": str(self.paths[0]) if self.paths else None,
            "paths": [str(path) for path in self.paths],
            "cost_usd": None if self.cost_usd is None else float(self.cost_usd),
            "error": None if self.error is None else self.error.one_line(),
            "task_id": self.task_id,
            "sha256": self.sha256 or None,
            "facts": self.facts,
            "warnings": list(self.warnings),
        }


Listener = Callable[[Job, TaskState, str], None]
"""Told of every change: the job, its state, a note for people."""


def nobody_listens(job: Job, state: TaskState, note: str) -> None:
    """Hears what nobody wants to hear."""


def provider_of(providers: Mapping[str, Provider], job: Job) -> Provider:
    """The service of a job. Raises UsageError when it is not among those that were given."""
    if job.provider not in providers:
        raise UsageError(f"no provider is called {job.provider!r}", hint=f"known: {', '.join(providers)}")
    return providers[job.provider]


def is_new(entry: LedgerEntry | None) -> bool:
    """Whether a task is still to be paid for."""
    return entry is None or entry.state in (TaskState.PLANNED, TaskState.FAILED, TaskState.CANCELLED)


def is_here(entry: LedgerEntry | None) -> bool:
    """Whether the file of a fetched task is there as it was written."""
    if entry is None or entry.state != TaskState.FETCHED or entry.path is None:
        return False
    try:
        return entry.path.stat().st_size == entry.bytes
    except OSError:
        return False


def estimate(jobs: Sequence[Job], providers: Mapping[str, Provider]) -> tuple[Prepared, ...]:
    """What would be sent, and what it would cost, without a call. Raises as `Provider.prepare`."""
    return tuple(provider_of(providers, job).prepare(job.request, key=job.key) for job in jobs)


def check_budget(prepared: Sequence[Prepared], budget: Decimal, *, already: Decimal = Decimal(0)) -> Decimal:
    """The sum that is going to be spent.

    already: what counts against the budget and was spent. Raises BudgetExceeded when it is more than the budget, or a
    price is not known.
    """
    unknown = sorted({one.request.model for one in prepared if one.cost.usd is None})
    if unknown:
        hint = "put a price into your providers.toml, or leave the budget out"
        raise BudgetExceeded(f"the price of {', '.join(unknown)} is not known, so no budget can be kept", hint=hint)
    total = sum((one.cost.usd or Decimal(0) for one in prepared), Decimal(0))
    if total + already > budget:
        spent = f" and ${already:.2f} were spent" if already else ""
        raise BudgetExceeded(
            f"{len(prepared)} tasks cost ${total:.2f}{spent}, more than the budget of ${budget:.2f}; nothing was sent",
            hint="fewer candidates, a shorter duration, a smaller size, or a cheaper model",
        )
    return total


def check_outputs(jobs: Sequence[Job], *, force: bool) -> None:
    """Raises UsageError for outputs that clash or would replace a foreign file, OutputError for a place without."""
    names = [(job, n) for job in jobs for n in range(job.request.count)]
    declare(reads=(), writes=[job.named(n, end) for job, n in names for end in _ENDINGS[job.media]], force=force)
    for folder in {job.out.parent for job in jobs}:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder}: cannot be made: {error.strerror}", hint="choose another place") from error
        if not os.access(folder, os.W_OK):
            raise OutputError(f"{folder}: cannot be written", hint="choose another place")
