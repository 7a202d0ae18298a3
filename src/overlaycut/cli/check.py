"""`overlaycut check`."""

from __future__ import annotations

from pathlib import Path

import click

from overlaycut.cli.common import FILE, json_option, leave, show
from overlaycut.cli.words import check_lines


@click.command("check")
@click.argument("file", type=FILE)
@click.option("--for", "platform", required=True, help="A platform's name, or a policy .toml file.")
@json_option
def command(file: Path, platform: str, as_json: bool) -> None:
    """Hold FILE against a platform's policy, from its bytes."""
    from overlaycut.api import check

    report = check(file, platform)
    show(report, check_lines(report["checks"]), as_json=as_json)
    leave(report["ok"])
