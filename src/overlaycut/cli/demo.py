"""`overlaycut demo`."""

from __future__ import annotations

from pathlib import Path

import click

from overlaycut.cli.common import FILE, cache_option, force_option, json_option, leave, progress_bar, show
from overlaycut.cli.run import run_lines


@click.command("demo")
@click.option("-o", "--out", type=FILE, default=Path("overlaycut-demo"), show_default=True, help="The folder.")
@click.option("--sample", default="product-label", show_default=True, help="Which shipped project to run.")
@cache_option
@force_option
@json_option
def command(out: Path, sample: str, cache: bool, force: bool, as_json: bool) -> None:
    """Run a shipped sample project, offline."""
    from overlaycut.api import demo

    with progress_bar() as progress:
        report = demo(out, sample=sample, cache=cache, force=force, progress=progress)
    show(report, run_lines(report), as_json=as_json)
    leave(report.ok)
