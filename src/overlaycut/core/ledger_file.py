"""A ledger in one SQLite file: written by several threads and processes, whole after any crash."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, Self

from overlaycut.errors import OutputError

_LOCK_SECONDS = 30.0
"""How long one process waits for another one's write."""


class LedgerFile:
    """The file, opened and of the version that is asked for.

    Every method raises OutputError when the file cannot be read or written, or is no ledger.
    """

    def __init__(self, path: Path, *, schema: str, version: int, holds: str, hint: str) -> None:
        """Open the file at `path`, made with `schema` where it is missing.

        holds: what it is a ledger of, in the plural, for errors. hint: what to do where it cannot be used.
        """
        self.path = path
        self._problem, self._hint, self._lock = f"{path}: the ledger of {holds} cannot be used", hint, RLock()
        with self._translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=_LOCK_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                self._open(schema, version)
            except BaseException:
                self._db.close()
                raise

    def _open(self, schema: str, version: int) -> None:
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found > version:
            raise OutputError(f"{self.path}: a newer overlaycut wrote this ledger", hint="update overlaycut")
        if found == 0:
            self._db.executescript(schema + f"PRAGMA user_version={version};")

    def close(self) -> None:
        """Close the file."""
        with self._lock, self._translated():
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """What a query finds."""
        with self._lock, self._translated():
            return self._db.execute(query, tuple(values)).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone: all of it is on disk at its end, or nothing."""
        with self._lock, self._translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise OutputError(f"{self._problem}: {error}", hint=self._hint) from error
