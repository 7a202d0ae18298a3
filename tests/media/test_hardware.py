"""Encoders in hardware: which is chosen, what it is asked for, and frames on their way through it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from overlaycut.core.frame import Frame
from overlaycut.errors import InvalidValue, MissingPart
from overlaycut.media import Clip, Encoding, chosen_encoder, codecs, encoder_notes, hardware, write_clip
from overlaycut.media.hardware import HARDWARE, HardwareEncoder, RateControl

ASKED = RateControl(preset="slow", crf=19.5, kbps=None, max_kbps=8000, buffer_kbit=None, gop=60, b_frames=2)


def test_auto_takes_the_first_that_works() -> None:
    assert chosen_encoder("auto", lambda one: None) == "nvenc"
    assert chosen_encoder("auto", lambda one: None if one == "qsv" else "no such circuit") == "qsv"


def test_auto_falls_back_on_x264_and_says_so() -> None:
    chosen = chosen_encoder("auto", lambda _: "no such circuit")
    assert chosen == "x264"
    assert encoder_notes("auto", chosen) == ("no encoder in hardware works on this machine: x264 encodes H.264",)
    assert encoder_notes("x264", "x264") == () == encoder_notes("auto", "nvenc")


def test_x264_is_taken_without_a_trial() -> None:
    def trial(_: str) -> str:
        raise AssertionError

    assert chosen_encoder("x264", trial) == "x264"


def test_a_named_encoder_that_does_not_work_is_refused() -> None:
    with pytest.raises(MissingPart, match="nvenc does not work on this machine: no driver"):
        chosen_encoder("nvenc", lambda _: "no driver")


def test_an_unknown_encoder_is_refused() -> None:
    with pytest.raises(InvalidValue, match="cuda"):
        chosen_encoder("cuda")  # type: ignore[arg-type]


@pytest.mark.parametrize("encoder", sorted(HARDWARE))
def test_a_trial_ends_with_an_answer(encoder: codecs.Encoder) -> None:
    problem = hardware.why_unusable(encoder)
    assert problem is None or HARDWARE[encoder].name in problem


@pytest.mark.parametrize("encoder", sorted(HARDWARE))
def test_caps_and_key_frames_are_passed_on(encoder: codecs.Encoder) -> None:
    options = HARDWARE[encoder].options(ASKED)
    assert (options["maxrate"], options["bufsize"], options["g"], options["bf"]) == ("8000k", "16000k", "60", "2")
    assert options["profile"] == "high" and "+cgop" in options["flags"]


def test_quality_in_each_encoders_words() -> None:
    assert HARDWARE["nvenc"].options(ASKED)["cq"] == "19.5"
    assert HARDWARE["qsv"].options(ASKED)["global_quality"] == "20"
    toolbox = HARDWARE["videotoolbox"].options(ASKED)
    assert toolbox["flags"] == "+cgop+qscale" and toolbox["global_quality"] == str(61 * 118)


@pytest.mark.parametrize("encoder", sorted(HARDWARE))
def test_a_mean_rate_replaces_the_quality(encoder: codecs.Encoder) -> None:
    asked = RateControl(preset="medium", crf=20, kbps=4000, max_kbps=None, buffer_kbit=None, gop=None, b_frames=None)
    assert not {"cq", "global_quality", "g", "maxrate"} & HARDWARE[encoder].options(asked).keys()


@pytest.mark.parametrize("wrong", [{"codec": "av1"}, {"lossless": True}, {"statistics": Path("log")}])
def test_what_hardware_cannot_write_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidValue, match="encoder"):
        Encoding(encoder="nvenc", **wrong)  # type: ignore[arg-type]


def test_pixels_survive_an_encoder_that_takes_interleaved_chroma(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Quick Sync takes NV12; x264 takes it too, and without loss it gives the samples back."""
    exact = HardwareEncoder("libx264", "nv12", lambda _: {"qp": "0", "bf": "2"})
    monkeypatch.setattr(codecs, "HARDWARE", {"qsv": exact})
    random, rate = np.random.default_rng(7), Fraction(25)
    frames = [
        Frame(
            index=index,
            at=index / rate,
            lasts=1 / rate,
            y=random.integers(16, 236, (64, 96), np.uint8),
            u=random.integers(16, 241, (32, 48), np.uint8),
            v=random.integers(16, 241, (32, 48), np.uint8),
        )
        for index in range(7)
    ]
    encoding = Encoding(encoder="qsv", edit_lists=False)
    write_clip(iter(frames), tmp_path / "a.mp4", tick=1 / rate, encoding=encoding)
    back = list(Clip(tmp_path / "a.mp4").frames())
    assert [frame.at for frame in back] == [frame.at for frame in frames]
    for ours, theirs in zip(frames, back, strict=True):
        for a, b in zip(ours.planes, theirs.planes, strict=True):
            assert np.array_equal(a, b)
