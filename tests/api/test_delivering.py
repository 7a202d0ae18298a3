"""`export` as a user meets it: what is written, what is said, and what happens when something is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import overlaycut
from draw import scene_frames
from overlaycut.api import delivering
from overlaycut.api.disclosing import signing
from overlaycut.api.results import Delivery
from overlaycut.core.findings import State
from overlaycut.core.geometry import Box, Span
from overlaycut.core.plan import ClipRecord, EditPlan, RegionPlan
from overlaycut.deliver import load_policy, read_mp4
from overlaycut.errors import OutputError, UsageError
from overlaycut.media import RATE, Clip, Encoding, SampledSound, write_clip
from overlaycut.provenance import SOURCE_TYPES, Upload, source_type_of
from policies import policy

SIZE = (96, 160)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    at = np.arange(2 * RATE) / RATE
    wave = (0.02 * np.sin(2 * np.pi * 330 * at) * (1.2 + np.sin(9 * at))).astype(np.float32)
    sound = SampledSound([np.stack([wave, wave], axis=1)])
    encoding = Encoding(preset="ultrafast", crf=12)
    write_clip(scene_frames(50, size=SIZE), path, tick=Fraction(1, 25), encoding=encoding, sound=sound)
    return path


def exported(clip: Path, names: list[str], **wanted: Any) -> list[Delivery]:
    report = overlaycut.export(clip, names, clip.parent / "out", preset="ultrafast", **wanted)
    return list(report.deliveries)


def test_a_delivery_that_breaks_a_limit_says_which_in_one_line(tmp_path: Path, clip: Path) -> None:
    short = policy(tmp_path, "square", ("min = 0.1\n", "min = 5\n"), like="feed-1x1")
    (delivery,) = exported(clip, [short])
    assert not delivery.ok and delivery.error is None
    (broken,) = [one for one in delivery.checks if one.status == "fail"]
    assert delivery.problem == f"fails its check (duration: {broken.found}, wanted {broken.wanted})"
    assert broken.found.startswith("2 s") and "\n" not in delivery.problem


def test_a_delivery_passes_its_check_and_says_what_it_is(tmp_path: Path, clip: Path) -> None:
    tall, square = policy(tmp_path, "tall"), policy(tmp_path, "square", like="feed-1x1")
    upload = Upload(title="Cold Brew", hashtags=("coffee",))
    for delivery in exported(clip, [tall, square], upload=upload, subs=subtitles(tmp_path)):
        assert delivery.problem is None
        assert delivery.ok, [one for one in delivery.checks if one.status == "fail"]
        assert delivery.loudness_lufs == pytest.approx(-14, abs=0.5)
        assert delivery.digital_source_type == SOURCE_TYPES["compositeWithTrainedAlgorithmicMedia"]
        assert {one.name: one.status for one in delivery.checks}["chrome"] == "pass"
        sheet = json.loads(delivery.sheets[0].read_text(encoding="utf-8"))
        assert (sheet["title"], sheet["hashtags"]) == ("Cold Brew", ["#coffee"])
        assert list(sheet["ai_flag"].values()) == [True]
        assert "Cold Brew" in delivery.sheets[1].read_text(encoding="utf-8")
        assert read_mp4(Path(delivery.path)).pictures[0].edits is None


def subtitles(folder: Path) -> Path:
    path = folder / "words.srt"
    path.write_text("1\n00:00:00,200 --> 00:00:01,500\nWords\n", encoding="utf-8")
    return path


def test_what_is_not_made_with_ai_does_not_say_so(tmp_path: Path, clip: Path) -> None:
    (delivery,) = exported(clip, [policy(tmp_path, "tall")], upload=Upload(ai_generated=False))
    assert delivery.digital_source_type is None
    assert json.loads(delivery.sheets[0].read_text(encoding="utf-8"))["ai_flag"] == {"post_info.is_aigc": False}


def test_signed_deliveries_hold_what_was_done(tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    certificate = signing(local=True)
    (delivery,) = exported(clip, [policy(tmp_path, "square", like="feed-1x1")], certificate=certificate)
    assert delivery.ok
    credentials = delivery.content_credentials
    assert credentials.state == "Valid"
    assert list(credentials.actions) == ["c2pa.opened", "c2pa.cropped", "c2pa.resized", "c2pa.transcoded"]
    assert list(credentials.ingredients) == ["clip.mp4"]
    assert source_type_of(Path(delivery.path)) is not None
    with pytest.raises(UsageError, match="go together"):
        signing("chain.pem")
    with pytest.raises(UsageError, match="either"):
        signing("chain.pem", "key.pem", local=True)


@pytest.mark.parametrize(
    ("kind", "name"), [("lossless", "master.mp4"), ("prores", "master.mov"), ("h264", "master.mp4")]
)
def test_a_master_comes_from_the_same_pass(tmp_path: Path, clip: Path, kind: Any, name: str) -> None:
    report = overlaycut.export(clip, [policy(tmp_path, "tall")], tmp_path / "out", preset="ultrafast", master=kind)
    assert report.ok and Path(report.master.path).name == name
    ours, theirs = list(Clip(report.master.path).frames()), list(Clip(clip).frames())
    assert [frame.at for frame in ours] == [frame.at for frame in theirs]
    difference = max(int(np.abs(a.y.astype(int) - b.y).max()) for a, b in zip(ours, theirs, strict=True))
    assert difference == 0 if kind == "lossless" else difference < 40


def test_a_size_cap_is_met_by_another_pass(tmp_path: Path, clip: Path) -> None:
    (free,) = exported(clip, [policy(tmp_path, "free")])
    cap = free.bytes * 6 // 10
    (capped,) = exported(clip, [policy(tmp_path, "capped", ("max = 72_000_000", f"max = {cap}"))])
    assert capped.ok, [one for one in capped.checks if one.status == "fail"]
    assert cap * 0.3 < capped.bytes <= cap


def test_a_second_pass_keeps_the_size_and_is_no_worse(tmp_path: Path, clip: Path) -> None:
    one = exported(clip, [policy(tmp_path, "one")])[0]
    two = exported(clip, [policy(tmp_path, "two")], two_pass=True)[0]
    assert two.ok
    assert two.bytes == pytest.approx(one.bytes, rel=0.15)
    assert two.quality.value > one.quality.value - 0.01
    assert Path(two.path).read_bytes() != Path(one.path).read_bytes()
    assert {path.stem for path in (tmp_path / "out").glob("*.mp4")} == {"one", "two"}, "no draft is left"


def test_no_encoder_in_hardware_is_tried_for_what_software_alone_writes(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Any] = []
    monkeypatch.setattr("overlaycut.media.hardware.why_unusable", lambda one: tried.append(one) or "no such circuit")
    name = policy(tmp_path, "one", like="feed-1x1")
    for wanted in ({"two_pass": True}, {"codec": "hevc"}):
        report = overlaycut.export(clip, [name], tmp_path / "out", preset="ultrafast", encoder="auto", **wanted)
        assert not tried and not any("hardware" in warning for warning in report.warnings)


def test_a_draft_that_fails_fails_its_delivery_and_no_other(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = delivering.write_clip

    def failing(frames: Any, out: Path, *, encoding: Encoding, **wanted: Any) -> Any:
        if encoding.draft and out.stem == "one":
            raise OutputError(f"{out}: no space left")
        return written(frames, out, encoding=encoding, **wanted)

    monkeypatch.setattr(delivering, "write_clip", failing)
    one, two = exported(clip, [policy(tmp_path, "one"), policy(tmp_path, "two")], two_pass=True)
    assert "no space left" in one.error and not one.ok
    assert two.ok and two.error is None


def test_only_passes_of_h264_for_statistics_are_drafts(tmp_path: Path) -> None:
    for wrong in ({}, {"codec": "hevc", "statistics": tmp_path / "log"}):
        with pytest.raises(ValueError, match="draft"):
            Encoding(draft=True, **wrong)


def test_a_cap_out_of_reach_fails_alone_and_says_what_could_be_reached(tmp_path: Path, clip: Path) -> None:
    small = policy(tmp_path, "small", ("max = 72_000_000", "max = 9_000"))
    refused, written = exported(clip, [small, policy(tmp_path, "tall")])
    assert "MB is the least" in refused.error and not Path(refused.path).exists()
    assert written.ok


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are POSIX")
def test_a_full_disk_leaves_nothing_half_written_and_the_others_be(tmp_path: Path, clip: Path) -> None:
    whole, small = (
        policy(tmp_path, "whole", ("crf = 18", "crf = 2")),
        policy(tmp_path, "small", ("crf = 18", "crf = 40")),
    )
    code = (
        "import json, resource, signal, sys, overlaycut;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (140_000, 140_000));"
        "r = overlaycut.export(sys.argv[1], sys.argv[2:4], sys.argv[4], preset='ultrafast');"
        "print(json.dumps([[d.platform, d.error] for d in r.deliveries]))"
    )
    words = [sys.executable, "-c", code, str(clip), whole, small, str(tmp_path / "out")]
    said = subprocess.run(words, check=True, capture_output=True, text=True)
    told = dict(json.loads(said.stdout))
    assert "no space left" in told["whole"]
    assert told["small"] is None
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "small.mp4", "small.upload.json", "small.upload.txt",
    ]  # fmt: skip


def test_a_codec_that_the_platform_does_not_take_is_refused(tmp_path: Path, clip: Path) -> None:
    with pytest.raises(UsageError, match="does not take hevc"):
        exported(clip, [policy(tmp_path, "tall")], codec="hevc")
    (delivery,) = exported(
        clip, [policy(tmp_path, "both", ('any_of = ["h264"]', 'any_of = ["h264", "av1"]'))], codec="av1"
    )
    assert read_mp4(Path(delivery.path)).pictures[0].codec == "av1"
    assert delivery.ok, [one for one in delivery.checks if one.status == "fail"]


def test_a_platform_that_wants_a_sound_track_gets_silence(tmp_path: Path) -> None:
    mute = tmp_path / "mute.mp4"
    write_clip(scene_frames(60, size=SIZE), mute, tick=Fraction(1, 25), encoding=Encoding(preset="ultrafast"))
    (delivery,) = exported(mute, [policy(tmp_path, "reel", like="facebook-reels")])
    assert delivery.ok, [one for one in delivery.checks if one.status == "fail"]
    assert len(read_mp4(Path(delivery.path)).sounds) == 1
    (without,) = exported(mute, [policy(tmp_path, "tall")])
    assert not read_mp4(Path(without.path)).sounds


@pytest.mark.parametrize("motion", ["repeat", "blend"])
def test_a_moving_rate_is_met(tmp_path: Path, clip: Path, motion: Any) -> None:
    slow = policy(tmp_path, "slow", ("min_fps = 23\nmax_fps = 60", "min_fps = 30\nmax_fps = 30"))
    (delivery,) = exported(clip, [slow], motion=motion)
    assert (delivery.fps, delivery.frames, delivery.ok) == (30.0, 60, True)


def lettered(clip: Path, box: Box, **differs: int) -> EditPlan:
    facts = Clip(clip).full_facts
    assert facts.frames is not None
    state: State = "stable"
    record = {"width": facts.width, "height": facts.height, "frames": facts.frames} | differs
    quads = {n: box.quad() for n in range(facts.frames)}
    region = RegionPlan(
        id="r1",
        state=state,
        legibility=1.0,
        span=Span(0, facts.frames),
        quads=quads,
        decision="keep",
        reason="stands",
    )
    record_of = ClipRecord(path=str(clip), sha256="0" * 64, fps=25.0, duration=2.0, **record)
    return EditPlan(clip=record_of, regions=(region,))


def test_the_plans_lettering_is_heeded(tmp_path: Path, clip: Path) -> None:
    square = policy(tmp_path, "square", like="feed-1x1")
    (delivery,) = exported(clip, [square], plan=lettered(clip, Box(20, 4, 40, 12)))
    assert delivery.ok
    with pytest.raises(UsageError, match="the plan is for"):
        exported(clip, [square], plan=lettered(clip, Box(20, 4, 40, 12), frames=7))
    tall = policy(tmp_path, "tall")
    low = overlaycut.check(clip, tall, plan=lettered(clip, Box(20, 140, 40, 12)))
    high = overlaycut.check(clip, tall, plan=lettered(clip, Box(20, 60, 40, 12)))
    assert [{one.name: one.status for one in report.checks}["chrome"] for report in (low, high)] == [
        "fail",
        "pass",
    ]
    assert load_policy(tall).safe_box(96, 160).overlap(Box(20, 140, 40, 12)) == 0
