"""`overlaycut cache info` and `clear`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from overlaycut.cli.common import json_option, show

if TYPE_CHECKING:
    from overlaycut.api import CacheReport


@click.group("cache")
def command() -> None:
    """Look after the results that are kept so that the next run is quick."""


@command.command("info")
@json_option
def info(as_json: bool) -> None:
    """Say where results are kept, how many there are, and how much room they take."""
    from overlaycut.api import cache_info

    report = cache_info()
    show(report, _lines(report), as_json=as_json)


@command.command("clear")
@json_option
def clear(as_json: bool) -> None:
    """Remove every result; the next run does everything again."""
    from overlaycut.api import cache_clear

    report = cache_clear()
    removed = f"removed {report.entries} results, {_size(report.bytes)}, from {report.folder}"
    show(report, iter([removed, *(f"warning: {text}" for text in report.warnings)]), as_json=as_json)


def _lines(report: CacheReport) -> Iterator[str]:
    yield f"{report.folder}: {report.entries} results, {_size(report.bytes)} of at most {_size(report.limit)}"
    width = max((len(step.name) for step in report.steps), default=0)
    for step in report.steps:
        yield f"  {step.name:{width}}  {step.entries:5}  {_size(step.bytes)}"
    for text in report.warnings:
        yield f"warning: {text}"


def _size(count: int) -> str:
    """Bytes as people read them."""
    return f"{count / (1 << 30):.1f} GiB" if count >= 1 << 30 else f"{count / (1 << 20):.1f} MiB"
