"""`overlaycut compare`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from overlaycut.cli.common import FILE, force_option, json_option, progress_bar, show
from overlaycut.cli.words import warning_lines

if TYPE_CHECKING:
    from overlaycut.api import CompareLayout, CompareReport


@click.command("compare")
@click.argument("a", type=FILE)
@click.argument("b", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, metavar="OUT.html|mp4", help="A page, or a clip.")
@click.option(
    "--layout", type=click.Choice(["side", "wipe"]), default="side", show_default=True,
    help="Of a clip: beside each other, or parted by a line that moves. A page has both.",
)  # fmt: skip
@force_option
@json_option
def command(a: Path, b: Path, out: Path, layout: str, force: bool, as_json: bool) -> None:
    """Show clips A and B together, side by side and under a wipe."""
    from overlaycut.api import compare

    with progress_bar() as progress:
        report = compare(a, b, out, layout=cast("CompareLayout", layout), force=force, progress=progress)
    show(report, _lines(report), as_json=as_json)


def _lines(report: CompareReport) -> Iterator[str]:
    said = "no difference" if report.identical else (
        f"they differ by {report.mean_difference:.2f} levels on average, most at {float(report.worst_seconds):.2f} s"
    )  # fmt: skip
    yield f"{report.out}: {report.frames} frames, {said}"
    yield from warning_lines(report.warnings)
