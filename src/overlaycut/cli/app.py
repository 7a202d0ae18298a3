"""The `overlaycut` command, its subcommands found by name and loaded when they are used."""

from __future__ import annotations

import atexit
import contextlib
import errno
import gc
import importlib
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from threading import Event

import click

from overlaycut import __version__
from overlaycut.cli.streams import drop_stdout, prepare_streams, say, use_utf8
from overlaycut.errors import ExitCode, OverlaycutError

_COMMANDS = (
    "probe",
    "analyze",
    "clean",
    "drift",
    "rank",
    "frames",
    "caption",
    "export",
    "check",
    "compare",
    "new",
    "validate",
    "stills",
    "generate",
    "costs",
    "run",
    "review",
    "batch",
    "watch",
    "handover",
    "relink",
    "demo",
    "platforms",
    "models",
    "cache",
    "styles",
    "doctor",
    "schema",
    "skill",
    "mcp",
)


class _Commands(click.Group):
    """Subcommands in the order of the work, each in its own module."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the work."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of that name, imported now."""
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(importlib.import_module(f"overlaycut.cli.{cmd_name}"), "command")  # noqa: B009
        assert isinstance(command, click.Command)
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="overlaycut %(version)s")
def overlaycut() -> None:
    """Repairs lettering that an image-to-video model melted, and cuts publish-ready shorts of the clips.

    Exit codes: 0 done, 1 a gate failed, 2 wrong usage or document, 3 an input cannot be read, 4 a provider
    failed, 5 a model or an optional part is missing, 70 a bug.
    """


def main() -> None:
    """Run the command line and leave the process with the contract's exit code."""
    prepare_streams()
    use_utf8()
    gc.set_threshold(*_GC_THRESHOLDS)
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as it is for what runs in the background
            signal.signal(number, _interrupt)
            # CPython gives signals their default action back while it ends: the process would end by the signal with
            # its work done. Threads have been joined by then.
            atexit.register(signal.signal, number, signal.SIG_IGN)
    code = run()
    gc.freeze()  # the process ends: looking through all that modules defined for cycles takes 0.1 s
    # CPython notes an interruption that passed through exec() of a string, as dataclasses do, and would end the process
    # with SIGINT in spite of the exit code; another exec() clears that.
    exec("")
    sys.exit(code)


_GC_THRESHOLDS = (10_000, 50, 50)
"""New objects, and collections of each younger generation, after which CPython looks for cycles. What modules define
lives on: looking through it took 0.16 s of a short clip's analysis with the usual thresholds, with these 0.04 s."""

_asked_to_stop = Event()


def _interrupt(*_: object) -> None:
    """A request to end is one to stop: partial files are removed, threads are joined."""
    _asked_to_stop.set()
    raise KeyboardInterrupt


def _interrupted() -> int:
    say(
        "overlaycut: interrupted; nothing half-written was left; the same command goes on from the steps that were"
        " finished, which are in the cache"
    )
    return ExitCode.INTERRUPTED


def run(words: Sequence[str] | None = None) -> int:
    """Run one command line (None: this process's own) and return its exit code; nothing is raised."""
    try:
        result = overlaycut.main(words, "overlaycut", standalone_mode=False)
    except click.ClickException as error:
        with contextlib.suppress(OSError):
            error.show()
        return ExitCode.USAGE
    except OverlaycutError as error:
        if _asked_to_stop.is_set():  # libraries turn an interruption into errors of theirs, such as a failed import
            return _interrupted()
        say(f"overlaycut: {error.one_line()}")
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _interrupted()
    except SystemExit:  # click's answer to a pipe that nobody reads any more: there is nobody to complain to
        drop_stdout()
        return ExitCode.DONE
    except OSError as error:
        if error.filename is None and error.errno in _NO_ROOM:  # click printed its help
            drop_stdout()
            say(f"overlaycut: stdout cannot be written: {error.strerror}")
            return ExitCode.USAGE
        return _bug(error)
    except Exception as error:
        return _bug(error)
    return int(result or 0)


_NO_ROOM = frozenset({errno.ENOSPC, errno.EFBIG, errno.EIO})
"""What a write to a standard stream fails with; verbs translate the errors of files."""


def _bug(error: Exception) -> int:
    """The exit code of what is no error of ours, said in one line; of an interruption where a library disguised one."""
    if _asked_to_stop.is_set():
        return _interrupted()
    say(f"overlaycut: a bug: {type(error).__name__}: {error} ({_log(traceback.format_exc())})")
    return ExitCode.BUG


def _log(text: str) -> str:
    """Keep a traceback in a temporary file; returns where it is, or the traceback itself where no file can be."""
    try:
        place = Path(tempfile.gettempdir()) / f"overlaycut-{datetime.now():%Y%m%d-%H%M%S}.log"
        place.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError:
        return text
    return f"traceback in {place}"
