"""What a path leads to that is neither a file nor a folder: reading a pipe or a device may never end."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from overlaycut.errors import InputError

_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def special_kind(path: Path) -> str | None:
    """What a path is that is neither a file nor a folder, in words; None when it is one of these, or not there."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return None
    return next((name for is_kind, name in _KINDS if is_kind(mode)), None)


def refuse_special(path: Path) -> None:
    """Raises InputError when `path` is a pipe, a socket or a device."""
    if (kind := special_kind(path)) is not None:
        raise InputError(path, f"is {kind}, not a file", hint="save it to a file first")
