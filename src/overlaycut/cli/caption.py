"""`overlaycut caption`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import click

from overlaycut.cli.common import FILE, force_option, json_option, progress_bar, show


@click.command("caption")
@click.argument("clip", type=FILE)
@click.option(
    "--subs", type=FILE, required=True, help="The captions: .srt, .vtt, .ass, .json (of a transcriber) or .txt."
)
@click.option(
    "--encoding", metavar="NAME", help="The encoding of --subs, such as windows-1251; detected when left out."
)
@click.option("--style", default="clean", show_default=True, help="A style, shipped or installed, or a .toml file.")
@click.option("--brand", type=FILE, help="A .toml file whose font, colours and logo are laid over the style.")
@click.option("--script", type=FILE, help="A text with the right wording; --subs has the times.")
@click.option("--glossary", type=FILE, help='A .toml file of spellings: "Right" = ["wrong", "wrong too"].')
@click.option("--voice", type=FILE, help="The sound that a .txt is spread over, in place of the whole clip.")
@click.option("--for", "platform", help="Keep clear of this platform's buttons and texts.")
@click.option("--ads", is_flag=True, help="Keep clear of those around its advertisements.")
@click.option("-o", "--out", type=FILE, help="The clip with the captions drawn in, an MP4.")
@click.option("--alpha", type=FILE, help="The captions alone: ProRes 4444 (.mov), VP9 (.webm) or a folder of PNGs.")
@click.option("--still", "stills", type=(float, FILE), multiple=True, help="SECONDS OUT.png: the picture at that time.")
@click.option("--sidecar", "sidecars", type=FILE, multiple=True, help="The cues as .srt, .vtt or .ass.")
@force_option
@json_option
def command(
    clip: Path,
    subs: Path,
    encoding: str | None,
    style: str,
    brand: Path | None,
    script: Path | None,
    glossary: Path | None,
    voice: Path | None,
    platform: str | None,
    ads: bool,
    out: Path | None,
    alpha: Path | None,
    stills: tuple[tuple[float, Path], ...],
    sidecars: tuple[Path, ...],
    force: bool,
    as_json: bool,
) -> None:
    """Draw captions on CLIP, into the picture or as a layer with alpha."""
    from overlaycut.api import caption

    with progress_bar() as progress:
        report = caption(
            clip,
            subs,
            out=out,
            alpha=alpha,
            stills=[(Fraction(str(at)), path) for at, path in stills],
            sidecars=sidecars,
            style=style,
            brand=brand,
            script=script,
            glossary=glossary,
            encoding=encoding,
            voice=voice,
            platform=platform,
            ads=ads,
            force=force,
            progress=progress,
        )
    written = ", ".join(str(path) for path in (out, alpha, *(path for _, path in stills), *sidecars) if path)
    lines = [f"{written}: {len(report.cues)} captions", *(f"  {warning}" for warning in report.warnings)]
    show(report, iter(lines), as_json=as_json)
