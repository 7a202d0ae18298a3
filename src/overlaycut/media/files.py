"""Atomic writing of files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from overlaycut.errors import OutputError, UsageError
from overlaycut.media.ffmpeg import writing


def refuse_overwriting(out: Path, inputs: Iterable[Path]) -> None:
    """Raises UsageError when `out` is one of `inputs`, by whatever name."""
    for path in inputs:
        if os.path.exists(out) and os.path.exists(path) and os.path.samefile(out, path):
            raise UsageError(f"{out}: is an input and would be overwritten", hint="choose another output")


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """A path beside `out` to write to, moved onto `out` on success and removed on any failure.

    The folder of `out` is made when it is missing. Raises OutputError when the place cannot be written.
    """
    if os.path.isdir(out):
        raise OutputError(f"{out}: is a directory", hint="name a file")
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        # The suffix stays last: FFmpeg chooses the container by it.
        part = out.with_name(f".{out.stem}.{os.getpid()}.part{out.suffix}")
        try:
            yield part
            os.replace(part, out)
        finally:
            part.unlink(missing_ok=True)


def write_text(out: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all."""
    with replacing(out) as part:
        part.write_text(text, encoding="utf-8")
