"""`overlaycut clean`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from overlaycut.cli.common import FILE, json_option, leave, progress_bar, show
from overlaycut.cli.words import plan_lines

if TYPE_CHECKING:
    from overlaycut.api.cleaning import CleanReport
    from overlaycut.decide import Mode


@click.command("clean")
@click.argument("clip", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="The repaired clip, an MP4.")
@click.option("--still", type=FILE, help="The picture that the clip was animated from.")
@click.option("--text", "texts", multiple=True, help="Lettering that has to read right; may be repeated.")
@click.option("--plan", "plan_path", type=FILE, help="Do what this plan says instead of analysing.")
@click.option(
    "--mode", type=click.Choice(["auto", "restore", "erase", "cover"]), default="auto", show_default=True,
    help="What to do with lettering that broke.",
)  # fmt: skip
@click.option(
    "--area", "areas", multiple=True, metavar="X,Y,W,H[@START-END]", help="Take this area out; may be repeated."
)
@click.option("--lossless", is_flag=True, help="Keep every rendered sample (H.264, quantiser 0).")
@click.option("--mask-out", type=FILE, help="Write the masks here as a lossless MP4.")
@json_option
def command(
    clip: Path,
    out: Path,
    still: Path | None,
    texts: tuple[str, ...],
    plan_path: Path | None,
    mode: str,
    areas: tuple[str, ...],
    lossless: bool,
    mask_out: Path | None,
    as_json: bool,
) -> None:
    """Repair the lettering of CLIP; touch nothing else."""
    from overlaycut.api import clean
    from overlaycut.core.plan import read_plan

    plan = None if plan_path is None else read_plan(plan_path)
    with progress_bar() as progress:
        report = clean(
            clip,
            out,
            still=still,
            texts=texts,
            plan=plan,
            mode=cast("Mode", mode),
            areas=areas,
            lossless=lossless,
            mask_out=mask_out,
            progress=progress,
        )
    show(report.to_dict(), _lines(report), as_json=as_json)
    leave(report.ok)


def _lines(report: CleanReport) -> Iterator[str]:
    yield from plan_lines(report.plan)
    if report.copied:
        yield f"nothing had to change: {report.out} is a copy of the clip"
    else:
        same = "identical to the input" if report.untouched_identical else "NOT identical to the input"
        yield (
            f"{report.out}: {report.frames_out} of {report.frames_in} frames, {report.touched_fraction:.2%} of the "
            f"samples inside masks, all others {same}"
        )
    for gate in report.gates:
        yield f"gate failed: {gate}"
