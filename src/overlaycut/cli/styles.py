"""`overlaycut styles`."""

from __future__ import annotations

from pathlib import Path

import click

from overlaycut.cli.common import FILE, force_option, json_option, progress_bar, show


@click.command("styles")
@click.argument("names", nargs=-1)
@click.option("-o", "--out", type=FILE, help="A contact sheet of all of them, a PNG.")
@click.option("--text", help="The text on the sheet.")
@click.option("--on", "ground", type=FILE, help="The picture that it is drawn on.")
@force_option
@json_option
def command(
    names: tuple[str, ...], out: Path | None, text: str | None, ground: Path | None, force: bool, as_json: bool
) -> None:
    """List the caption styles, or NAMES of them (.toml files too), and draw a sheet to choose from."""
    from overlaycut.api import SAMPLE, styles

    with progress_bar() as progress:
        report = styles(out, names=names, text=text or SAMPLE, ground=ground, force=force, progress=progress)
    lines = (
        f"{s.name:13} {s.font:28} "
        + ", ".join(
            [
                *(["follows the voice"] if s.highlights else []),
                *([f"{s.reveal} by {s.reveal}"] if s.reveal != "cue" else []),
                *([f"{s.words_at_once} words at once"] if s.words_at_once else []),
                *([s.enter] if s.enter != "none" else []),
            ]
        )
        for s in report.styles
    )
    show(report, lines, as_json=as_json)
