"""`overlaycut costs`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlaycut.cli.common import FILE, json_option, show
from overlaycut.cli.generate import money

if TYPE_CHECKING:
    from overlaycut.api import CostsReport


@click.command("costs")
@click.argument("path", type=FILE, required=False)
@json_option
def command(path: Path | None, as_json: bool) -> None:
    """Say what was paid for generating: by a project file, in a folder, or in all."""
    from overlaycut.api import costs

    report = costs(path)
    show(report, _lines(report), as_json=as_json)


def _lines(report: CostsReport) -> Iterator[str]:
    if not report.lines:
        yield "nothing was generated"
    for line in report.lines:
        counts = [f"{line.fetched} of {line.tasks} fetched"]
        counts += [f"{count} {word}" for count, word in ((line.failed, "failed"), (line.running, "running")) if count]
        counts += [f"{line.unpriced} of unknown price"] if line.unpriced else []
        yield f"{line.project}: {line.shot}, {line.model}: {money(line.cost_usd)} ({', '.join(counts)})"
    for shot in report.shots:
        per = "" if shot.usd_per_second is None else f", {money(shot.usd_per_second)} per second"
        usable = "" if shot.usd_per_usable_second is None else f", {money(shot.usd_per_usable_second)} per usable s"
        yield f"{shot.shot}: {money(shot.cost_usd)}{per}{usable}"
    more = f", and {report.unpriced} tasks of unknown price" if report.unpriced else ""
    yield f"total: {money(report.total_usd)}{more}"
