"""`overlaycut validate`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlaycut.cli.common import FILE, json_option, show
from overlaycut.errors import ExitCode

if TYPE_CHECKING:
    from overlaycut.api import ValidateReport


@click.command("validate")
@click.argument("project", type=FILE)
@click.option("--beats", type=FILE, help="Music: propose cuts that fall on its beats.")
@json_option
def command(project: Path, beats: Path | None, as_json: bool) -> None:
    """Check PROJECT, a TOML file, and all that it names, without rendering; every fault is told, exit code 2."""
    from overlaycut.api import validate

    report = validate(project, beats=beats)
    show(report, _lines(report), as_json=as_json)
    if not report.ok:
        raise click.exceptions.Exit(ExitCode.USAGE)


def _lines(report: ValidateReport) -> Iterator[str]:
    for fault in report.faults:
        where = f"{fault.where}: " if fault.where and fault.where not in fault.problem else ""
        yield f"{where}{fault.problem}{f' ({fault.hint})' if fault.hint else ''}"
    for note in report.notes:
        yield f"note: {note}"
    for cut in report.beats:
        end, beat = float(cut.end_seconds), float(cut.beat_seconds)
        yield f"beat: {cut.shot} ends at {end:.2f} s; out = {float(cut.out):.3f} ends it on the beat at {beat:.2f} s"
    count = len(report.faults)
    yield f"{count} fault{'' if count == 1 else 's'}" if count else f"{report.project}: ready to run"
