from __future__ import annotations

from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import pytest

from overlaycut.core.geometry import Box
from overlaycut.deliver.policy import Flag, Limits, OneOf, Policy, Range, load_policy, policy_names
from overlaycut.errors import DocumentError, ExitCode, MissingInput, UsageError

NTSC_30 = Fraction(30000, 1001)


def text_of(name: str) -> str:
    return (files("overlaycut.deliver") / "policies" / f"{name}.toml").read_text(encoding="utf-8")


def test_the_platforms_are_there() -> None:
    assert policy_names() == (
        "facebook-reels", "feed-1x1", "feed-4x5", "linkedin", "reels", "shorts", "snapchat-spotlight", "tiktok",
        "tiktok-ads", "x",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "low", "advised"),
    [("tiktok", Fraction(23), 60), ("shorts", Fraction(24000, 1001), 60), ("reels", Fraction(23), 30)],
)
def test_the_platforms_document_is_the_limit_and_the_editors_table_a_recommendation(
    name: str, low: Fraction, advised: int
) -> None:
    policy = load_policy(name)
    limit, advice = policy.limits.fps, policy.recommended.fps
    assert limit is not None and advice is not None
    assert (limit.min, limit.max) == (low, 60) and limit.source.startswith("https://")
    assert (advice.min, advice.max) == (NTSC_30, advised) and "editors" in advice.source


@pytest.mark.parametrize("name", policy_names())
def test_every_platform_says_how_ai_is_disclosed(name: str) -> None:
    disclosure = load_policy(name).disclosure
    assert disclosure is not None
    assert disclosure.flag is None or disclosure.where
    assert disclosure.source


@pytest.mark.parametrize("name", policy_names())
def test_every_limit_says_where_it_comes_from(name: str) -> None:
    policy = load_policy(name)
    assert policy.name == name
    for key in Limits.model_fields:
        rule = getattr(policy.limits, key)
        if rule is not None:
            assert rule.source
            assert rule.checked.year >= 2026


@pytest.mark.parametrize("name", policy_names())
def test_the_target_satisfies_the_limits(name: str) -> None:
    policy = load_policy(name)
    video, audio, loudness, limits = (
        policy.target.video,
        policy.target.audio,
        policy.target.loudness,
        policy.limits,
    )
    assert within(limits.fps, video.min_fps)
    assert within(limits.fps, video.max_fps)
    assert within(limits.gop_length, video.gop_seconds)
    assert within(limits.aspect, Fraction(video.width, video.height))
    assert within(limits.audio_channels, Fraction(audio.channels))
    assert within(limits.audio_bitrate, Fraction(audio.bitrate))
    assert within(limits.video_bitrate, Fraction(video.max_bitrate))
    assert within(limits.loudness, Fraction(loudness.lufs))
    assert within(limits.true_peak, Fraction(loudness.true_peak_dbtp))
    assert chosen(limits.size, f"{video.width}x{video.height}")
    assert chosen(limits.video_codec, video.codec)
    assert chosen(limits.video_profile, "high")
    assert chosen(limits.audio_rate, str(audio.rate))
    assert limits.edit_lists is not None
    assert not limits.edit_lists.wanted


def within(rule: Range | None, value: Fraction) -> bool:
    return rule is None or ((rule.min is None or rule.min <= value) and (rule.max is None or value <= rule.max))


def chosen(rule: OneOf | None, word: str) -> bool:
    return rule is None or word in rule.any_of


def test_figures_are_kept_as_written() -> None:
    shorts = load_policy("shorts")
    assert shorts.limits.fps is not None
    assert shorts.limits.fps.min == Fraction(24000, 1001)
    assert shorts.target.video.gop_seconds == Fraction(1, 2)
    assert isinstance(shorts.limits.moov_first, Flag)


def test_an_unknown_name_lists_the_names() -> None:
    with pytest.raises(UsageError) as caught:
        load_policy("tiktk")
    assert caught.value.exit_code == ExitCode.USAGE
    assert all(name in caught.value.hint for name in policy_names())


@pytest.mark.parametrize("where", ["mine.toml", Path("mine"), "a/mine"])
def test_a_path_is_a_file(where: str | Path) -> None:
    with pytest.raises(MissingInput):
        load_policy(where)


