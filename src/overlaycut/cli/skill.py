"""`overlaycut skill`."""

from __future__ import annotations

from pathlib import Path

import click

from overlaycut.cli.common import FILE, force_option, json_option, show


@click.group("skill")
def command() -> None:
    """The page that teaches an agent this command line."""


@command.command("print")
@json_option
def print_page(as_json: bool) -> None:
    """Print SKILL.md."""
    from overlaycut.api import skill

    report = skill()
    show(report, iter(report.text.splitlines()), as_json=as_json)


@command.command("install")
@click.option(
    "-o", "--out", type=FILE, default=Path(".claude/skills"), show_default=True, help="The folder of an agent's skills."
)
@force_option
@json_option
def install(out: Path, force: bool, as_json: bool) -> None:
    """Put SKILL.md into an agent's folder of skills."""
    from overlaycut.api import skill

    report = skill(out, force=force)
    show(report, iter([f"written: {report.path}"]), as_json=as_json)
