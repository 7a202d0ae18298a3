"""`overlaycut frames`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlaycut.cli.common import FILE, force_option, json_option, progress_bar, show

if TYPE_CHECKING:
    from overlaycut.api import FramesReport


@click.command("frames")
@click.argument("clip", type=FILE)
@click.option("--last", is_flag=True, help="The last clean frame, to start the next generation from.")
@click.option("--best", is_flag=True, help="The sharpest clean frame.")
@click.option("--sheet", type=FILE, help="A storyboard or character sheet: split it, and find its panels in the clip.")
@click.option("-o", "--out", type=FILE, default=Path(), show_default="here", help="The folder for the PNGs.")
@force_option
@json_option
def command(clip: Path, last: bool, best: bool, sheet: Path | None, out: Path, force: bool, as_json: bool) -> None:
    """Write frames of CLIP as PNG."""
    from overlaycut.api import frames

    with progress_bar() as progress:
        report = frames(clip, out, last=last, best=best, sheet=sheet, force=force, progress=progress)
    show(report, _lines(report), as_json=as_json)


def _lines(report: FramesReport) -> Iterator[str]:
    for one in report.frames:
        yield f"{one.path}: the {one.what} clean frame, {one.frame} at {float(one.seconds):.3f} s"
    if report.panels:
        yield f"{len(report.panels)} panels: {', '.join(str(panel.path) for panel in report.panels)}"
    for shot in report.shots:
        panel = "no panel" if shot.panel is None else f"panel {shot.panel} ({shot.likeness:.2f})"
        yield f"shot from frame {shot.start_frame}: {panel}"
