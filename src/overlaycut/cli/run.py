"""`overlaycut run`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from overlaycut.cli.common import (
    FILE,
    Table,
    cache_option,
    encoder_option,
    force_option,
    json_option,
    leave,
    progress_bar,
    show,
)
from overlaycut.cli.words import delivery_lines, warning_lines

if TYPE_CHECKING:
    from overlaycut.api import EncoderChoice, ExplainReport, MasterKind, RunReport


@click.command("run")
@click.argument("project", type=FILE)
@click.option("-o", "--out", type=FILE, help="The folder for everything; default: out/ beside the project.")
@click.option(
    "--master", type=click.Choice(["h264", "lossless", "prores"]), default="h264", show_default=True,
    help="How the master is kept: H.264, H.264 without loss, or ProRes 422 HQ.",
)  # fmt: skip
@click.option(
    "--rate", metavar="FPS", help="Frames per second of the programme, as 30 or 30000/1001; default: the project's."
)
@click.option("--lossless", "master", flag_value="lossless", help="The same as --master lossless.")
@encoder_option
@click.option("--plate", is_flag=True, help="Write the clean plate too: the master with all lettering taken out.")
@click.option("--explain", "only_explain", is_flag=True, help="Say what would be done and why, and do nothing.")
@cache_option
@force_option
@json_option
def command(
    project: Path,
    out: Path | None,
    master: str,
    rate: str | None,
    encoder: str,
    plate: bool,
    only_explain: bool,
    cache: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Do the whole job that PROJECT, a TOML file, describes."""
    from overlaycut.api import explain, run

    kind, chosen = cast("MasterKind", master), cast("EncoderChoice", encoder)
    if only_explain:
        plan = explain(project, out, master=kind, encoder=chosen, rate=rate, plate=plate, cache=cache, force=force)
        show(plan, explain_lines(plan), as_json=as_json)
        return
    with progress_bar() as progress:
        report = run(
            project,
            out,
            master=kind,
            encoder=chosen,
            rate=rate,
            plate=plate,
            cache=cache,
            force=force,
            progress=progress,
        )
    show(report, run_lines(report), as_json=as_json)
    leave(report.ok)


def explain_lines(report: ExplainReport) -> Iterator[str]:
    """What would be done, and why."""
    for step in report.steps:
        yield f"{step.state:9}  {step.step} {step.subject}{f': {step.why}' if step.why else ''}"
    for warning in report.warnings:
        yield f"warning: {warning}"


def run_lines(report: RunReport) -> Iterator[str | Table]:
    """What was written and what to look at; each warning once."""
    yield f"master: {report.master}"
    if report.plate is not None:
        yield f"clean plate: {report.plate}"
    yield from delivery_lines(report.deliveries)
    yield f"report: {report.report}"
    yield from warning_lines(report.warnings)
    for gate in report.gates:
        yield f"gate failed: {gate}"
