"""Subtitles burned in by libass, taken out by `clean --area`, against the clip without them.

FFmpeg's `subtitles` filter draws eight styles over clips of a folder, one style to a clip: four are for tuning, four,
in other fonts and styles, are run for the report only. The peer is OpenCV's Telea fill of each frame by itself, told
the exact mask: pixels that drawing changed by more than ten levels, grown by one. PSNR is of luma, over the pixels that
drawing changed by more than 25 levels; recall is the share of these that were replaced.

    python benchmarks/subtitles.py --clips FOLDER [--frames 36] [--set tuning|test|both] [--ffmpeg ffmpeg]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

import overlaycut
from common import print_environment
from overlaycut.core.geometry import Box
from overlaycut.decide import Area
from overlaycut.media import Clip
from overlaycut.resources import folder as shipped

_DRAWN, _STROKE = 10, 25
"""Levels by which drawing changes a pixel of the exact mask, and one of its strokes."""
_ROOM = 16
"""Pixels of the area around what was drawn."""
_HEAD = """[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, BorderStyle, \
Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: S,{style}
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass(frozen=True)
class Style:
    """How lines are drawn, and which: (first and last moment, as shares of the clip, and text)."""

    name: str
    font: str
    lines: tuple[tuple[float, float, str], ...]
    face: str = "FFFFFF"
    outline: str = "000000"
    back: str = "80000000"
    border: int = 1
    width: float = 2.5
    shadow: float = 0
    size: float = 0.068

    def script(self, width: int, height: int, seconds: float) -> str:
        """The ASS file for a clip of this size; sizes are shares of its shorter side."""
        size = round(self.size * min(width, height))
        look = f"&H00{self.face},&H00FFFFFF,&H00{self.outline},&H{self.back}"
        row = f"{self.font},{size},{look},0,{self.border},{self.width},{self.shadow},2,20,20,{height // 8},1"
        events = (
            f"Dialogue: 0,{_clock(first * seconds)},{_clock(last * seconds)},S,,0,0,0,,{text}\n"
            for first, last, text in self.lines
        )
        return _HEAD.format(width=width, height=height, style=row) + "".join(events)


_TWO = ((0.0, 0.5, "soft hands all day"), (0.5, 1.0, "every single time"))
STYLES = {
    "tuning": (
        Style("white, outline", "Inter", _TWO),
        Style("yellow, shadow", "DejaVu Sans", ((0, 1, "I told you so\\Nlast summer"),), face="00FFFF", shadow=2),
        Style("box", "DejaVu Sans", ((0.1, 0.55, "Where are we going?"), (0.55, 1, "Nowhere.")), border=3, width=4),
        Style("karaoke", "DejaVu Serif", ((0, 1, "{\\k40}never {\\k40}stop {\\k40}moving"),), face="00FFFF", shadow=1),
    ),
    "test": (
        Style("fade", "Comfortaa", ((0, 0.55, "{\\fad(300,300)}what a day"), (0.55, 1, "to be outside")), width=2),
        Style("soft glow", "League Spartan", ((0, 1, "{\\blur4}we never sleep"),), width=4),
        Style("no outline", "Yanone Kaffeesatz", _TWO, width=0, shadow=2, size=0.085),
        Style("words", "Vollkorn", ((0, 1, "one"), (0.33, 1, "word"), (0.66, 1, "more")), face="80FFFF"),
    ),
}


def main() -> None:
    """Draw, take out, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=36)
    parser.add_argument("--set", choices=[*STYLES, "both"], default="both")
    parser.add_argument("--ffmpeg", default="ffmpeg")
    chosen = parser.parse_args()
    print_environment()
    clips = sorted(path for path in chosen.clips.iterdir() if path.suffix in (".mp4", ".webm"))
    if len(clips) < sum(map(len, STYLES.values())):
        sys.exit(f"{chosen.clips}: {len(clips)} clips, and one is needed for each style")
    print("set     style           clip                        PSNR   Telea  before  recall  replaced/strokes  seconds")
    number = 0
    for name, styles in STYLES.items():
        for style in styles:
            if chosen.set in (name, "both"):
                print(f"{name:<7} {style.name:<15} {_measured(style, clips[number], chosen)}", flush=True)
            number += 1


def _measured(style: Style, source: Path, chosen: argparse.Namespace) -> str:
    with tempfile.TemporaryDirectory() as folder:
        drawn, truth, out = (Path(folder) / name for name in ("drawn.mp4", "truth.mp4", "out.mp4"))
        facts = Clip(source).facts
        script = Path(folder) / "lines.ass"
        script.write_text(style.script(facts.width, facts.height, chosen.frames / float(facts.fps)))
        _encoded(chosen, source, truth, crf=10)
        _encoded(chosen, source, drawn, crf=18, effects=f"subtitles={script}:fontsdir={shipped('fonts')},")
        clips = [[frame.y.astype(float) for frame in Clip(path).frames()] for path in (drawn, truth)]
        rest = np.max([np.abs(one - other) for one, other in zip(*clips, strict=True)], axis=0) > 2 * _STROKE
        area = Box.of(cv2.erode(rest.astype(np.uint8), np.ones((2, 2))) > 0).grown(_ROOM)
        area = area.clipped(facts.width, facts.height) or area
        started = time.perf_counter()
        overlaycut.clean(drawn, out, areas=[Area(area.x, area.y, area.w, area.h)], cache=False)
        seconds = time.perf_counter() - started
        made = [frame.y.astype(float) for frame in Clip(out).frames()]
    ours, peer, before, counts = [], [], [], np.zeros(3)
    for given, wanted, got in zip(*clips, made, strict=True):
        a, b, c = (plane[area.slices] for plane in (given, wanted, got))
        strokes = np.abs(a - b) > _STROKE
        if not strokes.any():
            continue
        hole = cv2.dilate((np.abs(a - b) > _DRAWN).astype(np.uint8), np.ones((3, 3)))
        told = cv2.inpaint(a.astype(np.uint8), hole, 3, cv2.INPAINT_TELEA).astype(float)
        for errors, plane in ((ours, c), (peer, told), (before, a)):
            errors.append(np.mean((plane - b)[strokes] ** 2))
        replaced = np.abs(c - a) > _DRAWN
        counts += ((replaced & strokes).sum(), replaced.sum(), strokes.sum())
    psnr = "  ".join(f"{10 * np.log10(255**2 / np.mean(errors)):5.2f}" for errors in (ours, peer, before))
    shares = f"{counts[0] / counts[2]:.3f}   {counts[1] / counts[2]:.2f}"
    return f"{source.name:<27} {psnr}   {shares:<24}  {seconds:6.1f}"


def _encoded(chosen: argparse.Namespace, source: Path, out: Path, *, crf: int, effects: str = "") -> None:
    command = [chosen.ffmpeg, "-y", "-v", "error", "-i", source, "-frames:v", str(chosen.frames), "-an"]
    tags = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
    command += [
        "-vf",
        f"{effects}format=yuv420p",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        str(crf),
        *tags,
        out,
    ]
    subprocess.run(command, check=True)


def _clock(seconds: float) -> str:
    return f"0:{int(seconds // 60):02}:{seconds % 60:05.2f}"


if __name__ == "__main__":
    main()
