"""How long people wait for pictures: the report beside the run it is of, and the review page.

    python benchmarks/review.py report [SAMPLE]
    python benchmarks/review.py page

`report` runs the shipped three-shot story without a cache and says which share of the time its report took: taking
pictures on the way, and writing the page. `page` serves the same project, analysed before, and a drawn clip of 4 s:
from the command to the first picture, scrubbing to frames at random, a caption in another style, and a region with
another decision.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

import overlaycut
from common import print_environment
from overlaycut.api import ReviewSession, read_edit, running
from overlaycut.report import LookAnalyser, Poster, RepairPictureTaker

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "samples"))

from simulator import random_scene, simulate, write_clip  # noqa: E402

STORY = ROOT / "samples" / "three-shot-story"
SEED = 3
"""Of the drawn clip."""


Event = dict[str, Any]


class Spent:
    """Processor seconds within functions: other programs on the machine do not count."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed by the processor's clock of its thread."""

        @wraps(function)
        def run(*args: Any, **words: Any) -> Any:
            begun = time.thread_time()
            try:
                return function(*args, **words)
            finally:
                self.seconds += time.thread_time() - begun

        return run


def report(sample: str) -> None:
    """The share of a run that its report takes."""
    spent = Spent()
    for owner, name in (
        (LookAnalyser, "see"), (RepairPictureTaker, "see"), (RepairPictureTaker, "result"), (Poster, "_taken"),
        (running, "run_page"), (running, "write_page"),
    ):  # fmt: skip
        setattr(owner, name, spent.timed(getattr(owner, name)))
    with tempfile.TemporaryDirectory() as folder:
        begun, worked = time.perf_counter(), time.process_time()
        made = overlaycut.run(ROOT / "samples" / sample / "project.toml", folder, cache=False)
        wall, worked = time.perf_counter() - begun, time.process_time() - worked
        size = made.report.stat().st_size / 1e6
    print(f"{sample}: run {wall:.1f} s, {worked:.1f} s of processors")
    print(f"its report {spent.seconds:.2f} s of these, {spent.seconds / worked:.3f} of the run")
    print(f"report.html {size:.2f} MB")


def _drawn(folder: Path) -> Path:
    """A project of one drawn clip of 4 s with melting lettering."""
    scene = random_scene(SEED, width=720, height=1280, frames=96)
    clip = simulate(scene)
    write_clip(folder / "clip.mp4", clip.frames(), Fraction(24))
    Image.fromarray(clip.still()).save(folder / "still.png")
    path = folder / "project.toml"
    path.write_text('[[shots]]\nclip = "clip.mp4"\nstill = "still.png"\n', encoding="utf-8")
    return path


def _analysed(path: Path, events: list[Event]) -> ReviewSession:
    """A session of a project whose shots are all analysed."""
    session = ReviewSession(path, (), None, listen=events.append)
    while not all(one["ready"] for one in session.state()["shots"]):
        time.sleep(0.1)
    time.sleep(0.5)
    return session


def _first_picture(project: Path) -> tuple[float, float]:
    """Seconds from the command, and from its address, to the first picture."""
    command = [sys.executable, "-m", "overlaycut", "review", str(project), "--json", "-q"]
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        text = "".join(iter(lambda: server.stdout.readline(), "}\n")) + "}"  # type: ignore[union-attr]
        served = time.perf_counter()
        httpx.get(json.loads(text)["url"] + "frame/0/0", trust_env=False, timeout=30).raise_for_status()
        ended = time.perf_counter()
        server.terminate()
    return ended - begun, ended - served


def page() -> None:
    """How long the page takes to show what is asked for."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["OVERLAYCUT_CACHE"] = str(Path(folder) / "cache")
        story = Path(shutil.copytree(STORY, Path(folder) / "story")) / "project.toml"
        session = _analysed(story, [])
        firsts = [_first_picture(story) for _ in range(3)]
        print("first picture: {:.2f} s from the command, {:.2f} s from its address".format(
            *(statistics.median(one[n] for one in firsts) for n in range(2))
        ))  # fmt: skip
        waits = []
        for number in range(60):
            begun = time.perf_counter()
            session.frame(number % 3, random.Random(number).randrange(72))
            waits.append(1000 * (time.perf_counter() - begun))
        middle = statistics.median(waits)
        print(f"scrubbing, 60 frames: first {waits[0]:.0f} ms, median {middle:.1f}, most {max(waits):.0f}")
        captions = []
        for style in session.state()["captions"]["styles"]:
            begun = time.perf_counter()
            session.caption_frame(1, style)
            captions.append(time.perf_counter() - begun)
        print(f"a caption in another style: median {statistics.median(captions):.2f} s, most {max(captions):.2f}")
        session.close()
        os.makedirs(Path(folder) / "drawn")
        events: list[Event] = []
        _region(_analysed(_drawn(Path(folder) / "drawn"), events), events)


def _region(session: ReviewSession, events: list[Event]) -> None:
    """How long the preview of one changed region takes."""
    shot = session.state()["shots"][0]
    region = next(one for one in shot["regions"] if one["edit"] is not None)
    for decision in ("cover", "erase", "restore"):
        edit = {"kind": "decide", "shot": 0, "region": region["id"], "decision": decision}
        session.apply(read_edit({**edit, "revision": session.state()["revision"]}))
        begun, worked = time.perf_counter(), time.process_time()
        events.clear()
        session.preview(0, region["id"])
        while not any(event["kind"] in ("previewed", "failed") for event in list(events)):
            time.sleep(0.01)
        took, worked = time.perf_counter() - begun, time.process_time() - worked
        frames = region["edit"][1] - region["edit"][0]
        print(f"a region of {frames} of {shot['frames']} frames, {decision}: {took:.1f} s, {worked:.1f} of processors")
    session.close()


if __name__ == "__main__":
    print_environment()
    if sys.argv[1] == "page":
        page()
    else:
        report(sys.argv[2] if len(sys.argv) > 2 else "three-shot-story")
