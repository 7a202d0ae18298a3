"""`overlaycut probe`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlaycut.cli.common import FILE, json_option, progress_bar, show

if TYPE_CHECKING:
    from overlaycut.api import ProbeReport


@click.command("probe")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--still", type=FILE, help="The picture that the clips were made from.")
@click.option("--target", metavar="WxH", help="The size that is wanted, as in 1080x1920.")
@json_option
def command(files: tuple[Path, ...], still: Path | None, target: str | None, as_json: bool) -> None:
    """Say what FILES are, from their headers and from reading them to the end."""
    from overlaycut.api import probe

    wanted = None if target is None else _size(target)
    with progress_bar() as progress:
        report = probe(files, still=still, target=wanted, progress=progress)
    show(report, _lines(report), as_json=as_json)


def _size(text: str) -> tuple[int, int]:
    from overlaycut.api import Master

    try:
        wanted = Master.parse(text)
    except ValueError as error:
        raise click.BadParameter(f"--target is {error}") from error
    return wanted.width, wanted.height


def _lines(report: ProbeReport) -> Iterator[str]:
    for file in report.files:
        facts = file.facts
        rate = "variable, mean " if facts.vfr else ""
        yield (
            f"{facts.path}: {facts.width}x{facts.height}, {rate}{float(facts.fps or 0):.3f} fps, "
            f"{facts.frames} frames, {float(facts.duration or 0):.3f} s, {facts.codec} {facts.pix_fmt}, "
            f"{'no sound' if facts.audio is None else 'sound ' + facts.audio.codec}"
        )
        yield f"  {'has' if file.intake.credentials else 'has no'} content credentials (C2PA)"
        for warning in file.warnings:
            yield f"  {warning}"
