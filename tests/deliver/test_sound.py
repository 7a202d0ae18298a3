"""The loudness of a programme, as the written file is heard."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from overlaycut.deliver.sound import Mastering
from overlaycut.media import RATE, Samples, loudness, through_aac


def speech(seconds: float, level: float = 0.05, click: float = 0.0) -> Samples:
    """Syllables of a buzzing voice with pauses between, and a click every second."""
    at = np.arange(int(RATE * seconds)) / RATE
    swell = np.clip(np.sin(2 * np.pi * 3.1 * at) + 0.3 * np.sin(2 * np.pi * 0.7 * at), 0, None) ** 1.5
    wave = sum(np.sin(2 * np.pi * hertz * at) / n for n, hertz in enumerate((130, 262, 523, 1100, 2500), start=1))
    wave = level * swell * wave
    for start in range(7000, len(wave) - 40, RATE):
        wave[start : start + 40] += click * np.hanning(40)
    return np.repeat(wave[:, None].astype(np.float32), 2, axis=1)


def mastering(wave: Samples) -> Mastering:
    return Mastering(lambda: iter([wave[at : at + 4801] for at in range(0, len(wave), 4801)]))


@pytest.mark.parametrize("seconds", [3, 5, 15])
@pytest.mark.parametrize("click", [0.0, 0.5])
@pytest.mark.parametrize("kbps", [128, 192])
def test_the_file_is_as_loud_as_was_asked(seconds: int, click: float, kbps: int) -> None:
    sound = mastering(speech(seconds, click=click))
    level = sound.level(lufs=-14, peak_dbtp=-1, kbps=kbps)
    heard = loudness(through_aac(sound.samples(level), kbps=kbps))
    assert heard == level.after
    assert heard.lufs == pytest.approx(-14, abs=0.5)
    assert heard.true_peak_dbtp is not None and heard.true_peak_dbtp <= -1


@pytest.mark.parametrize("wave", [np.zeros((RATE, 2), np.float32), np.zeros((0, 2), np.float32)])
def test_silence_stays_silence(wave: Samples) -> None:
    sound = mastering(wave)
    level = sound.level(lufs=-14, peak_dbtp=-1, kbps=128)
    assert level.gain_db == 0
    out = list(sound.samples(level))
    assert sum(len(block) for block in out) == len(wave)
    assert not any(block.any() for block in out)


def test_a_blink_of_sound_has_no_loudness_and_keeps_its_peak() -> None:
    sound = mastering(speech(0.2, level=2.0))
    level = sound.level(lufs=-14, peak_dbtp=-1, kbps=128)
    assert level.before.lufs is None
    assert level.after.true_peak_dbtp is not None and level.after.true_peak_dbtp <= -1


def test_noise_is_not_raised_without_end() -> None:
    sound = mastering(speech(3, level=0.001))
    assert sound.level(lufs=-14, peak_dbtp=-1, kbps=128).gain_db == 30


def test_one_level_is_found_once_for_all_who_ask() -> None:
    calls = 0
    wave = speech(1)

    def blocks() -> Iterator[Samples]:
        nonlocal calls
        calls += 1
        return iter([wave])

    sound = Mastering(blocks)
    askers = [threading.Thread(target=sound.level, kwargs={"lufs": -14, "peak_dbtp": -1, "kbps": 128}) for _ in "abc"]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    once = calls
    sound.level(lufs=-14, peak_dbtp=-1, kbps=128)
    assert calls == once <= 1 + 5


@pytest.mark.parametrize("count", [1, 1023, 1024, 1025, 5000])
def test_aac_gives_back_as_much_as_went_in(count: int) -> None:
    wave = speech(1)[:count]
    out = np.concatenate(list(through_aac([wave], kbps=192)))
    assert 0 <= len(out) - count < 1024
    assert np.abs(out[:count] - wave).max() < 0.05
