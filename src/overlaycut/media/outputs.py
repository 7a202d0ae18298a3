"""What a job reads and what it will write, declared before the first byte: no input and no foreign file is replaced.

A file is ours when the ledger of outputs has it as it is now. The ledger is a small database in the user's state folder
(OVERLAYCUT_STATE names another); without it every file that exists counts as foreign.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from platformdirs import user_state_path

from overlaycut.errors import InputError, UsageError

_LOG = logging.getLogger(__name__)

_MOST_ENTRIES = 100_000
"""Outputs that the ledger remembers; older ones count as foreign again."""

_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def declare(
    *, reads: Iterable[Path], writes: Iterable[Path], updates: Iterable[Path] = (), force: bool = False
) -> None:
    """Check what a job is about to read and to write, all files with their derived names.

    updates: documents that the job reads and writes again by design, such as a plan that people edit. force: whether
    foreign files may be replaced; inputs never are. Raises InputError for an input that is a pipe or a device,
    UsageError for an output that is an input (by whatever name), that is named twice, or that would replace a file
    which is not ours.
    """
    inputs = list(reads)
    outputs = list(writes)
    for path in inputs:
        refuse_special(path)
    seen: dict[str, Path] = {}
    for path in (*outputs, *updates):
        if other := next((one for one in inputs if is_same_file(path, one)), None):
            named = "" if os.fspath(other) == os.fspath(path) else f" ({other})"
            raise UsageError(f"{path}: is an input{named} and would be overwritten", hint="choose another output")
        key = _key(path).casefold()
        if key in seen:
            raise UsageError(f"{path}: two outputs would have this name", hint="name them apart")
        seen[key] = path
    if force:
        return
    foreign = [path for path in outputs if os.path.isfile(path) and not is_ours(path)]
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise UsageError(
            f"{foreign[0]}{more}: exists and was not written by overlaycut",
            hint="choose another output, or replace it with --force",
        )


def refuse_special(path: Path) -> None:
    """Raises InputError when `path` is a pipe, a socket or a device: reading one may never end."""
    if (kind := special_kind(path)) is not None:
        raise InputError(path, f"is {kind}, not a file", hint="save it to a file first")


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, by links and on volumes that ignore case too, or would once written."""
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return _key(one) == _key(other)


def is_ours(path: Path) -> bool:
    """Whether `path` is as some job of ours left it."""
    try:
        found = os.stat(path)
        with closing(_ledger()) as ledger:
            row = ledger.execute("SELECT bytes, mtime_ns FROM outputs WHERE path = ?", (_text(path),)).fetchone()
    except (OSError, sqlite3.Error):
        return False
    return bool(row == (found.st_size, found.st_mtime_ns))


def record(path: Path) -> None:
    """Remember `path`, which was just written, as ours."""
    try:
        found = os.stat(path)
        with closing(_ledger()) as ledger, ledger:
            row = (_text(path), found.st_size, found.st_mtime_ns)
            ledger.execute("INSERT OR REPLACE INTO outputs (path, bytes, mtime_ns) VALUES (?, ?, ?)", row)
            newest = "SELECT rowid FROM outputs ORDER BY rowid DESC LIMIT -1 OFFSET ?"
            ledger.execute(f"DELETE FROM outputs WHERE rowid IN ({newest})", (_MOST_ENTRIES,))
    except (OSError, sqlite3.Error) as error:
        _LOG.warning("%s is not remembered as an output of ours: %s", path, error)


def special_kind(path: Path) -> str | None:
    """What a path is that is neither a file nor a folder, in words; None when it is one of these, or not there."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return None
    return next((name for is_kind, name in _KINDS if is_kind(mode)), None)


def _key(path: Path) -> str:
    """One name for a path: its folder's real path and its own name, so that a link is itself."""
    full = os.path.abspath(path)
    return os.path.normcase(os.path.join(os.path.realpath(os.path.dirname(full)), os.path.basename(full)))


def _text(path: Path) -> str:
    """The path's one name as SQLite's text, which has no place for bytes that are no UTF-8."""
    return _key(path).encode("utf-8", "backslashreplace").decode("utf-8")


def _ledger() -> sqlite3.Connection:
    folder = os.environ.get("OVERLAYCUT_STATE") or user_state_path("overlaycut", appauthor=False)
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    ledger = sqlite3.connect(place / "outputs.sqlite", timeout=10)
    ledger.execute(
        "CREATE TABLE IF NOT EXISTS outputs (path TEXT PRIMARY KEY, bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL)"
    )
    return ledger


def files_in(folder: Path, names: Sequence[str]) -> tuple[Path, ...]:
    """The paths of `names` in `folder`.

    Raises UsageError for a name that would leave the folder.
    """
    for name in names:
        if not name or name in (".", "..") or Path(name).name != name or "\\" in name or "\0" in name:
            raise UsageError(f"{name!r} is no file name", hint="a name without folders")
    return tuple(folder / name for name in names)
