"""Batches on a Dask cluster: workers that are lost, that are of another version, schedulers that are not there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import overlaycut
from batches import small_project, states
from overlaycut.batch.cluster import DaskPool, build_digest, perform_apart
from overlaycut.batch.jobs import Job, Outcome
from overlaycut.core.serial import Packed, pack, unpack
from overlaycut.errors import NetworkError, UsageError

distributed = pytest.importorskip("distributed", reason="Dask is an extra")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # of Dask's own parts, about each other
]


def outcome_of(job: Job, build: str) -> Outcome:
    return unpack(Outcome, Packed(perform_apart(pack(job).document, build, 30.0)))


def test_a_worker_with_other_sources_refuses_the_job(tmp_path: Path) -> None:
    job = Job(key="k", project=tmp_path / "none.toml", out=tmp_path / "out")
    refused = outcome_of(job, "0.0.1-deadbeef")
    assert refused.exit_code == 5 and "0.0.1-deadbeef" in refused.error and build_digest() in refused.error


@pytest.mark.parametrize(("address", "error"), [("tcp://127.0.0.1:9", NetworkError), ("nonsense://x", UsageError)])
def test_a_scheduler_that_is_not_there_is_an_error_of_the_network(
    address: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("overlaycut.batch.cluster._CONNECT_SECONDS", 0.5)
    with pytest.raises(error):
        DaskPool(address, jobs=None, limit_seconds=10)


def test_a_worker_that_ends_stops_its_process_without_a_word(tmp_path: Path) -> None:
    small_project(tmp_path / "job", (40, 90, 90))
    script = f"""
from threading import Thread
from test_cluster import build_digest, outcome_of, Job, Path
job = Job(key="one", project=Path({str(tmp_path / "job" / "project.toml")!r}), out=Path({str(tmp_path / "out")!r}))
thread = Thread(target=lambda: print(outcome_of(job, build_digest()).done), daemon=True)
thread.start()
thread.join()
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, "True", "")


def test_a_batch_runs_on_a_cluster_though_a_worker_is_killed(tmp_path: Path) -> None:
    for number in range(3):
        small_project(tmp_path / "jobs" / f"{number}", (40 * number, 90, 90))
    (tmp_path / "jobs" / "junk.mp4").write_bytes(b"no clip at all" * 99)
    killed: list[int] = []

    def kill_one(_step: str, done: int, _total: int | None) -> None:
        """When the first job has ended, one of the workers is lost with whatever it does."""
        if done and not killed:
            client: Any = distributed.default_client()
            pids = client.run(os.getpid)
            killed.append(next(iter(pids.values())))
            os.kill(killed[0], signal.SIGKILL)

    report = overlaycut.run_all([tmp_path / "jobs"], tmp_path / "out", dask="local", jobs=2, progress=kill_one)
    assert killed
    assert states(report) == {"junk": "failed", "0": "done", "1": "done", "2": "done"}
    assert states(overlaycut.run_all([tmp_path / "jobs"], tmp_path / "out"))["0"] == "skipped"
