"""What a second run of one project costs, and what each command costs beside an earlier checkout.

1. A shipped sample project is run with an empty cache, then unchanged, then with one caption word changed. The second
   and third are given as shares of the first (limits: 0.10; 0.35, the encodes of the deliveries taken off). The cost of
   the encodes alone is that of encoding the written deliveries anew with FFmpeg, at the settings of their policies.
2. With `--cost`: the first run of the sample, of one candidate per shot and for two platforms, as a share of what it is
   made of: `clean` of every clip, and FFmpeg's encodes of what was delivered and of the master (limit 1.15). Processor
   time counts where others use the machine.
3. With `--baseline DIR`, the checkout of an earlier commit: `analyze`, `clean` and `export` of both checkouts in turn,
   on the same sample clip, as the ratio now / then of wall time, processor time and peak memory (limit: 1.0).

    python benchmarks/programme.py [--sample three-shot-story] [--turns 3] [--baseline DIR]
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import overlaycut
from common import Used, print_environment, used
from overlaycut.deliver import load_policy

ROOT = Path(__file__).resolve().parents[1]
FINE = (0, 1)
"""Exit codes of work that was done: a failed gate is a result."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", default="three-shot-story")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--baseline", type=Path, help="checkout of an earlier commit to compare costs with")
    parser.add_argument("--cost", action="store_true", help="compare one run with its cleans and its encodes")
    parser.add_argument("--skip-runs", action="store_true", help="only compare with the baseline")
    wanted = parser.parse_args()
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise SystemExit("this benchmark compares with the ffmpeg command: install it from your system's packages")
    print_environment(ffmpeg)
    if not wanted.skip_runs:
        runs = [repeated_runs(ffmpeg, wanted.sample) for _ in range(wanted.turns)]
        again, reworded = (statistics.median(run[n] for run in runs) for n in (0, 1))
        print(f"median of {len(runs)}: nothing changed {again:.3f} of the first run (limit 0.10)")
        print(
            f"median of {len(runs)}: one caption word changed {reworded:.3f} of the first run, encodes off (limit 0.35)"
        )
    if wanted.cost:
        cost(ffmpeg, wanted.sample)
    if wanted.baseline is not None:
        compare(wanted.baseline.resolve(), wanted.sample, wanted.turns)


def repeated_runs(ffmpeg: str, sample: str) -> tuple[float, float]:
    """Shares of the first run that an unchanged run takes, and one with another caption word without its encodes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = shutil.copytree(ROOT / "samples" / sample, folder / "project") / "project.toml"
        os.environ["OVERLAYCUT_CACHE"] = str(folder / "cache")
        command = [sys.executable, "-m", "overlaycut", "run", str(project), "-o", str(folder / "out")]
        first, unchanged = used(command, fine=FINE), used(command, fine=FINE)
        script = project.with_name("script.srt")
        words = script.read_text(encoding="utf-8").rstrip()
        script.write_text(f"{words[: words.rindex(' ')]} otherwise\n", encoding="utf-8")
        reworded = used(command, fine=FINE)
        encodes = sum(encode_alone(ffmpeg, path).wall for path in sorted((folder / "out").glob("*.mp4")))
    share = max(reworded.wall - encodes, 0) / first.wall
    print(
        f"run {first.wall:.1f} s; unchanged {unchanged.wall:.1f} s; one word changed {reworded.wall:.1f} s, "
        f"of which encodes {encodes:.1f} s"
    )
    return unchanged.wall / first.wall, share


def cost(ffmpeg: str, sample: str) -> None:
    """Print what a run takes as a share of its cleans and its encodes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = shutil.copytree(ROOT / "samples" / sample, folder / "project") / "project.toml"
        text = re.sub(r'candidates = \["([^"]+)".*\]', r'clip = "\1"', path.read_text(encoding="utf-8"))
        text = re.sub(r"outputs = .*", 'outputs = ["tiktok", "feed-1x1"]', text)
        path.write_text(text, encoding="utf-8")
        shots = overlaycut.read_project(path).shots
        os.environ["OVERLAYCUT_CACHE"] = str(folder / "cache")
        command = [sys.executable, "-m", "overlaycut", "run", str(path), "-o", str(folder / "out")]
        whole = used(command, fine=FINE)
        parts = [encode_alone(ffmpeg, folder / "out" / f"{name}.mp4") for name in ("tiktok", "feed-1x1")]
        parts.append(encode_master(ffmpeg, folder / "out" / "master.mp4"))
        for number, shot in enumerate(shots):
            os.environ["OVERLAYCUT_CACHE"] = str(folder / f"cache-{number}")
            words = [word for text in shot.text for word in ("--text", text)]
            still = [] if shot.still is None else ["--still", str(shot.still)]
            out = ["-o", str(folder / f"{number}.mp4")]
            clean = [sys.executable, "-m", "overlaycut", "clean", str(shot.clips[0]), *still, *words, *out]
            parts.append(used(clean, fine=FINE))
    wall, processor = sum(part.wall for part in parts), sum(part.processor for part in parts)
    print(
        f"run {whole.wall:.1f} s ({whole.processor:.1f} s of processors), cleans and encodes {wall:.1f} s "
        f"({processor:.1f} s): {whole.wall / wall:.3f} ({whole.processor / processor:.3f}), limit 1.15"
    )


