"""Programmes: every join on its frame and its sample, at every rate; sound cut, faded and mixed exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from draw import SIZE, Tone, click_in, draw_clip, frame_of, number_in, scene, scenes
from overlaycut.assemble import (
    MixParameters,
    Programme,
    ProgrammePart,
    Segment,
    laid_out,
    programme_frames,
    programme_mix,
)
from overlaycut.core.frame import Frame
from overlaycut.core.programme_tables import Transition
from overlaycut.deliver import conformed
from overlaycut.errors import UsageError
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


@settings(deadline=None)
@given(rate=st.sampled_from(RATES), lengths=st.lists(st.integers(1, 90), min_size=1, max_size=20))
def test_sound_has_the_length_of_the_picture_to_the_sample(rate: Fraction, lengths: list[int]) -> None:
    whole = programme(rate, lengths)
    assert len(programme_mix(whole)) == round(whole.duration * RATE)


@pytest.mark.parametrize("rate", RATES)
def test_a_sound_starts_with_its_shot_wherever_that_is(tmp_path: Path, rate: Fraction) -> None:
    click = Fraction(1, 10)
    sources = [
        draw_clip(tmp_path / f"{n}.mov", scenes(25), tone=Tone(click=click, codec="pcm_s16le")).path for n in range(4)
    ]
    lengths = [13, 17, 11, 19]
    wave = programme_mix(programme(rate, lengths, sources=sources))
    for n in range(4):
        begins = round(sum(lengths[:n]) / rate * RATE)
        ends = round(sum(lengths[: n + 1]) / rate * RATE)
        assert abs(click_in(wave[begins:ends]) - click) <= Fraction(1, RATE)


def test_sound_is_taken_from_where_the_shot_is_cut(tmp_path: Path) -> None:
    clip = draw_clip(tmp_path / "a.mov", scenes(25), tone=Tone(click=Fraction(1, 2), codec="pcm_s16le")).path
    rate = Fraction(25)
    wave = programme_mix(programme(rate, [10], sources=[clip], source_in=Fraction(3, 10)))
    assert len(wave) == round(10 / rate * RATE)
    assert abs(click_in(wave) - Fraction(1, 5)) <= Fraction(1, RATE)


def test_joins_fade_and_do_not_click(tmp_path: Path) -> None:
    clip = draw_clip(tmp_path / "a.mov", scenes(25), tone=Tone(click=None, codec="pcm_s16le")).path
    rate, fade = Fraction(25), Fraction(1, 50)
    whole = programme(rate, [9, 9, 9], sources=[clip] * 3, source_in=Fraction(1, 7))
    wave = programme_mix(whole, parameters=MixParameters(fade_seconds=fade))[:, 0]
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
    wave = programme_mix(whole)
    assert len(wave) == round(27 / whole.rate * RATE)
    assert not wave[round(20 / whole.rate * RATE) :].any() and wave[: round(20 / whole.rate * RATE)].any()


def test_a_crossfade_shares_frames_and_a_fade_darkens_them() -> None:
    rate, lasts = Fraction(25), Fraction(1, 25)
    greys = [40, 200, 120]

    def grey(level: int) -> Callable[[], Iterator[Frame]]:
        half = np.full((48, 32), 128, np.uint8)
        plane = np.full((96, 64), level, np.uint8)
        return lambda: (Frame(n, n * lasts, lasts, plane, half, half) for n in range(30))

    parts = [
        ProgrammePart(
            name=str(n), source=Path(f"{n}.mp4"), source_in=Fraction(0), seconds=Fraction(1), has_sound=False,
            transition=how, transition_seconds=Fraction(2, 5),
        )
        for n, how in enumerate(("cut", "crossfade", "fade"))
    ]  # fmt: skip
    whole = Programme(width=64, height=96, rate=rate, segments=tuple(laid_out(parts, rate, fade_out=Fraction(1, 5))))
    assert whole.frames == 3 * 25 - 10
    frames = list(programme_frames(whole, [grey(level) for level in greys], conformed(rate)))
    assert len(frames) == whole.frames and [frame.index for frame in frames] == list(range(65))
    luma = [int(frame.y[0, 0]) for frame in frames]
    assert luma[:15] == [40] * 15
    assert luma[15:25] == [round(40 + 160 * k / 11) for k in range(1, 11)]
    assert luma[25:35] == [200] * 10
    assert luma[35:40] == [round(16 + 184 * k / 6) for k in range(5, 0, -1)]
    assert luma[40:45] == [round(16 + 104 * k / 6) for k in range(1, 6)]
    assert luma[-5:] == [round(16 + 104 * k / 6) for k in range(5, 0, -1)]
    assert min(luma) > 16, "no frame is black"


@pytest.mark.parametrize("speed", [Fraction(1, 2), Fraction(5, 4), Fraction(2)])
@pytest.mark.parametrize("rate", [Fraction(24), Fraction(30000, 1001)])
def test_a_shot_at_another_speed_lasts_as_long_as_it_then_takes(speed: Fraction, rate: Fraction) -> None:
    part = ProgrammePart(
        name="a", source=Path("a"), source_in=Fraction(0), seconds=Fraction(1), has_sound=False, speed=speed,
        hold=Fraction(1, 5),
    )  # fmt: skip
    segments = laid_out([part], rate)
    whole = Programme(width=64, height=96, rate=rate, segments=tuple(segments))
    moving = round(rate / speed)
    assert (whole.frames, segments[0].held) == (moving + round(rate / 5), round(rate / 5))
    numbers = shown(list(programme_frames(whole, [shot(0, 31, rate)], conformed(rate))))
    assert numbers[:moving] == [int(n * speed) for n in range(moving)]
    assert set(numbers[moving:]) == {numbers[moving - 1]}, "then the last frame stays"


def test_a_shot_that_is_shorter_than_its_transitions_is_named() -> None:
    parts = [
        ProgrammePart(
            name=f"shot-{n}", source=Path("a"), source_in=Fraction(0), seconds=Fraction(1, 2), has_sound=False,
            transition="crossfade" if n else "cut", transition_seconds=Fraction(2, 5),
        )
        for n in range(3)
    ]  # fmt: skip
    with pytest.raises(UsageError, match=r"shot-1: it lasts 0\.50 s, less than the transitions"):
        laid_out(parts, Fraction(30))
    with pytest.raises(UsageError, match="less than a frame"):
        laid_out([replace(parts[0], seconds=Fraction(1, 100))], Fraction(30))


@settings(deadline=None)
@given(
    rate=st.sampled_from([Fraction(16), *RATES]),
    lengths=st.lists(st.integers(30, 300), min_size=1, max_size=8),
    joins=st.lists(st.sampled_from(["cut", "crossfade", "fade"]), min_size=8, max_size=8),
)
def test_a_programme_is_as_long_as_its_parts_less_their_overlaps(
    rate: Fraction, lengths: list[int], joins: list[Transition]
) -> None:
    parts = [
        ProgrammePart(
            name=str(n), source=Path("a"), source_in=Fraction(0), seconds=Fraction(length, 24), has_sound=False,
            transition=join if n else "cut", transition_seconds=Fraction(2, 5),
        )
        for n, (length, join) in enumerate(zip(lengths, joins, strict=False))
    ]  # fmt: skip
    segments = laid_out(parts, rate)
    overlaps = sum(round(Fraction(2, 5) * rate) for part in parts if part.transition == "crossfade")
    assert segments[-1].ends == sum(round(part.seconds * rate) for part in parts) - overlaps
