"""Subtitles burned in by libass, taken out by `clean --area`, against the clip without them.

FFmpeg's `subtitles` filter draws sixteen styles over clips of a folder: eight over its first four clips are for tuning,
eight over the next four, in other fonts and styles, are run for the report only. Peers fill each frame by itself
(OpenCV's Telea and Navier-Stokes; scikit-image's biharmonic in every twelfth frame), told the exact mask: pixels that
drawing changed by more than ten levels, grown by one. `gain` is over the best of them.
PSNR is of luma, over the pixels that drawing changed by more than 25 levels; recall is the share of these that were
replaced; `unsteady` is the mean change along the truth's motion, over the truth's own; `left` counts frames in which
the reader finds lettering that the truth has not.

    python benchmarks/subtitles.py --clips FOLDER [--frames 36] [--set tuning|test|both] [--ffmpeg ffmpeg]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from skimage.restoration import inpaint_biharmonic

import overlaycut
from common import print_environment
from overlaycut.core.frame import Mask, Plane
from overlaycut.core.geometry import Box
from overlaycut.decide import Area
from overlaycut.media import Clip
from overlaycut.models import TextReader, rapid_reader
from overlaycut.resources import folder as shipped
from overlaycut.vision.dense_flow import DenseFlow
from overlaycut.vision.filters import FlowField, bytes_of
from overlaycut.vision.masked_flow import moved

Planes: TypeAlias = Sequence[Plane]

_CLIPS = {"tuning": 4, "test": 4}
"""Clips of each set, in the order of names; styles take them by turns."""
_BIHARMONIC_EVERY = 12
_READ_AT = 640
"""Longer side, in pixels, at which outputs are read."""
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
Style: Marked,{marked}
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
    outline: str = "00000000"
    """Of boxes as well; the first byte is transparency."""
    back: str = "80000000"
    border: int = 1
    width: float = 2.5
    shadow: float = 0
    size: float = 0.068
    marked: str = "00B4329B"
    """Colour of the box of the words between {\\rMarked} and {\\r}."""

    def script(self, width: int, height: int, seconds: float) -> str:
        """The ASS file for a clip of this size; sizes are shares of its shorter side."""
        size = round(self.size * min(width, height))
        start, end = f"{self.font},{size},&H00{self.face},&H00FFFFFF", f"2,20,20,{height // 8},1"
        style = f"{start},&H{self.outline},&H{self.back},0,{self.border},{self.width},{self.shadow},{end}"
        marked = f"{start},&H{self.marked},&H{self.back},0,3,{self.width},0,{end}"
        events = (
            f"Dialogue: 0,{_clock(first * seconds)},{_clock(last * seconds)},S,,0,0,0,,{text}\n"
            for first, last, text in self.lines
        )
        return _HEAD.format(width=width, height=height, style=style, marked=marked) + "".join(events)


_TWO = ((0.0, 0.5, "soft hands all day"), (0.5, 1.0, "every single time"))
_HEART = "m 50 90 b 10 60 0 40 0 25 b 0 0 40 -5 50 20 b 60 -5 100 0 100 25 b 100 40 90 60 50 90"
_STAR = "m 50 0 l 62 36 100 36 69 58 81 95 50 72 19 95 31 58 0 36 38 36"


def _icon(drawing: str, colour: str, text: str) -> str:
    return f"{{\\fscx40\\fscy40\\1c&H{colour}&\\p1}}{drawing}{{\\p0\\r}} {text}"


def _word_by_word(text: str) -> tuple[tuple[float, float, str], ...]:
    """One word after the other marked by a box."""
    words, lines = text.split(), []
    for at, word in enumerate(words):
        marked = [*words[:at], f"{{\\rMarked}}{word}{{\\r}}", *words[at + 1 :]]
        lines.append((at / len(words), (at + 1) / len(words), " ".join(marked)))
    return tuple(lines)


STYLES = {
    "tuning": (
        Style("white, outline", "Inter", _TWO),
        Style("yellow, shadow", "DejaVu Sans", ((0, 1, "I told you so\\Nlast summer"),), face="00FFFF", shadow=2),
        Style("box", "DejaVu Sans", ((0.1, 0.55, "Where are we going?"), (0.55, 1, "Nowhere.")), border=3, width=4),
        Style("karaoke", "DejaVu Serif", ((0, 1, "{\\k40}never {\\k40}stop {\\k40}moving"),), face="00FFFF", shadow=1),
        Style("glow", "DejaVu Sans", ((0, 1, "{\\blur3}the long way home"),), width=3),
        Style("half box", "Inter", ((0, 1, "Where were you?"),), outline="80000000", border=3, width=6),
        Style("icon", "Inter", ((0, 1, _icon(_HEART, "3C28E6", "so much love")),)),
        Style("marked words", "DejaVu Sans", _word_by_word("let us go"), width=3),
    ),
    "test": (
        Style("fade", "Comfortaa", ((0, 0.55, "{\\fad(300,300)}what a day"), (0.55, 1, "to be outside")), width=2),
        Style("soft glow", "League Spartan", ((0, 1, "{\\blur4}we never sleep"),), width=4),
        Style("no outline", "Yanone Kaffeesatz", _TWO, width=0, shadow=2, size=0.085),
        Style("words", "Vollkorn", ((0, 1, "one"), (0.33, 1, "word"), (0.66, 1, "more")), face="80FFFF"),
        Style("soft shadow", "Comfortaa", ((0, 1, "{\\blur3}tell me more"),), width=0, shadow=4, back="00000000"),
        Style("tinted box", "Yanone Kaffeesatz", ((0, 1, "just ten minutes"),), outline="60602010", border=3, width=7),
        Style("star", "League Spartan", ((0, 1, _icon(_STAR, "20D0F0", "rated five")),), width=2),
        Style("marked line", "Vollkorn", _word_by_word("how it all began"), width=3, marked="000A5AE6"),
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
    if len(clips) < sum(_CLIPS.values()):
        sys.exit(f"{chosen.clips}: {len(clips)} clips, and {sum(_CLIPS.values())} are needed")
    print("set     style        clip                   moves  PSNR  (gain)  peer         before  unsteady  recall  "
          "replaced/strokes  left  seconds")  # fmt: skip
    reader = rapid_reader()
    first = 0
    for name, styles in STYLES.items():
        for number, style in enumerate(styles):
            if chosen.set in (name, "both"):
                source = clips[first + number % _CLIPS[name]]
                print(f"{name:<7} {style.name:<12} {_measured(style, source, chosen, reader)}", flush=True)
        first += _CLIPS[name]


@dataclass(frozen=True, eq=False)
class Case:
    """A clip with lettering drawn over it, and without; luma of the area around, one plane for each frame."""

    area: Box
    drawn: Planes
    truth: Planes

    @classmethod
    def of(cls, drawn: Path, truth: Path) -> Case:
        """The case of two files of one size."""
        clips = [[frame.y.copy() for frame in Clip(path).frames()] for path in (drawn, truth)]
        rest = np.max([np.abs(a.astype(int) - b) for a, b in zip(*clips, strict=True)], axis=0) > 2 * _STROKE
        rows, columns = rest.shape
        area = Box.of(cv2.erode(rest.astype(np.uint8), np.ones((2, 2))) > 0).grown(_ROOM).clipped(columns, rows)
        assert area is not None
        return cls(area, *([plane[area.slices] for plane in planes] for planes in clips))

    def strokes(self, levels: int = _STROKE) -> list[Mask]:
        """Pixels of each frame that drawing changed by more than so many levels."""
        return [np.abs(a.astype(int) - b) > levels for a, b in zip(self.drawn, self.truth, strict=True)]

    def peers(self) -> dict[str, list[Plane | None]]:
        """What fills of each frame by itself make of it; biharmonic of some frames."""
        made: dict[str, list[Plane | None]] = {"Telea": [], "NS": [], "biharmonic": []}
        for index, (plane, mask) in enumerate(zip(self.drawn, self.strokes(_DRAWN), strict=True)):
            hole = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3)))
            made["Telea"].append(np.asarray(cv2.inpaint(plane, hole, 3, cv2.INPAINT_TELEA), np.uint8))
            made["NS"].append(np.asarray(cv2.inpaint(plane, hole, 3, cv2.INPAINT_NS), np.uint8))
            smooth = None
            if index % _BIHARMONIC_EVERY == _BIHARMONIC_EVERY // 2:
                smooth = bytes_of(255 * inpaint_biharmonic(plane / 255, hole > 0, split_into_regions=True))
            made["biharmonic"].append(smooth)
        return made

    def psnr(self, made: Sequence[Plane | None]) -> float:
        """Of all frames' strokes together, in dB; every frame counts as much as another."""
        errors = [
            np.mean((plane.astype(float) - truth)[mask] ** 2)
            for plane, truth, mask in zip(made, self.truth, self.strokes(), strict=True)
            if plane is not None and mask.any()
        ]
        return float(10 * np.log10(255**2 / max(np.mean(errors), 1e-3)))

    def steps(self) -> list[FlowField]:
        """Motion of the truth from each frame to the next."""
        flow = DenseFlow("medium")
        return [flow.between(a, b) for a, b in pairwise(self.truth)]

    def motion(self, steps: Sequence[FlowField]) -> float:
        """Median length of the motion behind the strokes, in pixels per frame."""
        lengths = [np.hypot(*np.moveaxis(step, 2, 0))[mask] for step, mask in zip(steps, self.strokes(), strict=False)]
        return float(np.median(np.concatenate(lengths)))

    def unsteadiness(self, made: Planes, steps: Sequence[FlowField]) -> float:
        """Mean change of strokes' pixels along the truth's motion, over the truth's own."""
        changes = np.zeros(2)
        for at, (step, mask) in enumerate(zip(steps, self.strokes(), strict=False)):
            for which, planes in enumerate((made, self.truth)):
                there = moved(planes[at + 1].astype(np.float32), step)
                changes[which] += float(np.abs(there - planes[at])[mask].sum())
        return float(changes[0] / max(changes[1], 1e-6))

    def replaced(self, made: Planes) -> tuple[float, float]:
        """Share of strokes' pixels that were replaced, and replaced pixels over strokes'."""
        counts = np.zeros(3)
        for plane, drawn, mask in zip(made, self.drawn, self.strokes(), strict=True):
            changed = np.abs(plane.astype(int) - drawn) > _DRAWN
            counts += (changed & mask).sum(), changed.sum(), mask.sum()
        return float(counts[0] / counts[2]), float(counts[1] / counts[2])


