"""Size caps: computed beforehand, met by a second pass, refused with the figure that can be reached."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest

from draw import scene_frames
from mp4_clips import write_mp4
from overlaycut.deliver.memory import encoders_at_once, free_memory
from overlaycut.deliver.mp4 import read_mp4
from overlaycut.deliver.policy import Policy, Range, load_policy
from overlaycut.deliver.size import buffer_kbit, next_kbps, refuse_unreachable, size_binds
from overlaycut.errors import ExitCode, UsageError
from overlaycut.media import Encoding, PictureCodec, write_clip


def capped(key: str, **bounds: int) -> Policy:
    tiktok = load_policy("tiktok")
    rule = Range(source="test", checked=tiktok.target.loudness.checked, **{k: Fraction(v) for k, v in bounds.items()})
    return tiktok.model_copy(update={"limits": tiktok.limits.model_copy(update={key: rule})})


def test_a_cap_that_no_picture_fits_into_is_refused_with_what_can_be_reached() -> None:
    tiktok = load_policy("tiktok")
    refuse_unreachable(tiktok, Fraction(30), Fraction(600))
    with pytest.raises(UsageError) as caught:
        refuse_unreachable(tiktok, Fraction(60), Fraction(600))
    assert caught.value.exit_code == ExitCode.USAGE
    reachable = re.search(r"([\d.]+) MB is the least", caught.value.problem)
    assert reachable is not None
    enough = capped("bytes", max=round(float(reachable[1]) * 1e6) + 100_000)
    refuse_unreachable(enough, Fraction(60), Fraction(600))
    seconds = re.search(r"to (\d+) s", caught.value.hint)
    assert seconds is not None
    refuse_unreachable(tiktok, Fraction(60), Fraction(int(seconds[1]) - 1))


def test_without_a_cap_nothing_is_refused() -> None:
    tiktok = load_policy("tiktok")
    free = tiktok.model_copy(update={"limits": tiktok.limits.model_copy(update={"bytes": None})})
    refuse_unreachable(free, Fraction(60), Fraction(36_000))
    assert not size_binds(free, Fraction(36_000))
    assert buffer_kbit(free, Fraction(36_000)) == 24_000


def test_the_buffer_is_no_more_than_a_second_where_size_is_short() -> None:
    tiktok = load_policy("tiktok")
    assert buffer_kbit(tiktok, Fraction(10)) == 24_000
    assert buffer_kbit(tiktok, Fraction(120)) == tiktok.video_bitrate_cap(Fraction(120)) // 1000


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_a_second_pass_meets_the_cap(tmp_path: Path, codec: PictureCodec) -> None:
    path, tick = tmp_path / "a.mp4", Fraction(1, 25)
    statistics = None if codec == "av1" else tmp_path / "statistics.log"
    first = Encoding(codec=codec, crf=16, preset="ultrafast", gop=25, statistics=statistics, edit_lists=False)
    size = write_clip(scene_frames(100), path, tick=tick, encoding=first).bytes
    cap = size * 7 // 10
    policy = capped("bytes", max=cap)
    asked = None
    for _ in range(4):
        kbps = next_kbps(policy, path, asked=asked)
        if kbps is None:
            break
        encoding = replace(first, kbps=kbps, max_kbps=3 * kbps)
        written = write_clip(scene_frames(100), path, tick=tick, encoding=encoding)
        asked = kbps
    assert asked is not None
    assert cap * 0.6 <= written.bytes <= cap
    assert read_mp4(path).pictures[0].codec == codec


def test_a_file_within_its_caps_is_left_alone(tmp_path: Path) -> None:
    path = write_mp4(tmp_path / "a.mp4")
    assert next_kbps(load_policy("tiktok"), path) is None
    rate = read_mp4(path).pictures[0].bitrate
    assert rate is not None
    wanted = next_kbps(capped("video_bitrate", min=round(rate) * 2), path)
    assert wanted is not None and wanted * 1000 > rate * 2


def test_encoders_share_what_memory_is_free() -> None:
    five: list[tuple[int, int, PictureCodec]] = [(1080, 1920, "h264")] * 5
    assert encoders_at_once(five, None) == 5
    assert encoders_at_once(five, 64 << 30) == 5
    assert encoders_at_once(five, 0) == 1
    some = [encoders_at_once(five, mebibytes << 20) for mebibytes in range(0, 4000, 100)]
    assert some == sorted(some)
    assert set(some) == {1, 2, 3, 4, 5}
    assert encoders_at_once([], 1 << 30) == 1


@pytest.mark.parametrize(
    ("group", "free"),
    [
        ({}, 2_048_000),
        ({"max": "max", "current": "5"}, 2_048_000),
        ({"max": "900000", "current": "500000"}, 400_000),
        ({"max": "9000000", "current": "500000"}, 2_048_000),
        ({"max": "500000", "current": "600000"}, 0),
    ],
)
def test_free_memory_is_what_the_system_and_the_group_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group: dict[str, str], free: int
) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=2_048_000))
    for name, text in group.items():
        (tmp_path / f"memory.{name}").write_text(text)
    assert free_memory(tmp_path) == free
