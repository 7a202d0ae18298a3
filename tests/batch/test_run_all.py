"""Batches of real projects, small ones, in real worker processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import overlaycut
from batches import small_project, states
from draw import BLUE, GREEN, RED
from overlaycut.batch import BatchEntry
from overlaycut.errors import InvalidValue, MissingPart, UsageError
from overlaycut.media import hardware

pytestmark = pytest.mark.slow


def test_a_batch_is_done_once_isolates_what_fails_and_says_so(tmp_path: Path) -> None:
    jobs, out = tmp_path / "jobs", tmp_path / "out"
    for name, colour in (("red", RED), ("green", GREEN)):
        small_project(jobs / name, colour)
    (jobs / "junk.mp4").write_bytes(b"no clip at all" * 99)
    first = overlaycut.run_all([jobs], out, jobs=2)
    assert states(first) == {"junk": "failed", "green": "done", "red": "done"} and not first.ok
    assert first.projects[0].name == "junk" and first.projects[0].exit_code == 3  # the worst first
    assert "junk.mp4" in (first.projects[0].error or "")
    for one in first.projects[1:]:
        assert one.report is not None and one.report.is_file() and one.out == out / one.name
    page = first.index.read_text(encoding="utf-8")
    assert page.index("junk.mp4") < page.index("red/report.html")

    again = overlaycut.run_all([jobs], out, jobs=2)
    assert states(again) == {"junk": "failed", "green": "skipped", "red": "skipped"}
    assert [one.attempts for one in again.projects] == [1, 1, 1]  # the failed one was not tried again either
    retried = overlaycut.run_all([jobs], out, jobs=2, retry_failed=True)
    assert retried.projects[0].attempts == 2

    (out / "red" / "master.mp4").unlink()  # what was written is gone
    small_project(jobs / "green", BLUE)  # an input has changed
    third = overlaycut.run_all([jobs], out, jobs=1)
    assert states(third) == {"junk": "failed", "green": "done", "red": "done"}
    assert (out / "red" / "master.mp4").is_file()
    assert states(overlaycut.run_all([jobs], out, only_report=True))["green"] == "skipped"


def test_a_killed_batch_goes_on_where_it_stopped(tmp_path: Path) -> None:
    jobs, out = tmp_path / "jobs", tmp_path / "out"
    for number in range(4):
        small_project(jobs / f"{number}", (40 * number, 90, 90))
    words = [sys.executable, "-m", "overlaycut", "batch", str(jobs), "-o", str(out), "--jobs", "1", "--json"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 120
        while not list(out.glob("*/report.html")):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        process.kill()
    done = {path.parent.name: path.stat().st_mtime_ns for path in out.glob("*/report.html")}
    finished = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    assert {one["state"] for one in finished["projects"]} <= {"done", "skipped"} and finished["ok"]
    assert all((out / str(number) / "master.mp4").is_file() for number in range(4))
    skipped = {one["name"] for one in finished["projects"] if one["state"] == "skipped"}
    assert len(done) - 1 <= len(skipped) <= len(done)  # but for one whose outcome was on its way
    assert not list(out.rglob(".overlaycut-*"))


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupted_batch_leaves_no_worker(tmp_path: Path) -> None:
    for number in range(3):
        small_project(tmp_path / "jobs" / f"{number}", (40 * number, 90, 90))
    words = [sys.executable, "-m", "overlaycut", "batch", str(tmp_path / "jobs"), "-o", str(tmp_path / "out")]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None and "3 to do" in process.stderr.readline()
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    workers = subprocess.run(["pgrep", "-f", "overlaycut.batch.worker"], capture_output=True, text=True, check=False)
    assert str(tmp_path) not in workers.stdout


def test_a_watched_folder_runs_what_has_arrived_whole(tmp_path: Path) -> None:
    place, heard = tmp_path / "in", list[BatchEntry]()
    small_project(place / "red", RED)
    (place / "bad.toml").write_text("[[shots]]\n", encoding="utf-8")
    (place / "growing.mp4").touch()
    report = overlaycut.watch_folder(
        place, tmp_path / "out", jobs=1, settle_seconds=0.5, until=lambda: len(heard) == 2, tell=heard.append
    )
    assert [(one.name, one.state) for one in heard] == [("bad", "failed"), ("red", "done")]
    assert states(report) == {"bad": "failed", "red": "done"}


def test_what_cannot_be_is_refused_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no project and no clip"):
        overlaycut.run_all([tmp_path], tmp_path / "out")
    (tmp_path / "a.mp4").touch()
    with pytest.raises(InvalidValue, match="jobs"):
        overlaycut.run_all([tmp_path], tmp_path / "out", jobs=0)
    with pytest.raises(InvalidValue, match="limit_seconds"):
        overlaycut.run_all([tmp_path], tmp_path / "out", limit_seconds=0)
    with pytest.raises(UsageError, match="nowhere-tok"):
        overlaycut.run_all([tmp_path], tmp_path / "out", outputs=["nowhere-tok"])
    monkeypatch.setattr(hardware, "why_unusable", lambda _: "there is none")
    with pytest.raises(MissingPart, match="nvenc does not work on this machine: there is none"):
        overlaycut.run_all([tmp_path], tmp_path / "out", encoder="nvenc")
    with pytest.raises(MissingPart, match="qsv does not work on this machine"):
        overlaycut.watch_folder(tmp_path, tmp_path / "out", encoder="qsv")
    assert not (tmp_path / "out").exists()
