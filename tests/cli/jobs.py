"""Every command that writes, with small inputs, all that it reads and all that it writes."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

import plans
from draw import Tone, draw_clip, draw_sound, scenes
from overlaycut.captions.fonts import font_path
from policies import policy

SIZE = (108, 192)


@dataclass(frozen=True)
class Job:
    """One command, run in the folder of its inputs."""

    command: Sequence[str]
    reads: Sequence[str]
    writes: Sequence[str]
    updates: Sequence[str] = ()
    """Documents that are read and written again: never replaced by force."""
    made: Sequence[str] | None = None
    """Those of `writes` that the small inputs lead to; None for all."""
    ends: frozenset[int] = frozenset({0, 1})
    """Exit codes of the job when nothing stands in its way; 1 for a clip that is too small for a platform."""

    @property
    def outputs(self) -> list[str]:
        return [*self.writes, *self.updates]

    def reading(self, name: str, other: str) -> Job:
        """The job with one input under another name."""
        return replace(self, command=[other if word == name else word for word in self.command])


def _export_writes(platform: str) -> list[str]:
    return [f"out/{platform}.{end}" for end in ("mp4", "upload.json", "upload.txt")]


_WORDS = ("--script", "script.txt", "--glossary", "glossary.toml", "--voice", "voice.wav")
_LOOK = ("--style", "style.toml", "--brand", "brand.toml")
_STYLE_FILES = ("style.toml", "base.toml", "brand.toml", "font.otf", "logo.png")

JOBS = {
    "analyze": Job(
        (
            "analyze", "clip.mp4", "--still", "still.png", "-o", "out/plan.json", "--debug", "out/seen.mp4",
            "--report", "out/page.html",
        ),
        ("clip.mp4", "still.png"),
        ("out/seen.mp4", "out/page.html", "out/page.json"),
        ("out/plan.json",),
    ),
    "analyze to a folder": Job(
        ("analyze", "clip.mp4", "--still", "still.png", "--debug", "out/seen"),
        ("clip.mp4", "still.png"),
        ("out/seen/frame-00000.png", "out/seen/frame-00002.png"),
        made=(),
    ),
    "clean": Job(
        (
            "clean", "clip.mp4", "--still", "still.png", "--mask-in", "mask.png", "--plan", "plan.json",
            "--font", "font.otf", "-o", "out/a.mp4", "--mask-out", "out/m.mp4", "--report", "out/page.html",
        ),
        ("clip.mp4", "still.png", "mask.png", "plan.json", "font.otf", "still-of-plan.png"),
        ("out/a.mp4", "out/m.mp4", "out/page.html", "out/page.json"),
    ),
    "drift": Job(
        ("drift", "clip.mp4", "other.mp4", "--report", "out/page.html"),
        ("clip.mp4", "other.mp4"),
        ("out/page.html", "out/page.json"),
    ),
    "rank": Job(
        ("rank", "clip.mp4", "other.mp4", "--still", "still.png", "--report", "out/page.html"),
        ("clip.mp4", "other.mp4", "still.png"),
        ("out/page.html", "out/page.json"),
    ),
    "caption": Job(
        (
            "caption", "clip.mp4", "--subs", "subs.srt", *_WORDS, *_LOOK, "--for", "small.toml", "-o", "out/c.mp4",
            "--alpha", "out/c.mov", "--sidecar", "out/c.srt", "--sidecar", "out/c.vtt", "--still", "0", "out/c.png",
        ),
        ("clip.mp4", "subs.srt", "script.txt", "glossary.toml", "voice.wav", "small.toml", *_STYLE_FILES),
        ("out/c.mp4", "out/c.mov", "out/c.srt", "out/c.vtt", "out/c.png"),
    ),
    "caption to a folder": Job(
        ("caption", "clip.mp4", "--subs", "subs.srt", *_LOOK, "--alpha", "out/layer"),
        ("clip.mp4", "subs.srt", *_STYLE_FILES),
        ("out/layer/000000.png", "out/layer/frames.ffconcat"),
    ),
    "export": Job(
        (
            "export", "clip.mp4", "--to", "small.toml", "--subs", "subs.srt", *_LOOK, "--glossary", "glossary.toml",
            "--plan", "plan.json", "--still", "still.png", "--master", "h264", "--preset", "ultrafast", "-o", "out",
        ),
        ("clip.mp4", "subs.srt", "glossary.toml", "plan.json", "still.png", "small.toml", *_STYLE_FILES),
        (*_export_writes("small"), "out/master.mp4"),
    ),
    "run": Job(
        ("run", "project.toml", "--plate", "-o", "out"),
        (
            "project.toml", "clip.mp4", "other.mp4", "still.png", "subs.srt", "script.txt", "glossary.toml",
            "voice.wav", "music.wav", "card.png", "small.toml", *_STYLE_FILES,
        ),
        (
            *_export_writes("small"), "out/master.mp4", "out/plate.mp4", "out/timeline.json", "out/report.html",
            "out/report.json",
        ),
        ("out/plans/shot-01.json",),
    ),
    "handover": Job(
        ("handover", "project.toml", "-o", "out", "--plans", "out/plans"),
        (
            "project.toml", "clip.mp4", "other.mp4", "still.png", "subs.srt", "script.txt", "glossary.toml",
            "voice.wav", "music.wav", "card.png", "small.toml", *_STYLE_FILES,
        ),
        (
            "out/README.md", "out/markers.csv", "out/p.otio", "out/p.fcpxml", "out/p.xml", "out/p.edl",
            "out/p-markers.edl", "out/p.srt", "out/p.vtt", "out/p.ass", "out/media/shot-01.mov",
            "out/media/captions.mov", "out/media/end-card.png", "out/media/voice.wav", "out/media/music.wav",
        ),
        ("out/plans/shot-01.json",),
    ),
    "compare": Job(
        ("compare", "clip.mp4", "other.mp4", "-o", "out/both.html"), ("clip.mp4", "other.mp4"), ("out/both.html",)
    ),
    "frames": Job(
        ("frames", "clip.mp4", "--last", "--best", "--sheet", "sheet.png", "-o", "out"),
        ("clip.mp4", "sheet.png"),
        ("out/clip-last.png", "out/clip-best.png", "out/sheet-panel-01.png", "out/sheet-panel-02.png"),
    ),
    "styles": Job(
        ("styles", "clean", "style.toml", "--on", "still.png", "-o", "out/styles.png"),
        ("still.png", "style.toml", "base.toml", "font.otf", "logo.png"),
        ("out/styles.png",),
    ),
}  # fmt: skip


def inputs(folder: Path) -> None:
    """All that the jobs read, in `folder`; none of it was written by overlaycut."""
    tone = Tone(seconds=Fraction(1), click=None, codec="pcm_s16le")
    draw_clip(folder / "clip.mp4", scenes(6, SIZE), tick=Fraction(1, 10))
    shutil.copyfile(folder / "clip.mp4", folder / "other.mp4")
    for name in ("voice.wav", "music.wav"):
        draw_sound(folder / name, tone)
    for name in ("still.png", "still-of-plan.png", "card.png", "logo.png"):
        Image.new("RGB", SIZE, (90, 120, 150)).save(folder / name)
    mask = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    mask[20:30, 20:40] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    sheet = np.full((200, 320, 3), 255, np.uint8)
    for n, left in enumerate((10, 170)):
        sheet[10:190, left : left + 140] = np.random.default_rng(n).integers(0, 200, (180, 140, 3))
    Image.fromarray(sheet).save(folder / "sheet.png")
    (folder / "subs.srt").write_text("1\n00:00:00,000 --> 00:00:00,400\nHi there\n")
    (folder / "script.txt").write_text("Hi there\n")
    (folder / "glossary.toml").write_text('"There" = ["there"]\n')
    shutil.copyfile(font_path("Inter-Bold.otf"), folder / "font.otf")
    (folder / "base.toml").write_text('base = "clean"\nfont = "font.otf"\n')
    (folder / "style.toml").write_text('base = "base.toml"\n[logo]\nimage = "logo.png"\n')
    (folder / "brand.toml").write_text('fill = "#ffffff"\n')
    policy(folder, "small")
    width, height = SIZE
    record = plans.record(path="clip.mp4", width=width, height=height, fps=10.0, frames=6, duration=0.6)
    plan = plans.plan().model_copy(update={"clip": record, "still": "still-of-plan.png"})
    (folder / "plan.json").write_text(plan.to_json())
    (folder / "project.toml").write_text(
        f"""
[project]
name = "p"
outputs = [{json.dumps(os.fspath(folder / "small.toml"))}]
[[shots]]
still = "still.png"
candidates = ["clip.mp4", "other.mp4"]
[captions]
source = "subs.srt"
style = "style.toml"
brand = "brand.toml"
script = "script.txt"
glossary = "glossary.toml"
[audio]
voice = "voice.wav"
music = "music.wav"
[end_card]
image = "card.png"
seconds = 0.2
"""
    )
