from __future__ import annotations

import json
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

import av
import pytest

from draw import scene_frames
from mp4_clips import write_mp4
from overlaycut.core.geometry import Box
from overlaycut.core.loudness import Loudness
from overlaycut.deliver.check import CheckReport, check
from overlaycut.deliver.mp4 import read_mp4
from overlaycut.deliver.policy import Limits, Policy, load_policy, policy_names
from overlaycut.errors import DecodeError, MissingInput, NoPicture
from overlaycut.media import Encoding, write_clip

LOUD = Loudness(lufs=-14.0, true_peak_dbtp=-1.5)


@pytest.fixture
def shorts(tmp_path: Path) -> Policy:
    return small("shorts", tmp_path)


def small(name: str, folder: Path, *changes: tuple[str, str]) -> Policy:
    """The platform's own policy, but for pictures of a tenth of the size, without a minimum duration."""
    text = (files("overlaycut.deliver") / "policies" / f"{name}.toml").read_text(encoding="utf-8")
    for old, new in (("1080x1920", "108x192"), ("1080x1080", "108x108"), ("1080x1350", "108x136"), *changes):
        text = text.replace(old, new)
    text = text.replace('min = "4/5"\nmax = "4/5"', 'min = "108/136"\nmax = "108/136"')
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    policy = load_policy(path)
    duration = policy.limits.duration
    assert duration is not None
    changed: dict[str, Any] = {"duration": duration.model_copy(update={"min": None})}
    if name in ("linkedin", "snapchat-spotlight", "tiktok-ads", "x"):
        changed |= {"short_side": None, "long_side": None, "video_bitrate": None, "bytes": None}
    return policy.model_copy(update={"limits": policy.limits.model_copy(update=changed)})


def failed(report: CheckReport) -> set[str]:
    assert report.ok == (not report.failed)
    return {one.name for one in report.failed}


def one(report: CheckReport, name: str) -> tuple[str, str]:
    (found,) = (item for item in report.checks if item.name == name)
    return found.status, found.found


@pytest.mark.parametrize("name", policy_names())
def test_what_the_target_asks_for_passes(tmp_path: Path, name: str) -> None:
    policy = small(name, tmp_path)
    size = {"feed-1x1": (108, 108), "feed-4x5": (108, 136), "linkedin": (192, 108), "x": (72, 128)}.get(
        name, (108, 192)
    )
    rate = policy.rate_for(Fraction(24000, 1001))
    gop = policy.gop_frames(rate)
    path = write_mp4(
        tmp_path / "a.mp4", size=size, rate=rate, gop=gop, frames=2 * gop + 5, bitrate=policy.target.audio.bitrate
    )
    report = check(path, policy, loudness=LOUD)
    assert report.ok, report.failed
    assert [item.name for item in report.checks] == [*Limits.model_fields, "chrome"]
    unlimited = {key for key in Limits.model_fields if getattr(policy.limits, key) is None}
    assert {item.name for item in report.checks if item.status == "n/a"} == unlimited | {"chrome"}


@pytest.mark.parametrize(("rate", "advised"), [(Fraction(24), True), (Fraction(30), False), (Fraction(60), True)])
def test_a_rate_that_the_editors_do_not_recommend_is_noted_and_passes(
    tmp_path: Path, rate: Fraction, advised: bool
) -> None:
    report = check(write_mp4(tmp_path / "a.mp4", rate=rate), small("reels", tmp_path), loudness=LOUD)
    (fps,) = (item for item in report.checks if item.name == "fps")
    assert fps.status == "pass"
    assert ("recommended: 29.97 fps to 30 fps (editors' delivery table" in fps.note) == advised
    assert {item.name for item in report.checks if item.note} == ({"fps"} if advised else set())


def test_a_real_delivery_passes(tmp_path: Path) -> None:
    path = write_mp4(tmp_path / "a.mp4", size=(1080, 1920), frames=91, gop=30)
    assert check(path, load_policy("tiktok"), loudness=LOUD).ok
    assert check(path, load_policy("reels"), loudness=LOUD).ok
    assert failed(check(path, load_policy("shorts"), loudness=LOUD)) == {"gop_length"}


