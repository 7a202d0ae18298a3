"""What a job reads and what it will write, declared before the first byte: no input and no foreign file is replaced.

A file is ours when a ledger of outputs has it as it is now. The ledger is a small database in the user's state folder
(OVERLAYCUT_STATE names another), and for results that several machines write, one more that lies among them (`share`);
without any, every file that exists counts as foreign.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from functools import lru_cache
from pathlib import Path

from overlaycut.core.file_kinds import refuse_special, special_kind
from overlaycut.errors import OutputError, UsageError
from overlaycut.resources import user_folder

_LOG = logging.getLogger(__name__)

_SHARED = ".overlaycut-outputs.sqlite"
"""Name of the ledger of a folder whose files several machines write."""
_SHARED_ABOVE = 3
"""How many folders above a file are looked into for one."""

_MOST_ENTRIES = 100_000
"""Outputs that the ledger remembers; older ones count as foreign again."""


def declare(
    *, reads: Iterable[Path], writes: Iterable[Path], updates: Iterable[Path] = (), force: bool = False
) -> None:
    """Check what a job is about to read and to write, all files with their derived names.

    updates: documents that the job reads and writes again by design, such as a plan that people edit. force: whether
    foreign files may be replaced; inputs never are. Raises InputError for an input that is a pipe or a device,
    UsageError for an output that is an input (by whatever name), that is named twice, or that would replace a file
    which is not ours. An output that can be no file is refused as by `refuse_unwritable`.
    """
    inputs = list(reads)
    outputs = list(writes)
    for path in inputs:
        refuse_special(path)
    seen: dict[str, Path] = {}
    for path in (*outputs, *updates):
        refuse_unwritable(path)
        if other := next((one for one in inputs if is_same_file(path, one)), None):
            named = "" if os.fspath(other) == os.fspath(path) else f" ({other})"
            raise UsageError(f"{path}: is an input{named} and would be overwritten", hint="choose another output")
        key = _key(path).casefold()
        if key in seen:
            raise UsageError(f"{path}: two outputs would have this name", hint="name them apart")
        seen[key] = path
    if force:
        return
    foreign = _foreign(path for path in outputs if os.path.isfile(path))
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise UsageError(
            f"{foreign[0]}{more}: exists and was not written by overlaycut",
            hint="choose another output, or replace it with --force",
        )


def refuse_unwritable(out: Path) -> None:
    """Raises OutputError for an output that can be no file: a folder, a pipe or a device, or a place in a file."""
    if os.path.isdir(out):
        raise OutputError(f"{out}: is a directory", hint="name a file")
    if (kind := special_kind(out)) is not None:
        raise OutputError(f"{out}: is {kind}, not a file", hint="name a file")
    above = next((folder for folder in Path(os.path.abspath(out)).parents if os.path.lexists(folder)), None)
    if above is not None and not os.path.isdir(above):
        raise OutputError(f"{out}: cannot be written: {above} is no folder", hint="choose another place")


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, by links and on volumes that ignore case too, or would once written."""
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return _key(one) == _key(other)


def is_ours(path: Path) -> bool:
    """Whether `path` is as some job of ours left it."""
    return os.path.isfile(path) and not _foreign([path])


def _foreign(paths: Iterable[Path]) -> list[Path]:
    """Those of the files that are not as some job of ours left them; all of them without a ledger."""
    asked = list(paths)
    if not asked:
        return []
    query = "SELECT bytes, mtime_ns FROM outputs WHERE path = ?"
    unknown = []
    try:
        with closing(_ledger()) as ledger:
            for path in asked:
                state = _state(path)
                if ledger.execute(query, (_text(path),)).fetchone() == state:
                    continue
                shared = _shared(path)
                if shared is not None:
                    with closing(_opened(shared)) as other:
                        if other.execute(query, (_name_in(shared, path),)).fetchone() == state:
                            continue
                unknown.append(path)
    except (OSError, sqlite3.Error):
        return asked
    return unknown


def _state(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns


def share(folder: Path) -> None:
    """Remember what is written below `folder`, which is made, in the folder itself too, for the other machines.

    Of such machines only one at a time may write there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _opened(folder / _SHARED).close()
    except (OSError, sqlite3.Error) as error:
        _warn(f"other machines are not told what is written in {folder}: {error}")


def record(*paths: Path) -> None:
    """Remember files that were just written as ours."""
    insert = "INSERT OR REPLACE INTO outputs (path, bytes, mtime_ns) VALUES (?, ?, ?)"
    try:
        with closing(_ledger()) as ledger, ledger:
            ledger.executemany(insert, [(_text(path), *_state(path)) for path in paths])
            newest = "SELECT rowid FROM outputs ORDER BY rowid DESC LIMIT -1 OFFSET ?"
            ledger.execute(f"DELETE FROM outputs WHERE rowid IN ({newest})", (_MOST_ENTRIES,))
        for path in paths:
            shared = _shared(path)
            if shared is not None:
                with closing(_opened(shared)) as other, other:
                    other.execute(insert, (_name_in(shared, path), *_state(path)))
    except (OSError, sqlite3.Error) as error:
        _warn(f"what is written is not remembered as ours, and is replaced with --force only: {error}")


def _shared(path: Path) -> Path | None:
    """The ledger of the folder, or of one a little above, that several machines write."""
    above = Path(os.path.abspath(path)).parents[:_SHARED_ABOVE]
    return next((ledger for folder in above if (ledger := folder / _SHARED).is_file()), None)


def _name_in(ledger: Path, path: Path) -> str:
    """A file as a shared ledger calls it: below its folder, which other machines may see elsewhere."""
    name = Path(os.path.abspath(path)).relative_to(ledger.parent).as_posix()
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _key(path: Path) -> str:
    """One name for a path: its folder's real path and its own name, so that a link is itself."""
    full = os.path.abspath(path)
    return os.path.normcase(os.path.join(os.path.realpath(os.path.dirname(full)), os.path.basename(full)))


def _text(path: Path) -> str:
    """The path's one name as SQLite's text, which has no place for bytes that are no UTF-8."""
    return _key(path).encode("utf-8", "backslashreplace").decode("utf-8")


@lru_cache(maxsize=16)
def _warn(text: str) -> None:
    """Log a warning, once per process."""
    _LOG.warning("%s", text)


def _ledger() -> sqlite3.Connection:
    chosen = os.environ.get("OVERLAYCUT_STATE")
    place = Path(chosen) if chosen else user_folder("state")
    place.mkdir(parents=True, exist_ok=True)
    return _opened(place / "outputs.sqlite")


def _opened(path: Path) -> sqlite3.Connection:
    ledger = sqlite3.connect(path, timeout=10)
    ledger.execute(
        "CREATE TABLE IF NOT EXISTS outputs (path TEXT PRIMARY KEY, bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL)"
    )
    return ledger
