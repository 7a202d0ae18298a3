"""`overlaycut analyze`."""

from __future__ import annotations

from pathlib import Path

import click

from overlaycut.cli.common import FILE, json_option, leave, progress_bar, show
from overlaycut.cli.words import plan_lines


@click.command("analyze")
@click.argument("clip", type=FILE)
@click.option("--still", type=FILE, help="The picture that the clip was animated from.")
@click.option("--text", "texts", multiple=True, help="Lettering that has to read right; may be repeated.")
@click.option("-o", "--out", type=FILE, help="Write the plan here; what a person decided in it stays.")
@click.option("--debug", type=FILE, metavar="OUT.mp4|DIR", help="Draw what was seen: a movie, or pictures in a folder.")
@json_option
def command(
    clip: Path, still: Path | None, texts: tuple[str, ...], out: Path | None, debug: Path | None, as_json: bool
) -> None:
    """Find the lettering of CLIP, follow it, judge it, and decide what to do about it."""
    from overlaycut.api import analyze
    from overlaycut.core.plan import read_plan
    from overlaycut.media import refuse_overwriting, write_text

    if out is not None:
        refuse_overwriting(out, [clip, *([still] if still else [])])
    earlier = read_plan(out) if out is not None and out.exists() else None
    with progress_bar() as progress:
        plan = analyze(clip, still=still, texts=texts, earlier=earlier, debug=debug, progress=progress)
    if out is not None:
        write_text(out, plan.to_json())
    show(plan, plan_lines(plan), as_json=as_json)
    leave(all(region.decision != "reject" for region in plan.regions))
