"""What the whole of `clean` costs: peak memory beside FFmpeg's plain encode, and samples outside the masks.

A drawn clip of 1080×1920 with melting lettering (samples/simulator) is cleaned with analysis and render:

1. peak memory of `overlaycut clean` less that of `ffmpeg -i clip -c:v libx264` with the settings that `clean` itself
   encodes with: preset medium, CRF 14 (limit: 600 MiB more);
2. time of the same two, the median of `--turns` (limit: 2.5 times);
3. with `--lossless --mask-out`: samples that differ outside the masks, found by decoding both files (limit: 0).

    python benchmarks/clean_cost.py [--seconds 6] [--turns 3]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "samples"))

from PIL import Image

from common import print_environment, used
from overlaycut.media import Clip, Encoding
from passthrough import theirs
from simulator import random_scene, simulate, write_clip

FINE = (0, 1)
"""Exit codes of a `clean` that did its work: a failed gate is a result."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--turns", type=int, default=3)
    wanted = parser.parse_args()
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise SystemExit("this benchmark compares with the ffmpeg command: install it from your system's packages")
    print_environment(ffmpeg)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip, picture = folder / "clip.mp4", folder / "still.png"
        draw(clip, picture, wanted.seconds, wanted.seed)
        command = [sys.executable, "-m", "overlaycut", "clean", str(clip), "--still", str(picture), "--no-cache"]
        encode = theirs(ffmpeg, clip, folder / "plain.mp4", "medium", Encoding().crf)
        ratios = []
        for _ in range(wanted.turns):
            plain, cleaned = used(encode), used([*command, "-o", str(folder / "clean.mp4")], fine=FINE)
            ratios.append(cleaned.wall / plain.wall)
            print(f"time: ffmpeg {plain.wall:.1f} s, clean {cleaned.wall:.1f} s, ratio {ratios[-1]:.2f}")
        print(f"median ratio {statistics.median(ratios):.2f} (limit 2.5)")
        more = cleaned.peak - plain.peak
        print(f"peak memory: ffmpeg {plain.peak:.0f} MiB, clean {cleaned.peak:.0f} MiB, {more:+.0f} MiB (limit +600)")
        lossless, mask = folder / "lossless.mp4", folder / "mask.mp4"
        used([*command, "--lossless", "--mask-out", str(mask), "-o", str(lossless)], fine=FINE)
        differ, free = outside(clip, lossless, mask)
        print(f"samples outside the masks that differ: {differ} of {free}")


def draw(clip: Path, picture: Path, seconds: int, seed: int) -> None:
    """A clip and its still."""
    rate = Fraction(24)
    drawn = simulate(random_scene(seed, width=1080, height=1920, frames=seconds * 24, fps=rate))
    Image.fromarray(drawn.still()).save(picture)
    write_clip(clip, drawn.frames(), rate)


def outside(clip: Path, cleaned: Path, mask: Path) -> tuple[int, int]:
    """Samples outside the masks that differ between two clips, and how many samples lie there."""
    differ = free = 0
    for before, after, seen in zip(Clip(clip).frames(), Clip(cleaned).frames(), Clip(mask).frames(), strict=True):
        black = seen.y == 0
        coarse = black.reshape(black.shape[0] // 2, 2, black.shape[1] // 2, 2).all(axis=(1, 3))
        for one, other, where in zip(before.planes, after.planes, (black, coarse, coarse), strict=True):
            differ += int(np.count_nonzero((one != other) & where))
            free += int(np.count_nonzero(where))
    return differ, free


if __name__ == "__main__":
    main()
