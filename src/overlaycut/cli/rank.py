"""`overlaycut rank`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from overlaycut.cli.common import FILE, cache_option, cast_option, json_option, progress_bar, reader_option, show
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
@cache_option
@json_option
def command(
    clips: tuple[Path, ...],
    still: Path | None,
    texts: tuple[str, ...],
    cast: dict[str, list[Path]],
    weights: tuple[str, ...],
    cuts: bool,
    reader: str | None,
    cache: bool,
    as_json: bool,
) -> None:
    """Put CLIPS, candidates for one shot, in order, and say why."""
    from overlaycut.api import rank

    with progress_bar() as progress:
        report = rank(
            clips,
            still=still,
            texts=texts,
            cast=cast,
            weights=_weights(weights),
            cuts_asked=cuts,
            reader=reader,
            cache=cache,
            progress=progress,
        )
    show(report, _lines(report), as_json=as_json)


def _weights(words: tuple[str, ...]) -> Weights:
    from overlaycut.api import Weights

    given: dict[str, Any] = dict(word.partition("=")[::2] for word in words)
    try:
        return Weights(**given)
    except UsageError as error:
        allowed = ", ".join(Weights.model_fields)
        raise click.BadParameter(f"a weight is PART=NUMBER of 0 or more, with PART one of {allowed}") from error


def _lines(report: RankReport) -> Iterator[str]:
    for place, one in enumerate(report.ranking, start=1):
        parts = ", ".join(f"{name} {value:.2f}" for name, value in one.parts.items() if value is not None)
        yield f"{place}. {one.clip}: {one.score:.1f} ({parts})"
        yield from (f"   {reason}" for reason in one.reasons)
