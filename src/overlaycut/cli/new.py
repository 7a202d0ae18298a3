"""`overlaycut new`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlaycut.cli.common import FILE, force_option, json_option, show

if TYPE_CHECKING:
    from overlaycut.api import NewReport


@click.command("new")
@click.argument("recipe", metavar="talking-head|product-demo|story")
@click.argument("folder", type=FILE)
@force_option
@json_option
def command(recipe: str, folder: Path, force: bool, as_json: bool) -> None:
    """Begin a project from RECIPE in FOLDER: a commented project file, captions, and a checklist with prompts."""
    from overlaycut.api import new

    report = new(recipe, folder, force=force)
    show(report, _lines(report), as_json=as_json)


def _lines(report: NewReport) -> Iterator[str]:
    yield from (f"wrote {path}" for path in report.files)
    yield f"next: read {report.folder / 'CHECKLIST.md'}, make the stills, overlaycut validate {report.files[1]}"
