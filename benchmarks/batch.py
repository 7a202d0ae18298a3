"""What a batch costs: two processes over one that is kept warm, cores that are used, and what the ledger adds.

Clips are drawn by samples/simulator, each another scene, and every batch begins with an empty cache. `--tiny` runs that
many clips of a few pixels instead, for the memory of the parent and the ledger. `--dask` adds a local cluster.

    python benchmarks/batch.py [--clips 40] [--size 360 640] [--seconds 2.5] [--tiny 2000] [--dask]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np

from common import Used, print_environment, used
from overlaycut.batch.collecting import Source
from overlaycut.batch.jobs import Outcome
from overlaycut.batch.ledger import Ledger
from overlaycut.core.frame import Frame
from overlaycut.media import Encoding, write_clip, write_png

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "samples"))
from simulator import random_scene, simulate
from simulator import write_clip as write_scene


def scenes(folder: Path, clips: int, size: tuple[int, int], seconds: Fraction) -> None:
    """Draw clips with lettering that melts, and their stills."""
    for number in range(clips):
        scene = random_scene(number, width=size[0], height=size[1], frames=round(seconds * 24))
        simulation = simulate(scene)
        write_scene(folder / f"{number:02d}.mp4", simulation.frames(), scene.fps)
        write_png(folder / f"{number:02d}.png", simulation.still())


def tiny(folder: Path, clips: int) -> None:
    """Draw clips of 64×96 and three frames."""
    chroma = np.full((48, 32), 128, dtype=np.uint8)
    for number in range(clips):
        luma = np.full((96, 64), 60 + number % 100, dtype=np.uint8)
        luma.flat[number % luma.size] = 200
        frames = (Frame(n, Fraction(n, 25), Fraction(1, 25), luma, chroma, chroma) for n in range(3))
        write_clip(frames, folder / f"{number:04d}.mp4", tick=Fraction(1, 25), encoding=Encoding(preset="ultrafast"))


def batch(clips: Path, folder: Path, *words: str) -> Used:
    """Run a batch with a cache and a ledger of its own."""
    os.environ["OVERLAYCUT_CACHE"], os.environ["OVERLAYCUT_STATE"] = str(folder / "cache"), str(folder / "state")
    line = [sys.executable, "-m", "overlaycut", "batch", str(clips), "-o", str(folder / "out"), "--to", "feed-1x1"]
    return used([*line, "--json", *words], fine=(0, 1))


def speed(clips: Path, folder: Path, dask: bool) -> None:
    """Two processes over one, and the share of both cores that they use."""
    cores = os.cpu_count() or 1
    one = batch(clips, folder / "one", "--jobs", "1")
    two = batch(clips, folder / "two", "--jobs", "2")
    print(f"one process: {one.wall:.1f} s; two: {two.wall:.1f} s: {two.wall / one.wall:.3f} (limit 0.95)")
    print(f"cores used by two: {two.processor / two.wall / cores:.1%} of {cores} (wanted 90 %)", flush=True)
    again = batch(clips, folder / "two", "--jobs", "2")
    print(f"the same batch again, with nothing to do: {again.wall:.2f} s")
    if dask:
        alone = batch(clips, folder / "alone", "--dask", "local", "--jobs", "1")
        both = batch(clips, folder / "both", "--dask", "local", "--jobs", "2")
        print(f"Dask, one worker over two: {alone.wall / both.wall:.2f} × (wanted 1.8 where each has a core)")


def parent_memory(clips: Path, folder: Path) -> None:
    """The parent's own peak, with few and with many clips."""
    code = (
        "import resource,sys,overlaycut;r=overlaycut.run_all([sys.argv[1]],sys.argv[2],outputs=['feed-1x1'],jobs=2);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024,len(r.projects))"
    )
    few = folder / "few"
    few.mkdir()
    for path in sorted(clips.iterdir())[:50]:
        (few / path.name).symlink_to(path)
    for place in (few, clips):
        words = [sys.executable, "-c", code, str(place), str(folder / f"out-{place.name}")]
        peak, count = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
        print(f"peak memory of the parent, {count} clips: {float(peak):.0f} MiB", flush=True)


def ledger_cost(folder: Path, jobs: int = 2000) -> None:
    """Milliseconds for each step of the ledger, with that many jobs in it."""
    with Ledger(folder / "ledger") as ledger:
        entries = ledger.enter([Source(path=Path(f"/clips/{n}.mp4"), name=str(n)) for n in range(jobs)])
        took: dict[str, list[float]] = {"claim": [], "end": [], "entry": [], "speed": []}
        for entry in entries[::20]:
            outcome = Outcome(key=entry.key, exit_code=0, seconds=9.0, steps={"clean": 4.0})
            for name, step in (
                ("claim", lambda key=entry.key: ledger.claim(key, fingerprint="f", work=1.0)),
                ("end", lambda one=outcome: ledger.end(one)),
                ("entry", lambda key=entry.key: ledger.entry(key)),
                ("speed", ledger.speed),
            ):
                begun = time.perf_counter()
                step()
                took[name].append(1000 * (time.perf_counter() - begun))
    said = ", ".join(f"{name} {np.median(found):.2f}" for name, found in took.items())
    print(f"ledger with {jobs} jobs, ms in the median: {said} (limit 10)")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--size", type=int, nargs=2, default=(360, 640))
    parser.add_argument("--seconds", type=Fraction, default=Fraction(5, 2))
    parser.add_argument("--tiny", type=int, default=0)
    parser.add_argument("--dask", action="store_true")
    wanted = parser.parse_args()
    print_environment()
    with tempfile.TemporaryDirectory() as name:
        folder, clips = Path(name), Path(name) / "clips"
        clips.mkdir()
        ledger_cost(folder)
        if wanted.tiny:
            tiny(clips, wanted.tiny)
            parent_memory(clips, folder)
        else:
            scenes(clips, wanted.clips, tuple(wanted.size), wanted.seconds)
            speed(clips, folder, wanted.dask)


if __name__ == "__main__":
    main()
