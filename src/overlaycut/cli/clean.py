"""`overlaycut clean`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

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
from overlaycut.cli.words import plan_lines

if TYPE_CHECKING:
    from overlaycut.api import CleanReport, Cover, CoverStyle, Mode


@click.command("clean")
@click.argument("clip", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="The repaired clip, an MP4.")
@click.option("--still", type=FILE, help="The picture that the clip was animated from.")
@click.option("--text", "texts", multiple=True, help="Lettering that has to read right; may be repeated.")
@watch_option
@click.option("--plan", "plan_path", type=FILE, help="Do what this plan says instead of analysing.")
@click.option(
    "--mode", type=click.Choice(["auto", "restore", "erase", "cover"]), default="auto", show_default=True,
    help="What to do with lettering that broke.",
)  # fmt: skip
@click.option(
    "--area", "areas", multiple=True, metavar="X,Y,W,H[@START-END]", help="Take this area out; may be repeated."
)
@click.option(
    "--mask-in",
    "masks",
    multiple=True,
    metavar="PNG[@START-END]",
    help="Take out what is white in this picture of the clip's size; may be repeated.",
)
@click.option("--subtitles", is_flag=True, help="Find burned-in subtitles and take them out; they are kept otherwise.")
@click.option("--all-lettering", is_flag=True, help="Take out all lettering that is not a protected mark.")
@click.option(
    "--cover-style", type=click.Choice(["panel", "bar", "pill", "blur"]), help="How covers look.  [default: panel]"
)
@click.option("--cover-colour", metavar="#RRGGBB", help="Colour of covers; the surface's own when left out.")
@click.option("--cover-fixed", is_flag=True, help="Covers stand still on the screen instead of following.")
@click.option("--retype", is_flag=True, help="Set the expected words anew instead of taking them from the still.")
@click.option("--font", help="Font of words that are set anew: a file or a family; the most alike when left out.")
@click.option(
    "--fill-model",
    metavar="NAME",
    help="A trained fill for what no frame shows: of the store (`overlaycut models list`), or installed.",
)
@reader_option
@click.option("--lossless", is_flag=True, help="Keep every rendered sample (H.264, quantiser 0).")
@click.option("--mask-out", type=FILE, help="Write the masks here as a lossless MP4.")
@report_option
@cache_option
@force_option
@json_option
def command(
    clip: Path,
    out: Path,
    still: Path | None,
    texts: tuple[str, ...],
    watch: tuple[tuple[str, str], ...],
    plan_path: Path | None,
    mode: str,
    areas: tuple[str, ...],
    masks: tuple[str, ...],
    subtitles: bool,
    all_lettering: bool,
    cover_style: str | None,
    cover_colour: str | None,
    cover_fixed: bool,
    retype: bool,
    font: str | None,
    fill_model: str | None,
    reader: str | None,
    lossless: bool,
    mask_out: Path | None,
    report: Path | None,
    cache: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Repair the lettering of CLIP; touch nothing else."""
    from overlaycut.api import Area, MaskedArea, Watch, clean

    with progress_bar() as progress:
        cleaned = clean(
            clip,
            out,
            still=still,
            texts=texts,
            watch=[Watch.parse(*one) for one in watch],
            plan=plan_path,
            mode=cast("Mode", mode),
            areas=[Area.parse(text) for text in areas],
            masks=[MaskedArea.parse(text) for text in masks],
            subtitles=subtitles,
            all_lettering=all_lettering,
            cover=_cover(cover_style, cover_colour, cover_fixed),
            retype=retype,
            font=font,
            fill_model=fill_model,
            reader=reader,
            lossless=lossless,
            mask_out=mask_out,
            report=report,
            cache=cache,
            force=force,
            progress=progress,
        )
    show(cleaned, _lines(cleaned), as_json=as_json)
    leave(cleaned.ok)


def _cover(style: str | None, colour: str | None, fixed: bool) -> Cover | None:
    from overlaycut.api import Cover

    if style is None and colour is None and not fixed:
        return None
    return Cover(style=cast("CoverStyle", style or "panel"), colour=colour, fixed=fixed)


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
    for name, forecast in report.forecasts.items():
        for note in forecast.notes:
            yield f"{name}: {note}"
    for warning in report.warnings:
        yield f"warning: {warning}"
    for gate in report.gates:
        yield f"gate failed: {gate}"
