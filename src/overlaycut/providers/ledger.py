"""The ledger of paid tasks: what was asked for, where it is, what it cost; so that a crash never pays twice.

An entry is written before its task is submitted (`plan`), claimed by one process in the moment before it is sent
(`claim`), and updated with every change of state. A process that dies in between leaves an entry that says
"submitting": whoever opens the ledger next can tell, and does not submit it again by itself. A claim is on disk
before the first byte is sent (SQLite's write-ahead log, synchronised at every commit).

Keys of services and signed addresses are not in it; requests are, with digests in the place of pictures.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from overlaycut.core.ledger_file import LedgerFile
from overlaycut.errors import UsageError
from overlaycut.providers.protocol import (
    Failure,
    FailureKind,
    FetchedFile,
    GenerationRequest,
    Json,
    Task,
    TaskState,
)
from overlaycut.resources import user_folder

_VERSION = 1
_FILE = "generation.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (
    key TEXT PRIMARY KEY, project TEXT NOT NULL, shot TEXT NOT NULL, take INTEGER NOT NULL,
    provider TEXT NOT NULL, model TEXT NOT NULL, request TEXT NOT NULL, digest TEXT NOT NULL,
    state TEXT NOT NULL, owner TEXT NOT NULL DEFAULT '', task_id TEXT NOT NULL DEFAULT '',
    links TEXT NOT NULL DEFAULT '{}', estimate_usd TEXT, cost_usd TEXT, failure TEXT,
    path TEXT, sha256 TEXT, bytes INTEGER, mime TEXT, facts TEXT NOT NULL DEFAULT '{}',
    planned_at REAL NOT NULL, submitted_at REAL, finished_at REAL, seconds REAL
) STRICT;
CREATE INDEX IF NOT EXISTS tasks_of_project ON tasks (project, shot);
CREATE TABLE IF NOT EXISTS events (
    key TEXT NOT NULL, at REAL NOT NULL, state TEXT NOT NULL, note TEXT NOT NULL
) STRICT;
"""


def ledger_path() -> Path:
    """Where the user's ledger is; OVERLAYCUT_STATE names another folder."""
    chosen = os.environ.get("OVERLAYCUT_STATE")
    return (Path(chosen) if chosen else user_folder("state")) / _FILE


