"""What plain pass-through costs beside FFmpeg's own transcode, and how its memory grows with the clip.

Three questions, one run, ratios:

1. time of decode → Frame → encode over that of `ffmpeg -i clip -c:v libx264` with the same preset, crf and threads,
   for a 1080×1920 clip of 10 s; runs alternate, each side's median counts;
2. peak memory for 60 s over that for 10 s;
3. peak memory of the whole `clean` over that of FFmpeg's plain encode.

The `ffmpeg` binary comes from the operating system's packages; the project itself never needs it.

    python benchmarks/passthrough.py [--rounds 3] [--preset medium] [--skip-memory]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from common import print_environment, used
from overlaycut.core.frame import Frame
from overlaycut.media import Encoding, write_clip

WIDTH, HEIGHT, RATE, CRF = 1080, 1920, 30, 20


def drawn(seconds: int) -> Iterator[Frame]:
    """A textured picture that pans, breathes and carries grain: as hard to encode as a vendor's clip."""
    rng = np.random.default_rng(7)
    noise = rng.normal(0, 1, (HEIGHT // 8 + 64, WIDTH // 8 + 64))
    rough = np.kron(noise, np.ones((8, 8)))
    for _ in range(2):
        rough = (rough + np.roll(rough, 3, 0) + np.roll(rough, 3, 1) + np.roll(rough, -4, 0)) / 4
    texture = np.clip(110 + 45 * rough, 16, 235).astype(np.uint8)
    grain = rng.integers(-4, 5, (HEIGHT, WIDTH), dtype=np.int16)
    chroma = np.full((HEIGHT // 2, WIDTH // 2), 128, dtype=np.uint8)
    for index in range(seconds * RATE):
        x, y = round(100 + 90 * np.sin(index / 40)), round(100 + 90 * np.cos(index / 55))
        moved = texture[y : y + HEIGHT, x : x + WIDTH] + np.roll(grain, index * 37, axis=1)
        luma = np.clip(moved, 16, 235).astype(np.uint8)
        tint = np.full_like(chroma, 120 + index % 16)
        yield Frame(index, Fraction(index, RATE), Fraction(1, RATE), luma, tint, chroma)


def ours(clip: Path, out: Path, preset: str) -> list[str]:
    """The command that passes a clip through our frames."""
    return [sys.executable, __file__, "--one", str(clip), str(out), preset]


def theirs(ffmpeg: str, clip: Path, out: Path, preset: str, crf: float = CRF) -> list[str]:
    """FFmpeg's transcode of the same clip with the same encoder settings."""
    return [ffmpeg, "-y", "-i", str(clip), "-c:v", "libx264", "-preset", preset, "-crf", str(crf),
            "-profile:v", "high", "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(out)]  # fmt: skip


def pass_through(clip: Path, out: Path, preset: str) -> None:
    """Decode → Frame → encode, nothing else."""
    from overlaycut.media import Clip

    source = Clip(clip)
    write_clip(source.frames(), out, tick=source.facts.tick, encoding=Encoding(preset=preset, crf=CRF))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--preset", default="medium")
    parser.add_argument("--skip-memory", action="store_true")
    parser.add_argument("--one", nargs=3, metavar=("CLIP", "OUT", "PRESET"), help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.one:
        pass_through(Path(wanted.one[0]), Path(wanted.one[1]), wanted.one[2])
        return
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise SystemExit("this benchmark compares with the ffmpeg command: install it from your system's packages")
    print_environment(ffmpeg)
    with tempfile.TemporaryDirectory() as folder:
        clip, out = Path(folder) / "clip.mp4", Path(folder) / "out.mp4"
        fine = Encoding(preset="veryfast", crf=12)
        write_clip(drawn(10), clip, tick=Fraction(1, RATE), encoding=fine)
        rounds = []
        for number in range(wanted.rounds):
            a = used(theirs(ffmpeg, clip, out, wanted.preset)).wall
            b = used(ours(clip, out, wanted.preset)).wall
            rounds.append((a, b))
            print(f"round {number + 1}: ffmpeg {a:.2f} s, overlaycut {b:.2f} s, ratio {b / a:.3f}")
        print(
            f"pass-through / ffmpeg, median of ratios: {statistics.median(b / a for a, b in rounds):.3f} (limit 1.10)"
        )
        if wanted.skip_memory:
            return
        long = Path(folder) / "long.mp4"
        write_clip(drawn(60), long, tick=Fraction(1, RATE), encoding=fine)
        short_peak = used(ours(clip, out, wanted.preset)).peak
        long_peak = used(ours(long, out, wanted.preset)).peak
        print(f"peak memory: 10 s {short_peak:.0f} MiB, 60 s {long_peak:.0f} MiB")
        print(f"60 s / 10 s: {long_peak / short_peak:.3f} (limit 1.15)")


if __name__ == "__main__":
    main()
