"""A small project to review: two candidates, a region that a person decided, captions with word times, comments."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import plans
from draw import Tone, draw_clip, scenes
from overlaycut.core.geometry import Box, Span
from overlaycut.core.plan import EditPlan, read_plan
from overlaycut.pipeline import file_digest
from policies import policy

SIZE = (108, 192)
FRAMES = 12
BOX = Box(30, 60, 40, 20)

VTT = """WEBVTT

00:00.000 --> 00:00.500
Hello <00:00.200>there

00:00.600 --> 00:01.100
Good bye
"""


def review_project(folder: Path) -> Path:
    """The project's file; its one shot has a plan in out/ already."""
    tone = Tone(seconds=Fraction(FRAMES, 10), codec="pcm_s16le")
    for name, count in (("a.mov", FRAMES), ("b.mov", FRAMES - 2)):
        draw_clip(folder / name, scenes(count, SIZE), tick=Fraction(1, 10), tone=tone)
    (folder / "words.vtt").write_text(VTT, encoding="utf-8")
    path = folder / "project.toml"
    path.write_text(
        f"""# the launch
[project]
name = "launch"   # as the client calls it
outputs = ["{policy(folder, "tall")}"]
master = "108x192@10"

[[shots]]
# of two
candidates = ["a.mov", "b.mov"]
choice = "a.mov"
text = ["BREW"]

[captions]
source = "words.vtt"  # by hand
style = "clean"
""",
        encoding="utf-8",
    )
    clip = folder / "a.mov"
    record = plans.record(
        path=str(clip), sha256=file_digest(clip), width=SIZE[0], height=SIZE[1], fps=10.0, frames=FRAMES, duration=1.2
    )
    region = plans.region(
        "r1", box=BOX, span=Span(0, FRAMES), decision="keep", edit=None, decided_by="person", expected="BREW"
    )
    kept = folder / "out" / "plans" / "shot-01.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(EditPlan(clip=record, regions=(region,)).to_json(), encoding="utf-8")
    return path


def plan_of(folder: Path) -> EditPlan:
    return read_plan(folder / "out" / "plans" / "shot-01.json")
