"""The sound of a programme: that of its shots, a voice over it, and music that gives way to the voice.

What belongs to a shot is placed from programme time, so lengths add up exactly. Joins fade over 30 ms, or over the
frames of a crossfade with constant power. The mix is made once and held as samples, 23 MB a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from overlaycut.assemble.ducking import ducked, sound_level
from overlaycut.assemble.programme import Programme, Segment
from overlaycut.core.cues import Intervals
from overlaycut.media import BLOCK, RATE, Samples, at_tempo, samples


@dataclass(frozen=True, slots=True, kw_only=True)
class MixParameters:
    """How the sounds of a programme are joined and mixed; checked by tests/assemble and benchmarks/programme.py."""

    fade_seconds: Fraction = Fraction(30, 1000)
    """Fade on each side of a join: too short to hear as one, long enough not to click."""
    music_under_voice_lu: float = -6.0
    """The music against the voice where nobody speaks: clearly there, not in front."""
    music_under_sound_lu: float = -10.0
    """The music against the shots' own sound where there is no voice."""
    loop_seconds: Fraction = Fraction(1, 2)
    """Crossfade from the end of the music to its beginning; at most a quarter of it."""
    silence_dbfs: float = -60.0
    """Level below which the ends of music that is looped are cut off: encoders and fades leave such ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundPlan:
    """What is heard beside the shots' own sound."""

    voice: Path | None = None
    music: Path | None = None
    music_lu: float | None = None
    """Loudness of the music against the voice, or else the shots' sound; None takes that of the parameters."""
    duck_lu: float = 12.0
    """How far the music lies below the voice while that speaks."""
    loop: bool = True
    """Whether music that is too short begins again."""
    music_fade: Fraction = Fraction(3, 2)
    """Seconds in which the music fades at the end."""
    speech: Callable[[], Intervals] = tuple
    """When the voice speaks, in seconds of the programme."""


class ProgrammeSound:
    """The mix of one programme: made at the first call, then given as often as it is asked for."""

    def __init__(
        self, programme: Programme, plan: SoundPlan = SoundPlan(), parameters: MixParameters = MixParameters()
    ) -> None:
        self._programme, self._plan, self._parameters = programme, plan, parameters
        self._lock = Lock()
        self._mix: Samples | None = None

    def blocks(self) -> Iterator[Samples]:
        """The samples, exactly as many as the programme lasts."""
        with self._lock:
            if self._mix is None:
                self._mix = programme_mix(self._programme, self._plan, self._parameters)
            mix = self._mix
        for begin in range(0, len(mix), BLOCK):
            yield mix[begin : begin + BLOCK]

    def stems(self) -> dict[str, Samples]:
        """The sounds that the mix is the sum of, by name; each is as long as the programme."""
        return programme_stems(self._programme, self._plan, self._parameters)


def programme_mix(
    programme: Programme, plan: SoundPlan = SoundPlan(), parameters: MixParameters = MixParameters()
) -> Samples:
    """The sound of a programme as samples, shape (n, 2)."""
    first, *others = programme_stems(programme, plan, parameters).values()
    for stem in others:
        first = first + stem
    return first


def programme_stems(
    programme: Programme, plan: SoundPlan = SoundPlan(), parameters: MixParameters = MixParameters()
) -> dict[str, Samples]:
    """What the mix is the sum of: the shots' own "sound", and where there is one the "voice" and the "music"."""
    total = round(programme.duration * RATE)
    stems = {"sound": _shots(programme, total, parameters)}
    if plan.voice is not None:
        stems["voice"] = _voice(plan.voice, total, parameters)
    if plan.music is not None:
        stems["music"] = _levelled(_bed(plan, total, parameters), stems["sound"], stems.get("voice"), plan, parameters)
    last = programme.segments[-1]
    if last.dip_out:
        begins = round((last.ends - last.dip_out) / programme.rate * RATE)
        fade = np.linspace(1, 0, total - begins, endpoint=False, dtype=np.float32)[:, None]
        for stem in stems.values():
            stem[begins:] *= fade
    return stems


def _levelled(
    music: Samples, own: Samples, voice: Samples | None, plan: SoundPlan, parameters: MixParameters
) -> Samples:
    """The music at its level, and below the voice where that speaks."""
    speech = () if voice is None else plan.speech()
    reference = sound_level(own) if voice is None else sound_level(voice, speech)
    level = sound_level(music)
    if level is None:
        return music
    usual = parameters.music_under_sound_lu if voice is None else parameters.music_under_voice_lu
    if reference is not None:
        under = usual if plan.music_lu is None else plan.music_lu
        music = music * np.float32(10 ** ((reference + under - level) / 20))
    if voice is None or not speech:
        return music
    return ducked(music, voice, speech, lu=plan.duck_lu)


