"""What commands share: paths, options, and how results are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from overlaycut.cli.progress import QUIET, is_quiet, progress_bar
from overlaycut.cli.streams import drop_stdout, json_text
from overlaycut.cli.tables import Table
from overlaycut.errors import ExitCode, OutputError, printable

__all__ = [
    "FILE",
    "Table",
    "cache_option",
    "cast_option",
    "force_option",
    "json_option",
    "leave",
    "progress_bar",
    "reader_option",
    "report_option",
    "show",
    "verbose_option",
]

Command = TypeVar("Command", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)
"""A path that the library, not click, judges: its errors say more."""


def json_option(command: Command) -> Command:
    """Adds --json, one JSON object on stdout and nothing else there, and --quiet."""
    command = click.option(
        "-q", "--quiet", is_flag=True, expose_value=False, callback=_quiet,
        help="Say nothing but errors, failed gates and, with --json, the result.",
    )(command)  # fmt: skip
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")(command)


def _quiet(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    context.meta[QUIET] = value


_ALWAYS = "gate failed: "
"""How lines begin that are said in any case."""


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


def encoder_option(command: Command) -> Command:
    """Adds --encoder, which encodes deliveries in H.264."""
    return click.option(
        "--encoder",
        type=click.Choice(["auto", "x264", "nvenc", "videotoolbox", "qsv"]),
        default="x264",
        show_default=True,
        help="What encodes H.264; auto: the first in hardware that works on this machine.",
    )(command)


def force_option(command: Command) -> Command:
    """Adds --force; the command gets `force`."""
    return click.option(
        "--force", is_flag=True, help="Replace files that overlaycut did not write; inputs never are replaced."
    )(command)


def show(result: Result, lines: Iterator[str | Table], *, as_json: bool) -> None:
    """Print a result, as JSON or as lines and tables for people. Raises OutputError when stdout cannot be written."""
    try:
        if as_json:
            click.echo(json_text(result.to_dict()))
            return
        for line in lines:
            if isinstance(line, Table):
                for text in () if is_quiet() else line.lines():
                    click.echo(text)
            elif not is_quiet() or line.startswith(_ALWAYS):
                click.echo(printable(line))
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_stdout()
        raise OutputError(f"stdout cannot be written: {error.strerror}", hint="print to another place") from error


def leave(ok: bool) -> None:
    """End with the exit code of a verdict: 0, or 1 when a gate failed."""
    if not ok:
        raise click.exceptions.Exit(ExitCode.GATE_FAILED)


def verbose_option(command: Command) -> Command:
    """Adds --verbose; the command gets `verbose`."""
    return click.option("-v", "--verbose", is_flag=True, help="Every detail, not only what matters first.")(command)


def report_option(command: Command) -> Command:
    """Adds --report FILE; the command gets `report`."""
    return click.option(
        "--report",
        type=FILE,
        metavar="FILE.html",
        help="Write a page that shows all of it; beside it its data, JSON.",
    )(command)


def reader_option(command: Command) -> Command:
    """Adds --reader NAME: an installed reader of text."""
    return click.option("--reader", metavar="NAME", help="An installed reader of text, in place of the built-in one.")(
        command
    )


def watch_option(command: Command) -> Command:
    """Adds --watch X,Y,W,H NAME, repeatable; the command gets pairs of strings."""
    return click.option(
        "--watch",
        nargs=2,
        multiple=True,
        metavar="X,Y,W,H NAME",
        help="Follow and judge this area of the first frame like lettering; may be repeated.",
    )(command)


def names_in(text: str) -> tuple[str, ...]:
    """The names in a list with commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


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
        paths = [Path(part) for part in names_in(references)]
        if not name.strip() or not equals or not paths:
            raise click.BadParameter(f"{value!r} is not NAME=IMG[,IMG…], as in maya=maya-1.png,maya-2.png")
        cast.setdefault(name.strip(), []).extend(paths)
    return cast
