"""The standard streams, as whoever started the process left them: closed, full, of an encoding without most letters."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any

import click


def prepare_streams() -> None:
    """Open what is closed, and have what an encoding lacks written as escapes.

    A closed descriptor would be given to the next file that is opened, which would then get whatever is printed.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def use_utf8() -> None:
    """Start again in Python's UTF-8 mode (PEP 540) where names of files are in another encoding.

    Documents are UTF-8, and so are the names of files that they have. Does not return then.
    """
    if os.name == "posix" and sys.platform != "darwin" and sys.getfilesystemencoding() != "utf-8":
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def say(text: str) -> None:
    """Write one line to stderr; nothing happens when nobody can read it."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


def drop_stdout() -> None:
    """What is still to be written to stdout is lost, without a complaint at the end of the process."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def json_text(document: dict[str, Any], *, indent: int | None = 2) -> str:
    """A document as JSON in letters that stdout can write; the others are JSON's escapes, which read back the same."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(document, indent=indent)
    return text