def lettering_left(made: Planes, truth: Planes, reader: TextReader) -> tuple[int, int]:
    """Frames of every sixth with lettering that the truth has not, and how many were read."""
    left = read = 0
    for plane, bare in zip(made[3::6], truth[3::6], strict=True):
        found, known = (
            sum(
                len(text.text)
                for text in reader.find(np.repeat(one[..., None], 3, axis=2), long_side=_READ_AT)
                if text.confidence > 0.6
            )
            for one in (plane, bare)
        )
        left, read = left + (found > known + 1), read + 1
    return left, read


def _measured(style: Style, source: Path, chosen: argparse.Namespace, reader: TextReader) -> str:
    with tempfile.TemporaryDirectory() as folder:
        drawn, truth, out = (Path(folder) / name for name in ("drawn.mp4", "truth.mp4", "out.mp4"))
        draw(style, source, drawn, truth, frames=chosen.frames, ffmpeg=chosen.ffmpeg)
        case = Case.of(drawn, truth)
        area = case.area
        started = time.perf_counter()
        overlaycut.clean(drawn, out, areas=[Area(area.x, area.y, area.w, area.h)], cache=False)
        seconds = time.perf_counter() - started
        made = [frame.y[area.slices].copy() for frame in Clip(out).frames()]
    return f"{source.name:<22} {verdict(case, made, reader)}  {seconds:7.1f}"


