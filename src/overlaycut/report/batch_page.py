"""The page over a batch: one line a project, the worst first, each with a way to its own page."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from overlaycut.report.rendering import environment


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One project on the page."""

    name: str
    path: str
    verdict: str
    """For people: "failed", "gates failed", "done"."""
    what: str
    """The error, the gates that failed, or why nothing was done."""
    seconds: float | None
    warnings: int
    link: str
    """Address of its own page, relative to this one; empty without one."""

    @classmethod
    def of(cls, row: dict[str, Any], folder: Path) -> Self:
        """A row from a batch entry's JSON object, for a page in `folder`."""
        failed = row["state"] == "failed"
        what = row["error"] or "; ".join(row["gates"])
        return cls(
            name=row["name"],
            path=row["path"],
            verdict="failed" if failed else "gates failed" if row["gates"] else row["state"],
            what="; ".join(row["gates"]) if row["gates"] and not failed else what,
            seconds=row["seconds"],
            warnings=row["warnings"],
            link=_address(row["report"], folder) if row["report"] and not failed else "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPage:
    """The content of the page."""

    rows: tuple[BatchRow, ...]

    @classmethod
    def of(cls, rows: Sequence[dict[str, Any]], *, folder: Path) -> Self:
        """The page in `folder` for batch entries' JSON objects, in their order."""
        return cls(rows=tuple(BatchRow.of(row, folder) for row in rows))

    @property
    def summary(self) -> str:
        """How many of each verdict there are."""
        counts = {verdict: 0 for verdict in ("failed", "gates failed", "done", "skipped")}
        for row in self.rows:
            counts[row.verdict] += 1
        return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count) or "nothing to do"


def batch_page(content: BatchPage) -> str:
    """The page as HTML, without scripts and external resources."""
    return environment().get_template("batch.html").render(page=content)


def _address(path: str, folder: Path) -> str:
    """The relative address of a file; its absolute one where no relative path leads there, as to another drive."""
    try:
        return quote(Path(os.path.relpath(path, folder)).as_posix())
    except ValueError:
        return Path(path).resolve().as_uri()
