"""`overlaycut mcp`."""

from __future__ import annotations

from pathlib import Path

import click

from overlaycut.cli.common import FILE


@click.command("mcp")
@click.option(
    "--root", "roots", type=FILE, multiple=True,
    help="A folder that the agent may use; may be repeated.  [default: the working directory]",
)  # fmt: skip
def command(roots: tuple[Path, ...]) -> None:
    """Serve the verbs to an agent over the Model Context Protocol, on stdin and stdout."""
    from overlaycut.agents import serve

    serve(roots or (Path.cwd(),))
