"""What `generate`, `stills` and `costs` return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from overlaycut.api.results import Report, json_value
from overlaycut.core.next_step import NextStep
from overlaycut.errors import OverlaycutError


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedTask(Report):
    """One candidate: what was asked of whom, and where it stands."""

    shot: str
    take: int
    """0-based, within its prompt and model."""
    provider: str
    model: str
    state: str
    """planned, submitting, unknown, queued, running, succeeded, fetched, failed, cancelled, expired."""
    path: Path | None
    """The file; None where it is not here."""
    paths: tuple[Path, ...] = ()
    """All files of one task; several only for stills."""
    cost_usd: Decimal | None
    """What it costs or cost, by the service or else by the table; None where nobody knows."""
    cost_basis: str = ""
    error: OverlaycutError | None = None
    prompt: str
    seed: int | None = None
    duration: int | None = None
    """Seconds; None where the service decides, and for stills."""
    task_id: str = ""
    sha256: str = ""
    paid_before: bool = False
    """Whether an earlier call had submitted it, so that this one pays nothing for it."""
    notes: tuple[str, ...] = ()
    """What was changed or left out for this model."""

    def to_dict(self) -> dict[str, Any]:
        """The task as JSON values; the error as one line."""
        told = {name: _plain(getattr(self, name)) for name in self.__dataclass_fields__}
        return told | {"error": None if self.error is None else self.error.one_line()}


def _plain(value: object) -> Any:
    return float(value) if isinstance(value, Decimal) else json_value(value)


class MoneyReport(Report):
    """A report with sums of money in it, which are numbers in JSON."""

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        names = (*self.__dataclass_fields__, *self.computed)
        return {name: _plain(getattr(self, name)) for name in names if name != "computed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPrompt(Report):
    """A motion prompt held against the recipe."""

    shot: str
    prompt: str
    missing: tuple[str, ...]
    """Parts of the recipe that were not found: subject, direction, camera, atmosphere, pace."""
    hints: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedClip(MoneyReport):
    """One candidate of a shot in its place."""

    clip: Path
    model: str
    prompt: str
    score: float
    """0..100."""
    parts: Mapping[str, float | None]
    kept_label: bool | None
    """Whether all lettering came through untouched; None where there is none."""
    usable: bool
    reasons: tuple[str, ...]
    faults: tuple[str, ...]
    cost_usd: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotVerdict(MoneyReport):
    """What came of a shot, and what to do next."""

    shot: str
    next: NextStep
    best: Path | None
    reason: str
    changes: tuple[str, ...]
    """What to change before generating again."""
    command: str | None
    """What to run next; None where nothing has to be."""
    ranking: tuple[JudgedClip, ...]
    cost_usd: Decimal | None
    """Of all its candidates; None where the cost of one is not known."""
    usable_seconds: float
    """Of candidates that can be kept or repaired."""
    usd_per_usable_second: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelComparison(MoneyReport):
    """One prompt by one model, over all shots."""

    model: str
    prompt: str
    candidates: int
    usable: int
    kept_label: int | None
    """Candidates whose lettering came through untouched; None where there is none."""
    best_score: float
    mean_score: float
    cost_usd: Decimal | None
    usd_per_usable: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateReport(MoneyReport):
    """What `generate` asked for, what came, and what to do next."""

    computed: ClassVar[tuple[str, ...]] = ("ok",)

    tasks: tuple[GeneratedTask, ...]
    total_usd: Decimal
    """What this call pays, or in a dry run would pay, as far as prices are known."""
    unpriced: int
    """Tasks of unknown price, which `total_usd` leaves out."""
    dry_run: bool
    over_budget: bool = False
    """In a dry run, whether the real one would be refused."""
    prompts: tuple[CheckedPrompt, ...] = ()
    requests: tuple[Mapping[str, Any], ...] = ()
    """In a dry run: every call that would be made; keys as the names of their variables."""
    shots: tuple[ShotVerdict, ...] = ()
    models: tuple[ModelComparison, ...] = ()
    """Which model kept your label, at what cost: the best first."""
    warnings: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[GeneratedTask, ...]:
        """The tasks that ended without a file."""
        return tuple(task for task in self.tasks if task.error is not None)

    @property
    def ok(self) -> bool:
        """Whether every task is fetched, or planned in a dry run, and every shot has something to keep or repair."""
        judged = all(shot.next in ("keep", "repair") for shot in self.shots)
        return judged and not self.failures and not self.over_budget


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReport(Report):
    """What became of tasks that services were asked to stop."""

    tasks: tuple[Mapping[str, Any], ...]
    """shot, take, provider, model, task_id, cancelled of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine(MoneyReport):
    """What tasks of one kind cost."""

    project: str
    shot: str
    model: str
    tasks: int
    fetched: int
    failed: int
    running: int
    """Submitted and not ended; `generate` waits for them."""
    unpriced: int
    cost_usd: Decimal
    """Without those of unknown price."""
    seconds: float
    """Of the clips that were fetched, as they were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotCost(MoneyReport):
    """What a shot cost, over all models."""

    project: str
    shot: str
    cost_usd: Decimal
    usd_per_second: Decimal | None
    """Per second of clip that was fetched."""
    usable_seconds: float | None
    """As the last verdict had it; None where none was given."""
    usd_per_usable_second: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostsReport(MoneyReport):
    """What was paid for generating."""

    total_usd: Decimal
    unpriced: int
    lines: tuple[CostLine, ...]
    shots: tuple[ShotCost, ...]
    ledger: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedStill(MoneyReport):
    """One variant of a still."""

    path: Path
    model: str
    width: int
    height: int
    read: tuple[str, ...]
    """Lettering on it, as it was read."""
    text_match: float | None
    """Likeness of the lettering with what was asked for, 0..1 at its worst; None where none was asked for."""
    sharpness: float
    """0..1, as `rank` measures it in clips."""
    cost_usd: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StillVerdict(MoneyReport):
    """The variants of one still, best first."""

    name: str
    next: NextStep
    reason: str
    command: str | None
    ranking: tuple[RankedStill, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StillsReport(MoneyReport):
    """What `stills` asked for, what came, and which variant is best."""

    computed: ClassVar[tuple[str, ...]] = ("ok",)

    tasks: tuple[GeneratedTask, ...]
    total_usd: Decimal
    unpriced: int
    dry_run: bool
    over_budget: bool = False
    requests: tuple[Mapping[str, Any], ...] = ()
    stills: tuple[StillVerdict, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[GeneratedTask, ...]:
        """The tasks that ended without a file."""
        return tuple(task for task in self.tasks if task.error is not None)

    @property
    def ok(self) -> bool:
        """Whether every task is fetched, or planned in a dry run, and every still has a variant to keep."""
        return not self.failures and not self.over_budget and all(one.next == "keep" for one in self.stills)
