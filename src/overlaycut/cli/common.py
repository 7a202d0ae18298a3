"""What commands share: paths, the --json flag, the bar on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from overlaycut.cli.streams import drop_stdout, json_text
from overlaycut.errors import ExitCode, OutputError, printable

if TYPE_CHECKING:
    from overlaycut.api import Progress

Command = TypeVar("Command", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)
"""A path that the library, not click, judges: its errors say more."""


def json_option(command: Command) -> Command:
    """Adds --json: one JSON object on stdout, nothing else there."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")(command)


class Result(Protocol):
    """What a verb returns."""

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON values."""


def cache_option(command: Command) -> Command:
    """Adds --no-cache; the command gets `cache`, which is True without it."""
    return click.option(
        "--no-cache",
        "cache",
        flag_value=False,
        default=True,
        is_flag=True,
        help="Take nothing from the cache of earlier runs, and keep nothing in it.",
    )(command)


def force_option(command: Command) -> Command:
    """Adds --force; the command gets `force`."""
    return click.option(
        "--force", is_flag=True, help="Replace files that overlaycut did not write; inputs never are replaced."
    )(command)


def show(result: Result, lines: Iterator[str], *, as_json: bool) -> None:
    """Print a result, as JSON or as lines for people. Raises OutputError when stdout cannot be written."""
    try:
        for line in [json_text(result.to_dict())] if as_json else map(printable, lines):
            click.echo(line)
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_stdout()
        raise OutputError(f"stdout cannot be written: {error.strerror}", hint="print to another place") from error


def leave(ok: bool) -> None:
    """End with the exit code of a verdict: 0, or 1 when a gate failed."""
    if not ok:
        raise click.exceptions.Exit(ExitCode.GATE_FAILED)


def reader_option(command: Command) -> Command:
    """Adds --reader NAME: an installed reader of text."""
    return click.option("--reader", metavar="NAME", help="An installed reader of text, in place of the built-in one.")(
        command
    )


def _silent(step: str, done: int, total: int | None) -> None:
    """Reports no progress."""


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress bar on stderr when a person is watching it, else silence."""
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def tell(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)

        yield tell


def cast_option(command: Command) -> Command:
    """Adds --cast NAME=IMG[,IMG…], repeatable; the command gets a dict of paths by name."""
    return click.option(
        "--cast",
        multiple=True,
        metavar="NAME=IMG[,IMG…]",
        callback=_cast,
        help="A character and pictures of their face; may be repeated.",
    )(command)


def _cast(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, list[Path]]:
    cast: dict[str, list[Path]] = {}
    for value in values:
        name, equals, references = value.partition("=")
        paths = [Path(part.strip()) for part in references.split(",") if part.strip()]
        if not name.strip() or not equals or not paths:
            raise click.BadParameter(f"{value!r} is not NAME=IMG[,IMG…], as in maya=maya-1.png,maya-2.png")
        cast.setdefault(name.strip(), []).extend(paths)
    return cast
