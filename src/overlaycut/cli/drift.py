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
    from overlaycut.api.results import CharacterShot, PairReport, TraitReport


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
@click.option("--sheet", type=FILE, help="A PNG: what changed, where and when, in four pictures each.")
@click.option("--matrix", is_flag=True, help="How alike each character's clips are, clip by clip.")
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
    sheet: Path | None,
    matrix: bool,
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
            sheet=sheet,
            force=force,
            progress=progress,
        )
    show(found, _lines(found, verbose=verbose, matrix=matrix), as_json=as_json)
    leave(found.ok)


_WORST = ("different", "replaced", "gone", "drift", "n/a", "same")
"""Verdicts from the worst to the best."""


def _place(verdict: str) -> int:
    return _WORST.index(verdict) if verdict in _WORST else 0


def _lines(report: DriftReport, *, verbose: bool, matrix: bool = False) -> Iterator[str | Table]:
    """What changed, where, and how sure; then everybody; the pairs of clips with `matrix` alone."""
    shots = [(one.name, shot) for one in report.characters for shot in one.shots]
    shots += [("its subject", shot) for shot in report.subjects.shots]
    shots.sort(key=lambda one: (_place(one[1].verdict), 1.0 if one[1].mean is None else one[1].mean))
    yield from _changes(report, shots)
    if not shots:
        yield "no face was found"
    if shots:
        yield Table(("clip", "who", "verdict", "from", "sure", "least", "mean", "why"), [_row(*one) for one in shots])
    if verbose:
        for name, shot in shots:
            if shot.wardrobe.verdict != "n/a":
                yield f"{shot.clip}: clothes of {name}: {shot.wardrobe.verdict}, {shot.wardrobe.reason}"
            yield from (
                f"{shot.clip}: {name}: {span.state} from {float(span.start_seconds):.2f} to "
                f"{float(span.end_seconds):.2f} s, {span.confidence:.0%} sure"
                for span in shot.spans
            )
    pairs = (*report.pairs, *report.subjects.pairs)
    if matrix:
        yield from _matrices(pairs)
    elif pairs:
        yield f"{len(pairs)} pair{'s' if len(pairs) > 1 else ''} of clips: --matrix shows how alike they are"
    for warning in report.warnings:
        yield f"warning: {warning}"


def _changes(report: DriftReport, shots: Sequence[tuple[str, CharacterShot]]) -> Iterator[str]:
    """One line for each thing that is wrong, the worst first."""
    for name, shot in shots:
        if shot.verdict not in ("same", "n/a"):
            yield f"{name} in {shot.clip}: {shot.verdict}{_since(shot)}: {shot.reason}"
    for found in report.clones:
        boxes = ", ".join(f"{box.x},{box.y},{box.w},{box.h}" for box in found.boxes)
        yield f"{found.clip}: one person twice from frame {found.frame} on, at {boxes}"
    for name, shot in shots:
        worn = shot.wardrobe
        if worn.verdict not in ("same", "n/a"):
            yield f"clothes of {name} in {shot.clip}: {worn.verdict}{_since(worn)}: {worn.reason}"
    for pair in sorted((*report.pairs, *report.subjects.pairs), key=lambda pair: pair.similarity):
        if pair.verdict not in ("same", "n/a"):
            yield f"{pair.name}: {pair.clip_a} and {pair.clip_b} are {pair.similarity:.2f} alike: {pair.verdict}"


def _since(trait: TraitReport) -> str:
    since = "" if trait.first_bad_seconds is None else f" from {float(trait.first_bad_seconds):.2f} s"
    return since + ("" if trait.confidence is None else f", {trait.confidence:.0%} sure")


def _row(name: str, shot: CharacterShot) -> tuple[str, ...]:
    since = "" if shot.first_bad_seconds is None else f"{float(shot.first_bad_seconds):.2f} s"
    sure = "" if shot.confidence is None else f"{shot.confidence:.0%}"
    least, mean = ("" if value is None else f"{value:.2f}" for value in (shot.min, shot.mean))
    return shot.clip, name, shot.verdict, since, sure, least, mean, shot.reason


def _matrices(pairs: Sequence[PairReport]) -> Iterator[Table]:
    """Each character's clips against each other."""
    for name in dict.fromkeys(pair.name for pair in pairs):
        alike = {(pair.clip_a, pair.clip_b): pair.similarity for pair in pairs if pair.name == name}
        alike |= {(b, a): value for (a, b), value in alike.items()}
        clips = list(dict.fromkeys(clip for clip, _ in alike))
        rows = [
            (f"{number}. {clip}", *(f"{alike[clip, other]:.2f}" if (clip, other) in alike else "" for other in clips))
            for number, clip in enumerate(clips, start=1)
        ]
        yield Table((name, *(f"{number}." for number in range(1, len(clips) + 1))), rows)
