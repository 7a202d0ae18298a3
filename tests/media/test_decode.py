"""Clips as frames: how many, when, which, from every container."""

from __future__ import annotations

import csv
import threading
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from draw import VFR, Extra, Tone, colour_planes, draw_clip, number_in, quarters, scene_frames, scenes
from overlaycut.core.geometry import Span
from overlaycut.media import Clip, Encoding, write_clip

RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(60)]


def numbers(clip: Clip, span: Span | None = None) -> list[int]:
    return [number_in(frame.y) for frame in clip.frames(span)]


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("start", [0, 3])
@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_times_are_exact(tmp_path: Path, rate: Fraction, start: int, suffix: str) -> None:
    ticks = [start + index for index in range(10)]
    drawn = draw_clip(tmp_path / f"a.{suffix}", ticks=ticks, tick=1 / rate)
    clip = Clip(drawn.path)
    frames = list(clip.frames())
    assert [frame.at for frame in frames] == drawn.times
    assert [frame.lasts for frame in frames] == [1 / rate] * 10
    assert [frame.index for frame in frames] == list(range(10))
    assert [number_in(frame.y) for frame in frames] == list(range(10))
    facts = clip.full_facts
    assert (facts.fps, facts.frames, facts.duration, facts.vfr) == (rate, 10, 10 / rate, False)
    assert facts.warnings == ()


@pytest.mark.parametrize("tick", [Fraction(1, 30), Fraction(1001, 30000), Fraction(1, 90_000)], ids=str)
def test_times_of_variable_rate_are_exact(tmp_path: Path, tick: Fraction) -> None:
    drawn = draw_clip(tmp_path / "a.mp4", ticks=VFR, tick=tick, last=4)
    clip = Clip(drawn.path)
    frames = list(clip.frames())
    assert [frame.at for frame in frames] == drawn.times
    assert [frame.lasts for frame in frames] == [tick * n for n in (1, 1, 3, 1, 5, 1, 1, 7, 1, 4)]
    assert clip.full_facts.vfr is True
    assert clip.full_facts.duration == tick * 25
    assert "frames last unequally (variable frame rate)" in clip.full_facts.warnings


@pytest.mark.parametrize("suffix", ["mkv", "webm"])
@pytest.mark.parametrize("rate", RATES, ids=str)
def test_containers_of_milliseconds_name_their_rate(tmp_path: Path, suffix: str, rate: Fraction) -> None:
    drawn = draw_clip(tmp_path / f"a.{suffix}", scenes(24), tick=1 / rate)
    clip = Clip(drawn.path)
    frames = list(clip.frames())
    assert [number_in(frame.y) for frame in frames] == list(range(24))
    assert max(abs(frame.at - at) for frame, at in zip(frames, drawn.times, strict=True)) <= Fraction(1, 1000)
    assert clip.full_facts.vfr is False
    assert clip.full_facts.fps == rate


def test_a_clip_of_unknown_duration(tmp_path: Path) -> None:
    drawn = draw_clip(tmp_path / "a.webm", seekable=False, tone=Tone(codec="libopus"))
    clip = Clip(drawn.path)
    assert (clip.facts.duration, clip.facts.frames) == (None, None)
    assert numbers(clip) == list(range(10))
    assert (clip.full_facts.frames, clip.full_facts.duration) == (10, Fraction(2, 5))


def test_one_frame_is_a_clip(tmp_path: Path) -> None:
    clip = Clip(draw_clip(tmp_path / "a.mp4", scenes(1), last=3).path)
    frames = list(clip.frames())
    assert [(frame.at, frame.lasts) for frame in frames] == [(0, Fraction(3, 25))]
    assert clip.full_facts.duration == Fraction(3, 25)


@pytest.mark.parametrize(
    "extras",
    [
        [Extra(kind="audio")],
        [Extra(kind="subtitle")],
        [Extra(kind="cover")],
        [Extra(kind="video")],
        [Extra(kind="video", first=True)],
        [Extra(kind="video", first=True), Extra(kind="audio"), Extra(kind="subtitle"), Extra(kind="cover")],
    ],
    ids=lambda extras: "+".join(f"{extra.kind}{' first' if extra.first else ''}" for extra in extras),
)
def test_other_streams_do_not_get_in_the_way(tmp_path: Path, extras: list[Extra]) -> None:
    drawn = draw_clip(tmp_path / "a.mp4", tone=Tone(), extras=extras)
    clip = Clip(drawn.path)
    assert numbers(clip) == list(range(10))
    assert len(clip.facts.streams) == 2 + len(extras)
    assert clip.facts.audio is not None and clip.facts.audio.channels == 2


def test_a_timecode_track_does_not_get_in_the_way(tmp_path: Path) -> None:
    clip = Clip(draw_clip(tmp_path / "a.mov", metadata={"timecode": "01:00:00:00"}).path)
    assert any(stream.startswith("data:") for stream in clip.facts.streams)
    assert numbers(clip) == list(range(10))


