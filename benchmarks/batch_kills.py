"""Batches whose worker, parent or Dask scheduler is killed (SIGKILL) at moments spread over the run, and begun again.

Nothing may be lost: the second command ends with every clip done and every file as it was written. Nothing may be done
twice but the step in flight: what was in the store at the kill is taken, not made again.

    python benchmarks/batch_kills.py [--moments 10] [--clips 4] [--what worker parent scheduler]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from batch import tiny
from common import print_environment

LINE = [sys.executable, "-m", "overlaycut", "batch"]


class Trial:
    """One batch in a folder of its own."""

    def __init__(self, clips: Path, folder: Path) -> None:
        self.clips, self.folder = clips, folder
        state = {"OVERLAYCUT_CACHE": str(folder / "cache"), "OVERLAYCUT_STATE": str(folder / "state")}
        self.environment = os.environ | state

    def started(self, *words: str) -> subprocess.Popen[str]:
        """The command, begun."""
        line = [*LINE, str(self.clips), "-o", str(self.folder / "out"), "--to", "feed-1x1", "--json", *words]
        return subprocess.Popen(
            line, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def kept(self) -> dict[str, tuple[int, int]]:
        """What the store holds: the manifest of each entry with its time and size, written once and never again.

        What is being written when a worker is killed is no entry yet.
        """
        found = {}
        for path in (self.folder / "cache").rglob("*.json"):
            if any(part.startswith(".part-") for part in path.parts):
                continue
            state = path.stat()
            found[str(path)] = state.st_mtime_ns, state.st_size
        return found


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """A scheduler and a worker of their own; the address and the scheduler's process."""
    note = folder / f"scheduler-{time.monotonic_ns()}.json"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard"]
    scheduler = subprocess.Popen([*command, "--scheduler-file", str(note)], stderr=subprocess.DEVNULL)
    while not note.exists() or not note.read_text(encoding="utf-8"):
        time.sleep(0.1)
    address = json.loads(note.read_text(encoding="utf-8"))["address"]
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"]
    worker = subprocess.Popen(
        [*command, "--death-timeout", "5", "--local-directory", str(folder)], stderr=subprocess.DEVNULL
    )
    time.sleep(3)
    try:
        yield address, psutil.Process(scheduler.pid)
    finally:
        for process in (worker, scheduler):
            process.terminate()
        for process in (worker, scheduler):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def victim(what: str, batch: subprocess.Popen[str], scheduler: psutil.Process | None) -> psutil.Process | None:
    """The process to kill; None where there is none yet, or no more."""
    if what == "parent":
        return psutil.Process(batch.pid)
    if what == "scheduler":
        return scheduler
    for one in psutil.Process(batch.pid).children():
        with suppress(psutil.Error):  # it has just ended
            if "overlaycut.batch.worker" in one.cmdline():
                return one
    return None


def tried(what: str, trial: Trial, after: float) -> str:
    """Kill at a moment and begin again; what is wrong with the end, or nothing."""
    trial.folder.mkdir()
    with cluster(trial.folder) if what == "scheduler" else _nothing() as (address, scheduler):
        words = ("--dask", address) if address else ("--jobs", "2")
        batch = trial.started(*words)
        time.sleep(after)
        process = victim(what, batch, scheduler) if batch.poll() is None else None
        if process is not None:
            process.send_signal(signal.SIGKILL)
        kept = trial.kept()
        first, _ = batch.communicate(timeout=300)
    if what == "scheduler" and process is not None and batch.returncode not in (0, 1, 4):
        return f"exit code {batch.returncode} without a scheduler"
    if what == "worker" and batch.returncode not in (0, 1):
        return f"exit code {batch.returncode}: {first[-200:]}"
    again = trial.started("--jobs", "2")
    report = json.loads(again.communicate(timeout=300)[0])
    unfinished = [
        (one["name"], one["state"], one["error"])
        for one in report["projects"]
        if one["state"] not in ("done", "skipped")
    ]
    if unfinished:
        return f"not done: {unfinished}"
    now = trial.kept()
    changed = [path for path, state in kept.items() if now.get(path) != state]
    if changed:
        return f"{len(changed)} of {len(kept)} stored steps were made again"
    missing = [
        one["name"] for one in report["projects"] if not (trial.folder / "out" / one["name"] / "feed-1x1.mp4").is_file()
    ]
    partial = [str(path) for path in (trial.folder / "out").rglob("*.part*")]
    return f"missing {missing}, left {partial}" if missing or partial else ""


@contextmanager
def _nothing() -> Iterator[tuple[str, None]]:
    yield "", None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=10)
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--what", nargs="+", default=["worker", "parent", "scheduler"])
    wanted = parser.parse_args()
    print_environment()
    with tempfile.TemporaryDirectory() as name:
        folder, clips = Path(name), Path(name) / "clips"
        clips.mkdir()
        tiny(clips, wanted.clips)
        whole = Trial(clips, folder / "whole")
        whole.folder.mkdir()
        begun = time.monotonic()
        whole.started("--jobs", "2").communicate(timeout=600)
        lasts = time.monotonic() - begun
        print(f"undisturbed: {lasts:.1f} s", flush=True)
        for what in wanted.what:
            wrong = []
            for number in range(wanted.moments):
                after = lasts * (number + 0.5) / wanted.moments
                problem = tried(what, Trial(clips, folder / f"{what}-{number}"), after)
                if problem:
                    wrong.append(f"at {after:.1f} s: {problem}")
            print(f"{what} killed at {wanted.moments} moments: {len(wrong)} wrong {wrong}", flush=True)


if __name__ == "__main__":
    main()
