"""`overlaycut watch`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from overlaycut.cli.batch import entry_line
from overlaycut.cli.common import FILE, encoder_option, force_option, json_option, names_in
from overlaycut.cli.streams import json_text, say

if TYPE_CHECKING:
    from overlaycut.api import EncoderChoice
    from overlaycut.batch import BatchEntry


@click.command("watch")
@click.argument("folder", type=FILE)
@click.option(
    "-o", "--out", type=FILE, default="overlaycut-batch", show_default=True,
    help="The folder for everything, as for batch.",
)  # fmt: skip
@click.option("--to", "outputs", metavar="NAME[,NAME…]", default="", help="Platforms of clips that no project names.")
@click.option("--jobs", type=int, help="Processes at a time; default: what the machine has cores and memory for.")
@click.option("--limit", "limit_seconds", type=float, default=3600.0, show_default=True, help="Seconds a job may take.")
@click.option(
    "--settle", "settle_seconds", type=float, default=3.0, show_default=True,
    help="Seconds for which a file must have stayed as it is to count as whole.",
)  # fmt: skip
@encoder_option
@force_option
@json_option
def command(
    folder: Path,
    out: Path,
    outputs: str,
    jobs: int | None,
    limit_seconds: float,
    settle_seconds: float,
    encoder: str,
    force: bool,
    as_json: bool,
) -> None:
    """Run clips and projects as they arrive in FOLDER, until Ctrl-C; one line, or one JSON object, for each."""
    from overlaycut.batch import watch_folder

    def tell(entry: BatchEntry) -> None:
        click.echo(json_text(entry.to_dict(), indent=None) if as_json else entry_line(entry))

    say(f"watching {folder}; Ctrl-C ends it, the same command goes on")
    watch_folder(
        folder,
        out,
        outputs=names_in(outputs),
        jobs=jobs,
        limit_seconds=limit_seconds,
        settle_seconds=settle_seconds,
        encoder=cast("EncoderChoice", encoder),
        force=force,
        tell=tell,
    )
