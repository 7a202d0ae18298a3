"""How the peak memory of `clean` and `export` grows with the length of the clip: 60 s over 10 s, limit 1.15.

The clips are small (160×90), so that what is kept per frame cannot hide behind what one frame takes.

    python benchmarks/reliability.py [--seconds 10 60]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from common import print_environment, used
from overlaycut.core.frame import Frame
from overlaycut.media import Encoding, write_clip

WIDTH, HEIGHT, RATE = 160, 90, 25


def drawn(seconds: int) -> Iterator[Frame]:
    """A texture that drifts."""
    texture = np.random.default_rng(7).integers(40, 200, (HEIGHT, WIDTH), dtype=np.uint8)
    chroma = np.full((HEIGHT // 2, WIDTH // 2), 128, dtype=np.uint8)
    for index in range(seconds * RATE):
        luma = np.roll(texture, index // 2, axis=1)
        yield Frame(index, Fraction(index, RATE), Fraction(1, RATE), luma, chroma, chroma)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, nargs="+", default=[10, 60])
    wanted = parser.parse_args()
    print_environment()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peaks: dict[str, list[float]] = {}
        for seconds in wanted.seconds:
            clip = folder / f"{seconds}.mp4"
            write_clip(drawn(seconds), clip, tick=Fraction(1, RATE), encoding=Encoding(preset="veryfast"))
            commands = {
                "clean": ["--area", "20,20,40,20", "-o", str(folder / "clean" / clip.name)],
                "export": ["--to", "feed-1x1", "-o", str(folder / "export" / clip.stem)],
            }
            for command, words in commands.items():
                line = [sys.executable, "-m", "overlaycut", command, str(clip), "--no-cache", *words]
                cost = used(line, fine=(0, 1))
                peaks.setdefault(command, []).append(cost.peak)
                print(f"{command}, {seconds} s: {cost.peak:.0f} MiB, {cost.wall:.1f} s", flush=True)
        for command, found in peaks.items():
            print(f"{command}: {wanted.seconds[-1]} s / {wanted.seconds[0]} s: {found[-1] / found[0]:.3f} (limit 1.15)")


if __name__ == "__main__":
    main()
