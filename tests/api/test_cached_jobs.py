"""Verbs run as pipelines: what was made is not made again, what changed is, and nothing in the cache stops a run."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import overlaycut
from draw import scene_frames
from overlaycut.api import clip_analysis, delivering, estimating
from overlaycut.api.results import RunReport
from overlaycut.cli.app import run as command_line
from overlaycut.core.frame import Frame
from overlaycut.errors import Cancelled, UsageError
from overlaycut.media import RATE, Encoding, SampledSound, write_clip
from overlaycut.models import Reading
from overlaycut.pipeline import entry
from policies import policy

pytestmark = pytest.mark.slow

SIZE = (108, 192)
WORDS = "1\n00:00:00,200 --> 00:00:01,500\nSlow steeped\n"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    wave = (0.1 * np.sin(2 * np.pi * 330 * np.arange(2 * RATE) / RATE)).astype(np.float32)
    sound = SampledSound([np.stack([wave, wave], axis=1)])
    write_clip(
        scene_frames(40, size=SIZE), path, tick=Fraction(1, 25), encoding=Encoding(preset="ultrafast"), sound=sound
    )
    return path


@pytest.fixture
def project(tmp_path: Path, clip: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(clip, folder / "a.mp4")
    (folder / "words.srt").write_text(WORDS, encoding="utf-8")
    for name, like in (("tall", "tiktok"), ("square", "feed-1x1")):
        policy(folder, name, like=like)
    return written(folder, ["tall", "square"])


def written(folder: Path, outputs: list[str], style: str = "clean") -> Path:
    names = ", ".join(f'"{folder / name}.toml"' for name in outputs)
    path = folder / "project.toml"
    path.write_text(
        f'[project]\nname = "job"\noutputs = [{names}]\nmaster = "108x192@25"\n[[shots]]\nclip = "a.mp4"\n'
        f'[captions]\nsource = "words.srt"\nstyle = "{style}"\n',
        encoding="utf-8",
    )
    return path


def states(report: RunReport) -> dict[str, str]:
    return {f"{one.step} {one.subject}": one.state for one in report.steps}


def ran(report: RunReport) -> set[str]:
    return {name for name, state in states(report).items() if state == "ran"}


def without_steps(report: RunReport) -> dict[str, Any]:
    found = report.to_dict()
    del found["steps"]
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.mp4"))}


STEPS = {
    "facts shot-01/a.mp4", "analyse shot-01/a.mp4", "saliency shot-01/a.mp4", "faces shot-01/a.mp4",
    "look shot-01/a.mp4", "subject shot-01/a.mp4", "insets shot-01/a.mp4",
    "estimate shot-01", "measure shot-01", "master h264", "deliver tall", "deliver square",
}  # fmt: skip


class Counted:
    """Stands in place of a function, and counts its calls."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.times = function, 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.times += 1
        return self.function(*args, **kwargs)


def test_a_run_with_nothing_changed_does_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = overlaycut.run(project)
    assert first.ok and ran(first) == STEPS == set(states(first))
    files = {path: path.stat().st_mtime_ns for path in first.master.parent.glob("*.mp4")}
    decodes = Counted(overlaycut.Clip.frames)
    monkeypatch.setattr(overlaycut.Clip, "frames", lambda *args: decodes(*args))
    again = overlaycut.run(project)
    assert decodes.times == 0
    assert set(states(again).values()) == {"stored"} and set(states(again)) == STEPS
    assert without_steps(again) == without_steps(first)
    assert {path: path.stat().st_mtime_ns for path in files} == files, "what is there already is left alone"


def test_lost_and_changed_outputs_are_put_back_from_the_cache(project: Path) -> None:
    first = overlaycut.run(project)
    before = contents(first.master.parent)
    first.master.unlink()
    first.deliveries[0].path.write_bytes(b"edited in place")
    with pytest.raises(UsageError, match="not written by overlaycut"):  # it is somebody's work now
        overlaycut.run(project)
    again = overlaycut.run(project, force=True)
    assert ran(again) == set() and contents(first.master.parent) == before
    shutil.rmtree(first.master.parent)
    assert ran(overlaycut.run(project)) == set() and contents(first.master.parent) == before


def test_a_changed_word_encodes_captions_and_nothing_else(project: Path) -> None:
    first = overlaycut.run(project)
    before = contents(first.master.parent)
    project.with_name("words.srt").write_text(WORDS.replace("Slow", "Quick"), encoding="utf-8")
    planned = overlaycut.explain(project)
    assert {(one.step, one.state) for one in planned.steps if one.state != "stored"} == {("deliver", "would run")}
    assert 'captions.cues[0].text changed ("Slow steeped" → "Quick steeped")' in planned.steps[-1].why
    assert contents(first.master.parent) == before, "explaining changes nothing"
    again = overlaycut.run(project)
    assert ran(again) == {"deliver tall", "deliver square"}
    after = contents(first.master.parent)
    assert after["master.mp4"] == before["master.mp4"] and after["tall.mp4"] != before["tall.mp4"]


