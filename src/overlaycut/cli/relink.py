"""`overlaycut relink`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlaycut.cli.common import FILE, force_option, json_option, leave, show

if TYPE_CHECKING:
    from overlaycut.api import RelinkReport


@click.command("relink")
@click.argument("cut", type=FILE)
@click.option("--to", type=FILE, required=True, help="The folder of the cleaned clips.")
@click.option("-o", "--out", type=FILE, help="The relinked timeline; default: NAME-relinked beside it.")
@force_option
@json_option
def command(cut: Path, to: Path, out: Path | None, force: bool, as_json: bool) -> None:
    """Exchange the clips of CUT, an .otio, .edl, .xml or .fcpxml, for cleaned ones; times and handles stay."""
    from overlaycut.api import relink

    report = relink(cut, to, out, force=force)
    show(report, _lines(report), as_json=as_json)
    leave(report.ok)


def _lines(report: RelinkReport) -> Iterator[str]:
    yield f"{report.out}: {len(report.relinked)} clip(s) exchanged, {len(report.kept)} kept"
    for one in report.relinked:
        yield f"{one.source} → {one.clip}"
    for path in report.kept:
        yield f"{path} is kept"
    for warning in report.warnings:
        yield f"warning: {warning}"
