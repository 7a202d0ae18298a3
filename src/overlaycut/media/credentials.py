"""Whether a file carries content credentials (C2PA), by their box alone."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from overlaycut.core.file_kinds import refuse_special
from overlaycut.errors import InputError, MissingInput
from overlaycut.media.boxes import C2PA_USER_TYPE, Malformed, top_level_boxes

_JUMBF = (b"jumb", b"jumd", b"c2pa")
"""C2PA specification 2.1, A.3 and A.4: JUMBF in PNG (`caBX`), JPEG (APP11), and any other file."""
_SEARCHED = 1 << 22
"""Bytes at the beginning of a file that are searched for JUMBF."""


def has_credentials(path: Path) -> bool:
    """Whether the bytes of a file hold a C2PA manifest store.

    Raises MissingInput or InputError for a file that cannot be read.
    """
    refuse_special(path)
    try:
        with path.open("rb") as file:
            head = file.read(_SEARCHED)
            if head[4:8] == b"ftyp":
                return _in_boxes(file)
            return all(word in head for word in _JUMBF)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingInput(path, "no such file", hint="check the path") from error
    except OSError as error:
        raise InputError(path, error.strerror or "cannot be read") from error


def _in_boxes(file: BinaryIO) -> bool:
    """Whether one of an ISO media file's top-level boxes is that of C2PA."""
    try:
        for box in top_level_boxes(file):
            if box.kind == "uuid":
                file.seek(box.start)
                if file.read(16) == C2PA_USER_TYPE:
                    return True
    except Malformed:
        return False
    return False