def test_a_changed_style_or_platform_encodes_what_it_concerns(project: Path) -> None:
    overlaycut.run(project)
    policy(project.parent, "small", like="feed-4x5")
    assert ran(overlaycut.run(written(project.parent, ["tall", "square", "small"]))) == {"deliver small"}
    styled = overlaycut.run(written(project.parent, ["tall"], style="pop"))
    assert ran(styled) == {"deliver tall"}
    assert ran(overlaycut.run(written(project.parent, ["square", "tall"]))) == set(), "in any order, in the old style"


def test_the_same_project_elsewhere_is_the_same_work(project: Path, tmp_path: Path) -> None:
    first = overlaycut.run(project)
    moved = shutil.copytree(project.parent, tmp_path / "moved", ignore=shutil.ignore_patterns("out"))
    again = overlaycut.run(written(moved, ["tall", "square"]))
    assert ran(again) == set()
    assert again.master == moved / "out" / "master.mp4"
    assert contents(again.master.parent) == contents(first.master.parent)
    plan = overlaycut.read_plan(again.plans[0])
    assert plan.clip.path == str(moved / "a.mp4")


def test_without_the_cache_everything_is_done_and_nothing_kept(project: Path) -> None:
    first = overlaycut.run(project, cache=False)
    assert ran(first) == STEPS
    assert overlaycut.cache_info().entries == 0
    assert ran(overlaycut.run(project, cache=False)) == STEPS


def test_repairs_are_estimated_once_however_many_passes_follow(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "encoders_at_once", lambda *_: 1)
    for cache in (True, False):
        counted = Counted(estimating.repairs_of)
        monkeypatch.setattr(estimating, "repairs_of", counted)
        report = overlaycut.run(project, plate=True, cache=cache)
        assert {"estimate shot-01", "estimate shot-01 plate"} <= ran(report)
        assert counted.times == 2
        assert report.plate is not None and report.plate.is_file()
        monkeypatch.setattr(estimating, "repairs_of", counted.function)


def test_explaining_an_empty_cache_names_every_step_and_writes_nothing(project: Path) -> None:
    report = overlaycut.explain(project, plate=True)
    assert {f"{one.step} {one.subject}" for one in report.steps} == {*STEPS, "plate h264"}
    assert {one.state for one in report.steps} == {"would run"}
    reasons = {one.step: one.why for one in report.steps}
    assert reasons["analyse"] == "never run" and reasons["deliver"].startswith("waits for facts shot-01/a.mp4")
    assert not (project.parent / "out").exists()


def test_explaining_a_plate_that_is_missing(project: Path) -> None:
    overlaycut.run(project)
    report = overlaycut.explain(project, plate=True)
    assert [(one.step, one.subject, one.why) for one in report.steps if one.state == "would run"] == [
        ("estimate", "shot-01 plate", "never run"),
        ("plate", "h264", "waits for estimate shot-01 plate"),
    ]


def test_a_damaged_result_is_made_again_and_said(project: Path, cache: Path) -> None:
    first = overlaycut.run(project)
    for path in cache.glob("entries/*/artifact.json"):
        path.write_text("{", encoding="utf-8")
    again = overlaycut.run(project)
    assert ran(again) == STEPS
    assert sum("damaged" in text for text in again.warnings) == len(STEPS)
    assert {one.why for one in again.steps} == {"its stored result was damaged"}
    assert contents(again.master.parent) == contents(first.master.parent)


def test_a_full_disk_in_the_cache_is_said_and_stops_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(entry.os, "rename", full)
    report = overlaycut.run(project)
    assert report.ok and ran(report) == STEPS
    assert [text for text in report.warnings if "cache" in text] != []
    assert overlaycut.cache_info().entries == 0


def test_a_cancelled_run_goes_on_where_it_was(project: Path) -> None:
    cancellation = overlaycut.Cancellation()
    events: list[overlaycut.Event] = []

    def stop_at_rendering(label: str, done: int, total: int | None) -> None:
        if label == "render" and done == 5:
            cancellation.cancel()

    monitor = overlaycut.Monitor(stop_at_rendering, events.append, cancellation=cancellation)
    with pytest.raises(Cancelled):
        overlaycut.run(project, progress=monitor)
    assert [path.name for path in (project.parent / "out").rglob("*") if path.is_file()] == ["shot-01.json"]
    shares = [event.share for event in events]
    assert shares == sorted(shares) and 0 < shares[-1] < 1
    assert {event.step for event in events} >= {"facts", "measure"}
    again = overlaycut.run(project)
    assert ran(again) == {"measure shot-01", "master h264", "deliver tall", "deliver square"}


def test_events_reach_the_end(project: Path) -> None:
    for stored in (False, True):
        events: list[overlaycut.Event] = []
        overlaycut.run(project, progress=overlaycut.Monitor(listen=events.append))
        assert any(event.stored for event in events) == stored
        if stored:
            assert events[-1].share == pytest.approx(1)


