"""`overlaycut platforms`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from overlaycut.cli.common import json_option, show

if TYPE_CHECKING:
    from overlaycut.api import PlatformsReport


@click.command("platforms")
@json_option
def command(as_json: bool) -> None:
    """List the platforms, what they take, and where each figure comes from."""
    from overlaycut.api import platforms

    report = platforms()
    show(report, _lines(report), as_json=as_json)


def _lines(report: PlatformsReport) -> Iterator[str]:
    for p in report.platforms:
        yield f"{p.name:15} {p.width}x{p.height}  {p.title}"
        yield from (f"    {name}: {rule}" for name, rule in p.rules.items())
