"""`overlaycut probe`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from overlaycut.cli.common import FILE, json_option, progress_bar, show


@click.command("probe")
@click.argument("files", nargs=-1, required=True, type=FILE)
@json_option
def command(files: tuple[Path, ...], as_json: bool) -> None:
    """Say what FILES are, from their headers and from reading them to the end."""
    from overlaycut.api import probe

    with progress_bar() as progress:
        report = probe(files, progress=progress)
    show(report, _lines(report), as_json=as_json)


def _lines(report: dict[str, Any]) -> Iterator[str]:
    for file in report["files"]:
        rate = "variable, mean " if file["vfr"] else ""
        yield (
            f"{file['path']}: {file['width']}x{file['height']}, {rate}{file['fps']:.3f} fps, {file['frames']} frames, "
            f"{file['duration']:.3f} s, {file['codec']} {file['pix_fmt']}, "
            f"{'sound ' + file['audio']['codec'] if file['has_audio'] else 'no sound'}"
        )
        for warning in file["warnings"]:
            yield f"  {warning}"
