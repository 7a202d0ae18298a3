"""`overlaycut schema`."""

from __future__ import annotations

import click

from overlaycut.cli.common import show


@click.command("schema")
@click.argument("words", nargs=-1, required=True, metavar="COMMAND")
def command(words: tuple[str, ...]) -> None:
    """Print the JSON schema of what COMMAND prints with --json."""
    from overlaycut.api import schema

    found = schema(" ".join(words))
    show(found, iter(()), as_json=True)
