"""The ledger: an entry is claimed once, survives a crash, and tells what was paid."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from overlaycut.errors import OutputError, UsageError
from overlaycut.providers import (
    Failure,
    FailureKind,
    FetchedFile,
    GenerationRequest,
    InputRole,
    Ledger,
    LedgerEntry,
    MediaInput,
    Task,
    TaskState,
    task_key,
)

REQUEST = GenerationRequest(
    model="runway/gen4.5", prompt="slow push in — café", duration=5, ratio="9:16",
    inputs=(MediaInput(role=InputRole.FIRST_FRAME, data=b"\x89PNG still"),),
)  # fmt: skip


def entry(shot: str = "1", take: int = 0, usd: str | None = "0.60") -> LedgerEntry:
    return LedgerEntry(
        key=task_key("launch", shot, take, REQUEST), project="launch", shot=shot, take=take, provider="runway",
        model=REQUEST.model, request=REQUEST.to_dict(), digest=REQUEST.digest,
        estimate_usd=None if usd is None else Decimal(usd), seconds=5.0,
    )  # fmt: skip


def test_an_entry_comes_back_as_it_was_written(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l.sqlite") as ledger:
        ledger.plan(entry())
        key = entry().key
        assert ledger.claim(key)
        ledger.submitted(
            key, Task(provider="runway", model=REQUEST.model, id="t1", links={"status": "s"}), TaskState.QUEUED
        )
        ledger.progressed(key, TaskState.SUCCEEDED, cost_usd=Decimal("0.55"), facts={"seed": 7})
        ledger.fetched(key, FetchedFile(path=tmp_path / "a.mp4", sha256="ab", bytes=9, mime="video/mp4", host="h"))
    with Ledger(tmp_path / "l.sqlite") as ledger:
        found = ledger.entry(key)
        assert found is not None
        assert (found.state, found.task, found.facts) == (
            TaskState.FETCHED, Task(provider="runway", model=REQUEST.model, id="t1", links={"status": "s"}), {"seed": 7}
        )  # fmt: skip
        assert (found.path, found.charged_usd, found.request["prompt"]) == (
            tmp_path / "a.mp4", Decimal("0.55"), REQUEST.prompt
        )  # fmt: skip
        assert [state for _, state, _ in ledger.events(key)] == ["submitting", "queued", "succeeded", "fetched"]


def test_a_task_is_claimed_once(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l.sqlite") as one, Ledger(tmp_path / "l.sqlite") as other:
        one.plan(entry())
        with ThreadPoolExecutor(8) as pool:
            claims = list(pool.map(lambda n: (one, other)[n % 2].claim(entry().key), range(16)))
        assert claims.count(True) == 1


def test_planning_again_keeps_what_is_there(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l.sqlite") as ledger:
        ledger.plan(entry())
        assert ledger.claim(entry().key)
        assert ledger.plan(entry(usd="9")).state == TaskState.SUBMITTING
        assert ledger.plan(entry(usd="9")).estimate_usd == Decimal("0.60")


def test_another_take_or_request_is_another_task() -> None:
    keys = {task_key("launch", "1", take, REQUEST) for take in (0, 1)}
    other = GenerationRequest(model="runway/gen4.5", prompt="pan left", duration=5)
    assert len(keys | {task_key("launch", "1", 0, other), task_key("launch", "2", 0, REQUEST)}) == 4


def test_a_crash_while_submitting_is_told(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l.sqlite") as ledger:
        ledger.plan(entry())
        code = (
            "import os, sys; from pathlib import Path; from overlaycut.providers import Ledger;"
            "ledger = Ledger(Path(sys.argv[1])); assert ledger.claim(sys.argv[2]); os._exit(9)"
        )
        done = subprocess.run([sys.executable, "-c", code, str(ledger.path), entry().key], timeout=60)
        assert done.returncode == 9
        found = ledger.entry(entry().key)
        assert found is not None and ledger.abandoned(found)
        assert not ledger.claim(found.key)
        ledger.release(found.key, note="a person looked")
        assert ledger.claim(found.key)
        mine = ledger.entry(found.key)
        assert mine is not None and not ledger.abandoned(mine)
        assert any("a person looked (was submitting)" in note for _, _, note in ledger.events(found.key))


def test_what_was_spent(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l.sqlite") as ledger:
        for shot in "1234":
            ledger.plan(entry(shot))
        assert ledger.spent_usd() == 0
        for shot in "123":
            ledger.claim(entry(shot).key)
        task = Task(provider="runway", model=REQUEST.model, id="t")
        ledger.submitted(entry("1").key, task, TaskState.RUNNING, estimate_usd=Decimal("0.70"))
        refusal = Failure(kind=FailureKind.MODERATION, message="no", code="SAFETY.INPUT.TEXT")
        ledger.ended(entry("2").key, TaskState.FAILED, refusal)
        ledger.ended(entry("3").key, TaskState.FAILED, refusal, cost_usd=Decimal("0.10"))
        assert ledger.spent_usd("launch") == Decimal("0.80")
        assert ledger.spent_usd("another") == 0
        (failed, _) = ledger.entries(project="launch", states=[TaskState.FAILED])
        assert failed.failure == refusal
        assert failed.to_dict()["failure"]["code"] == "SAFETY.INPUT.TEXT"


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database, but longer than a header of one would be " * 20)
    with pytest.raises(OutputError, match="cannot be used"):
        Ledger(tmp_path / "text")
    with pytest.raises(OutputError, match="cannot be used"):
        Ledger(tmp_path / "text" / "below")
    with sqlite3.connect(tmp_path / "newer") as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(OutputError, match="newer"):
        Ledger(tmp_path / "newer")
    with Ledger(tmp_path / "l.sqlite") as ledger, pytest.raises(UsageError, match="no task"):
        ledger.release("nothing")


def test_the_ledger_holds_no_pictures(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l.sqlite") as ledger:
        ledger.plan(entry())
    assert b"\x89PNG" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
