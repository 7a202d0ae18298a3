"""`overlaycut probe`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from overlaycut.cli.common import FILE, json_option, progress_bar, show


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
    from overlaycut.core.project import Master

    try:
        wanted = Master.parse(text)
    except ValueError as error:
        raise click.BadParameter(f"--target is {error}") from error
    return wanted.width, wanted.height


def _lines(report: dict[str, Any]) -> Iterator[str]:
    for file in report["files"]:
        rate = "variable, mean " if file["vfr"] else ""
        yield (
            f"{file['path']}: {file['width']}x{file['height']}, {rate}{file['fps']:.3f} fps, {file['frames']} frames, "
            f"{file['duration']:.3f} s, {file['codec']} {file['pix_fmt']}, "
            f"{'sound ' + file['audio']['codec'] if file['has_audio'] else 'no sound'}"
        )
        there = "has" if file["intake"]["credentials"] else "has no"
        yield f"  {there} content credentials (C2PA)"
        for warning in file["warnings"]:
            yield f"  {warning}"