VIOLATIONS: list[tuple[dict[str, Any], set[str]]] = [
    ({"muxing": {"movflags": "+faststart"}}, {"edit_lists"}),
    ({"muxing": {"movflags": "+negative_cts_offsets", "use_editlist": "0"}}, {"moov_first"}),
    ({"muxing": {}}, {"edit_lists", "moov_first"}),
    ({"muxing": {"movflags": "+faststart", "use_editlist": "0"}, "layout": None}, set()),
    ({"x264": "open-gop=1"}, {"gop_closed"}),
    ({"gop": 30, "frames": 40}, {"gop_length"}),
    ({"ticks": [n + (n > 9) + (n > 19) for n in range(30)]}, {"constant_rate"}),
    ({"rate": Fraction(20), "gop": 10}, {"fps"}),
    ({"rate": Fraction(90), "gop": 45, "frames": 90}, {"fps"}),
    ({"pixel_format": "yuv444p"}, {"video_profile", "chroma"}),
    ({"pixel_format": "yuv422p"}, {"video_profile", "chroma"}),
    ({"pixel_format": "yuv420p10le"}, {"video_profile", "bit_depth"}),
    (
        {"codec": "mpeg4", "gop": 12},
        {"video_codec", "video_profile", "video_level", "chroma", "bit_depth", "scan"},
    ),
    ({"size": (192, 108)}, {"size", "aspect"}),
    ({"size": (90, 160)}, {"size"}),
    ({"pixel_aspect": Fraction(4, 3)}, {"pixel_aspect"}),
    ({"colour": None}, {"colour"}),
    ({"colour": 6}, {"colour"}),
    ({"full_range": True}, {"colour"}),
    ({"x264": "tff=1", "size": (128, 192)}, {"scan", "size"}),
    ({"layout": "mono", "sound_rate": 44100}, {"audio_channels", "audio_rate"}),
    (
        {"sound_late": Fraction(1, 5), "muxing": {"movflags": "+faststart"}},
        {"av_start", "av_length", "edit_lists"},
    ),
    ({"sound_seconds": Fraction(1, 2)}, {"av_length"}),
    ({"layout": None}, set()),
]


@pytest.mark.parametrize(("change", "names"), VIOLATIONS, ids=[" ".join(change) for change, _ in VIOLATIONS])
def test_each_violation_is_caught_by_its_name(
    tmp_path: Path, shorts: Policy, change: dict[str, Any], names: set[str]
) -> None:
    report = check(write_mp4(tmp_path / "a.mp4", **change), shorts, loudness=LOUD)
    caught = failed(report)
    assert names <= caught
    assert caught - names <= beside(change)


def beside(change: dict[str, Any]) -> set[str]:
    """What such a file breaks as well, without being about it."""
    if change.get("codec") == "mpeg4":
        return {"gop_closed", "colour", "gop_length", "edit_lists"}
    if "ticks" in change:
        return {"fps"}
    return {"gop_length"} if change.get("x264") == "open-gop=1" else set()


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [("duration", "max = 180", "max = 0.9"), ("bytes", "max = 256_000_000_000", "max = 1000")],
)
def test_too_long_and_too_large(tmp_path: Path, key: str, old: str, new: str) -> None:
    path = write_mp4(tmp_path / "a.mp4")
    assert failed(check(path, small("shorts", tmp_path), loudness=LOUD)) == set()
    assert failed(check(path, small("shorts", tmp_path, (old, new)), loudness=LOUD)) == {key}


def test_too_high_a_bitrate(tmp_path: Path) -> None:
    path = write_mp4(tmp_path / "a.mp4", gop=30)
    tight = small("reels", tmp_path, ("max = 25_000_000", "max = 1000"), ("max = 140_000", "max = 1000"))
    assert failed(check(path, tight, loudness=LOUD)) == {"video_bitrate", "audio_bitrate"}


def test_quiet_sound_is_not_a_low_bitrate(tmp_path: Path) -> None:
    policy = small("facebook-reels", tmp_path)
    path = write_mp4(tmp_path / "a.mp4", gop=60, frames=60, sound_seconds=Fraction(2), bitrate=192_000)
    assert one(check(path, policy), "audio_bitrate")[0] == "pass"
    path = write_mp4(tmp_path / "b.mp4", gop=60, frames=60, bitrate=64_000)
    assert one(check(path, policy), "audio_bitrate")[0] == "fail"