def encode_master(ffmpeg: str, path: Path) -> Used:
    """What FFmpeg takes to encode a master again, at the quality that masters have."""
    out = path.with_suffix(".again.mp4")
    command = [ffmpeg, "-y", "-i", str(path), "-c:v", "libx264", "-preset", "medium", "-crf", "14", str(out)]
    return used(command)


def encode_alone(ffmpeg: str, delivered: Path) -> Used:
    """What FFmpeg takes to encode a delivery's picture again; the master, which carries no captions, costs nothing."""
    if delivered.stem == "master":
        return Used(0, 0, 0)
    video = load_policy(delivered.stem).target.video
    out = delivered.with_suffix(".again.mp4")
    command = [ffmpeg, "-y", "-i", str(delivered), "-an", "-c:v", "libx264", "-preset", "medium"]
    taken = used([*command, "-crf", str(video.crf), "-pix_fmt", "yuv420p", str(out)])
    out.unlink()
    return taken


def compare(baseline: Path, sample: str, turns: int) -> None:
    """Print what each command costs, as a ratio to what it costs in the checkout `baseline`."""
    shots = ROOT / "samples" / sample
    clip, still = min((shots / "clips").glob("*.mp4")), min((shots / "stills").glob("*.png"))
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        commands: dict[str, Sequence[str]] = {
            "analyze": ["analyze", str(clip), "--still", str(still), "-o", "plan.json"],
            "clean": ["clean", str(clip), "--still", str(still), "-o", "clean.mp4"],
            "export": ["export", str(clip), "--to", "tiktok,feed-1x1", "-o", "export"],
        }
        for verb, arguments in commands.items():
            ratios = []
            for turn in range(turns):
                # Each turn in its own cache, so that nothing is found there.
                os.environ["OVERLAYCUT_CACHE"] = str(out / f"cache-{verb}-{turn}")
                then, now = (
                    used([sys.executable, "-c", _IN_CHECKOUT, str(checkout), str(folder), *arguments], fine=FINE)
                    for checkout, folder in ((baseline, out / f"then-{turn}"), (ROOT, out / f"now-{turn}"))
                )
                ratios.append([b / a for a, b in zip(then, now, strict=True)])
            wall, processor, memory = (statistics.median(column) for column in zip(*ratios, strict=True))
            print(f"{verb}, now / then: wall {wall:.3f}, processor {processor:.3f}, memory {memory:.3f} (limit 1.0)")


_IN_CHECKOUT = (
    "import os, sys; sys.path.insert(0, sys.argv.pop(1) + '/src'); folder = sys.argv.pop(1);"
    "os.makedirs(folder, exist_ok=True); os.chdir(folder);"
    "from overlaycut.cli.app import run; raise SystemExit(run(sys.argv[1:]))"
)
"""Runs the command of the checkout that the first argument names, in the folder that the second names."""


if __name__ == "__main__":
    main()
