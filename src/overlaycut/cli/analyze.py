"""`overlaycut analyze`."""

from __future__ import annotations

from pathlib import Path

import click

from overlaycut.cli.common import (
    FILE,
    cache_option,
    force_option,
    json_option,
    leave,
    progress_bar,
    reader_option,
    show,
)
from overlaycut.cli.words import plan_lines


@click.command("analyze")
@click.argument("clip", type=FILE)
@click.option("--still", type=FILE, help="The picture that the clip was animated from.")
@click.option("--text", "texts", multiple=True, help="Lettering that has to read right; may be repeated.")
@click.option("-o", "--out", type=FILE, help="Write the plan here; what a person decided in it stays.")
@click.option(
    "--debug", type=FILE, metavar="OUT.mp4|DIR", help="Draw what was found: a movie, or pictures in a folder."
)
@reader_option
@click.option("--analyser", "analysers", multiple=True, metavar="NAME", help="An installed analyser; may be repeated.")
@cache_option
@force_option
@json_option
def command(
    clip: Path,
    still: Path | None,
    texts: tuple[str, ...],
    out: Path | None,
    debug: Path | None,
    reader: str | None,
    analysers: tuple[str, ...],
    cache: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Find the lettering of CLIP, follow it, judge it, and decide what to do about it."""
    from overlaycut.api import analyze

    with progress_bar() as progress:
        plan = analyze(
            clip,
            still=still,
            texts=texts,
            out=out,
            debug=debug,
            reader=reader,
            analysers=analysers,
            cache=cache,
            force=force,
            progress=progress,
        )
    show(plan, plan_lines(plan), as_json=as_json)
    leave(all(region.decision != "reject" for region in plan.regions))
