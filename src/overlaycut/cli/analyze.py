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
    report_option,
    show,
    watch_option,
)
from overlaycut.cli.words import plan_lines, table_lines


@click.command("analyze")
@click.argument("clips", nargs=-1, required=True, type=FILE, metavar="CLIP…")
@click.option("--still", type=FILE, help="The picture that the clip was animated from.")
@click.option("--text", "texts", multiple=True, help="Lettering that has to read right; may be repeated.")
@watch_option
@click.option("-o", "--out", type=FILE, help="Write the plan here; what a person decided in it stays.")
@click.option(
    "--debug", type=FILE, metavar="OUT.mp4|DIR", help="Draw what was found: a movie, or pictures in a folder."
)
@report_option
@click.option("--table", is_flag=True, help="One line a clip, the worst first; several clips are always shown so.")
@reader_option
@click.option("--analyser", "analysers", multiple=True, metavar="NAME", help="An installed analyser; may be repeated.")
@cache_option
@force_option
@json_option
def command(
    clips: tuple[Path, ...],
    still: Path | None,
    texts: tuple[str, ...],
    watch: tuple[tuple[str, str], ...],
    out: Path | None,
    debug: Path | None,
    report: Path | None,
    table: bool,
    reader: str | None,
    analysers: tuple[str, ...],
    cache: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Find the lettering of each CLIP, follow it, judge it, and decide what to do about it."""
    if table or len(clips) > 1:
        _table(
            clips,
            still,
            texts,
            reader,
            cache=cache,
            as_json=as_json,
            alone=(out, debug, report, *analysers, *(name for _, name in watch)),
        )
        return
    from overlaycut.api import Watch, analyze

    with progress_bar() as progress:
        plan = analyze(
            clips[0],
            still=still,
            texts=texts,
            watch=[Watch.parse(*one) for one in watch],
            out=out,
            debug=debug,
            report=report,
            reader=reader,
            analysers=analysers,
            cache=cache,
            force=force,
            progress=progress,
        )
    show(plan, plan_lines(plan), as_json=as_json)
    leave(all(region.decision != "reject" for region in plan.regions))


def _table(
    clips: tuple[Path, ...],
    still: Path | None,
    texts: tuple[str, ...],
    reader: str | None,
    *,
    cache: bool,
    as_json: bool,
    alone: tuple[Path | str | None, ...],
) -> None:
    """Several clips; `alone` are options that belong to a single one."""
    if any(alone):
        raise click.UsageError("-o, --debug, --report, --watch and --analyser are for a single clip without --table")
    from overlaycut.api import analyze_all

    with progress_bar() as progress:
        found = analyze_all(clips, still=still, texts=texts, reader=reader, cache=cache, progress=progress)
    show(found, table_lines(found), as_json=as_json)
    leave(all(row.verdict not in ("failed", "reject") for row in found.clips))