def test_the_command_line_explains(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["run", str(project), "--explain"]) == 0
    assert "would run  analyse shot-01/a.mp4: never run\n" in capsys.readouterr().out
    assert command_line(["run", str(project), "--no-cache"]) == 0
    assert command_line(["run", str(project), "--explain", "--no-cache", "--json"]) == 0
    capsys.readouterr()
    assert command_line(["run", str(project), "--json"]) == 0
    assert {one["state"] for one in json.loads(capsys.readouterr().out)["steps"]} == {"ran"}
    assert command_line(["run", str(project), "--explain", "--json"]) == 0
    explained = json.loads(capsys.readouterr().out)
    assert {one["state"] for one in explained["steps"]} == {"stored"} and explained["warnings"] == []


def test_analysing_is_shared_by_verbs_and_done_part_by_part(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters, faces = Counted(clip_analysis.LetteringAnalyser), Counted(clip_analysis.spotter_of)
    monkeypatch.setattr(clip_analysis, "LetteringAnalyser", letters)
    monkeypatch.setattr(clip_analysis, "spotter_of", faces)
    plan = overlaycut.analyze(clip)
    assert overlaycut.analyze(clip) == plan and letters.times == 1
    overlaycut.clean(clip, tmp_path / "clean.mp4")
    assert letters.times == 1 and faces.times == 0
    overlaycut.export(clip, [policy(tmp_path, "tall")], tmp_path / "out")
    assert letters.times == 1 and faces.times == 1, "only what was missing is looked for"
    overlaycut.analyze(clip, texts=["OTHER"])
    overlaycut.analyze(clip, cache=False)
    assert letters.times == 3


def test_a_cleaned_clip_comes_from_the_cache(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    area, mask = overlaycut.Area(20, 60, 40, 30), tmp_path / "mask.mp4"
    first = overlaycut.clean(clip, tmp_path / "a.mp4", areas=[area], mask_out=mask, lossless=True)
    assert first.touched_fraction > 0 and first.warnings == ()
    written_mask = mask.read_bytes()
    mask.unlink()
    decodes = Counted(overlaycut.Clip.frames)
    monkeypatch.setattr(overlaycut.Clip, "frames", lambda *args: decodes(*args))
    again = overlaycut.clean(clip, tmp_path / "b.mp4", areas=[area], mask_out=mask, lossless=True)
    assert decodes.times == 0
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes() and mask.read_bytes() == written_mask
    assert {**again.to_dict(), "out": ""} == {**first.to_dict(), "out": ""}
    assert overlaycut.clean(clip, tmp_path / "c.mp4", areas=[area], cache=False).touched_fraction > 0
    assert decodes.times > 0


class Blind:
    """A reader of text from outside that never finds any."""

    def find(self, picture: np.ndarray, *, long_side: int) -> list[Any]:
        return []

    def read(self, lines: Any) -> list[Any]:
        return [Reading("", 0.0) for _ in lines]


def test_what_a_plug_in_finds_is_never_stored(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    letters = Counted(clip_analysis.LetteringAnalyser)
    monkeypatch.setattr(clip_analysis, "LetteringAnalyser", letters)
    seen: list[int] = []

    class Seeing:
        def see(self, frame: Frame) -> None:
            seen.append(frame.index)

        def result(self) -> list[str]:
            return [f"saw {len(seen)}"]

    for times in (1, 2):
        plan = overlaycut.analyze(clip, reader=Blind(), analysers=[lambda facts: Seeing()])
        assert letters.times == times and plan.notes[-1].endswith(f"saw {40 * times}")
    overlaycut.analyze(clip)
    assert letters.times == 3


def test_exports_are_taken_from_the_cache_platform_by_platform(clip: Path, tmp_path: Path) -> None:
    tall, square = policy(tmp_path, "tall"), policy(tmp_path, "square", like="feed-1x1")
    first = overlaycut.export(clip, [tall], tmp_path / "out", master="h264", preset="ultrafast")
    encoded: list[str] = []

    def watched(label: str, done: int, total: int | None) -> None:
        encoded.append(label)

    again = overlaycut.export(clip, [tall], tmp_path / "new", master="h264", preset="ultrafast", progress=watched)
    assert encoded == []
    assert again.deliveries[0].path == tmp_path / "new" / "tall.mp4" and again.ok
    assert contents(tmp_path / "new") == contents(tmp_path / "out")
    assert [path.is_file() for path in again.deliveries[0].sheets] == [True, True]
    assert again.master is not None and first.master is not None and again.master.bytes == first.master.bytes
    both = overlaycut.export(clip, [tall, square], tmp_path / "new", preset="ultrafast", progress=watched)
    assert both.ok and set(encoded) == {"export"}


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """These tests damage caches on purpose, which is logged."""
    yield
