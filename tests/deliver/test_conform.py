"""Variable time into a constant rate."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from draw import VFR, frame_of, scene
from overlaycut.core.frame import Frame
from overlaycut.deliver.conform import conformed, conformed_distinct, dejittered
from overlaycut.errors import UsageError

PLANES = scene(0, (2, 2))
rates = st.sampled_from([Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(60), Fraction(10)])


def clip(times: list[Fraction], end: Fraction) -> Iterator[Frame]:
    for index, (at, then) in enumerate(pairwise([*times, end])):
        yield frame_of(PLANES, index=index, at=at, lasts=then - at)


def sources(times: list[Fraction], end: Fraction, rate: Fraction) -> list[int]:
    """Which input frame each output frame shows, by trying all of them."""
    frames = list(clip(times, end))
    shown, index = [], 0
    while index / rate < end:
        shown.append(max(frame.index for frame in frames if frame.at <= index / rate))
        index += 1
    return shown


def marked(frames: Iterator[Frame]) -> Iterator[Frame]:
    """Frames whose luma says which they are."""
    for frame in frames:
        y = frame.y.copy()
        y[:] = frame.index
        yield frame_of((y, frame.u, frame.v), index=frame.index, at=frame.at, lasts=frame.lasts)


@given(st.lists(st.integers(1, 90), min_size=1, max_size=40), st.integers(1, 90), rates)
@settings(deadline=None)
def test_every_output_shows_what_the_input_shows_then(steps: list[int], last: int, rate: Fraction) -> None:
    times = [Fraction(0)]
    for step in steps:
        times.append(times[-1] + Fraction(step, 600))
    end = times[-1] + Fraction(last, 600)
    out = list(conformed(rate)(marked(clip(times, end))))
    assert [frame.at for frame in out] == [index / rate for index in range(len(out))]
    assert {frame.lasts for frame in out} == {1 / rate}
    assert [frame.index for frame in out] == list(range(len(out)))
    assert [int(frame.y[0, 0]) for frame in out] == sources(times, end, rate)
    assert 0 <= len(out) / rate - end < 1 / rate


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(25), Fraction(60)], ids=str)
def test_what_has_the_rate_passes_as_it_is(rate: Fraction) -> None:
    times = [index / rate for index in range(20)]
    frames = list(clip(times, 20 / rate))
    out = list(conformed(rate)(iter(frames)))
    assert [(f.index, f.at, f.lasts) for f in out] == [(f.index, f.at, f.lasts) for f in frames]
    assert all(one.y is other.y for one, other in zip(out, frames, strict=True))


def test_variable_time_is_filled_with_what_was_shown() -> None:
    times = [Fraction(tick, 30) for tick in VFR]
    out = list(conformed(Fraction(30))(marked(clip(times, Fraction(25, 30)))))
    assert [int(f.y[0, 0]) for f in out] == [0, 1, 2, 2, 2, 3, 4, 4, 4, 4, 4, 5, 6, *[7] * 7, 8, *[9] * 4]


def test_a_clip_shorter_than_a_frame_is_one_frame() -> None:
    out = list(conformed(Fraction(10))(clip([Fraction(0)], Fraction(1, 60))))
    assert [(frame.at, frame.lasts) for frame in out] == [(0, Fraction(1, 10))]


def test_nothing_in_is_nothing_out() -> None:
    assert list(conformed(Fraction(30))(iter([]))) == []


@settings(max_examples=60, deadline=None)
@given(rate=rates, lengths=st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_blended_frames_are_the_mean_of_what_shows(rate: Fraction, lengths: list[int]) -> None:
    times = [Fraction(sum(lengths[:n]), 60) for n in range(len(lengths) + 1)]
    greys = [(37 * n) % 200 + 16 for n in range(len(lengths))]
    frames = [
        frame_of(
            tuple(np.full(p.shape, g, np.uint8) for p in PLANES), index=n, at=times[n], lasts=times[n + 1] - times[n]
        )
        for n, g in enumerate(greys)
    ]
    out = list(conformed(rate, "blend")(iter(frames)))
    assert [f.at for f in out] == [f.at for f in conformed(rate)(iter(frames))]
    for frame in out:
        ends = min(frame.at + frame.lasts, times[-1])
        shares = [max(min(f.at + f.lasts, ends) - max(f.at, frame.at), Fraction(0)) for f in frames]
        mean = sum(float(share) * grey for share, grey in zip(shares, greys, strict=True)) / float(sum(shares))
        assert abs(int(frame.y[0, 0]) - mean) <= 0.5 * len(lengths)


def test_a_rate_that_fits_is_not_blended() -> None:
    frames = list(clip([Fraction(n, 24) for n in range(6)], Fraction(6, 24)))
    out = list(conformed(Fraction(48), "blend")(iter(frames)))
    assert all(frame.y is frames[n // 2].y for n, frame in enumerate(out))


@pytest.mark.parametrize("rate", [Fraction(30), Fraction(24000, 1001), Fraction(60)], ids=str)
def test_rounded_times_neither_repeat_nor_drop_a_frame(rate: Fraction) -> None:
    times = [Fraction(round(n / rate * 1000), 1000) for n in range(50)]
    rounded = clip(times, Fraction(round(50 / rate * 1000), 1000))
    out = list(conformed(rate)(dejittered(rate)(rounded)))
    assert [frame.at for frame in out] == [n / rate for n in range(50)]
    assert {frame.lasts for frame in out} == {1 / rate}


@given(st.lists(st.integers(1, 12), min_size=1, max_size=60), st.sampled_from([24, 25, 30]))
def test_pictures_of_a_variable_rate_are_all_shown_where_there_is_room(gaps: list[int], fps: int) -> None:
    """Pictures at least one output frame apart, anywhere between the output's frames: none is lost or shown twice."""
    unit = Fraction(1, fps) / 4
    times = [Fraction(0)]
    for gap in gaps:
        times.append(times[-1] + (gap + 3) * unit)
    end = times[-1] + 8 * unit
    frames = [
        frame_of(PLANES, index=n, at=at, lasts=(times[n + 1] if n + 1 < len(times) else end) - at)
        for n, at in enumerate(times)
    ]
    seen: dict[int, list[Fraction]] = {}
    out = list(conformed_distinct(Fraction(fps))(marked(iter(frames))))
    assert [frame.at for frame in out] == [Fraction(n, fps) for n in range(len(out))]
    assert 0 <= Fraction(len(out), fps) - end < Fraction(1, fps)
    for frame in out:
        seen.setdefault(int(frame.y[0, 0]), []).append(frame.at)
    assert sorted(seen) == list(range(len(times)))
    for number, shown in seen.items():
        assert -Fraction(1, 2 * fps) <= shown[0] - times[number] <= Fraction(1, fps)


def test_more_pictures_than_frames_are_left_out_and_the_rest_stay_in_time() -> None:
    times = [Fraction(n, 60) for n in range(120)]
    frames = [frame_of(PLANES, index=n, at=at, lasts=Fraction(1, 60)) for n, at in enumerate(times)]
    out = list(conformed_distinct(Fraction(30))(marked(iter(frames))))
    assert len(out) == 60
    assert all(abs(frame.at - times[int(frame.y[0, 0])]) <= Fraction(1, 30) for frame in out)
    assert len({int(frame.y[0, 0]) for frame in out}) == 60


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(30000, 1001), Fraction(60)])
def test_a_constant_rate_passes_as_it_is(rate: Fraction) -> None:
    frames = [frame_of(PLANES, index=n, at=n / rate, lasts=1 / rate) for n in range(9)]
    out = list(conformed_distinct(rate)(iter(frames)))
    assert [(frame.at, frame.lasts) for frame in out] == [(frame.at, frame.lasts) for frame in frames]


def test_a_conversion_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="'bogus'"):
        conformed(Fraction(30), "bogus")  # type: ignore[arg-type]
