"""`overlaycut platforms`."""

from __future__ import annotations

import click

from overlaycut.cli.common import json_option, show


@click.command("platforms")
@json_option
def command(as_json: bool) -> None:
    """List the platforms, what they take, and where each figure comes from."""
    from overlaycut.api import platforms

    report = platforms()
    lines = (
        f"{p.name:15} {p.width}x{p.height}  {p.title}"
        + "".join(f"\n    {name}: {rule}" for name, rule in p.rules.items())
        for p in report.platforms
    )
    show(report, lines, as_json=as_json)