def _shots(programme: Programme, total: int, parameters: MixParameters) -> Samples:
    mix = np.zeros((total, 2), dtype=np.float32)
    for number, segment in enumerate(programme.segments):
        if not segment.has_sound or segment.gain == 0:
            continue
        # From programme time to samples before subtracting: the lengths of all segments add up exactly.
        begins = round(segment.starts / programme.rate * RATE)
        stops = round((segment.ends - segment.held) / programme.rate * RATE)
        wave = _played(segment, stops - begins)
        last = number == len(programme.segments) - 1
        gain = _envelope(segment, programme.overlap_after(number), programme.rate, last, parameters.fade_seconds)
        mix[begins:stops] += wave * (gain[: len(wave)] * np.float32(segment.gain))[:, None]
    return mix


def _played(segment: Segment, count: int) -> Samples:
    """`count` samples of a segment's own sound, at its speed and pitch."""
    length = Fraction(count, RATE) * segment.speed
    blocks = samples(segment.source, start=segment.source_in, duration=length)
    wave = np.concatenate([np.zeros((0, 2), np.float32), *at_tempo(blocks, float(segment.speed))])[:count]
    return np.pad(wave, ((0, count - len(wave)), (0, 0)))


def _envelope(segment: Segment, following: int, rate: Fraction, last: bool, fade: Fraction) -> NDArray[np.float32]:
    """The gain of a segment's sound at every sample in which it moves; the last one's end fades with the whole."""

    def count(frames: int) -> int:
        return max(round(frames / rate * RATE), 1)

    begins = round(segment.starts / rate * RATE)
    total, live = (round(end / rate * RATE) - begins for end in (segment.ends, segment.ends - segment.held))
    at = np.arange(live, dtype=np.float64)
    brief = max(min(round(fade * RATE), live // 2), 1)
    if segment.overlap:
        rise = np.sin(np.clip((at + 0.5) / count(segment.overlap), 0, 1) * np.pi / 2)
    else:
        rise = (at + 1) / (count(segment.dip_in) if segment.dip_in else brief)
    fall = np.ones(live) if following and not segment.held else (live - at) / brief
    gain = np.clip(np.minimum(rise, fall), 0, 1)
    if following:
        gain *= np.cos(np.clip((at + 0.5 - total) / count(following) + 1, 0, 1) * np.pi / 2)
    if segment.dip_out and not last:
        gain *= np.clip((total - at) / count(segment.dip_out), 0, 1)
    return gain.astype(np.float32)


def _voice(path: Path, total: int, parameters: MixParameters) -> Samples:
    voice = _read(path, total)
    _fade_ends(voice, round(parameters.fade_seconds * RATE))
    return np.pad(voice, ((0, total - len(voice)), (0, 0)))


def _bed(plan: SoundPlan, total: int, parameters: MixParameters) -> Samples:
    """Music of exactly the programme's length, looped or trimmed, with its fades."""
    assert plan.music is not None
    music = _read(plan.music, total)
    if len(music) < total and plan.loop:
        music = _looped(_trimmed(music, parameters.silence_dbfs), total, round(parameters.loop_seconds * RATE))
    _fade_ends(music, round(parameters.fade_seconds * RATE))
    out = min(round(plan.music_fade * RATE), len(music))
    if out:
        music[-out:] *= np.cos(np.linspace(0, np.pi / 2, out, dtype=np.float32))[:, None]
    return np.pad(music, ((0, total - len(music)), (0, 0)))


def _read(path: Path, most: int) -> Samples:
    """The sound of a file, at most so many samples."""
    found: list[Samples] = [np.zeros((0, 2), np.float32)]
    count = 0
    for block in samples(path):
        found.append(block[: most - count])
        count += len(found[-1])
        if count >= most:
            break
    return np.concatenate(found)


def _trimmed(music: Samples, silence_dbfs: float) -> Samples:
    """Music without the silence at its ends."""
    loud = np.flatnonzero(np.abs(music).max(axis=1) > 10 ** (silence_dbfs / 20))
    return music[loud[0] : loud[-1] + 1] if len(loud) else music


def _looped(music: Samples, total: int, fade: int) -> Samples:
    """Music that begins again where it ends, with a crossfade of constant power; `total` samples."""
    if not len(music):
        return np.zeros((total, 2), np.float32)
    fade = min(fade, len(music) // 4)
    rise = np.sin(np.linspace(0, np.pi / 2, fade, dtype=np.float32))[:, None]
    turn = len(music) - fade
    whole = np.zeros((total + len(music), 2), np.float32)
    for begin in range(0, total, max(turn, 1)):
        part = music.copy()
        if begin:
            part[:fade] *= rise
        part[len(part) - fade :] *= rise[::-1]
        whole[begin : begin + len(part)] += part
    return whole[:total].copy()


def _fade_ends(sound: Samples, fade: int) -> None:
    """Fade the beginning and the end of samples, in place."""
    count = min(fade, len(sound) // 2)
    ramp = (np.arange(count, dtype=np.float32)[:, None] + 1) / max(count, 1)
    sound[:count] *= ramp
    sound[len(sound) - count :] *= ramp[::-1]
