"""Shots and an end card joined into one stream of frames and one of sound samples.

Every segment is brought to the programme's rate before it is joined, and lasts a whole number of its frames; its
sound is cut to exactly that long, so joins cannot drift however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, repeat
from pathlib import Path

import numpy as np

from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame
from overlaycut.media import RATE, Samples, samples, silence


@dataclass(frozen=True, slots=True, kw_only=True)
class MixParameters:
    """How the sounds of a programme are joined and mixed; checked by tests/assemble."""

    fade_seconds: Fraction = Fraction(30, 1000)
    """Fade on each side of a join: too short to hear as one, long enough not to click."""
    music_gain_db: float = -16
    """Gain of the music bed relative to its own level (common practice under a voice: 15 to 18 dB below)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One shot, or a card, on the programme's clock."""

    name: str
    source: Path
    frames: int
    """Programme frames it lasts."""
    starts: int
    """Programme frame on which it begins."""
    source_in: Fraction
    """Seconds of the source at which it begins."""
    has_sound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """The segments in order, at one size and rate."""

    width: int
    height: int
    rate: Fraction
    """Frames per second."""
    segments: tuple[Segment, ...]

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return sum(segment.frames for segment in self.segments)

    @property
    def duration(self) -> Fraction:
        """How long it is, in seconds."""
        return self.frames / self.rate


def programme_frames(
    programme: Programme, pictures: Sequence[Callable[[], Iterator[Frame]]], conform: Stage
) -> Iterator[Frame]:
    """The frames of the programme.

    `pictures` holds one function per segment: it gives the segment's frames at the programme's size, from time 0.
    `conform` brings frames to the programme's rate. A segment whose frames end early holds its last one.
    """
    lasts = 1 / programme.rate
    index = 0
    for segment, source in zip(programme.segments, pictures, strict=True):
        last: Frame | None = None
        given = 0
        frames = conform(source())
        for frame in islice(frames, segment.frames):
            last = frame.retimed(index=index, at=index * lasts, lasts=lasts)
            yield last
            index, given = index + 1, given + 1
        if last is not None:
            for held in repeat(last, segment.frames - given):
                yield held.retimed(index=index, at=index * lasts, lasts=lasts)
                index += 1


def programme_sound(
    programme: Programme,
    *,
    voice: Path | None = None,
    music: Path | None = None,
    parameters: MixParameters = MixParameters(),
) -> Iterator[Samples]:
    """The sound of the programme: that of its shots, a voice over it, and a music bed below, all cut to length."""
    tracks = [_shots(programme, parameters.fade_seconds)]
    if voice is not None:
        tracks.append(samples(voice, duration=programme.duration))
    if music is not None:
        bed, gain = samples(music, duration=programme.duration), np.float32(10 ** (parameters.music_gain_db / 20))
        tracks.append(block * gain for block in bed)
    yield from _mixed(tracks)


def _shots(programme: Programme, fade: Fraction) -> Iterator[Samples]:
    for segment in programme.segments:
        # From programme time to samples before subtracting: the lengths of all segments add up exactly.
        begins = round(segment.starts / programme.rate * RATE)
        ends = round((segment.starts + segment.frames) / programme.rate * RATE)
        length = Fraction(ends - begins, RATE)
        if segment.has_sound:
            yield from _faded(samples(segment.source, start=segment.source_in, duration=length), ends - begins, fade)
        else:
            yield from silence(length)


def _faded(blocks: Iterator[Samples], total: int, fade: Fraction) -> Iterator[Samples]:
    ramp = min(round(fade * RATE), total // 2)
    position = 0
    for block in blocks:
        at = np.arange(position, position + len(block))
        gain = np.clip(np.minimum(at + 1, total - at) / max(ramp, 1), 0, 1).astype(np.float32)
        yield block * gain[:, None]
        position += len(block)


def _mixed(tracks: Sequence[Iterator[Samples]]) -> Iterator[Samples]:
    """The sum of tracks whose blocks are of unequal lengths; as long as the longest."""
    waiting = [np.zeros((0, 2), dtype=np.float32) for _ in tracks]
    open_tracks = set(range(len(tracks)))
    while True:
        for number in tuple(open_tracks):
            if not len(waiting[number]):
                block = next(tracks[number], None)
                if block is None:
                    open_tracks.discard(number)
                else:
                    waiting[number] = block
        ready = [len(part) for part in waiting if len(part)]
        if not ready:
            return
        length = min(ready)
        total = np.zeros((length, 2), dtype=np.float32)
        for number, part in enumerate(waiting):
            if len(part):
                total += part[:length]
                waiting[number] = part[length:]
        yield total
