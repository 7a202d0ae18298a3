"""The ledger of a batch: every source, its state, what came of it; so that nothing is lost and nothing done twice.

A job is claimed by one batch before it starts. The claim counts for as long as that batch's process holds the lock on
its owner file, which the system lets go of however the process ends; no clock is asked. Whoever opens the ledger next
takes the claims of those that ended back.
"""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

from filelock import FileLock, Timeout

from overlaycut.batch.collecting import Source
from overlaycut.batch.jobs import Outcome, states
from overlaycut.core.ledger_file import LedgerFile
from overlaycut.errors import OutputError

State: TypeAlias = Literal["planned", "running", "done", "failed"]

FILE = "batch.sqlite"
_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    key TEXT PRIMARY KEY, path TEXT NOT NULL, name TEXT NOT NULL UNIQUE, project TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'planned', owner TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0,
    fingerprint TEXT NOT NULL DEFAULT '', work REAL NOT NULL DEFAULT 0, seconds REAL, exit_code INTEGER,
    error TEXT NOT NULL DEFAULT '', gates TEXT NOT NULL DEFAULT '[]', warnings INTEGER NOT NULL DEFAULT 0,
    report TEXT, written TEXT NOT NULL DEFAULT '{}', steps TEXT NOT NULL DEFAULT '{}', ended_at REAL
) STRICT;
CREATE INDEX IF NOT EXISTS jobs_of_state ON jobs (state);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One source, as the ledger has it."""

    key: str
    path: Path
    """Of the project or clip."""
    name: str
    """Of its folder among the results; no other source has it."""
    state: State
    owner: str = ""
    """The batch that has claimed it."""
    attempts: int = 0
    """How often it was started since its inputs last changed."""
    fingerprint: str = ""
    """Of the inputs that were run."""
    work: float = 0.0
    """Megapixels of all frames of all clips; 0 where nobody knows."""
    seconds: float | None = None
    exit_code: int | None = None
    error: str = ""
    gates: tuple[str, ...] = ()
    warnings: int = 0
    report: Path | None = None
    written: Mapping[str, list[int]] = field(default_factory=dict)
    """Path → size and time of each file that was written."""


class Ledger:
    """The ledger in a folder of results; several batches may use it at once.

    Every method raises OutputError when the file cannot be read or written, or is no ledger.
    """

    def __init__(self, folder: Path) -> None:
        hint = "name another folder with -o, or make room there"
        self._file = LedgerFile(folder / FILE, schema=_SCHEMA, version=_VERSION, holds="a batch", hint=hint)
        self._owners = folder / ".owners"
        self.owner = uuid.uuid4().hex
        """This batch's name in the ledger."""
        try:
            self._owners.mkdir(exist_ok=True)
            self._lock = FileLock(self._owners / self.owner)
            self._lock.acquire()
        except OSError as error:
            self._file.close()
            raise OutputError(f"{self._owners}: cannot be written: {error}", hint=hint) from error
        self.recover()

    def close(self) -> None:
        """Give back what this batch has claimed and not ended, and close the file."""
        try:
            self._give_back([self.owner])
        finally:
            self._lock.release()
            with suppress(OSError):
                (self._owners / self.owner).unlink()
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def recover(self) -> int:
        """Take back the claims of batches whose processes have ended; how many there were."""
        rows = self._file.rows("SELECT DISTINCT owner FROM jobs WHERE state = 'running' AND owner != ?", [self.owner])
        return self._give_back([row["owner"] for row in rows if self._ended(row["owner"])])

    def _ended(self, owner: str) -> bool:
        lock = FileLock(self._owners / owner)
        try:
            with lock.acquire(timeout=0):
                pass
        except Timeout:
            return False
        with suppress(OSError):
            (self._owners / owner).unlink()
        return True

    def _give_back(self, owners: Sequence[str]) -> int:
        if not owners:
            return 0
        with self._file.writing() as db:
            marks = ", ".join("?" * len(owners))
            where = f"state = 'running' AND owner IN ({marks})"
            return db.execute(f"UPDATE jobs SET state = 'planned', owner = '' WHERE {where}", owners).rowcount

    def enter(self, sources: Sequence[Source]) -> tuple[Entry, ...]:
        """Write sources down that are not there yet; the entries of all of them, in their order."""
        with self._file.writing() as db:
            for source in sources:
                if db.execute("SELECT 1 FROM jobs WHERE key = ?", (source.key,)).fetchone() is None:
                    row = (source.key, _text(source.path), _free_name(db, source))
                    db.execute("INSERT INTO jobs (key, path, name) VALUES (?, ?, ?)", row)
        return tuple(self.entry(source.key) for source in sources)

    def entry(self, key: str) -> Entry:
        """The entry of a source. Raises KeyError when it was never entered."""
        rows = self._file.rows("SELECT * FROM jobs WHERE key = ?", [key])
        if not rows:
            raise KeyError(key)
        return _entry(rows[0])

    def entries(self, states: Sequence[State] = ()) -> Iterator[Entry]:
        """All entries, or those in some states, in the order in which they were entered."""
        where = f"WHERE state IN ({', '.join('?' * len(states))})" if states else ""
        return map(_entry, self._file.rows(f"SELECT * FROM jobs {where} ORDER BY rowid", states))

    def claim(self, key: str, *, fingerprint: str, work: float) -> bool:
        """Take a job on, before it starts; False when another batch has it."""
        with self._file.writing() as db:
            again = "attempts = CASE WHEN fingerprint = ? THEN attempts + 1 ELSE 1 END"
            taken = db.execute(
                f"UPDATE jobs SET state = 'running', owner = ?, {again}, fingerprint = ?, work = ? "
                "WHERE key = ? AND state != 'running'",
                (self.owner, fingerprint, fingerprint, work, key),
            )
            return taken.rowcount == 1

    def end(self, outcome: Outcome) -> None:
        """Write down what came of a job of this batch, or of one that could not be started."""
        state: State = "done" if outcome.done else "failed"
        columns: dict[str, Any] = {
            "state": state,
            "owner": "",
            "seconds": outcome.seconds,
            "exit_code": int(outcome.exit_code),
            "error": outcome.error,
            "gates": json.dumps(outcome.gates, ensure_ascii=True),
            "warnings": outcome.warnings,
            "report": None if outcome.report is None else _text(outcome.report),
            "written": json.dumps(states(outcome.written), ensure_ascii=True),
            "steps": json.dumps(dict(outcome.steps)),
            "ended_at": time.time(),
        }
        said = ", ".join(f"{name} = ?" for name in columns)
        with self._file.writing() as db:
            db.execute(f"UPDATE jobs SET {said} WHERE key = ?", (*columns.values(), outcome.key))

    def speed(self) -> float | None:
        """Megapixels of frames that a second of one worker did so far; None before any work was done."""
        query = "SELECT sum(work) AS work, sum(seconds) AS seconds FROM jobs WHERE state = 'done' AND steps != '{}'"
        (row,) = self._file.rows(query)
        return row["work"] / row["seconds"] if row["work"] and row["seconds"] else None


def _free_name(db: sqlite3.Connection, source: Source) -> str:
    """The source's name, with a part of its key where another source, or a letter's case alone, has it."""
    taken = db.execute("SELECT 1 FROM jobs WHERE name = ? COLLATE NOCASE", (source.name,)).fetchone()
    return source.name if taken is None else f"{source.name}-{source.key[:8]}"


def _text(path: Path) -> str:
    """A path as SQLite's text, which has no place for bytes that are no UTF-8; JSON reads it back."""
    return json.dumps(str(path), ensure_ascii=True)


def _path(text: str) -> Path:
    return Path(json.loads(text))


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        key=row["key"],
        path=_path(row["path"]),
        name=row["name"],
        state=row["state"],
        owner=row["owner"],
        attempts=row["attempts"],
        fingerprint=row["fingerprint"],
        work=row["work"],
        seconds=row["seconds"],
        exit_code=row["exit_code"],
        error=row["error"],
        gates=tuple(json.loads(row["gates"])),
        warnings=row["warnings"],
        report=None if row["report"] is None else _path(row["report"]),
        written=json.loads(row["written"]),
    )
