"""Programmes: every join on its frame and its sample, at every rate; sound cut, faded and mixed exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from draw import SIZE, Tone, click_in, draw_clip, frame_of, number_in, scene, scenes
from overlaycut.assemble import MixParameters, Programme, Segment, programme_frames, programme_sound
from overlaycut.core.frame import Frame
from overlaycut.deliver import conformed
from overlaycut.media import RATE

NTSC = {Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)}
RATES = sorted({Fraction(24), Fraction(25), Fraction(30), Fraction(60)} | NTSC)


def programme(
    rate: Fraction, lengths: Sequence[int], *, sources: Sequence[Path] = (), source_in: Fraction = Fraction(0)
) -> Programme:
    """Segments of `lengths` frames, one after another; those with a source have its sound."""
    starts = [sum(lengths[:n]) for n in range(len(lengths))]
    segments = [
        Segment(
            name=f"shot-{n}",
            source=sources[n] if sources else Path(f"{n}.mp4"),
            frames=length,
            starts=start,
            source_in=source_in,
            has_sound=bool(sources),
        )
        for n, (length, start) in enumerate(zip(lengths, starts, strict=True))
    ]
    return Programme(width=SIZE[0], height=SIZE[1], rate=rate, segments=tuple(segments))


def shot(number: int, count: int, rate: Fraction) -> Callable[[], Iterator[Frame]]:
    """`count` frames at `rate`; frame k shows the number 20 * `number` + k."""

    def frames() -> Iterator[Frame]:
        for index in range(count):
            yield frame_of(scene(20 * number + index), index=index, at=index / rate, lasts=1 / rate)

    return frames


def shown(frames: Sequence[Frame]) -> list[int]:
    return [number_in(frame.y) for frame in frames]


def joined(blocks: Iterator[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.concatenate(list(blocks))


@pytest.mark.parametrize("rate", RATES)
def test_shots_at_the_programmes_rate_join_frame_by_frame(rate: Fraction) -> None:
    whole = programme(rate, [3, 5, 2])
    frames = list(programme_frames(whole, [shot(n, 8, rate) for n in range(3)], conformed(rate)))
    assert shown(frames) == [0, 1, 2, 20, 21, 22, 23, 24, 40, 41]
    assert [frame.index for frame in frames] == list(range(10))
    assert [frame.at for frame in frames] == [n / rate for n in range(10)]
    assert {frame.lasts for frame in frames} == {1 / rate}
    assert whole.frames == 10 and whole.duration == 10 / rate


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("source", RATES)
def test_shots_of_any_rate_give_exactly_their_frames(rate: Fraction, source: Fraction) -> None:
    lengths = [7, 1, 12]
    frames = list(programme_frames(programme(rate, lengths), [shot(n, 40, source) for n in range(3)], conformed(rate)))
    assert [frame.at for frame in frames] == [n / rate for n in range(20)]
    expected = [20 * n + int(k / rate * source) for n, length in enumerate(lengths) for k in range(length)]
    assert shown(frames) == expected


def test_a_shot_that_ends_early_holds_its_last_frame() -> None:
    rate = Fraction(25)
    frames = list(programme_frames(programme(rate, [5, 2]), [shot(0, 3, rate), shot(1, 2, rate)], conformed(rate)))
    assert shown(frames) == [0, 1, 2, 2, 2, 20, 21]
    assert [frame.at for frame in frames] == [n / rate for n in range(7)]


def test_a_shot_that_goes_on_is_read_no_further_than_its_cut() -> None:
    rate, read = Fraction(25), []

    def endless() -> Iterator[Frame]:
        for index in range(1000):
            read.append(index)
            yield frame_of(scene(index % 50), index=index, at=index / rate, lasts=1 / rate)

    assert len(list(programme_frames(programme(rate, [4]), [endless], conformed(rate)))) == 4
    assert len(read) <= 5


def test_every_segment_needs_its_picture() -> None:
    rate = Fraction(25)
    with pytest.raises(ValueError, match="shorter"):
        list(programme_frames(programme(rate, [1, 1]), [shot(0, 1, rate)], conformed(rate)))


@given(rate=st.sampled_from(RATES), lengths=st.lists(st.integers(1, 300), min_size=1, max_size=40))
def test_sound_has_the_length_of_the_picture_to_the_sample(rate: Fraction, lengths: list[int]) -> None:
    whole = programme(rate, lengths)
    total = sum(len(block) for block in programme_sound(whole))
    assert total == round(whole.duration * RATE)


@pytest.mark.parametrize("rate", RATES)
def test_a_sound_starts_with_its_shot_wherever_that_is(tmp_path: Path, rate: Fraction) -> None:
    click = Fraction(1, 10)
    sources = [
        draw_clip(tmp_path / f"{n}.mov", scenes(25), tone=Tone(click=click, codec="pcm_s16le")).path for n in range(4)
    ]
    lengths = [13, 17, 11, 19]
    wave = joined(programme_sound(programme(rate, lengths, sources=sources)))
    for n in range(4):
        begins = round(sum(lengths[:n]) / rate * RATE)
        ends = round(sum(lengths[: n + 1]) / rate * RATE)
        assert abs(click_in(wave[begins:ends]) - click) <= Fraction(1, RATE)


def test_sound_is_taken_from_where_the_shot_is_cut(tmp_path: Path) -> None:
    clip = draw_clip(tmp_path / "a.mov", scenes(25), tone=Tone(click=Fraction(1, 2), codec="pcm_s16le")).path
    rate = Fraction(25)
    wave = joined(programme_sound(programme(rate, [10], sources=[clip], source_in=Fraction(3, 10))))
    assert len(wave) == round(10 / rate * RATE)
    assert abs(click_in(wave) - Fraction(1, 5)) <= Fraction(1, RATE)


def test_joins_fade_and_do_not_click(tmp_path: Path) -> None:
    clip = draw_clip(tmp_path / "a.mov", scenes(25), tone=Tone(click=None, codec="pcm_s16le")).path
    rate, fade = Fraction(25), Fraction(1, 50)
    whole = programme(rate, [9, 9, 9], sources=[clip] * 3, source_in=Fraction(1, 7))
    wave = joined(programme_sound(whole, parameters=MixParameters(fade_seconds=fade)))[:, 0]
    ramp = round(fade * RATE)
    steepest = np.abs(np.diff(wave[ramp * 2 : ramp * 4])).max()
    for start in (0, round(9 / rate * RATE), round(18 / rate * RATE)):
        length = round(9 / rate * RATE)
        inside = wave[start : start + length]
        assert abs(inside[0]) <= 0.05 / ramp * 1.01 and abs(inside[-1]) <= 0.05 / ramp * 1.01
        assert np.abs(inside[: ramp // 4]).max() < 0.3 * np.abs(inside[ramp * 2 : ramp * 4]).max()
        assert np.abs(np.diff(wave[max(start - 50, 0) : start + 50])).max() <= steepest
        assert np.abs(inside[ramp:-ramp]).max() == pytest.approx(0.05, rel=0.02)


def test_a_silent_shot_is_silent_for_as_long_as_it_lasts(tmp_path: Path) -> None:
    clip = draw_clip(tmp_path / "a.mov", scenes(25), tone=Tone(codec="pcm_s16le")).path
    whole = programme(Fraction(30000, 1001), [10, 10], sources=[clip, clip])
    mute = Segment(
        name="card", source=clip, frames=7, starts=20, source_in=Fraction(0), has_sound=False
    )  # as an end card is
    whole = Programme(width=64, height=96, rate=whole.rate, segments=(*whole.segments, mute))
    wave = joined(programme_sound(whole))
    assert len(wave) == round(27 / whole.rate * RATE)
    assert not wave[round(20 / whole.rate * RATE) :].any() and wave[: round(20 / whole.rate * RATE)].any()


def test_voice_lies_over_the_shots_and_music_below(tmp_path: Path) -> None:
    voice = draw_clip(tmp_path / "v.mov", scenes(5), tone=Tone(click=Fraction(1, 5), codec="pcm_s16le")).path
    music = draw_clip(tmp_path / "m.mov", scenes(5), tone=Tone(click=Fraction(3, 5), codec="pcm_s16le")).path
    whole = programme(Fraction(25), [25])
    alone = joined(programme_sound(whole, voice=voice))
    both = joined(programme_sound(whole, voice=voice, music=music, parameters=MixParameters(music_gain_db=-20)))
    assert len(alone) == len(both) == RATE
    bed = both - alone
    assert abs(click_in(alone) - Fraction(1, 5)) <= Fraction(1, RATE)
    assert np.abs(bed).max() == pytest.approx(0.9 / 10, rel=0.02)
    assert abs(int(np.abs(bed[:, 0]).argmax()) - round(Fraction(3, 5) * RATE)) <= 4


def test_music_that_is_shorter_ends_and_longer_is_cut(tmp_path: Path) -> None:
    music = draw_clip(tmp_path / "m.mov", scenes(5), tone=Tone(seconds=Fraction(1), codec="pcm_s16le")).path
    for frames in (5, 60):
        wave = joined(programme_sound(programme(Fraction(30), [frames]), music=music))
        assert len(wave) == round(Fraction(frames, 30) * RATE)
        assert wave[: RATE // 10].any() and not wave[RATE:].any()
