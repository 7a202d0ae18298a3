"""Whether a file carries content credentials (C2PA): found by their box, not opened."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from overlaycut.errors import InputError, MissingInput

_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""C2PA specification 2.1, A.5: the `uuid` box of ISO media files."""
_JUMBF = (b"jumb", b"jumd", b"c2pa")
"""C2PA specification 2.1, A.3 and A.4: JUMBF in PNG (`caBX`), JPEG (APP11), and any other file."""
_MOST_BOXES = 10_000
_HEAD = 1 << 22


def has_credentials(path: Path) -> bool:
    """Whether the bytes of a file hold a C2PA manifest store.

    Raises MissingInput or InputError for a file that cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            if head[4:8] == b"ftyp":
                return _in_boxes(file)
            return all(word in head for word in _JUMBF)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingInput(path, "no such file", hint="check the path") from error
    except OSError as error:
        raise InputError(path, error.strerror or "cannot be read") from error


def _in_boxes(file: BinaryIO) -> bool:
    """Whether one of an ISO media file's outermost boxes is that of C2PA."""
    at = 0
    for _ in range(_MOST_BOXES):
        file.seek(at)
        head = file.read(32)
        if len(head) < 8:
            return False
        size, start = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, start = int.from_bytes(head[8:16], "big"), 16
        if head[4:8] == b"uuid" and head[start : start + 16] == _UUID:
            return True
        if size < 8:  # to the end of the file, or damaged
            return False
        at += size
    return False
