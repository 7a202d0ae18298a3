"""The store's index: which entries there are, when each was last used, and what each step was last made of.

An SQLite file in write-ahead mode, so that several processes share it. It holds nothing that the entries do not say
themselves, but for times and histories: it can be lost and is then built anew.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

from overlaycut.core.serial import JSON

_SCHEMA = 1
"""Version of the tables below."""
_APPLICATION = 0x6F766375
"""SQLite's application id of our files: "ovcu"."""
_PATIENCE = 10.0
"""Seconds to wait for another process's transaction."""
_HISTORY = 5000
"""Steps whose last description is remembered."""

_TABLES = f"""
CREATE TABLE entries (digest TEXT PRIMARY KEY, name TEXT NOT NULL, bytes INTEGER NOT NULL, used REAL NOT NULL);
CREATE TABLE history (job TEXT NOT NULL, name TEXT NOT NULL, subject TEXT NOT NULL, digest TEXT NOT NULL,
                      description TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (job, name, subject));
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_SCHEMA};
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry in the index."""

    digest: str
    name: str
    """Of the step."""
    bytes: int
    used: float
    """When it was last read or written, in seconds since 1970."""


class Index:
    """The index in a folder; every method works without it as well as it can, and says what went wrong once."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self._path = path
        self._say = say
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._given_up = False
        self._fresh = False

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @property
    def fresh(self) -> bool:
        """Whether the index was made just now, so that entries that are there have to be entered; asked once."""
        with self._working():
            pass
        fresh, self._fresh = self._fresh, False
        return fresh

    def touch(self, digest: str, name: str, size: int) -> None:
        """An entry was read or written now."""
        with self._working() as database:
            if database is not None:
                row = (digest, name, size, time.time())
                database.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)", row)

    def enter(self, row: Row) -> None:
        """An entry that is there but may not be known."""
        with self._working() as database:
            if database is not None:
                values = (row.digest, row.name, row.bytes, row.used)
                database.execute("INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?)", values)

    def forget(self, digest: str) -> None:
        """An entry is gone."""
        with self._working() as database:
            if database is not None:
                database.execute("DELETE FROM entries WHERE digest = ?", (digest,))

    def entries(self) -> list[Row]:
        """Every entry, the one that was not used for longest first."""
        with self._working() as database:
            if database is None:
                return []
            found = database.execute("SELECT digest, name, bytes, used FROM entries ORDER BY used, digest")
            return [Row(*row) for row in found]
        return []

    def remember(self, job: str, key: tuple[str, str], digest: str, description: JSON) -> None:
        """What a step of a job was last made of."""
        with self._working() as database:
            if database is not None:
                row = (job, *key, digest, json.dumps(description), time.time())
                database.execute("INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?, ?, ?)", row)
                database.execute(
                    "DELETE FROM history WHERE at < (SELECT at FROM history ORDER BY at DESC LIMIT 1 OFFSET ?)",
                    (_HISTORY,),
                )

    def last(self, job: str, key: tuple[str, str]) -> tuple[str, JSON] | None:
        """Digest and description of what a step of a job was last made of."""
        with self._working() as database:
            if database is None:
                return None
            query = "SELECT digest, description FROM history WHERE job = ? AND name = ? AND subject = ?"
            row = database.execute(query, (job, *key)).fetchone()
            return None if row is None else (str(row[0]), json.loads(row[1]))
        return None

    def clear(self) -> None:
        """Forget everything."""
        with self._working() as database:
            if database is not None:
                database.execute("DELETE FROM entries")
                database.execute("DELETE FROM history")

    @contextmanager
    def _working(self) -> Iterator[sqlite3.Connection | None]:
        """One transaction; None where there is no index to work with. A damaged one is replaced for the next time."""
        with self._lock:
            connection = self._open()
            try:
                if connection is None:
                    yield None
                else:
                    with connection:
                        yield connection
            except sqlite3.OperationalError as error:  # busy for long, a full disk, a folder that is read-only
                self._say(f"the index of the cache was not updated: {error}")
            except (sqlite3.DatabaseError, ValueError) as error:
                self._set_aside(str(error))

    def _open(self) -> sqlite3.Connection | None:
        if self._connection is not None or self._given_up:
            return self._connection
        for _ in range(2):
            try:
                self._connection = self._connected()
                return self._connection
            except sqlite3.OperationalError as error:
                self._say(f"the index of the cache cannot be used: {error}")
                break
            except sqlite3.DatabaseError as error:
                self._set_aside(str(error))
        self._given_up = True
        return None

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_PATIENCE, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                for statement in _TABLES.split(";"):
                    connection.execute(statement)
                self._fresh = True
            connection.commit()
            self._check(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    @staticmethod
    def _check(connection: sqlite3.Connection) -> None:
        """Raises DatabaseError for a file of another program, another version, or with pages that are damaged."""
        found = tuple(_pragma(connection, name) for name in ("application_id", "user_version"))
        if found != (_APPLICATION, _SCHEMA):
            raise sqlite3.DatabaseError(f"it is of another version ({found[1]}, not {_SCHEMA})")
        if (state := _pragma(connection, "quick_check")) != "ok":
            raise sqlite3.DatabaseError(str(state))

    def _set_aside(self, why: str) -> None:
        """Keep a file that cannot be used under another name, so that the next one is new."""
        self.close()
        aside = self._path.with_name(f"{self._path.name}.unusable")
        self._say(f"the index of the cache is built anew, the old one is kept as {aside.name}: {why}")
        try:
            os.replace(self._path, aside)
            for ending in ("-wal", "-shm"):
                self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
        except OSError:
            self._given_up = True


def _pragma(connection: sqlite3.Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]
