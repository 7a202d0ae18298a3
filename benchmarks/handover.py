"""What a hand-over costs beside its run, and how exact every format is.

1. A shipped sample of three shots is run with `--plate` and an empty cache; handed over with the run's cache, so that
   analyses and repairs are stored and the hand-over's own files are not; and handed over again, all stored. Processor
   time, as shares of the run's (limit for all stored: 0.3).
2. At six rates, cuts that fall on another frame when .otio, CMX 3600, Final Cut Pro 7 XML and FCPXML are read back
   (limit: 0), and the largest distance of a corner of a track from its quad (limit: 0.01 px).

    python benchmarks/handover.py [--sample three-shot-story] [--formats-only]
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from fractions import Fraction
from pathlib import Path, PurePosixPath

import numpy as np

from common import Used, print_environment, used
from overlaycut.core.geometry import Quad
from overlaycut.interchange import (
    CornerPin,
    Cut,
    CutClip,
    CutMedia,
    CutTrack,
    after_effects_text,
    edl_text,
    fcp7_text,
    fcpxml_text,
    nuke_text,
    otio_text,
    read_cut,
)

ROOT = Path(__file__).resolve().parents[1]
FINE = (0, 1)
"""Exit codes of work that was done: a failed gate is a result."""

RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(60)]
CUTS = 200
"""Shots of the cut that is written and read back, some quarter of an hour at 24 frames per second."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", default="three-shot-story")
    parser.add_argument("--formats-only", action="store_true")
    wanted = parser.parse_args()
    print_environment()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print_formats(folder)
        print_tracks()
        if not wanted.formats_only:
            print_costs(folder, wanted.sample)


def drawn(rate: Fraction) -> Cut:
    """A cut of shots of random lengths, each from the middle of its media."""
    random, clips, at = np.random.default_rng(0), [], 0
    for number in range(CUTS):
        first, frames = (int(one) for one in random.integers(1, 240, 2))
        media = CutMedia(
            path=PurePosixPath(f"media/shot-{number:03d}.mov"), frames=first + frames + 9, width=1080, height=1920
        )
        clips.append(CutClip(name=f"shot-{number}", media=media, starts=at, frames=frames, source_in=first))
        at += frames
    shots = CutTrack(name="shots", kind="video", clips=tuple(clips))
    return Cut(name="drawn", rate=rate, width=1080, height=1920, frames=at, tracks=(shots,))


def print_formats(folder: Path) -> None:
    """How many cuts of each format are off, at each rate."""
    print(f"\ncuts that are off, of {CUTS}")
    print("rate      .otio  .edl   .xml  .fcpxml")
    for rate in RATES:
        cut = drawn(rate)
        texts = {
            ".otio": otio_text(cut),
            ".edl": edl_text(cut),
            ".xml": fcp7_text(cut, folder),
            ".fcpxml": fcpxml_text(cut, folder),
        }
        counts = []
        for kind, text in texts.items():
            path = folder / f"cut{kind}"
            path.write_text(text, encoding="utf-8")
            found = read_cut(path, rate=rate).shots
            pairs = zip(found, cut.shots.clips, strict=True)
            off = sum((one.start * rate, one.end * rate) != (c.source_in, c.source_in + c.frames) for one, c in pairs)
            counts.append(off)
        print(f"{float(rate):7.3f}  {counts[0]:5}  {counts[1]:5}  {counts[2]:5}  {counts[3]:7}")


def print_tracks() -> None:
    """The largest distance of a corner that is read back from the one that was written."""
    random = np.random.default_rng(1)
    quads = {n: Quad.of(random.uniform(-200, 2200, (4, 2))) for n in range(500)}
    pin = CornerPin(name="r1", width=1080, height=1920, rate=Fraction(24), quads=quads, reference=3)
    order = (0, 1, 3, 2)
    blocks = after_effects_text(pin).split("Effects\t")[1:]
    worst = 0.0
    for corner, block in zip(order, blocks, strict=True):
        for frame, x, y in re.findall(r"^\t(\d+)\t(\S+)\t(\S+)\t$", block, re.MULTILINE):
            away = quads[int(frame)].array()[corner] - (float(x), float(y))
            worst = max(worst, float(np.hypot(*away)))
    nuke = 0.0
    for number, corner in enumerate((3, 2, 1, 0), start=1):
        curves = re.search(rf" to{number} \{{\{{curve (.*?)\}} \{{curve (.*?)\}}\}}", nuke_text(pin))
        assert curves is not None
        across, down = (dict(re.findall(r"x(\d+) (\S+)", one)) for one in curves.groups())
        for frame in across:
            x, y = float(across[frame]), pin.height - float(down[frame])
            away = quads[int(frame) - 1].array()[corner] - (x, y)
            nuke = max(nuke, float(np.hypot(*away)))
    print(f"\ncorners read back, largest distance: After Effects {worst:.5f} px, Nuke {nuke:.5f} px")


def print_costs(folder: Path, sample: str) -> None:
    """What hand-overs take beside the run."""
    shutil.copytree(ROOT / "samples" / sample, folder / "job")
    job, cache = folder / "job" / "project.toml", folder / "cache"

    def took(*words: str) -> Used:
        environment = [f"OVERLAYCUT_CACHE={cache}", f"OVERLAYCUT_STATE={folder / 'state'}"]
        return used(["env", *environment, sys.executable, "-m", "overlaycut", *words], fine=FINE)

    run = took("run", str(job), "--plate", "-o", str(folder / "job" / "out"))
    rows = {"run --plate, nothing stored": run}
    for name in ("handover, the run stored", "handover, all stored"):
        rows[name] = took("handover", str(job), "-o", str(folder / "handover"))
    print(f"\n{sample}: processor seconds, share of the run's, wall seconds, peak MiB")
    for name, one in rows.items():
        print(f"{name:28} {one.processor:7.1f} {one.processor / run.processor:6.2f} {one.wall:7.1f} {one.peak:7.0f}")


if __name__ == "__main__":
    main()
