"""What `analyze`, `clean`, `clean --area` and `export` cost, over FFmpeg's encode of the same clip, in processor time.

Clips are drawn by lot (samples/simulator), of 1080×1920, and of 720×1280 for the area; in turns, one process each:

1. analyze: with its still, over x264 medium, CRF 20 (limit 0.9);
2. clean: the same clip, over x264 with the settings of `clean`: medium, CRF 14 (limit 2.0);
3. area: a clip with two subtitles after one another, taken out by one `--area`, over the same (limit 2.5);
4. export: to TikTok, over x264 with the settings of that delivery.

With `--baseline DIR`, the checkout of an earlier commit, each turn runs that one as well, and the ratio now / then is
printed; processor time counts, since wall time is that of all that a machine does.

    python benchmarks/cost.py [--seconds 5] [--area-seconds 10] [--seeds 3,7,11] [--turns 1] [--baseline DIR]
        [--parts analyze,clean,area,export] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import compileall
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "samples"))

from PIL import Image, ImageDraw, ImageFont

from common import print_environment, used
from delivery import settings
from overlaycut.deliver import load_policy
from overlaycut.media import Encoding
from overlaycut.resources import folder as shipped
from passthrough import theirs
from simulator import random_scene, simulate, write_clip

ROOT = Path(__file__).resolve().parents[1]
RATE = Fraction(24)
FINE = (0, 1)
"""Exit codes of a command that did its work: a failed gate or check is a result."""
LIMITS = {"analyze": 0.9, "clean": 2.0, "area": 2.5, "export": None}
WORDS = ("We roast on Mondays.", "Taste it before noon.")
AREA = (60, 980, 600, 110)
"""Where they are drawn in a clip of 720×1280: x, y, width, height."""
_IN_CHECKOUT = "import sys; sys.path.insert(0, sys.argv.pop(1) + '/src');from overlaycut.cli.app import main; main()"
"""Runs the command of the checkout that the first argument names."""


@dataclass(frozen=True)
class Work:
    """One command of ours, and the encode that it is held against."""

    arguments: tuple[str, ...]
    encode: tuple[str, ...]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--area-seconds", type=float, default=10)
    parser.add_argument("--seeds", default="3,7,11")
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--baseline", type=Path, help="checkout of an earlier commit to compare costs with")
    parser.add_argument("--parts", default="analyze,clean,area,export")
    parser.add_argument("--keep", type=Path, help="keep the drawn clips here, and use those that are there")
    wanted = parser.parse_args()
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise SystemExit("this benchmark compares with the ffmpeg command: install it from your system's packages")
    print_environment(ffmpeg)
    for checkout in filter(None, (ROOT, wanted.baseline)):
        compileall.compile_dir(checkout / "src", quiet=1)  # as the modules of an installed package are
    seeds = [int(word) for word in wanted.seeds.split(",")]
    with tempfile.TemporaryDirectory() as temporary:
        folder = wanted.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for part in wanted.parts.split(","):
            seconds = wanted.area_seconds if part == "area" else wanted.seconds
            works = [work_of(part, seed, seconds, folder, ffmpeg) for seed in seeds]
            measure(part, works, wanted.turns, None if wanted.baseline is None else wanted.baseline.resolve())


def measure(part: str, works: list[Work], turns: int, baseline: Path | None) -> None:
    """Print the ratios of one part, and their median."""
    over_encode, over_then = [], []
    for work in works * turns:
        encode = used(work.encode).processor
        then = None if baseline is None else processor(baseline, work)
        now = processor(ROOT, work)
        over_encode.append(now / encode)
        said = f"{part}: {now:.1f} s, encode {encode:.1f} s, ratio {now / encode:.2f}"
        if then is not None:
            over_then.append(now / then)
            said += f"; baseline {then:.1f} s ({then / encode:.2f}), now / then {now / then:.2f}"
        print(said, flush=True)
    limit = "" if LIMITS[part] is None else f" (limit {LIMITS[part]})"
    then_too = f"; now / then {statistics.median(over_then):.2f}" if over_then else ""
    print(f"{part}: median ratio {statistics.median(over_encode):.2f}{limit}{then_too}", flush=True)


def processor(checkout: Path, work: Work) -> float:
    """Seconds of processor time that our command takes, start included."""
    return used([sys.executable, "-c", _IN_CHECKOUT, str(checkout), *work.arguments], fine=FINE).processor


def work_of(part: str, seed: int, seconds: float, folder: Path, ffmpeg: str) -> Work:
    """What is to be run, on a clip that is drawn unless it is there."""
    width, height = (720, 1280) if part == "area" else (1080, 1920)
    frames = round(seconds * RATE)
    stem = f"{seed}-{width}-{frames}-{'subtitled' if part == 'area' else 'plain'}"
    clip, still = folder / f"{stem}.mp4", folder / f"{stem}.png"
    if not clip.exists():
        drawn = simulate(random_scene(seed, width=width, height=height, frames=frames, fps=RATE))
        Image.fromarray(drawn.still()).save(still)
        write_clip(clip, subtitled(drawn.frames(), frames) if part == "area" else drawn.frames(), RATE)
    plain, out = folder / "plain.mp4", folder / f"{part}.mp4"
    own = theirs(ffmpeg, clip, plain, "medium", Encoding().crf)
    always = ("--no-cache", "--force")
    if part == "analyze":
        arguments = ("analyze", str(clip), "--still", str(still), "--no-cache", "--json")
        return Work(arguments, tuple(theirs(ffmpeg, clip, plain, "medium")))
    if part == "clean":
        return Work(("clean", str(clip), "--still", str(still), "-o", str(out), *always), tuple(own))
    if part == "area":
        area = ",".join(str(number) for number in AREA)
        return Work(("clean", str(clip), "--area", area, "-o", str(out), *always), tuple(own))
    crf = str(load_policy("tiktok").target.video.crf)
    encode = (ffmpeg, "-y", "-i", str(clip), *settings("tiktok", "medium", RATE), "-crf", crf, str(plain))
    return Work(("export", str(clip), "--to", "tiktok", "-o", str(folder / "export"), *always), encode)


def subtitled(pictures: Iterator[np.ndarray], frames: int) -> Iterator[np.ndarray]:
    """The pictures with one subtitle in the first half and another in the second, white with a black outline."""
    x, y, width, height = AREA
    font = ImageFont.truetype(str(shipped("fonts") / "Inter-Bold.otf"), 48)
    for index, picture in enumerate(pictures):
        drawn = Image.fromarray(picture)
        words = WORDS[index >= frames // 2]
        ImageDraw.Draw(drawn).text(
            (x + width / 2, y + height / 2), words, font=font, anchor="mm", fill="white", stroke_width=3,
            stroke_fill="black",
        )  # fmt: skip
        yield np.asarray(drawn)


if __name__ == "__main__":
    main()
