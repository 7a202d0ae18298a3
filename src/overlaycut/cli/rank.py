"""`overlaycut rank`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from overlaycut.cli.common import (
    FILE,
    Table,
    cache_option,
    cast_option,
    force_option,
    json_option,
    progress_bar,
    reader_option,
    report_option,
    show,
    verbose_option,
)
from overlaycut.errors import UsageError

if TYPE_CHECKING:
    from overlaycut.api import RankReport, Weights


@click.command("rank")
@click.argument("clips", nargs=-1, required=True, type=FILE)
@click.option("--still", type=FILE, help="The picture that the clips were animated from.")
@click.option("--text", "texts", multiple=True, help="Lettering that has to read right; may be repeated.")
@cast_option
@click.option(
    "--weight", "weights", multiple=True, metavar="PART=NUMBER", help="How much a part counts; may be repeated."
)
@click.option("--cuts", is_flag=True, help="Hard cuts were asked for: they are no fault.")
@reader_option
@report_option
@verbose_option
@cache_option
@force_option
@json_option
def command(
    clips: tuple[Path, ...],
    still: Path | None,
    texts: tuple[str, ...],
    cast: dict[str, list[Path]],
    weights: tuple[str, ...],
    cuts: bool,
    reader: str | None,
    report: Path | None,
    verbose: bool,
    cache: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Put CLIPS, candidates for one shot, in order, and say why."""
    from overlaycut.api import rank

    with progress_bar() as progress:
        found = rank(
            clips,
            still=still,
            texts=texts,
            cast=cast,
            weights=_weights(weights),
            cuts_asked=cuts,
            reader=reader,
            report=report,
            cache=cache,
            force=force,
            progress=progress,
        )
    show(found, _lines(found, verbose=verbose), as_json=as_json)


def _weights(words: tuple[str, ...]) -> Weights:
    from overlaycut.api import Weights

    given: dict[str, Any] = dict(word.partition("=")[::2] for word in words)
    try:
        return Weights(**given)
    except UsageError as error:
        allowed = ", ".join(Weights.model_fields)
        raise click.BadParameter(f"a weight is PART=NUMBER of 0 or more, with PART one of {allowed}") from error


def _lines(report: RankReport, *, verbose: bool) -> Iterator[str | Table]:
    """The candidates, best first; with `verbose` every part of each."""
    rows = [
        (f"{place}.", one.clip, f"{one.score:.1f}", "; ".join((*one.faults, *one.reasons)))
        for place, one in enumerate(report.ranking, start=1)
    ]
    yield Table(("", "clip", "score", "why"), rows)
    if verbose:
        names = list(report.ranking[0].parts)
        parts = [
            (one.clip, *("n/a" if (value := one.parts[name]) is None else f"{value:.2f}" for name in names))
            for one in report.ranking
        ]
        yield Table(("clip", *names), parts)
