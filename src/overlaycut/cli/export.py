"""`overlaycut export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from overlaycut.cli.common import FILE, json_option, leave, progress_bar, show
from overlaycut.cli.words import delivery_lines

if TYPE_CHECKING:
    from overlaycut.api.exporting import Reframe


@click.command("export")
@click.argument("clip", type=FILE)
@click.option("--to", "names", required=True, help="Platforms, separated by commas: tiktok,reels,feed-4x5.")
@click.option("-o", "--out", type=FILE, required=True, help="The folder for the files.")
@click.option("--subs", type=FILE, help="Captions to draw: .srt, .vtt, .ass, .json or .txt.")
@click.option("--style", default="clean", show_default=True, help="A caption style's name, or a .toml file.")
@click.option("--brand", type=FILE, help="A .toml file whose font, colours and logo are laid over the style.")
@click.option("--glossary", type=FILE, help='A .toml file of spellings: "Right" = ["wrong", "wrong too"].')
@click.option(
    "--reframe", type=click.Choice(["auto", "centre", "pad"]), default="auto", show_default=True,
    help="How another aspect is cut: around the subject, in the middle, or padded.",
)  # fmt: skip
@json_option
def command(
    clip: Path,
    names: str,
    out: Path,
    subs: Path | None,
    style: str,
    brand: Path | None,
    glossary: Path | None,
    reframe: str,
    as_json: bool,
) -> None:
    """Write CLIP for every platform at once, and check each file."""
    from overlaycut.api import export

    wanted = [name.strip() for name in names.split(",") if name.strip()]
    with progress_bar() as progress:
        report = export(
            clip,
            wanted,
            out,
            subs=subs,
            style=style,
            brand=brand,
            glossary=glossary,
            reframe=cast("Reframe", reframe),
            progress=progress,
        )
    show(report, delivery_lines(report["deliveries"]), as_json=as_json)
    leave(report["ok"])