def test_a_policy_of_ones_own_is_read(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(text_of("reels").replace('name = "reels"', 'name = "intranet"'), encoding="utf-8")
    assert load_policy(mine).name == load_policy(str(mine)).name == "intranet"


@pytest.mark.parametrize(
    ("good", "bad", "where", "allowed"),
    [
        ("[limits.moov_first]", "[limits.mov_first]", "limits.mov_first", "moov_first"),
        ("max = 90", "maximum = 90", "limits.duration.maximum", "min, max"),
        ("max = 90", 'max = "1/0"', "limits.duration.max", "30000/1001"),
        ("max = 90", "max = true", "limits.duration.max", "a number"),
        ("min = 3\nmax = 90", "min = 91\nmax = 90", "limits.duration", "not above max"),
        ("min = 3\nmax = 90\n", "", "limits.duration", "min, max or both"),
        ("top = 250", "top = 1900", "safe", "leave part of the picture free"),
        ("crf = 18", "crf = 99", "target.video.crf", "51"),
        ("width = 1080\nheight", "width = 1081\nheight", "target.video.width", "multiple of 2"),
        ("max_fps = 60", "max_fps = 3", "target.video", "not above max_fps"),
        ('title = "Instagram Reels"\n', "", "title", "required"),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(tmp_path: Path, good: str, bad: str, where: str, allowed: str) -> None:
    text = text_of("reels")
    assert good in text
    mine = tmp_path / "mine.toml"
    mine.write_text(text.replace(good, bad), encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load_policy(mine)
    assert caught.value.where == where
    assert allowed in caught.value.allowed


def test_words_from_right_to_left_keep_clear_on_both_sides_where_apps_are_mirrored() -> None:
    for name, ads in (("tiktok", False), ("tiktok", True), ("tiktok-ads", False)):
        policy = load_policy(name)
        plain = policy.safe_box(1080, 1920, ads=ads)
        both = policy.safe_box(1080, 1920, ads=ads, right_to_left=True)
        assert both.x == 1080 - both.right == max(plain.x, 1080 - plain.right)
        assert (both.y, both.bottom) == (plain.y, plain.bottom)
    reels = load_policy("reels")
    assert reels.safe_box(1080, 1920, right_to_left=True) == reels.safe_box(1080, 1920)


def test_the_safe_box_scales_with_the_picture() -> None:
    tiktok = load_policy("tiktok")
    assert tiktok.safe_box(1080, 1920) == Box(44, 150, 886, 1286)
    assert tiktok.safe_box(540, 960) == Box(22, 75, 443, 643)
    assert tiktok.safe_box(2, 2).area >= 1
    assert load_policy("feed-4x5").safe_box(1080, 1350) == Box(54, 54, 972, 1242)


@pytest.mark.parametrize(
    ("name", "source", "delivered"),
    [
        ("tiktok", Fraction(30), Fraction(30)),
        ("tiktok", NTSC_30, NTSC_30),
        ("tiktok", Fraction(24), Fraction(24)),
        ("tiktok", Fraction(24000, 1001), Fraction(24000, 1001)),
        ("tiktok", Fraction(25), Fraction(25)),
        ("tiktok", Fraction(16), Fraction(48)),
        ("tiktok", Fraction(120), Fraction(60)),
        ("tiktok", Fraction(32), Fraction(32)),
        ("reels", Fraction(60), Fraction(60)),
        ("reels", Fraction(24), Fraction(24)),
        ("reels", Fraction(23), Fraction(23)),
        ("shorts", Fraction(24), Fraction(24)),
        ("shorts", Fraction(23), Fraction(24)),
        ("linkedin", Fraction(60), Fraction(30)),
        ("linkedin", Fraction(60000, 1001), NTSC_30),
        ("linkedin", Fraction(24), Fraction(24)),
        ("facebook-reels", Fraction(24000, 1001), Fraction(24000, 1001)),
        ("facebook-reels", Fraction(8), Fraction(24)),
    ],
)
def test_a_rate_is_kept_or_becomes_the_nearest_even_one(name: str, source: Fraction, delivered: Fraction) -> None:
    assert load_policy(name).rate_for(source) == delivered


def test_uneven_frames_go_to_a_standard_rate_that_loses_none() -> None:
    assert load_policy("feed-1x1").rate_for(Fraction("27.3"), constant=False) == 30
    assert load_policy("feed-1x1").rate_for(Fraction(24), constant=False) == 24
    assert load_policy("linkedin").rate_for(Fraction(41), constant=False) == 30


def test_a_range_without_a_standard_rate_offers_its_ends() -> None:
    tiktok = load_policy("tiktok")
    video = tiktok.target.video.model_copy(update={"min_fps": Fraction(31), "max_fps": Fraction(32)})
    odd = tiktok.model_copy(update={"target": tiktok.target.model_copy(update={"video": video})})
    assert odd.rate_for(Fraction(16)) == 32
    assert odd.rate_for(Fraction(5)) == 31


@pytest.mark.parametrize(
    ("name", "rate", "frames"),
    [
        ("shorts", Fraction(30), 15),
        ("shorts", NTSC_30, 15),
        ("facebook-reels", NTSC_30, 60),
        ("tiktok", Fraction(48), 48),
    ],
)
def test_gop_in_frames(name: str, rate: Fraction, frames: int) -> None:
    assert load_policy(name).gop_frames(rate) == frames


def test_the_bitrate_fits_into_the_size_limit() -> None:
    tiktok = load_policy("tiktok")
    assert tiktok.video_bitrate_cap(Fraction(20)) == tiktok.target.video.max_bitrate
    long = tiktok.video_bitrate_cap(Fraction(600))
    assert (long + tiktok.target.audio.bitrate) * 600 / 8 < 72_000_000
    assert long > 700_000


def test_policies_survive_json() -> None:
    tiktok = load_policy("tiktok")
    assert Policy.model_validate(tiktok.model_dump(mode="json")) == tiktok


def test_a_policy_from_elsewhere_is_found_by_its_name(tmp_path: Path) -> None:
    tiktok = load_policy("tiktok")
    path = tmp_path / "kiosk.toml"
    path.write_text(text_of("tiktok").replace('name = "tiktok"', 'name = "kiosk"'), encoding="utf-8")
    others = {"wall": lambda: tiktok, "kiosk": lambda: path, "tiktok": lambda: path}
    assert load_policy("wall", others=others) is tiktok
    assert load_policy("kiosk", others=others).name == "kiosk"
    assert load_policy("tiktok", others=others).name == "tiktok", "what is shipped cannot be replaced"
    with pytest.raises(UsageError) as caught:
        load_policy("myspace", others=others)
    assert "wall" in caught.value.hint and "reels" in caught.value.hint


def test_a_provider_that_gives_no_policy_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="'wall' returned dict"):
        load_policy("wall", others={"wall": lambda: {}})  # type: ignore[dict-item, return-value]
