"""Loudness against the definitions: BS.1770's own tone, gates, and a limiter that keeps time."""

from __future__ import annotations

import math

import numpy as np
import pytest

from overlaycut.media import RATE, Samples, limited, loudness


def sine(level_db: float, *, hertz: float = 997, seconds: float = 3, sides: tuple[int, int] = (1, 1)) -> Samples:
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * hertz / RATE * np.arange(int(seconds * RATE)))
    return (wave[:, None] * sides).astype(np.float32)


def blocks(wave: Samples, size: int = 4801) -> list[Samples]:
    return [wave[at : at + size] for at in range(0, len(wave), size)]


@pytest.mark.parametrize("level", [-6.0, -23.0, -40.0])
@pytest.mark.parametrize(("sides", "offset"), [((1, 1), 0.0), ((1, 0), -3.01)])
def test_a_sine_is_as_loud_as_the_standard_says(level: float, sides: tuple[int, int], offset: float) -> None:
    """BS.1770-4: a 997 Hz sine in one channel of 0 dBFS reads -3.01 LKFS."""
    found = loudness(blocks(sine(level, sides=sides)))
    assert found.lufs == pytest.approx(level + offset, abs=0.1)
    assert found.true_peak_dbtp == pytest.approx(level, abs=0.2)


def test_peaks_between_samples_count() -> None:
    """A quarter of the rate, 45 degrees off: samples reach 0.707 of the wave's peak."""
    phase = 2 * np.pi / 4 * np.arange(RATE) + np.pi / 4
    fade = np.minimum(1, np.arange(RATE) / 4800) * np.minimum(1, np.arange(RATE)[::-1] / 4800)
    wave = np.repeat((0.5 * fade * np.sin(phase)).astype(np.float32)[:, None], 2, axis=1)
    found = loudness(blocks(wave)).true_peak_dbtp
    assert found == pytest.approx(20 * math.log10(0.5), abs=0.2)
    assert 20 * math.log10(np.abs(wave).max()) < -8.9


def test_quiet_parts_do_not_count() -> None:
    gated = np.concatenate([sine(-20, seconds=5), sine(-60, seconds=5)])
    assert loudness(blocks(gated)).lufs == pytest.approx(-20, abs=0.3)


def test_silence_has_no_loudness() -> None:
    found = loudness(blocks(np.zeros((RATE * 2, 2), np.float32)))
    assert (found.lufs, found.true_peak_dbtp) == (None, None)
    assert loudness([]) == found
    under = loudness(blocks(sine(-90)))
    assert under.lufs is None and under.true_peak_dbtp == pytest.approx(-90, abs=0.5)


@pytest.mark.parametrize("gain", [-6.0, 0.0, 6.0])
def test_under_the_ceiling_sound_is_only_scaled(gain: float) -> None:
    wave = sine(-20, hertz=440, seconds=1)
    out = np.concatenate(list(limited(blocks(wave), gain_db=gain, ceiling_dbtp=-1)))
    assert out.shape == wave.shape
    inner = slice(2000, -2000)
    assert np.abs(out[inner] - wave[inner] * 10 ** (gain / 20)).max() < 0.002


def test_nothing_is_louder_than_the_ceiling() -> None:
    wave = sine(-6, hertz=RATE / 4 * 0.99, seconds=2)
    out = np.concatenate(list(limited(blocks(wave), gain_db=12, ceiling_dbtp=-1)))
    peak = loudness(blocks(out)).true_peak_dbtp
    assert peak is not None and -3 < peak <= -0.8
    assert out.shape == wave.shape


@pytest.mark.parametrize("count", [0, 1, 100, 4800, 12_345])
def test_as_many_samples_come_out_as_went_in(count: int) -> None:
    wave = sine(-10, seconds=1)[:count]
    assert sum(len(block) for block in limited(blocks(wave), gain_db=3, ceiling_dbtp=-1)) == count


def test_limited_sound_stays_in_time() -> None:
    wave = np.zeros((RATE, 2), np.float32)
    wave[RATE // 2] = 0.5
    out = np.concatenate(list(limited(blocks(wave), gain_db=3, ceiling_dbtp=-1)))
    assert abs(int(np.abs(out[:, 0]).argmax()) - RATE // 2) <= 1
