"""The progress of a job on stderr, for a person who watches: overall share, frames per second, time left."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from overlaycut.api import Event, Progress

QUIET = "overlaycut.quiet"
"""Key of the context's notes: whether nothing but errors, failed gates and what was asked for is said."""


def is_quiet() -> bool:
    """Whether --quiet was given."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(QUIET))


def _silent(step: str, done: int, total: int | None) -> None:
    """Reports no progress."""


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress display on stderr when a person is watching it, else silence."""
    if is_quiet() or not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    from overlaycut.api import Monitor

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[left]}"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1.0, rate="", left="")

        def listen(event: Event) -> None:
            bar.update(task, **shown(event))

        yield Monitor(listen=listen)


def shown(event: Event) -> dict[str, Any]:
    """What the display says of an event."""
    share = event.share
    if not share and event.total:  # the job has no steps that were named
        share = event.done / event.total
    what = event.label or f"{event.step} {event.subject}".strip()
    if event.stored:
        what += " (from the cache)"
    rate = "" if event.frames_per_second is None else f"{event.frames_per_second:.1f} fps"
    left = "" if event.seconds_left is None else f"{clock(event.seconds_left)} left"
    return {"completed": min(share, 1.0), "description": what, "rate": rate, "left": left}


def clock(seconds: float) -> str:
    """A duration as minutes and seconds, or hours before them."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