def task_key(project: str, shot: str, take: int, request: GenerationRequest) -> str:
    """What makes two tasks the same one: 32 hexadecimal digits.

    Same project, shot, take and request: the task that is there already is resumed, and nothing is paid. Another
    take, or another request: a new task.
    """
    said = json.dumps([project, shot, take, request.digest], ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One task, as the ledger has it."""

    key: str
    project: str
    shot: str
    take: int
    """0-based number of the candidate."""
    provider: str
    model: str
    request: Json
    """Inputs as digests."""
    digest: str
    """Of the request."""
    state: TaskState = TaskState.PLANNED
    owner: str = ""
    """Host, process and its start, of whoever submits the task."""
    task_id: str = ""
    """The service's own; empty before it was taken."""
    links: Json = field(default_factory=dict)
    estimate_usd: Decimal | None = None
    cost_usd: Decimal | None = None
    """What the service says that it charges; None where it does not say, or is not done."""
    failure: Failure | None = None
    path: Path | None = None
    sha256: str = ""
    bytes: int | None = None
    mime: str = ""
    facts: Json = field(default_factory=dict)
    """Seed, rewritten prompt and the like."""
    planned_at: float = 0.0
    """Seconds since 1970, as the times below."""
    submitted_at: float | None = None
    finished_at: float | None = None
    seconds: float | None = None
    """Of the clip that was asked for; None for stills."""

    @property
    def task(self) -> Task | None:
        """The service's task; None before it was taken."""
        if not self.task_id:
            return None
        return Task(provider=self.provider, model=self.model, id=self.task_id, links=self.links)

    @property
    def charged_usd(self) -> Decimal | None:
        """What it costs: 0 where nothing is charged, the service's figure, else the estimate, else None."""
        if not self.state.may_be_paid and self.cost_usd is None:
            return Decimal(0)
        return self.estimate_usd if self.cost_usd is None else self.cost_usd

    def to_dict(self) -> Json:
        """The entry as JSON values."""
        told: Json = {one.name: getattr(self, one.name) for one in fields(self)}
        for name in ("estimate_usd", "cost_usd"):
            told[name] = None if told[name] is None else float(told[name])
        told |= {"state": str(self.state), "path": None if self.path is None else str(self.path)}
        told["failure"] = None if self.failure is None else self.failure.to_dict()
        del told["owner"], told["links"]
        return told


class Ledger:
    """The ledger in one SQLite file; several threads and processes may use it at once.

    Every method raises OutputError when the file cannot be read or written, or is no ledger.
    """

    def __init__(self, path: Path | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self.path = ledger_path() if path is None else path
        self._clock = clock
        hint = "name another folder in OVERLAYCUT_STATE, or make room there"
        self._file = LedgerFile(self.path, schema=_SCHEMA, version=_VERSION, holds="tasks", hint=hint)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def entry(self, key: str) -> LedgerEntry | None:
        """The task of that key."""
        return next(iter(self._entries("WHERE key = ?", (key,))), None)

    def entries(self, *, project: str | None = None, states: Sequence[TaskState] = ()) -> tuple[LedgerEntry, ...]:
        """Tasks in the order in which they were planned: all, those of a project, those in some states."""
        clauses, values = [], list[str]()
        if project is not None:
            clauses.append("project = ?")
            values.append(project)
        if states:
            clauses.append(f"state IN ({', '.join('?' * len(states))})")
            values += [str(state) for state in states]
        where = f"WHERE {' AND '.join(clauses)} " if clauses else ""
        return tuple(self._entries(f"{where}ORDER BY planned_at, rowid", values))

    def events(self, key: str) -> tuple[tuple[float, TaskState, str], ...]:
        """What happened to a task: time, state, note."""
        rows = self._file.rows("SELECT at, state, note FROM events WHERE key = ? ORDER BY rowid", (key,))
        return tuple((row["at"], TaskState(row["state"]), row["note"]) for row in rows)

    def plan(self, entry: LedgerEntry) -> LedgerEntry:
        """Write an entry down before anything is sent; the one that is there already comes first."""
        row = {
            "key": entry.key, "project": entry.project, "shot": entry.shot, "take": entry.take,
            "provider": entry.provider, "model": entry.model, "request": _json(entry.request),
            "digest": entry.digest, "state": str(TaskState.PLANNED), "estimate_usd": _money(entry.estimate_usd),
            "planned_at": self._clock(), "seconds": entry.seconds,
        }  # fmt: skip
        columns = ", ".join(row)
        with self._file.writing() as db:
            db.execute(
                f"INSERT OR IGNORE INTO tasks ({columns}) VALUES ({', '.join('?' * len(row))})", tuple(row.values())
            )
        found = self.entry(entry.key)
        assert found is not None
        return found

    def claim(self, key: str) -> bool:
        """Take on the submission of a planned task; False when another process did, or it is past that."""
        with self._file.writing() as db:
            taken = db.execute(
                "UPDATE tasks SET state = ?, owner = ?, submitted_at = ? WHERE key = ? AND state = ?",
                (str(TaskState.SUBMITTING), _this_process(), self._clock(), key, str(TaskState.PLANNED)),
            ).rowcount
            if taken:
                self._note(db, key, TaskState.SUBMITTING, "")
        return taken == 1

    def release(self, key: str, *, note: str = "", estimate_usd: Decimal | None = None) -> None:
        """Back to planned: the task was surely not made, or a person says that it may be paid for again.

        The service's number of an earlier task stays in the events.
        """
        entry = self._known(key)
        earlier = f"{note} (was {entry.state}{f', task {entry.task_id}' if entry.task_id else ''})".strip()
        changes: Json = {} if estimate_usd is None else {"estimate_usd": _money(estimate_usd)}
        changes |= {"owner": "", "task_id": "", "links": "{}", "cost_usd": None, "failure": None}
        self._set(key, TaskState.PLANNED, earlier, **changes, submitted_at=None, finished_at=None)

    def abandoned(self, entry: LedgerEntry) -> bool:
        """Whether the process that was submitting the task does not run any more."""
        return entry.state == TaskState.SUBMITTING and not _runs(entry.owner)

    def submitted(self, key: str, task: Task, state: TaskState, *, estimate_usd: Decimal | None = None) -> None:
        """The service has taken the task. `estimate_usd` is the service's own, where it has one."""
        changes: Json = {"task_id": task.id, "links": _json(task.links)}
        if estimate_usd is not None:
            changes["estimate_usd"] = _money(estimate_usd)
        self._set(key, state, f"task {task.id}", **changes)

    def progressed(
        self, key: str, state: TaskState, *, cost_usd: Decimal | None = None, facts: Json | None = None
    ) -> None:
        """The service says that the task is in another state; facts are added to those that are known."""
        changes: Json = {} if cost_usd is None else {"cost_usd": _money(cost_usd)}
        if facts:
            changes["facts"] = _json(self._known(key).facts | facts)
        self._set(key, state, "", **changes)

    def ended(self, key: str, state: TaskState, failure: Failure, *, cost_usd: Decimal | None = None) -> None:
        """The task has no result: failed, cancelled, expired, or nobody knows."""
        changes: Json = {"failure": _json(failure.to_dict()), "finished_at": self._clock()}
        if cost_usd is not None:
            changes["cost_usd"] = _money(cost_usd)
        self._set(key, state, failure.message, **changes)

    def fetched(self, key: str, file: FetchedFile) -> None:
        """The result is on disk."""
        self._set(
            key, TaskState.FETCHED, file.sha256,
            path=str(file.path), sha256=file.sha256, bytes=file.bytes, mime=file.mime, finished_at=self._clock(),
            failure=None,
        )  # fmt: skip

    def spent_usd(self, project: str | None = None) -> Decimal:
        """What all tasks, or those of a project, cost, as far as it is known."""
        charges = (entry.charged_usd for entry in self.entries(project=project))
        return sum((one for one in charges if one is not None), Decimal(0))

    def _known(self, key: str) -> LedgerEntry:
        entry = self.entry(key)
        if entry is None:
            raise UsageError(f"the ledger has no task {key}", hint=f"{self.path} is the ledger that was read")
        return entry

    def _set(self, key: str, state: TaskState, note: str, **columns: Any) -> None:
        columns["state"] = str(state)
        said = ", ".join(f"{column} = ?" for column in columns)
        with self._file.writing() as db:
            changed = db.execute(f"UPDATE tasks SET {said} WHERE key = ?", (*columns.values(), key)).rowcount
            if changed:
                self._note(db, key, state, note)
        if not changed:
            self._known(key)

    def _note(self, db: sqlite3.Connection, key: str, state: TaskState, note: str) -> None:
        db.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (key, self._clock(), str(state), note[:1000]))

    def _entries(self, rest: str, values: Sequence[str]) -> Iterator[LedgerEntry]:
        return map(_entry, self._file.rows(f"SELECT * FROM tasks {rest}", values))


def _entry(row: sqlite3.Row) -> LedgerEntry:
    told = dict(row)
    for name in ("request", "links", "facts"):
        told[name] = json.loads(told[name])
    for name in ("estimate_usd", "cost_usd"):
        told[name] = None if told[name] is None else Decimal(told[name])
    failure = None if told["failure"] is None else json.loads(told["failure"])
    told["failure"] = failure and Failure(**(failure | {"kind": FailureKind(failure["kind"])}))
    told["path"] = None if told["path"] is None else Path(told["path"])
    told |= {"state": TaskState(told["state"]), "sha256": told["sha256"] or "", "mime": told["mime"] or ""}
    return LedgerEntry(**told)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, default=str)


def _money(usd: Decimal | None) -> str | None:
    return None if usd is None else str(usd)


def _this_process() -> str:
    """Host, number and start of this process: numbers are given again, starts are not."""
    return f"{platform.node()}/{os.getpid()}/{psutil.Process().create_time():.2f}"


def _runs(owner: str) -> bool:
    """Whether the process of an entry runs; one of another host counts as running."""
    host, number, start = [*owner.rsplit("/", 2), "", ""][:3]
    if host != platform.node() or not number.isdecimal():
        return bool(number)
    try:
        started: float = psutil.Process(int(number)).create_time()
        return abs(started - float(start)) < 1.0
    except (psutil.Error, ValueError):
        return False
