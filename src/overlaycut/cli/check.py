"""`overlaycut check`."""

from __future__ import annotations

from pathlib import Path

import click

from overlaycut.cli.common import FILE, json_option, leave, show
from overlaycut.cli.words import check_lines


@click.command("check")
@click.argument("file", type=FILE)
@click.option("--for", "platform", required=True, help="A platform, shipped or installed, or a policy .toml file.")
@click.option("--plan", type=FILE, help="Its edit plan: its lettering is checked against the app's controls.")
@json_option
def command(file: Path, platform: str, plan: Path | None, as_json: bool) -> None:
    """Hold FILE against a platform's policy, from its bytes."""
    from overlaycut.api import check, read_plan

    report = check(file, platform, plan=None if plan is None else read_plan(plan))
    show(report, check_lines(report.checks), as_json=as_json)
    leave(report.ok)
