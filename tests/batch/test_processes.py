"""The pool of worker processes, with workers that die, hang, and say half of what they mean."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from overlaycut.batch.budget import Budget
from overlaycut.batch.jobs import Job, Outcome
from overlaycut.batch.processes import LocalPool

ACTING = Path(__file__).with_name("acting_worker.py")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where acting workers write the key of every job that they are given."""
    path = tmp_path / "given.txt"
    path.touch()
    monkeypatch.setenv("ACTING_LOG", str(path))
    return path


def pool_of(folder: Path, *, size: int = 2, limit: float = 30.0) -> LocalPool:
    return LocalPool(
        size=size,
        log=folder / "workers.log",
        limit_seconds=limit,
        budget=Budget(4, 4000),
        command=(sys.executable, str(ACTING)),
    )


def jobs_of(folder: Path, *names: str) -> Iterator[Job]:
    for number, name in enumerate(names):
        yield Job(key=f"{number}-{name}", project=folder / f"{name}.toml", out=folder / f"{number}")


def run(folder: Path, *names: str, limit: float = 30.0) -> dict[str, Outcome]:
    found = list(pool_of(folder, limit=limit).run(jobs_of(folder, *names)))
    assert len({one.key for one in found}) == len(found)
    return {one.key.partition("-")[2]: one for one in found}


def test_jobs_are_each_done_once(tmp_path: Path, log: Path) -> None:
    found = run(tmp_path, *[f"fine-{number}" for number in range(12)])
    assert len(found) == 12 and all(one.done for one in found.values())
    assert set(Counter(log.read_text(encoding="utf-8").split()).values()) == {1}


def test_a_worker_that_dies_takes_one_job_with_it_after_a_second_attempt(tmp_path: Path, log: Path) -> None:
    found = run(tmp_path, "fine-1", "dies", "fine-2", "half", "fine-3")
    assert {name for name, one in found.items() if not one.done} == {"dies", "half"}
    assert "killed by signal 9" in found["dies"].error and found["dies"].exit_code == 70
    assert "exit code 3" in found["half"].error
    given = Counter(log.read_text(encoding="utf-8").split())
    assert given["1-dies"] == given["3-half"] == 2 and given["0-fine-1"] == 1


def test_a_worker_that_dies_once_has_its_job_done_by_the_next(tmp_path: Path, log: Path) -> None:
    assert all(one.done for one in run(tmp_path, "once", "fine", "once-more").values())
    assert Counter(log.read_text(encoding="utf-8").split())["0-once"] == 2


def test_a_job_that_takes_too_long_is_ended_with_its_children(tmp_path: Path, log: Path) -> None:
    found = run(tmp_path, "hangs", "fine", limit=10)
    assert found["fine"].done and "stopped after 10 s" in found["hangs"].error
    child = int((tmp_path / "0" / "child").read_text(encoding="utf-8"))
    deadline = time.monotonic() + 5
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the worker's child still runs"
        time.sleep(0.05)


def test_no_job_at_the_moment_is_waited_for(tmp_path: Path, log: Path) -> None:
    def slowly() -> Iterator[Job | None]:
        yield None
        yield next(jobs_of(tmp_path, "fine"))
        yield None
        yield None

    assert [one.key for one in pool_of(tmp_path).run(slowly())] == ["0-fine"]


def acting() -> list[int]:
    """The acting workers of this process that run."""
    return [one.pid for one in psutil.Process().children() if str(ACTING) in one.cmdline()]


def test_an_iterator_that_is_closed_stops_its_workers(tmp_path: Path, log: Path) -> None:
    pool = pool_of(tmp_path)
    outcomes = pool.run(jobs_of(tmp_path, "fine", "hangs", "fine"))
    next(outcomes)
    assert acting()
    outcomes.close()  # type: ignore[attr-defined]
    assert not acting()
