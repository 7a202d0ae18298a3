"""The ledger of a batch: claims, crashes, two batches at once."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from overlaycut.batch.collecting import Source
from overlaycut.batch.jobs import Outcome
from overlaycut.batch.ledger import FILE, Ledger
from overlaycut.errors import OutputError


def sources(count: int) -> list[Source]:
    return [Source(path=Path(f"/clips/{number}/a.mp4"), name="a") for number in range(count)]


def outcome(key: str, error: str = "", written: tuple[Path, ...] = ()) -> Outcome:
    return Outcome(key=key, exit_code=3 if error else 0, seconds=2.0, error=error, written=written, steps={"clean": 2})


def test_sources_of_one_name_get_folders_of_their_own_that_stay(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        first, second = ledger.enter(sources(2))
        assert first.name == "a" and second.name == f"a-{second.key[:8]}"
    with Ledger(tmp_path) as ledger:
        assert [one.name for one in ledger.enter(sources(2)[::-1])] == [second.name, first.name]


def test_what_came_of_a_job_reads_back(tmp_path: Path) -> None:
    file = tmp_path / "master.mp4"
    file.write_bytes(b"12345")
    with Ledger(tmp_path) as ledger:
        one, other = ledger.enter(sources(2))
        assert ledger.claim(one.key, fingerprint="f", work=30.0)
        ledger.end(outcome(one.key, written=(file,)))
        ledger.end(outcome(other.key, error="no picture"))
    with Ledger(tmp_path) as ledger:
        done, failed = ledger.entry(one.key), ledger.entry(other.key)
        assert (done.state, done.fingerprint, done.seconds, done.attempts) == ("done", "f", 2.0, 1)
        assert done.written[str(file)][0] == 5
        assert (failed.state, failed.error, failed.exit_code) == ("failed", "no picture", 3)
        assert ledger.speed() == pytest.approx(15.0)


def test_a_job_is_claimed_by_one_of_two_batches(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ours, Ledger(tmp_path) as theirs:
        (entry,) = ours.enter(sources(1))
        assert ours.claim(entry.key, fingerprint="f", work=1.0)
        assert not theirs.claim(entry.key, fingerprint="f", work=1.0)
        assert theirs.recover() == 0  # who has it is alive
    with Ledger(tmp_path) as later:
        assert later.entry(entry.key).state == "planned"  # a batch that ends gives back what it has not done


def test_claims_of_a_killed_process_are_taken_back_whatever_the_clock_says(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from overlaycut.batch.ledger import Ledger\n"
        "ledger = Ledger(Path(sys.argv[1]))\n"
        "key = next(ledger.entries()).key\n"
        "print(ledger.claim(key, fingerprint='f', work=1.0), flush=True)\n"
        "time.sleep(60)\n"
    )
    with Ledger(tmp_path) as ledger:
        (entry,) = ledger.enter(sources(1))
        with subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None and process.stdout.readline() == "True\n"
            assert ledger.recover() == 0
            process.kill()
        assert ledger.recover() == 1
        assert ledger.entry(entry.key).state == "planned"


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all" * 100)
    with pytest.raises(OutputError, match="ledger of a batch"):
        Ledger(tmp_path)


def test_queries_over_two_thousand_jobs_take_milliseconds(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        entries = ledger.enter(sources(2000))
        took = []
        for entry in entries[::100]:
            begun = time.perf_counter()
            ledger.entry(entry.key)
            ledger.speed()
            took.append(time.perf_counter() - begun)
        assert sorted(took)[len(took) // 2] < 0.010
