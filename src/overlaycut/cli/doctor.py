"""`overlaycut doctor`."""

from __future__ import annotations

import click

from overlaycut.cli.common import json_option, show
from overlaycut.errors import ExitCode


@click.command("doctor")
@json_option
def command(as_json: bool) -> None:
    """Say whether everything overlaycut needs is here and works."""
    from overlaycut.api import doctor

    report = doctor()
    lines = (f"{part.status:7} {part.name}: {part.found}" for part in report.parts)
    show(report, lines, as_json=as_json)
    if not report.ok:
        raise click.exceptions.Exit(ExitCode.MISSING_PART)
