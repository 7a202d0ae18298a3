"""`overlaycut frames`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlaycut.cli.common import FILE, cast_option, force_option, json_option, leave, progress_bar, show

if TYPE_CHECKING:
    from overlaycut.api import FramesReport


@click.command("frames")
@click.argument("clip", type=FILE)
@click.option("--last", is_flag=True, help="The last clean frame, to start the next generation from.")
@click.option("--best", is_flag=True, help="The sharpest clean frame.")
@click.option("--of", metavar="NAME", help="A frame that shows this character, themselves; exit 1 when there is none.")
@cast_option
@click.option("--sheet", type=FILE, help="A storyboard or character sheet: split it, and find its panels in the clip.")
@click.option("-o", "--out", type=FILE, default=Path(), show_default="here", help="The folder for the PNGs.")
@force_option
@json_option
def command(
    clip: Path,
    last: bool,
    best: bool,
    of: str | None,
    cast: dict[str, list[Path]],
    sheet: Path | None,
    out: Path,
    force: bool,
    as_json: bool,
) -> None:
    """Write frames of CLIP as PNG."""
    from overlaycut.api import frames

    with progress_bar() as progress:
        report = frames(clip, out, last=last, best=best, of=of, cast=cast, sheet=sheet, force=force, progress=progress)
    show(report, _lines(report), as_json=as_json)
    leave(report.ok)


def _lines(report: FramesReport) -> Iterator[str]:
    for one in report.frames:
        why = f" ({one.why})" if one.why else ""
        yield f"{one.path}: the {one.what} clean frame, {one.frame} at {float(one.seconds):.3f} s{why}"
    yield from report.missing
    if report.panels:
        yield f"{len(report.panels)} panels: {', '.join(str(panel.path) for panel in report.panels)}"
    for shot in report.shots:
        panel = "no panel" if shot.panel is None else f"panel {shot.panel} ({shot.likeness:.2f})"
        yield f"shot from frame {shot.start_frame}: {panel}"