def test_no_sound_is_no_sound(tmp_path: Path) -> None:
    assert Clip(draw_clip(tmp_path / "a.mp4").path).facts.audio is None


@pytest.mark.parametrize("span", [Span(0, 1), Span(0, 10), Span(3, 7), Span(9, 10), Span(4, 99)])
def test_a_span_is_the_same_part_of_the_whole(tmp_path: Path, span: Span) -> None:
    drawn = draw_clip(tmp_path / "a.mp4", ticks=VFR, tick=Fraction(1, 30), last=4)
    clip = Clip(drawn.path)
    whole = [(frame.index, frame.at, frame.lasts) for frame in clip.frames() if frame.index in span]
    assert [(frame.index, frame.at, frame.lasts) for frame in clip.frames(span)] == whole
    assert numbers(clip, span) == [index for index, _, _ in whole]


def test_a_span_behind_the_end_is_empty(tmp_path: Path) -> None:
    assert list(Clip(draw_clip(tmp_path / "a.mp4").path).frames(Span(10, 20))) == []


def test_every_call_decodes_anew_and_two_may_go_on_at_once(tmp_path: Path) -> None:
    clip = Clip(draw_clip(tmp_path / "a.mp4").path)
    pairs = zip(clip.frames(), clip.frames(), strict=True)
    assert all((one.y == other.y).all() for one, other in pairs)


def test_stopping_early_leaves_no_thread(tmp_path: Path) -> None:
    clip = Clip(draw_clip(tmp_path / "a.mp4").path)
    before = threading.active_count()
    frames = clip.frames()
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_planes_outlive_the_decoder(tmp_path: Path) -> None:
    drawn = draw_clip(tmp_path / "a.mp4")
    frames = list(Clip(drawn.path).frames())
    drawn.path.unlink()
    assert all((f.y == planes[0]).all() for f, planes in zip(frames, drawn.pictures, strict=True))


def test_a_size_that_changes_midway_is_brought_to_the_first(tmp_path: Path) -> None:
    """Two H.264 streams one after the other, as some screen recorders write them."""
    small = [colour_planes(quarters((32, 48)), "yuv420p")] * 3
    large = [colour_planes(quarters(), "yuv420p")] * 3
    one = draw_clip(tmp_path / "one.h264", large).path.read_bytes()
    two = draw_clip(tmp_path / "two.h264", small).path.read_bytes()
    (tmp_path / "both.h264").write_bytes(one + two)
    frames = list(Clip(tmp_path / "both.h264").frames())
    assert [frame.y.shape for frame in frames] == [(96, 64)] * 6


@pytest.mark.footage
def test_every_awkward_clip_has_the_frames_that_its_index_says(footage: Path) -> None:
    with (footage / "INDEX.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["category"] == "edge"]
    assert len(rows) >= 13
    for row in rows:
        clip = Clip(footage / row["file"])
        count, end = 0, Fraction(0)
        for frame in clip.frames():
            assert (frame.index, frame.at) == (count, end), row["file"]
            assert (frame.width, frame.height) == (clip.facts.width, clip.facts.height)
            count, end = count + 1, frame.at + frame.lasts
        assert count == int(row["frames"]), row["file"]
        size = {clip.facts.coded_width, clip.facts.coded_height}
        assert size == {int(row["width"]), int(row["height"])}, row["file"]


@pytest.mark.parametrize("start", [0, 3])
def test_glances_show_some_frames_at_their_own_times(tmp_path: Path, start: int) -> None:
    rate = Fraction(24)
    path = tmp_path / "a.mp4"
    frames = (replace(frame, at=frame.at + start / rate) for frame in scene_frames(48, rate=rate))
    write_clip(frames, path, tick=1 / rate, encoding=Encoding())
    clip = Clip(path)
    whole = {frame.at: number_in(frame.y) for frame in clip.frames()}
    glances = list(clip.preview_frames())
    assert 12 <= len(glances) < 48
    assert [frame.index for frame in glances] == list(range(len(glances)))
    assert all(number_in(frame.y) == whole[frame.at] for frame in glances)
    assert glances[0].at == 0 and glances[-1].at + glances[-1].lasts == Fraction(48) / rate
    assert all(a.at + a.lasts == b.at for a, b in pairwise(glances))


@pytest.mark.parametrize("suffix", ["mkv", "mov"])
def test_glances_leave_nothing_out_where_all_is_built_upon(tmp_path: Path, suffix: str) -> None:
    drawn = draw_clip(tmp_path / f"a.{suffix}", scenes(12), tick=Fraction(1, 24))
    assert [number_in(frame.y) for frame in Clip(drawn.path).preview_frames()] == list(range(12))
