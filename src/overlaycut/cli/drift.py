"""`overlaycut drift`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlaycut.cli.common import (
    FILE,
    Table,
    cast_option,
    force_option,
    json_option,
    leave,
    progress_bar,
    report_option,
    show,
    verbose_option,
)

if TYPE_CHECKING:
    from overlaycut.api import DriftReport
    from overlaycut.api.results import CharacterShot, PairReport


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
@report_option
@verbose_option
@force_option
@json_option
def command(
    clips: tuple[Path, ...],
    cast: dict[str, list[Path]],
    still: Path | None,
    face_model: str | None,
    looks_model: str | None,
    report: Path | None,
    verbose: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Say who is in CLIPS, whether they stay themselves, and whether anybody is there twice."""
    from overlaycut.api import drift

    with progress_bar() as progress:
        found = drift(
            clips,
            cast=cast,
            still=still,
            face_model=face_model,
            looks_model=looks_model,
            report=report,
            force=force,
            progress=progress,
        )
    show(found, _lines(found, verbose=verbose), as_json=as_json)
    leave(found.ok)


_WORST = ("different", "replaced", "gone", "drift", "n/a", "same")
"""Verdicts from the worst to the best."""


def _place(verdict: str) -> int:
    return _WORST.index(verdict) if verdict in _WORST else 0


def _lines(report: DriftReport, *, verbose: bool) -> Iterator[str | Table]:
    """What matters first: who does not stay themselves, twins, pairs that differ; all of it with `verbose`."""
    shots = [(one.name, shot) for one in report.characters for shot in one.shots]
    shots += [("its subject", shot) for shot in report.subjects.shots]
    if not report.characters:
        yield "no face was found"
    shots.sort(key=lambda one: (_place(one[1].verdict), 1.0 if one[1].mean is None else one[1].mean))
    if shots:
        yield Table(("clip", "who", "verdict", "from", "least", "mean", "why"), [_row(*one) for one in shots])
    for found in report.clones:
        boxes = ", ".join(f"{box.x},{box.y},{box.w},{box.h}" for box in found.boxes)
        yield f"{found.clip}: one person twice from frame {found.frame} on, at {boxes}"
    for name, shot in shots:
        worn = shot.wardrobe
        if worn.verdict != "n/a" and (verbose or worn.verdict != "same"):
            yield f"{shot.clip}: clothes of {name}: {worn.verdict}, {worn.reason}"
    yield from _pairs(sorted((*report.pairs, *report.subjects.pairs), key=lambda pair: pair.similarity), verbose)
    for warning in report.warnings:
        yield f"warning: {warning}"


def _row(name: str, shot: CharacterShot) -> tuple[str, ...]:
    since = "" if shot.first_bad_seconds is None else f"{float(shot.first_bad_seconds):.2f} s"
    least, mean = ("" if value is None else f"{value:.2f}" for value in (shot.min, shot.mean))
    return shot.clip, name, shot.verdict, since, least, mean, shot.reason


def _pairs(pairs: Sequence[PairReport], verbose: bool) -> Iterator[str | Table]:
    """Clip against clip, the least alike first; those that are the same only with `verbose`."""
    bad = [pair for pair in pairs if pair.verdict not in ("same", "n/a")]
    shown = pairs if verbose else bad
    if shown:
        rows = [(pair.name, pair.clip_a, pair.clip_b, f"{pair.similarity:.2f}", pair.verdict) for pair in shown]
        yield Table(("who", "clip", "and clip", "alike", "verdict"), rows)
    if hidden := len(pairs) - len(shown):
        yield f"{hidden} pair{'s' if hidden > 1 else ''} of clips that are the same: --verbose lists them"
