"""Atomic writing of files."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from zlib import crc32

import psutil

from overlaycut.media.ffmpeg import writing
from overlaycut.media.outputs import record, refuse_unwritable


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """A path beside `out` to write to, moved onto `out` on success and removed on any failure.

    The folder of `out` is made when it is missing, and what processes that were killed left in it is removed. The
    file is remembered as ours. Raises OutputError when the place cannot be written.
    """
    refuse_unwritable(out)
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(out.parent)
        part = _part(out)
        try:
            yield part
            os.replace(part, out)
        finally:
            part.unlink(missing_ok=True)
    record(out)


def abandon(out: Path) -> None:
    """Remove what is being written for `out`, by whatever thread, which then fails and leaves `out` as it was."""
    with suppress(OSError):
        _part(out).unlink(missing_ok=True)


def _part(out: Path) -> Path:
    """Where this process writes what becomes `out`.

    The suffix stays last, since FFmpeg chooses the container by it; the name is short, since `out`'s may be long.
    """
    return out.with_name(f"{_prefix()}{os.getpid()}-{crc32(os.fsencode(out.name)):08x}.part{out.suffix}")


def _prefix() -> str:
    """What the names of this machine's partial files begin with."""
    host = "".join(character for character in platform.node() if character.isalnum())
    return f".overlaycut-{host[:24]}-"


def _remove_abandoned(folder: Path) -> None:
    """Remove the partial files of this machine's processes that do not run any more."""
    prefix = _prefix()
    for path in folder.glob(f"{prefix}*.part*"):
        process = path.name.removeprefix(prefix).split("-")[0]
        if process.isdecimal() and not psutil.pid_exists(int(process)):
            path.unlink(missing_ok=True)


def write_text(out: Path, text: str) -> None:
    r"""Write `text` as UTF-8, whole or not at all.

    Bytes of file names that are no UTF-8 are written as \udcXX, which JSON reads back as the same name.
    """
    with replacing(out) as part:
        part.write_text(text, encoding="utf-8", errors="backslashreplace")
