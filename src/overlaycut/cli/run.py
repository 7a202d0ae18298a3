"""`overlaycut run`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from overlaycut.cli.common import FILE, json_option, leave, progress_bar, show
from overlaycut.cli.words import delivery_lines


@click.command("run")
@click.argument("project", type=FILE)
@click.option("-o", "--out", type=FILE, help="The folder for everything; default: out/ beside the project.")
@json_option
def command(project: Path, out: Path | None, as_json: bool) -> None:
    """Do the whole job that PROJECT, a TOML file, describes."""
    from overlaycut.api import run

    with progress_bar() as progress:
        report = run(project, out, progress=progress)
    show(report, run_lines(report), as_json=as_json)
    leave(report["ok"])


def run_lines(report: dict[str, Any]) -> Iterator[str]:
    """What was written and what to look at."""
    yield f"master: {report['master']}"
    yield from delivery_lines(report["deliveries"])
    yield f"report: {report['report']}"
    for warning in report["warnings"]:
        yield f"warning: {warning}"
    for gate in report["gates"]:
        yield f"gate failed: {gate}"
