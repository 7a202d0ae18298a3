"""Beats of drawn music, and cuts moved onto them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from overlaycut.assemble.beats import beats_of, cuts_on_beats
from overlaycut.media import RATE


def music(
    bpm: float, seconds: float = 14, *, seed: int = 0, start: float = 0.3
) -> tuple[NDArray[np.float32], list[float]]:
    """Kick on every beat, a softer hat between beats, a chord that changes each bar, noise; and when the beats are."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE)
    sound = rng.standard_normal(count) * 0.01
    at = np.arange(round(0.25 * RATE)) / RATE
    kick = np.sin(2 * np.pi * (50 + 60 * np.exp(-at * 30)) * at) * np.exp(-at * 18)
    hat = rng.standard_normal(len(at)) * np.exp(-at * 80) * 0.25
    beats = list(np.arange(start, seconds - 0.3, 60 / bpm))
    for n, beat in enumerate(beats):
        for time, piece in ((beat, kick), (beat + 30 / bpm, hat)):
            begin = round(time * RATE)
            part = piece[: max(count - begin, 0)]
            sound[begin : begin + len(part)] += part * (1.0 if n % 4 == 0 else 0.8)
        if n % 4 == 0:
            begin, length = round(beat * RATE), round(4 * 60 / bpm * RATE)
            time = np.arange(min(length, count - begin)) / RATE
            root = (220, 196, 262, 175)[n // 4 % 4]
            sound[begin : begin + len(time)] += sum(np.sin(2 * np.pi * root * k * time) for k in (1, 1.25, 1.5)) * 0.05
    return np.repeat((sound * 0.4).astype(np.float32)[:, None], 2, axis=1), beats


def f_measure(found: tuple[Fraction, ...], truth: list[float], tolerance: float = 0.07) -> float:
    """The usual measure of beat tracking: beats within 70 ms."""
    hits = sum(any(abs(float(beat) - true) <= tolerance for beat in found) for true in truth)
    return 2 * hits / (len(found) + len(truth))


@pytest.mark.parametrize("bpm", [72, 90, 100, 118, 128, 140, 165])
def test_beats_of_steady_music_are_found(bpm: int) -> None:
    for seed in range(2):
        sound, truth = music(bpm, seed=seed, start=0.3 + 0.1 * seed)
        found = beats_of(sound)
        twice = [*truth, *(beat + 30 / bpm for beat in truth)]  # slow music may be counted in its off-beats
        assert max(f_measure(found, truth), f_measure(found, twice) if bpm < 80 else 0) > 0.9
        near = [min(abs(float(beat) - true) for true in twice) for beat in found]
        assert float(np.median(near)) < 0.02


def test_noise_and_silence_have_no_beat() -> None:
    assert beats_of(np.zeros((5 * RATE, 2), np.float32)) == ()
    assert beats_of(np.zeros((100, 2), np.float32)) == ()
    noise = np.random.default_rng(0).standard_normal((5 * RATE, 2)).astype(np.float32) * 0.1
    assert beats_of(noise) == ()


def test_cuts_move_to_the_nearest_beat_that_their_shot_reaches() -> None:
    beats = [Fraction(n, 2) for n in range(20)]
    lengths = [Fraction(22, 10), Fraction(19, 10), Fraction(3)]
    moved = cuts_on_beats(lengths, beats, longest=[Fraction(3), Fraction(2), Fraction(3)])
    assert [(one.segment, one.beat) for one in moved] == [(0, Fraction(2)), (1, Fraction(4))]
    assert [one.change for one in moved] == [Fraction(-1, 5), Fraction(1, 10)]
    kept = cuts_on_beats(lengths, beats)
    assert [one.beat for one in kept] == [Fraction(2), Fraction(7, 2)], "a shot that has no more is only shortened"
    assert cuts_on_beats(lengths, [Fraction(9)]) == ()


@settings(deadline=None)
@given(
    lengths=st.lists(st.fractions(Fraction(1, 2), 6, max_denominator=24), min_size=1, max_size=6),
    beats=st.lists(st.fractions(0, 30, max_denominator=100), max_size=40),
)
def test_no_shot_becomes_longer_than_it_is_or_too_short(lengths: list[Fraction], beats: list[Fraction]) -> None:
    changes = {one.segment: one.change for one in cuts_on_beats(lengths, sorted(beats))}
    assert len(lengths) - 1 not in changes
    new = [length + changes.get(n, 0) for n, length in enumerate(lengths)]
    assert all(Fraction(1, 2) <= after <= before for after, before in zip(new, lengths, strict=True))
    assert all(abs(change) <= Fraction(1, 2) for change in changes.values())
