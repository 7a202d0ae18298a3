"""`overlaycut caption`."""

from __future__ import annotations

from pathlib import Path

import click

from overlaycut.cli.common import FILE, json_option, progress_bar, show


@click.command("caption")
@click.argument("clip", type=FILE)
@click.option("--subs", type=FILE, required=True, help="The words: an .srt file.")
@click.option("--style", default="clean", show_default=True, help="A style's name, or a .toml file.")
@click.option("--for", "platform", help="Keep clear of this platform's buttons and texts.")
@click.option("-o", "--out", type=FILE, help="The clip with the captions drawn in, an MP4.")
@click.option("--alpha", type=FILE, help="The captions alone as ProRes 4444 with alpha, a MOV.")
@json_option
def command(
    clip: Path, subs: Path, style: str, platform: str | None, out: Path | None, alpha: Path | None, as_json: bool
) -> None:
    """Draw captions on CLIP, into the picture or as a layer with alpha."""
    from overlaycut.api import caption

    with progress_bar() as progress:
        report = caption(clip, subs, out=out, alpha=alpha, style=style, platform=platform, progress=progress)
    written = ", ".join(str(path) for path in (out, alpha) if path)
    lines = [f"{written}: {len(report['cues'])} captions", *(f"  {warning}" for warning in report["warnings"])]
    show(report, iter(lines), as_json=as_json)
