"""Sequences of pictures and stems, read back by other libraries than those that wrote them."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from draw import scene_frames
from overlaycut.errors import NoPicture
from overlaycut.media import RATE, sequence_name, write_sequence, write_wav


def test_an_exr_holds_linear_light(tmp_path: Path) -> None:
    openexr = pytest.importorskip("OpenEXR")
    frames = list(scene_frames(3))
    assert write_sequence(iter(frames), tmp_path, "plate", "exr", linear=True) == 3
    picture = openexr.File(str(tmp_path / sequence_name("plate", 2, "exr"))).channels()["RGB"].pixels
    code = frames[1].rgb() / 255
    light = np.where(code < 0.081, code / 4.5, ((code + 0.099) / 1.099) ** (1 / 0.45))
    assert picture.dtype == np.float16
    assert np.abs(picture.astype(np.float64) - light).max() < 5e-4


def test_a_matte_is_its_own_share(tmp_path: Path) -> None:
    openexr = pytest.importorskip("OpenEXR")
    frames = list(scene_frames(1))
    write_sequence(iter(frames), tmp_path, "matte", "exr", linear=False)
    picture = openexr.File(str(tmp_path / sequence_name("matte", 1, "exr"))).channels()["RGB"].pixels
    assert np.abs(picture.astype(np.float64) - frames[0].rgb() / 255).max() < 5e-4


def test_pngs_are_the_frames(tmp_path: Path) -> None:
    frames = list(scene_frames(2))
    write_sequence(iter(frames), tmp_path, "plate", "png", linear=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plate.0001.png", "plate.0002.png"]
    assert (np.asarray(Image.open(tmp_path / "plate.0002.png")) == frames[1].rgb()).all()


def test_a_sequence_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoPicture):
        write_sequence(iter(()), tmp_path, "plate", "png", linear=True)


def test_a_stem_is_24_bit_sound(tmp_path: Path) -> None:
    wave_in = np.linspace(-1.2, 1.2, 4800 * 2, dtype=np.float32).reshape(-1, 2)
    written = write_wav(iter([wave_in[:1000], wave_in[1000:]]), tmp_path / "voice.wav")
    assert written.duration == Fraction(4800, RATE)
    with wave.open(str(tmp_path / "voice.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 3, RATE)
        raw = np.frombuffer(file.readframes(file.getnframes()), np.uint8).reshape(-1, 3)
    wide = np.zeros((len(raw), 4), np.uint8)
    wide[:, 1:] = raw
    back = wide.view("<i4")[:, 0].reshape(-1, 2) / 2**31
    assert np.abs(back - np.clip(wave_in, -1, 1)).max() < 1e-6
