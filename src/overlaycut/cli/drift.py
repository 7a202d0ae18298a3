"""`overlaycut drift`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlaycut.cli.common import FILE, cast_option, json_option, leave, progress_bar, show

if TYPE_CHECKING:
    from overlaycut.api import DriftReport


@click.command("drift")
@click.argument("clips", nargs=-1, required=True, type=FILE)
@cast_option
@click.option("--still", type=FILE, help="The picture the clips were made from: twins in it are no fault.")
@click.option("--face-model", metavar="FILE|NAME", help="A face embedding: an ONNX file, sface, or an installed one.")
@click.option(
    "--looks-model",
    metavar="FILE|NAME",
    help="An appearance embedding: an ONNX file, dinov2-small, or an installed one.",
)
@json_option
def command(
    clips: tuple[Path, ...],
    cast: dict[str, list[Path]],
    still: Path | None,
    face_model: str | None,
    looks_model: str | None,
    as_json: bool,
) -> None:
    """Say who is in CLIPS, whether they stay themselves, and whether anybody is there twice."""
    from overlaycut.api import drift

    with progress_bar() as progress:
        report = drift(clips, cast=cast, still=still, face_model=face_model, looks_model=looks_model, progress=progress)
    show(report, _lines(report), as_json=as_json)
    leave(report.ok)


def _lines(report: DriftReport) -> Iterator[str]:
    if not report.characters:
        yield "no face was found"
    for character in report.characters:
        yield f"{character.name}:"
        for shot in character.shots:
            alike = "" if shot.mean is None else f" (least {shot.min:.2f}, mean {shot.mean:.2f})"
            yield f"  {shot.clip}: {shot.verdict}{alike}. {shot.reason}"
            if shot.wardrobe.verdict != "n/a":
                yield f"    clothes: {shot.wardrobe.verdict}, {shot.wardrobe.reason}"
    for pair in report.pairs:
        yield f"{pair.name}, {pair.clip_a} and {pair.clip_b}: {pair.verdict} ({pair.similarity:.2f})"
    for found in report.clones:
        boxes = ", ".join(f"{box.x},{box.y},{box.w},{box.h}" for box in found.boxes)
        yield f"{found.clip}: one person twice from frame {found.frame} on, at {boxes}"
    for shot in report.subjects.shots:
        yield f"{shot.clip}: no face; its subject: {shot.verdict}, {shot.reason}"
    for warning in report.warnings:
        yield f"warning: {warning}"
