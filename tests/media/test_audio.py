"""Sound as samples: as many as asked for, from where it was asked."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from draw import Tone, click_in, draw_clip, draw_sound, scenes, sound_of
from overlaycut.errors import DecodeError, MissingInput
from overlaycut.media import RATE, samples, silence
from overlaycut.media.audio import picture_start


def read(path: Path, start: Fraction = Fraction(0), duration: Fraction | None = None) -> np.ndarray:
    blocks = list(samples(path, start=start, duration=duration))
    assert all(block.dtype == np.float32 and block.ndim == 2 and block.shape[1] == 2 for block in blocks)
    assert all(len(block) for block in blocks)
    return np.concatenate(blocks) if blocks else np.zeros((0, 2), np.float32)


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    return draw_sound(tmp_path / "a.wav", Tone(codec="pcm_s16le"))


def test_samples_of_48_khz_are_those_of_the_file(wav: Path) -> None:
    drawn = np.rint(sound_of(Tone(codec="pcm_s16le")).T * 32767) / 32768
    assert np.abs(read(wav) - drawn).max() < 1e-6


@pytest.mark.parametrize("duration", [Fraction(1, 3), Fraction(1, 48_000), Fraction(1), Fraction(5, 2)], ids=str)
@pytest.mark.parametrize("start", [Fraction(0), Fraction(1, 7), Fraction(3), Fraction(-1, 4)], ids=str)
def test_there_are_exactly_as_many_as_asked_for(wav: Path, start: Fraction, duration: Fraction) -> None:
    assert len(read(wav, start, duration)) == round(duration * RATE)


@pytest.mark.parametrize("start", [Fraction(0), Fraction(1, 4), Fraction(1, 3), Fraction(-1, 5)], ids=str)
def test_the_start_is_where_it_was_asked(wav: Path, start: Fraction) -> None:
    whole, part = read(wav), read(wav, start)
    at = round(start * RATE)
    if at >= 0:
        assert (part == whole[at:]).all()
    else:
        assert (part[:-at] == 0).all() and (part[-at:] == whole).all()


def test_what_lies_behind_the_end_is_silent(wav: Path) -> None:
    assert not read(wav, Fraction(2), Fraction(1, 10)).any()
    assert len(read(wav, Fraction(2))) == 0


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 96_000])
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_other_rates_become_48_khz_in_time(tmp_path: Path, rate: int, layout: str) -> None:
    tone = Tone(codec="pcm_s16le", rate=rate, layout=layout)
    found = read(draw_sound(tmp_path / "a.wav", tone))
    assert abs(len(found) - RATE) <= 64
    assert abs(click_in(found) - Fraction(1, 2)) <= Fraction(1, 1000)
    assert np.abs(found[:, 0] - found[:, 1]).max() < 1e-6


def test_surround_is_folded_down(tmp_path: Path) -> None:
    found = read(draw_sound(tmp_path / "a.wav", Tone(codec="pcm_s16le", layout="5.1")))
    assert found.shape == (RATE, 2)
    assert np.isfinite(found).all() and np.abs(found).max() > 0.2


def test_samples_start_with_the_picture(tmp_path: Path) -> None:
    tone = Tone(codec="pcm_s16le", starts=Fraction(0), click=Fraction(3, 4))
    drawn = draw_clip(tmp_path / "a.mov", scenes(25), ticks=[10 + n for n in range(25)], tone=tone)
    assert abs(click_in(read(drawn.path)) - (Fraction(3, 4) - Fraction(2, 5))) <= Fraction(1, 10_000)


def test_sound_that_starts_late_is_preceded_by_silence(tmp_path: Path) -> None:
    tone = Tone(codec="pcm_s16le", starts=Fraction(1, 4))
    drawn = draw_clip(tmp_path / "a.mov", scenes(25), tone=tone)
    found = read(drawn.path)
    assert len(found) == RATE + RATE // 4
    assert not found[: RATE // 4].any()
    assert found[RATE // 4 : RATE // 4 + 100].any()


@pytest.mark.parametrize("rate", [48_000, 44_100])
def test_holes_are_filled_with_silence(tmp_path: Path, rate: int) -> None:
    hole = (Fraction(1, 5), Fraction(2, 5))
    tone = Tone(codec="pcm_s16le", rate=rate, holes=(hole,), click=Fraction(4, 5))
    drawn = draw_clip(tmp_path / "a.mkv", scenes(25), tone=tone)
    found = read(drawn.path)
    assert abs(click_in(found) - Fraction(4, 5)) <= Fraction(1, 500)
    inside = found[round(Fraction(1, 4) * RATE) : round(Fraction(7, 20) * RATE)]
    assert not inside.any()


def test_a_picture_without_sound_gives_silence(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4").path
    found = read(path, duration=Fraction(1, 3))
    assert found.shape == (16_000, 2) and not found.any()
    assert len(read(path)) == 0


def test_a_cover_is_no_picture(tmp_path: Path) -> None:
    """A song with a cover: its samples start with its first sample."""
    song = draw_sound(tmp_path / "a.mp4", Tone(), cover=True)
    assert abs(click_in(read(song)) - Fraction(1, 2)) <= Fraction(1, 1000)
    assert picture_start(song) == 0


def test_silence() -> None:
    for duration in (Fraction(0), Fraction(1, 3), Fraction(1, 10), Fraction(7, 3)):
        assert sum(len(block) for block in silence(duration)) == round(duration * RATE)
    assert not any(block.any() for block in silence(Fraction(1)))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MissingInput):
        list(samples(tmp_path / "nowhere.wav"))
    (tmp_path / "noise.wav").write_bytes(b"RIFFxxxx" * 100)
    with pytest.raises(DecodeError):
        list(samples(tmp_path / "noise.wav"))
