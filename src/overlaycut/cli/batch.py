"""`overlaycut batch`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from overlaycut.cli.common import FILE, encoder_option, force_option, json_option, leave, names_in, progress_bar, show
from overlaycut.cli.streams import say

if TYPE_CHECKING:
    from overlaycut.api import EncoderChoice
    from overlaycut.batch import BatchEntry, BatchReport


@click.command("batch")
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="PATH…")
@click.option(
    "-o", "--out", type=FILE, default="overlaycut-batch", show_default=True,
    help="The folder for everything: one folder a project, the ledger, index.html.",
)  # fmt: skip
@click.option("--to", "outputs", metavar="NAME[,NAME…]", default="", help="Platforms of clips that no project names.")
@click.option("--jobs", type=int, help="Processes at a time; default: what the machine has cores and memory for.")
@click.option("--dask", metavar="ADDRESS", help="Run on a Dask cluster: its scheduler's address, or local.")
@click.option(
    "--store", metavar="URL", help="With --dask: files travel through an object store, such as s3://bucket/name."
)
@click.option("--retry-failed", is_flag=True, help="Try again what failed before with the same inputs.")
@click.option("--report", "only_report", is_flag=True, help="Run nothing: say what is done, and what is left.")
@click.option("--limit", "limit_seconds", type=float, default=3600.0, show_default=True, help="Seconds a job may take.")
@encoder_option
@force_option
@json_option
def command(
    paths: tuple[Path, ...],
    out: Path,
    outputs: str,
    jobs: int | None,
    dask: str | None,
    store: str | None,
    retry_failed: bool,
    only_report: bool,
    limit_seconds: float,
    encoder: str,
    force: bool,
    as_json: bool,
) -> None:
    """Run projects, clips, folders of both and lists of clips (.csv, .json); what is done is not done again.

    An error ends its own project alone. The same command goes on where an interrupted one stopped.
    """
    from overlaycut.batch import run_all

    with progress_bar() as progress:
        report = run_all(
            paths,
            out,
            outputs=names_in(outputs),
            jobs=jobs,
            dask=dask,
            store=store,
            retry_failed=retry_failed,
            only_report=only_report,
            limit_seconds=limit_seconds,
            encoder=cast("EncoderChoice", encoder),
            force=force,
            forecast=_forecast,
            progress=progress,
        )
    show(report, batch_lines(report), as_json=as_json)
    leave(report.ok)


def _forecast(seconds: float | None, jobs: int) -> None:
    """Say how long it takes before it begins."""
    if jobs:
        about = "" if seconds is None else f", about {_duration(seconds)}"
        say(f"{jobs} to do{about}")


def _duration(seconds: float) -> str:
    """Seconds for people."""
    minutes = round(seconds / 60)
    return f"{max(1, round(seconds))} s" if seconds < 100 else f"{minutes // 60} h {minutes % 60:02d} min"


def batch_lines(report: BatchReport) -> Iterator[str]:
    """One line per project, the worst first, and where the page is."""
    width = max(len(one.name) for one in report.projects)
    yield from (entry_line(one, width) for one in report.projects)
    for warning in report.warnings:
        yield f"warning: {warning}"
    yield f"index: {report.index}"


def entry_line(entry: BatchEntry, width: int = 0) -> str:
    """What became of one project."""
    took = "" if entry.seconds is None else f"{entry.seconds:.1f} s"
    what = entry.error or ""
    if entry.gates and entry.state != "failed":
        more = f" (and {len(entry.gates) - 1} more)" if len(entry.gates) > 1 else ""
        what = f"gate failed: {entry.gates[0]}{more}"
    return f"{entry.name:{width}}  {entry.state:7}  {took:>9}  {what}".rstrip()
