"""`overlaycut export`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from overlaycut.cli.common import (
    FILE,
    Table,
    cache_option,
    encoder_option,
    force_option,
    json_option,
    leave,
    names_in,
    progress_bar,
    show,
)
from overlaycut.cli.words import delivery_lines, warning_lines

if TYPE_CHECKING:
    from overlaycut.api import Background, Codec, EncoderChoice, ExportReport, MasterKind, RateConversion, Reframe

PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")


@click.command("export")
@click.argument("clip", type=FILE)
@click.option("--to", "names", required=True, help="Platforms, separated by commas: tiktok,reels,feed-4x5.")
@click.option("-o", "--out", type=FILE, required=True, help="The folder for the files.")
@click.option("--subs", type=FILE, help="Captions to draw: .srt, .vtt, .ass, .json or .txt.")
@click.option(
    "--encoding", metavar="NAME", help="The encoding of --subs, such as windows-1251; detected when left out."
)
@click.option(
    "--style", default="clean", show_default=True, help="A caption style, shipped or installed, or a .toml file."
)
@click.option("--brand", type=FILE, help="A .toml file whose font, colours and logo are laid over the style.")
@click.option("--glossary", type=FILE, help='A .toml file of spellings: "Right" = ["wrong", "wrong too"].')
@click.option(
    "--reframe", type=click.Choice(["auto", "centre", "pad"]), default="auto", show_default=True,
    help="How the aspect ratio is changed: cropped around the subject, cropped at the centre, or padded.",
)  # fmt: skip
@click.option("--codec", type=click.Choice(["h264", "hevc", "av1"]), help="Instead of the platform's own.")
@click.option("--preset", type=click.Choice(PRESETS), default="medium", show_default=True, help="Speed against size.")
@encoder_option
@click.option("--two-pass", is_flag=True, help="Two-pass rate control: 0.1 dB for over twice the time.")
@click.option("--rate", metavar="FPS", help="Frames per second, as 30 or 30000/1001; default: those of the clip.")
@click.option(
    "--motion", type=click.Choice(["repeat", "blend"]), default="repeat", show_default=True,
    help="How the frame rate is converted: by repeating and dropping frames, or by blending.",
)  # fmt: skip
@click.option(
    "--ground", type=click.Choice(["blur", "mirror", "colour"]), default="blur", show_default=True,
    help="What fills the frame beside a picture that is padded.",
)  # fmt: skip
@click.option("--plan", type=FILE, help="The clip's edit plan: lettering that stays is not cut through.")
@click.option("--still", type=FILE, help="What the clip was animated from: an ingredient of its content credentials.")
@click.option("--title", default="", help="For the upload sheets.")
@click.option("--text", default="", help="The caption under the post, for the upload sheets.")
@click.option("--hashtags", default="", help="For the upload sheets, separated by commas or spaces.")
@click.option("--ai/--no-ai", default=True, show_default=True, help="Whether the files say that they are AI-made.")
@click.option("--certificate", type=FILE, help="Sign content credentials with this PEM chain, signer first.")
@click.option("--key", type=FILE, help="The certificate's key, PEM.")
@click.option("--sign-local", is_flag=True, help="Sign them with a development certificate made on this machine.")
@click.option(
    "--master", type=click.Choice(["h264", "lossless", "prores"]),
    help="Write the clip itself too: as H.264, without loss, or as ProRes 422 HQ.",
)  # fmt: skip
@cache_option
@force_option
@json_option
def command(
    clip: Path,
    names: str,
    out: Path,
    subs: Path | None,
    encoding: str | None,
    style: str,
    brand: Path | None,
    glossary: Path | None,
    reframe: str,
    codec: str | None,
    preset: str,
    encoder: str,
    two_pass: bool,
    rate: str | None,
    motion: str,
    ground: str,
    plan: Path | None,
    still: Path | None,
    title: str,
    text: str,
    hashtags: str,
    ai: bool,
    certificate: Path | None,
    key: Path | None,
    sign_local: bool,
    master: str | None,
    cache: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Write CLIP for every platform at once, and check each file."""
    from overlaycut.api import Upload, export, signing

    signer = signing(certificate, key, local=sign_local)
    with progress_bar() as progress:
        report = export(
            clip,
            names_in(names),
            out,
            subs=subs,
            encoding=encoding,
            style=style,
            brand=brand,
            glossary=glossary,
            reframe=cast("Reframe", reframe),
            codec=cast("Codec | None", codec),
            preset=preset,
            encoder=cast("EncoderChoice", encoder),
            two_pass=two_pass,
            rate=rate,
            motion=cast("RateConversion", motion),
            ground=cast("Background", ground),
            plan=plan,
            still=still,
            upload=Upload(title=title, text=text, hashtags=tuple(hashtags.replace(",", " ").split()), ai_generated=ai),
            certificate=signer,
            master=cast("MasterKind | None", master),
            cache=cache,
            force=force,
            progress=progress,
        )
    show(report, _lines(report), as_json=as_json)
    leave(report.ok)


def _lines(report: ExportReport) -> Iterator[str | Table]:
    yield from delivery_lines(report.deliveries)
    yield from warning_lines(report.warnings)
