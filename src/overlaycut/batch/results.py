"""What a batch returns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, TypeAlias

from overlaycut.api import Report

BatchState: TypeAlias = Literal["done", "failed", "skipped"]
"""`skipped`: done by an earlier batch and nothing has changed since, or another batch is at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEntry(Report):
    """One project or clip of a batch."""

    path: Path
    name: str
    """Of its folder among the results."""
    state: BatchState
    seconds: float | None
    """That its job took, in this batch or the earlier one; None where it never ran."""
    error: str | None
    """Why it failed, or why it was skipped; None when it was done."""
    exit_code: int
    """As that of `overlaycut run`."""
    gates: tuple[str, ...]
    """What failed of its checks, in words."""
    warnings: int
    """How many its report has."""
    attempts: int
    out: Path
    report: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport(Report):
    """What became of a batch, the worst first."""

    computed: ClassVar[tuple[str, ...]] = ("ok",)

    projects: tuple[BatchEntry, ...]
    index: Path
    """The page over all of them."""
    seconds: float
    """Wall time of the batch."""
    forecast_seconds: float | None
    """What was expected before it began; None where there was nothing to do, or nothing that can be measured."""
    warnings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether every project was done and every gate passed."""
        return all(one.state != "failed" and not one.gates for one in self.projects)


def worst_first(entry: BatchEntry) -> tuple[int, int, str]:
    """The order of entries: failed, then those with failed gates, then by warnings."""
    rank = 0 if entry.state == "failed" else 1 if entry.gates else 2
    return rank, -len(entry.gates) - entry.warnings, entry.name
