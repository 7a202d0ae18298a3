"""`overlaycut handover`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from overlaycut.cli.common import FILE, cache_option, force_option, json_option, leave, names_in, progress_bar, show

if TYPE_CHECKING:
    from typing import Literal

    from overlaycut.api import HandoverReport


@click.command("handover")
@click.argument("source", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="The folder for everything.")
@click.option(
    "--for", "to", default="all", show_default=True, metavar="NAME[,NAME…]",
    help="resolve, premiere, fcp, capcut, ae, nuke, or all.",
)  # fmt: skip
@click.option("--still", type=FILE, help="Of a clip: the picture that it was animated from.")
@click.option("--text", "texts", multiple=True, help="Of a clip: lettering that has to read right; may be repeated.")
@click.option("--subs", type=FILE, help="Of a clip: a subtitle file, for the captions.")
@click.option("--style", default="clean", show_default=True, help="Of a clip: how its captions look.")
@click.option("--plans", type=FILE, help="The folder of plans that a person edited; default: out/plans of `run`.")
@click.option(
    "--sequence", type=click.Choice(["exr", "png"]), help="Plates and mattes as one picture per frame as well."
)
@click.option(
    "--media",
    type=click.Choice(["prores", "h264"]),
    help="How clips are kept.  [default: prores; h264 for capcut alone]",
)
@cache_option
@force_option
@json_option
def command(
    source: Path,
    out: Path,
    to: str,
    still: Path | None,
    texts: tuple[str, ...],
    subs: Path | None,
    style: str,
    plans: Path | None,
    sequence: str | None,
    media: str | None,
    cache: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Write media, plates, mattes, captions, timelines and tracks of SOURCE, a project or a clip, for editors."""
    from overlaycut.api import handover

    with progress_bar() as progress:
        report = handover(
            source,
            out,
            to=names_in(to),
            still=still,
            texts=texts,
            subs=subs,
            style=style,
            plans=plans,
            sequence=cast("Literal['exr', 'png'] | None", sequence),
            media=cast("Literal['prores', 'h264'] | None", media),
            cache=cache,
            force=force,
            progress=progress,
        )
    show(report, _lines(report), as_json=as_json)
    leave(report.ok)


def _lines(report: HandoverReport) -> Iterator[str]:
    for one in report.files:
        yield f"{one.kind:9}  {one.path}"
    for warning in report.warnings:
        yield f"warning: {warning}"
    for gate in report.gates:
        yield f"gate failed: {gate}"
