"""Plans, projects, policies and styles that are nearly right are read or refused, never anything else."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import pytest

from fuzz.mutations import fuzz
from overlaycut.captions.style import load_style
from overlaycut.core.geometry import Quad, Span
from overlaycut.core.plan import ClipRecord, Cover, EditPlan, RegionPlan, Typeset, read_plan
from overlaycut.core.project import read_project
from overlaycut.deliver.policy import load_policy


@pytest.fixture
def from_bytes(tmp_path: Path) -> Callable[[str, Callable[[Path], object]], Callable[[bytes], object]]:
    def reader(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
        path = tmp_path / name

        def from_one(data: bytes) -> object:
            path.write_bytes(data)
            return read(path)

        return from_one

    return reader


FromBytes = Callable[[str, Callable[[Path], object]], Callable[[bytes], object]]


def plan() -> bytes:
    quad = Quad.of([[10.0, 10.0], [90.0, 12.0], [89.0, 40.0], [11.0, 38.0]])
    region = RegionPlan(
        id="r1",
        state="warped",
        expected="COLD BREW",
        expected_from="user",
        legibility=0.4,
        onset_frame=3,
        span=Span(0, 12),
        quads=dict.fromkeys(range(12), quad),
        visibility={4: 0.5},
        reference_quad=quad,
        decision="restore",
        edit=Span(2, 12),
        cover=Cover(colour="#102030"),
        typeset=Typeset(text="COLD BREW"),
        reason="it melts",
    )
    clip = ClipRecord(path="a.mp4", sha256="0" * 64, width=108, height=192, fps=24.0, frames=12, duration=0.5)
    return EditPlan(clip=clip, regions=(region,), notes=("a note",)).to_json().encode()


PROJECT = b"""
[project]
name = "launch"
outputs = ["tiktok", "feed-1x1"]
master = "1080x1920@29.97"
[[cast]]
name = "maya"
references = ["maya.png"]
[[shots]]
still = "01.png"
candidates = ["a.mp4", "b.mp4"]
text = ["COLD BREW"]
cast = ["maya"]
in = 0.1
out = 2.6
[clean]
mode = "auto"
[captions]
source = "script.srt"
style = "pop"
[audio]
music = "bed.mp3"
loudness_lufs = -14
[end_card]
image = "cta.png"
seconds = 1.5
[disclosure]
ai_generated = true
"""


def test_plans(from_bytes: FromBytes) -> None:
    taken, refused = fuzz(from_bytes("plan.json", read_plan), [plan()], count=1500, seed=1)
    assert taken and refused


def test_projects(from_bytes: FromBytes, tmp_path: Path) -> None:
    for name in ("maya.png", "01.png", "a.mp4", "b.mp4", "script.srt", "bed.mp3", "cta.png"):
        (tmp_path / name).touch()
    taken, refused = fuzz(from_bytes("project.toml", read_project), [PROJECT], count=1500, seed=2)
    assert taken and refused


def test_policies(from_bytes: FromBytes) -> None:
    shelf = files("overlaycut.deliver") / "policies"
    seeds = [(shelf / f"{name}.toml").read_bytes() for name in ("tiktok", "feed-1x1")]

    def read(path: Path) -> object:
        policy = load_policy(path)
        # What was let through can be worked with.
        policy.safe_box(policy.target.video.width, policy.target.video.height, right_to_left=False)
        return policy.rate_for(Fraction(24000, 1001), constant=True)

    taken, refused = fuzz(from_bytes("policy.toml", read), seeds, count=1500, seed=3)
    assert taken and refused


def test_styles(from_bytes: FromBytes) -> None:
    shelf = files("overlaycut.captions") / "styles"
    seeds = [path.read_bytes() for path in sorted(shelf.iterdir(), key=str) if path.name.endswith(".toml")]
    taken, refused = fuzz(from_bytes("style.toml", lambda path: load_style(str(path))), seeds, count=1500, seed=4)
    assert taken and refused
