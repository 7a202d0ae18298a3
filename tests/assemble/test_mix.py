"""The mix of a programme: fades at joins, crossfades, a voice, and music that gives way to it."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from overlaycut.assemble import Programme, ProgrammePart, ProgrammeSound, SoundPlan, laid_out, programme_mix
from overlaycut.assemble.ducking import ducked, sound_level
from overlaycut.core.programme_tables import Transition
from overlaycut.media import RATE, at_tempo, k_weighted, loudness

SPEECH = ((Fraction(1), Fraction(3)), (Fraction(5), Fraction(6)))


def written(path: Path, samples: NDArray[np.float32], channels: int = 2) -> Path:
    """A WAV file of 16 bits; `samples` is (n,) or (n, channels)."""
    full = np.repeat(samples[:, None], channels, axis=1) if samples.ndim == 1 else samples
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.rint(np.clip(full, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def tone(seconds: float, hertz: float = 440.0, level: float = 0.3) -> NDArray[np.float32]:
    at = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hertz * at)).astype(np.float32)


def noise(seconds: float, level: float = 0.1, seed: int = 0) -> NDArray[np.float32]:
    return (np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * level).astype(np.float32)


def spoken(seconds: float) -> NDArray[np.float32]:
    """Noise in syllables of a fifth of a second where SPEECH is, silence elsewhere."""
    at = np.arange(round(seconds * RATE)) / RATE
    there = np.zeros(len(at), bool)
    for start, end in SPEECH:
        there |= (at >= start) & (at < end)
    return noise(seconds, 0.2) * (0.6 + 0.4 * np.sin(2 * np.pi * 5 * at)).astype(np.float32) * there


def programme(
    sources: list[Path], *, seconds: Fraction = Fraction(2), join: Transition = "cut", **changed: object
) -> Programme:
    rate = Fraction(30000, 1001)
    parts = [
        ProgrammePart(
            name=path.name, source=path, source_in=Fraction(0), seconds=seconds, has_sound=path.suffix == ".wav",
            transition=join if n else "cut", **changed,  # type: ignore[arg-type]
        )
        for n, path in enumerate(sources)
    ]  # fmt: skip
    return Programme(width=64, height=96, rate=rate, segments=tuple(laid_out(parts, rate)))


def test_a_join_has_no_step_that_its_sounds_do_not_have(tmp_path: Path) -> None:
    sources = [written(tmp_path / f"{n}.wav", tone(2.5, hertz)) for n, hertz in enumerate((440, 333, 517))]
    for join in ("cut", "crossfade", "fade"):
        whole = programme(sources, join=join)  # type: ignore[arg-type]
        mix = programme_mix(whole)
        steps = np.abs(np.diff(mix[:, 0]))
        inside = steps[RATE // 2 : RATE].max() * (517 / 440)
        assert steps.max() <= inside * (1.5 if join == "crossfade" else 1.01), join
        assert len(mix) == round(whole.duration * RATE)


def test_a_crossfade_keeps_the_power_of_unlike_sounds(tmp_path: Path) -> None:
    sources = [written(tmp_path / f"{n}.wav", noise(2.5, 0.1, n)) for n in range(2)]
    whole = programme(sources, join="crossfade")
    mix = programme_mix(whole)[:, 0]
    begins = round(whole.segments[1].starts / whole.rate * RATE)
    for part in np.split(mix[begins : begins + RATE // 2], 5):
        assert float(np.sqrt((part**2).mean())) == pytest.approx(0.1, rel=0.1)


def test_sound_is_kept_lowered_or_silent(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", tone(3))
    peaks = [np.abs(programme_mix(programme([path], gain=gain))).max() for gain in (1.0, 0.25, 0.0)]
    assert peaks == pytest.approx([0.3, 0.075, 0.0], abs=0.002)


@pytest.mark.parametrize("speed", [Fraction(1, 2), Fraction(2)])
def test_sound_at_another_speed_keeps_its_pitch_and_fits(tmp_path: Path, speed: Fraction) -> None:
    path = written(tmp_path / "a.wav", tone(3, 1000))
    whole = programme([path], speed=speed)
    mix = programme_mix(whole)[:, 0]
    assert len(mix) == round(whole.duration * RATE)
    middle = mix[len(mix) // 4 : 3 * len(mix) // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert np.argmax(spectrum) * RATE / len(middle) == pytest.approx(1000, abs=10)
    assert np.abs(mix[-RATE // 20 - RATE // 30 :]).max() > 0.1, "it sounds to its end"


def test_a_held_frame_is_silent_and_begins_without_a_click(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", tone(3))
    whole = programme([path], seconds=Fraction(1), hold=Fraction(1))
    mix = programme_mix(whole)[:, 0]
    assert np.abs(mix[round(1.05 * RATE) :]).max() == 0
    assert np.abs(np.diff(mix)).max() <= 2 * np.pi * 440 / RATE * 0.3 * 1.02


def test_music_goes_down_before_the_voice_and_comes_back_after_it(tmp_path: Path) -> None:
    music, voice = written(tmp_path / "m.wav", noise(9, 0.1, 1)), written(tmp_path / "v.wav", spoken(9))
    plan = SoundPlan(voice=voice, music=music, speech=lambda: SPEECH, music_fade=Fraction(0))
    silent = programme([tmp_path / "a.png"] * 4)
    both = programme_mix(silent, plan)
    bed = both - programme_mix(silent, SoundPlan(voice=voice))
    over = both - bed
    for start, end in SPEECH:
        part = ((start, end),)
        under = (sound_level(over, part) or 0) - (sound_level(bed, part) or 0)
        assert 11.5 <= under <= 13, "12 LU below while it speaks"
    free = [
        sound_level(bed, ((a, b),)) or 0 for a, b in ((Fraction(1, 5), Fraction(3, 5)), (Fraction(36, 10), Fraction(4)))
    ]
    assert free[0] == pytest.approx((sound_level(over, SPEECH) or 0) - 6, abs=0.5)
    assert free[1] == pytest.approx(free[0], abs=0.3), "back 0.6 s after the last word"


def test_a_quiet_voice_takes_the_music_further_down() -> None:
    music = np.repeat(noise(9, 0.1, 1)[:, None], 2, axis=1)
    for level in (1.0, 0.25):
        voice = np.repeat(spoken(9)[:, None], 2, axis=1) * np.float32(level)
        bed = ducked(music, voice, SPEECH, lu=10)
        assert (sound_level(voice, SPEECH) or 0) - (sound_level(bed, SPEECH) or 0) >= 9.9


def test_short_music_begins_again_without_a_gap_and_fades_at_the_end(tmp_path: Path) -> None:
    quiet = np.zeros(RATE // 4, np.float32)
    music = written(tmp_path / "m.wav", np.concatenate([quiet, noise(2, 0.1, 3), quiet]))
    silent = programme([tmp_path / "a.png"] * 4)
    mix = programme_mix(silent, SoundPlan(music=music))[:, 0]
    level = np.sqrt((mix[: len(mix) // 2400 * 2400].reshape(-1, 2400) ** 2).mean(axis=1))
    assert level[2:-40].min() > 0.07 and level[-1] < 0.01
    assert np.all(np.diff(level[-30::10]) < 0)
    once = programme_mix(silent, SoundPlan(music=music, loop=False))[:, 0]
    assert np.abs(once[round(2.6 * RATE) :]).max() == 0 and np.abs(once[: 2 * RATE]).max() > 0.1


def test_channels_of_any_number_become_two(tmp_path: Path) -> None:
    silent = programme([tmp_path / "a.png"])
    for channels in (1, 2, 6):
        voice = written(tmp_path / f"{channels}.wav", tone(1), channels)
        mix = programme_mix(silent, SoundPlan(voice=voice))
        assert mix.shape[1] == 2 and np.abs(mix[:RATE]).max() > 0.15


def test_the_mix_is_given_again_as_often_as_it_is_asked_for(tmp_path: Path) -> None:
    sound = ProgrammeSound(programme([written(tmp_path / "a.wav", tone(3))]))
    first, second = (np.concatenate(list(sound.blocks())) for _ in range(2))
    assert np.array_equal(first, second) and first.any()


def test_weighted_power_is_what_the_meter_of_ffmpeg_measures() -> None:
    for hertz in (60.0, 1000.0, 8000.0):
        sound = np.repeat(tone(5, hertz)[:, None], 2, axis=1)
        ours = -0.691 + 10 * np.log10(k_weighted(sound).mean())
        assert ours == pytest.approx(loudness([sound]).lufs, abs=0.1)


def test_tempo_of_one_changes_nothing() -> None:
    block = np.repeat(tone(0.1)[:, None], 2, axis=1)
    assert next(at_tempo(iter([block]), 1.0)) is block