def test_gops_that_are_too_short(tmp_path: Path) -> None:
    policy = small("facebook-reels", tmp_path)
    path = write_mp4(tmp_path / "a.mp4", gop=30, frames=70)
    assert one(check(path, policy), "gop_length") == ("fail", "30 frames, 1 s at most")
    path = write_mp4(tmp_path / "b.mp4", rate=Fraction(30000, 1001), gop=60, frames=70)
    assert one(check(path, policy), "gop_length")[0] == "pass"


@pytest.mark.parametrize(
    ("loudness", "names"),
    [
        (Loudness(-14.0, -1.0), set()),
        (Loudness(-20.0, -1.0), {"loudness"}),
        (Loudness(-12.9, 0.3), {"loudness", "true_peak"}),
    ],
)
def test_measured_loudness(tmp_path: Path, shorts: Policy, loudness: Loudness, names: set[str]) -> None:
    assert failed(check(write_mp4(tmp_path / "a.mp4"), shorts, loudness=loudness)) == names


def test_words_under_the_apps_own_controls_are_found(tmp_path: Path, shorts: Policy) -> None:
    path = write_mp4(tmp_path / "a.mp4")
    free = shorts.safe_box(108, 192)
    assert one(check(path, shorts, loudness=LOUD, shown=[free]), "chrome") == ("pass", "1 box, all clear")
    low = Box(free.x, free.bottom - 4, 20, 10)
    report = check(path, shorts, loudness=LOUD, shown=[free, low])
    assert failed(report) == {"chrome"}
    assert one(report, "chrome")[1].startswith(f"1 of 2 reach under it: {low.w}x{low.h} at {low.x},{low.y}")
    assert one(check(path, shorts, loudness=LOUD), "chrome") == ("n/a", "no plan of what stands where is at hand")


def test_a_file_without_sound_fails_where_one_has_to_be(tmp_path: Path) -> None:
    policy = small("facebook-reels", tmp_path)
    mute = write_mp4(tmp_path / "a.mp4", gop=60, frames=60, layout=None)
    assert failed(check(mute, policy)) == {"sound"}


@pytest.mark.parametrize("codec", ["hevc", "av1"])
def test_other_codecs_are_read_as_closely(tmp_path: Path, codec: Any) -> None:
    path, tick = tmp_path / "a.mp4", Fraction(1, 30)
    encoding = Encoding(codec=codec, crf=20, preset="ultrafast", gop=15, b_frames=2, max_kbps=2000, edit_lists=False)
    write_clip(scene_frames(40, size=(96, 128), rate=1 / tick), path, tick=tick, encoding=encoding)
    track = read_mp4(path).pictures[0]
    picture = track.picture
    assert picture is not None and picture.colour is not None
    assert (track.codec, picture.profile, picture.chroma, picture.bits) == (codec, "main", "4:2:0", 8)
    assert (picture.progressive, picture.gops, picture.open_at, track.edits) == (True, (15, 15, 10), (), None)
    assert (picture.colour.primaries, picture.colour.range) == ("bt709", "tv")
    assert track.starts == 0
    levels = {"hevc": Fraction(2), "av1": Fraction(2)}
    assert picture.level is not None and picture.level >= levels[codec]


def test_what_does_not_apply_says_why(tmp_path: Path, shorts: Policy) -> None:
    path = write_mp4(tmp_path / "a.mp4")
    assert one(check(path, shorts), "loudness") == ("n/a", "not measured")
    assert one(check(path, shorts, loudness=Loudness(None, None)), "loudness") == ("n/a", "silence")
    status, found = one(check(path, shorts), "video_bitrate")
    assert status == "n/a"
    assert found.endswith("shorts has no such rule")
    mute = check(write_mp4(tmp_path / "b.mp4", layout=None), shorts, loudness=LOUD)
    for name in ("audio_codec", "audio_rate", "audio_channels", "av_start", "av_length", "loudness", "true_peak"):
        assert one(mute, name) == ("n/a", "no sound track")