def verdict(case: Case, made: Planes, reader: TextReader) -> str:
    """All measures of one case, in columns."""
    steps = case.steps()
    ours, before = case.psnr(made), case.psnr(case.drawn)
    best, peer = max((case.psnr(planes), name) for name, planes in case.peers().items())
    recall, share = case.replaced(made)
    left, read = lettering_left(made, case.truth, reader)
    return (
        f"{case.motion(steps):5.1f}  {ours:5.2f} ({ours - best:+5.2f}) {best:5.2f} {peer[:6]:<6} {before:6.2f}"
        f"  {case.unsteadiness(made, steps):8.2f}  {recall:6.3f}  {share:16.2f}  {left}/{read}"
    )


def draw(style: Style, source: Path, drawn: Path, truth: Path, *, frames: int, ffmpeg: str = "ffmpeg") -> None:
    """Write the first frames of a clip with and without a style's lines."""
    facts = Clip(source).facts
    script = drawn.with_suffix(".ass")
    script.write_text(style.script(facts.width, facts.height, frames / float(facts.fps or 24)))
    lettering = f"subtitles={script}:fontsdir={shipped('fonts')},"
    for out, crf, effects in ((truth, 10, ""), (drawn, 18, lettering)):
        command = [ffmpeg, "-y", "-v", "error", "-i", source, "-frames:v", str(frames), "-an"]
        command += ["-vf", f"{effects}format=yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-crf", str(crf)]
        command += ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", out]
        subprocess.run(command, check=True)


def _clock(seconds: float) -> str:
    return f"0:{int(seconds // 60):02}:{seconds % 60:05.2f}"


if __name__ == "__main__":
    main()
