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
@click.option("--want", metavar="WxH[@RATE]", help="The size and rate that were asked for, as in 1080x1920@24.")
@click.option("--seconds", type=float, help="How long a take has to be.")
@click.option("--cuts", is_flag=True, help="Hard cuts were asked for: they are no fault.")
@reader_option
@click.option(
    "--report", "--html", "report", type=FILE, help="A page with the order, the reasons and a film strip of each clip."
)
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
    want: str | None,
    seconds: float | None,
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
            want=want,
            seconds=seconds,
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
    places = _places(report)
    rows = [(places[one.clip], one.clip, f"{one.score:.1f}", "; ".join(one.reasons)) for one in report.ranking]
    yield Table(("", "clip", "score", "why"), rows)
    if verbose:
        names = list(report.ranking[0].parts)
        parts = [
            (one.clip, *("n/a" if (value := one.parts[name]) is None else f"{value:.2f}" for name in names))
            for one in report.ranking
        ]
        yield Table(("clip", *names), parts)


def _places(report: RankReport) -> dict[str, str]:
    """The place of each clip; clips that tie share theirs, with an equals sign."""
    places: dict[str, int] = {}
    before = None
    for number, one in enumerate(report.ranking, start=1):
        tied = before is not None and before.clip in one.equals
        places[one.clip] = places[before.clip] if tied and before is not None else number
        before = one
    shared = list(places.values())
    return {clip: f"{place}{'=' if shared.count(place) > 1 else ''}." for clip, place in places.items()}