def test_what_cannot_be_read_fails(tmp_path: Path, shorts: Policy) -> None:
    path = write_mp4(tmp_path / "a.mp4", muxing={"movflags": "+frag_keyframe+empty_moov"})
    assert {
        "fragments", "fps", "constant_rate", "gop_closed", "gop_length", "duration", "av_start",
    } <= failed(check(path, shorts))  # fmt: skip


def test_a_picture_whose_header_and_parameters_differ_fails(tmp_path: Path, shorts: Policy) -> None:
    path = write_mp4(tmp_path / "a.mp4")
    data = bytearray(path.read_bytes())
    at = data.index(b"avc1", data.index(b"stsd")) + 28
    assert data[at : at + 4] == bytes([0, 108, 0, 192])
    data[at + 1] = 110
    path.write_bytes(data)
    assert one(check(path, shorts), "size") == (
        "fail",
        "110x192 in its sample entry, 108x192 in its parameter set",
    )


@pytest.mark.parametrize(
    ("matrix", "status", "found"),
    [
        ((0, 0x10000, -0x10000, 0), "pass", "192x108 turned by 270 degrees"),
        ((0, -0x10000, 0x10000, 0), "pass", "192x108 turned by 90 degrees"),
        ((-0x10000, 0, 0, 0x10000), "fail", "192x108, mirrored or skewed by its track header"),
        ((-0x10000, 0, 0, -0x10000), "fail", "192x108"),
    ],
)
def test_a_turned_picture_counts_as_it_is_shown(
    tmp_path: Path, shorts: Policy, matrix: tuple[int, int, int, int], status: str, found: str
) -> None:
    path = write_mp4(tmp_path / "a.mp4", size=(192, 108))
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    for place, number in zip((0, 4, 12, 16), matrix, strict=True):
        data[at + place : at + place + 4] = number.to_bytes(4, "big", signed=True)
    path.write_bytes(data)
    assert one(check(path, shorts), "size") == (status, found)


def test_colour_tags_that_contradict_each_other(tmp_path: Path, shorts: Policy) -> None:
    path = write_mp4(tmp_path / "a.mp4")
    data = bytearray(path.read_bytes())
    at = data.index(b"nclx") + 4
    data[at : at + 6] = bytes([0, 9, 0, 16, 0, 9])
    path.write_bytes(data)
    assert one(check(path, shorts), "colour") == (
        "fail",
        "container and codec contradict each other: bt2020/smpte2084/bt2020nc, bt709/bt709/bt709, tv",
    )


def test_another_container(tmp_path: Path) -> None:
    path = tmp_path / "a.webm"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx", rate=30)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))
    report = check(path, load_policy("reels"), loudness=LOUD)
    assert not report.ok
    assert one(report, "container") == ("fail", "matroska")
    assert one(report, "bytes")[0] == "pass"
    assert one(report, "fps") == ("fail", "not read: matroska, not MP4 or MOV")


def test_a_quicktime_file_is_judged_by_the_platform(tmp_path: Path) -> None:
    path = write_mp4(tmp_path / "a.mov", gop=30)
    assert failed(check(path, small("reels", tmp_path), loudness=LOUD)) == set()
    assert failed(check(path, small("facebook-reels", tmp_path), loudness=LOUD)) >= {"container"}


def test_files_that_are_no_video(tmp_path: Path) -> None:
    policy = load_policy("tiktok")
    with pytest.raises(MissingInput):
        check(tmp_path / "none.mp4", policy)
    (tmp_path / "text.mp4").write_text("no video at all", encoding="utf-8")
    with pytest.raises(DecodeError):
        check(tmp_path / "text.mp4", policy)
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        block = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        block.sample_rate, block.pts = 48000, 0
        for plane in block.planes:
            plane.update(bytes(plane.buffer_size))
        container.mux(stream.encode(block))
        container.mux(stream.encode(None))
    with pytest.raises(NoPicture):
        check(tmp_path / "sound.mp4", policy)


def test_the_report_is_plain_json(tmp_path: Path, shorts: Policy) -> None:
    document = json.loads(json.dumps(check(write_mp4(tmp_path / "a.mp4"), shorts).to_dict()))
    assert document["ok"] is True
    assert document["platform"] == "shorts"
    assert set(document["checks"][0]) == {"name", "status", "found", "wanted", "source", "note"}
    assert "https://support.google.com/youtube/answer/1722171 (checked " in document["checks"][0]["source"]
