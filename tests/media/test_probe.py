"""Facts: what the header claims, what the content shows, and who may have made it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from draw import Extra, Tone, draw_clip, scene_frames, scenes
from overlaycut.core.facts import AudioFacts
from overlaycut.errors import NoPicture
from overlaycut.media import Clip, provider_guess, with_content


def test_facts_of_a_header(tmp_path: Path) -> None:
    drawn = draw_clip(tmp_path / "a.mp4", scenes(10), tone=Tone(layout="mono", rate=44_100), metadata={"title": "T"})
    facts = Clip(drawn.path).facts
    assert facts.path == drawn.path
    assert (facts.codec, facts.pix_fmt, facts.bits) == ("h264", "yuv420p", 8)
    assert (facts.width, facts.height, facts.coded_width, facts.coded_height) == (64, 96, 64, 96)
    assert (facts.rate_in_header, facts.frames_in_header, facts.duration_in_header) == (25, 10, Fraction(2, 5))
    assert (facts.frames_counted, facts.duration_found, facts.vfr, facts.rate_found) == (None, None, None, None)
    assert (facts.frames, facts.duration, facts.fps) == (10, Fraction(2, 5), 25)
    assert facts.audio == AudioFacts("aac", 44_100, 1, Fraction(0))
    assert facts.streams == ("video:h264", "audio:aac")
    assert ("title", "T") in facts.metadata
    assert (facts.colour.matrix, facts.colour.primaries, facts.colour.transfer, facts.colour.range) == (
        "bt709", "bt709", "bt709", "tv",
    )  # fmt: skip


def test_what_the_content_shows_is_believed(tmp_path: Path) -> None:
    facts = replace(Clip(draw_clip(tmp_path / "a.mp4").path).facts, frames_in_header=99)
    full = with_content(facts, scene_frames(10))
    assert (full.frames, full.frames_in_header) == (10, 99)
    assert "the header claims 99 frames, 10 are shown" in full.warnings


def test_content_without_a_frame_is_no_picture(tmp_path: Path) -> None:
    facts = Clip(draw_clip(tmp_path / "a.mp4").path).facts
    with pytest.raises(NoPicture, match="no frame"):
        with_content(facts, [])


def test_every_tick_is_a_whole_number(tmp_path: Path) -> None:
    clip = Clip(draw_clip(tmp_path / "a.mp4", tick=Fraction(1001, 24000)).path)
    assert all((frame.at / clip.facts.tick).denominator == 1 for frame in clip.frames())


@pytest.mark.parametrize("starts", [Fraction(-1, 10), Fraction(0), Fraction(1, 4)], ids=str)
def test_sound_starts_where_it_was_put(tmp_path: Path, starts: Fraction) -> None:
    ticks = range(25, 35)
    tone = Tone(codec="pcm_s16le", starts=1 + starts, click=None)
    facts = Clip(draw_clip(tmp_path / "a.mov", ticks=ticks, tone=tone).path).facts
    assert facts.audio is not None
    assert abs(facts.audio.starts - starts) <= Fraction(1, 48_000)


def test_sound_is_placed_against_the_picture_that_is_shown(tmp_path: Path) -> None:
    extras = [Extra(kind="video", first=True, late=5)]
    facts = Clip(draw_clip(tmp_path / "a.mp4", tone=Tone(starts=Fraction(1, 5)), extras=extras).path).facts
    assert facts.audio is not None
    # The encoder's lead-in comes before the first sample.
    assert abs(facts.audio.starts - Fraction(1, 5) + Fraction(1024, 48_000)) <= Fraction(1, 48_000)


@pytest.mark.parametrize(
    ("name", "metadata", "provider"),
    [
        ("a.mp4", {}, None),
        ("kling_20250101.mp4", {}, "kling"),
        ("可灵-01.mp4", {}, "kling"),
        ("a.mp4", {"comment": "Made with MiniMax"}, "hailuo"),
        ("a.mp4", {"title": "Gen-4 Turbo"}, "runway"),
    ],
)
def test_providers_are_guessed_from_tags_and_names(
    tmp_path: Path, name: str, metadata: dict[str, str], provider: str | None
) -> None:
    assert provider_guess(Clip(draw_clip(tmp_path / name, scenes(2), metadata=metadata).path).facts) == provider
