"""`overlaycut stills`."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlaycut.cli.common import FILE, json_option, progress_bar, show
from overlaycut.cli.generate import dollars, leave_generated, listed, money, task_lines, total_line

if TYPE_CHECKING:
    from overlaycut.api import StillsReport


@click.command("stills")
@click.argument("project", type=FILE)
@click.option("--names", multiple=True, callback=listed, metavar="NAME[,NAME…]", help="Only these stills.")
@click.option(
    "--model", "models", multiple=True, callback=listed, metavar="NAME[,…]", help="In place of the project's."
)
@click.option("--variants", type=int, help="Of each model; default: the project's.")
@click.option("--dry-run", is_flag=True, help="Print requests and cost; send nothing.")
@click.option("--budget", callback=dollars, metavar="USD", help="Refuse when new tasks would cost more.")
@click.option("--no-rank", "rank", flag_value=False, default=True, is_flag=True, help="Do not rank the variants.")
@json_option
def command(
    project: Path,
    names: tuple[str, ...],
    models: tuple[str, ...],
    variants: int | None,
    dry_run: bool,
    budget: Decimal | None,
    rank: bool,
    as_json: bool,
) -> None:
    """Generate the stills that [[stills]] of PROJECT asks for, and rank the variants of all models together."""
    from overlaycut.api import stills

    with progress_bar() as progress:
        report = stills(
            project,
            names=names,
            models=models,
            variants=variants,
            dry_run=dry_run,
            budget=budget,
            rank=rank,
            progress=progress,
        )
    show(report, _lines(report), as_json=as_json)
    leave_generated(report.failures, ok=report.ok)


def _lines(report: StillsReport) -> Iterator[str]:
    yield from task_lines(report.tasks)
    yield total_line(report.total_usd, report.unpriced, dry_run=report.dry_run)
    for still in report.stills:
        yield f"{still.name}: {still.next}: {still.reason}"
        for place, one in enumerate(still.ranking, start=1):
            match = "" if one.text_match is None else f", lettering {one.text_match:.0%} right"
            facts = (
                f"{one.model}, {one.width}x{one.height}{match}, sharpness {one.sharpness:.2f}, {money(one.cost_usd)}"
            )
            yield f"  {place}. {one.path} ({facts})"
        if still.command:
            yield f"  {still.command}"
    for warning in report.warnings:
        yield f"warning: {warning}"
