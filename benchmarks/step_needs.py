"""What a clip needs of a machine, step by step: seconds, cores kept busy, peak of memory, and bytes that are kept.

A drawn clip of 1080×1920 with lettering that melts (samples/simulator), or one of yours, is run as a project of one
shot for three platforms, in a process of its own with an empty cache. Processor over wall time is what a step keeps
busy (`batch/budget.py`); the rest is what docs/cluster.md reckons with.

    python benchmarks/step_needs.py [--seconds 5] [--size 1080 1920] [--clip clip.mp4 [--still still.png]]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import psutil

from batch import scenes
from common import print_environment

OUTPUTS = ("tiktok", "feed-4x5", "feed-1x1")
_SAMPLING_SECONDS = 0.02


class Meter:
    """Notes what each pass over a clip takes of this process."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._idle = self._process.memory_info().rss
        self.rows: list[tuple[str, float, float, float]] = []
        """Steps of a pass, wall seconds, processor seconds, MiB of its peak above this process before all work."""

    @contextmanager
    def permit(self, keys: Sequence[tuple[str, str]]) -> Iterator[None]:
        """Measure the steps of one pass."""
        peak, ended = [0], Event()

        def watch() -> None:
            while not ended.wait(_SAMPLING_SECONDS):
                peak[0] = max(peak[0], self._process.memory_info().rss)

        watcher = Thread(target=watch, daemon=True)
        watcher.start()
        begun, worked = time.monotonic(), time.process_time()
        try:
            yield
        finally:
            took, worked = time.monotonic() - begun, time.process_time() - worked
            ended.set()
            watcher.join()
            names = ", ".join(dict.fromkeys(name for name, _ in keys))
            self.rows.append((names, took, worked, max(peak[0] - self._idle, 0) / 2**20))


def measure(clip: Path, out: Path) -> None:
    """Run a project of one shot and print what it took; this process has done nothing before."""
    # The memory of the process before it is what peaks are compared with.
    from overlaycut.api import run
    from overlaycut.batch.collecting import collected, project_of
    from overlaycut.pipeline import Monitor

    meter = Meter()
    (source,) = collected([clip], OUTPUTS, without=out)
    project = project_of(source, out)
    begun, worked = time.monotonic(), time.process_time()
    run(project, out, progress=Monitor(permit=meter.permit))
    took, worked = time.monotonic() - begun, time.process_time() - worked
    print(f"{'steps of one pass':<44}{'wall s':>8}{'cores':>7}{'MiB':>7}")
    for names, wall, processor, peak in meter.rows:
        print(f"{names:<44}{wall:>8.1f}{processor / max(wall, 1e-3):>7.2f}{peak:>7.0f}")
    print(f"{'all':<44}{took:>8.1f}{worked / took:>7.2f}  processor seconds: {worked:.1f}")


def bytes_below(folder: Path) -> int:
    """Of all files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--size", type=int, nargs=2, default=(1080, 1920))
    parser.add_argument("--clip", type=Path)
    parser.add_argument("--still", type=Path)
    parser.add_argument("--measure", type=Path, nargs=2, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.measure:
        measure(*wanted.measure)
        return
    print_environment()
    with tempfile.TemporaryDirectory() as name:
        folder, clips = Path(name), Path(name) / "clips"
        clips.mkdir()
        if wanted.clip is None:
            scenes(clips, 1, tuple(wanted.size), wanted.seconds)
        else:
            (clips / f"00{wanted.clip.suffix}").symlink_to(wanted.clip.resolve())
            if wanted.still is not None:
                (clips / f"00{wanted.still.suffix}").symlink_to(wanted.still.resolve())
        places = {"OVERLAYCUT_CACHE": str(folder / "cache"), "OVERLAYCUT_STATE": str(folder / "state")}
        (clip,) = (path for path in clips.iterdir() if path.suffix != ".png")
        words = [sys.executable, __file__, "--measure", str(clip), str(folder / "out")]
        subprocess.run(words, check=True, env=os.environ | places)
        kept = {"clip": clip.stat().st_size} | {place: bytes_below(folder / place) for place in ("cache", "out")}
        print("MB: " + ", ".join(f"{place} {size / 1e6:.1f}" for place, size in kept.items()))


if __name__ == "__main__":
    main()
