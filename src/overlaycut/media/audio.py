"""Sound read as samples that start exactly with the picture.

Samples are float32 in -1..1, shape (n, 2), at 48 kHz, in blocks; the first sample plays at the picture's time 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
import av.filter
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.time import exact
from overlaycut.errors import InputError, NoPicture
from overlaycut.media.ffmpeg import best_audio, best_video, opened, pictures, reading

RATE = 48_000
"""Samples per second of the working format and of every delivery."""

BLOCK = 4_800
"""Samples per block of generated silence."""

Samples: TypeAlias = NDArray[np.float32]
"""Stereo samples, shape (n, 2), -1..1."""

COPIED = frozenset({"aac", "mp3", "ac3", "eac3", "alac"})
"""Codecs that MP4 carries and that players of MP4 read; Opus, FLAC and PCM in MP4 are refused by several."""


def silence(duration: Fraction) -> Iterator[Samples]:
    """Silent blocks for `duration` seconds."""
    left = round(duration * RATE)
    while left > 0:
        yield np.zeros((min(left, BLOCK), 2), dtype=np.float32)
        left -= BLOCK


def samples(path: Path, *, start: Fraction = Fraction(0), duration: Fraction | None = None) -> Iterator[Samples]:
    """The sound of a file as stereo blocks, from `start` seconds after its first picture (or first sample).

    Holes are filled with silence, sound before `start` is left out, and with a `duration` the blocks add up to
    exactly that many samples. A file without sound gives silence, which then needs a `duration`.
    """
    wanted = None if duration is None else round(duration * RATE)
    given = 0
    for block in _decoded(path, start):
        if wanted is not None and given + len(block) > wanted:
            block = block[: wanted - given]
        if len(block):
            given += len(block)
            yield block
        if given == wanted:
            return
    if wanted is not None:
        yield from silence(Fraction(wanted - given, RATE))


def sound_seconds(path: Path) -> Fraction:
    """How long the sound of a file lasts by its header, or by its samples where the header does not say.

    Raises InputError for a file without sound, and what opening a file raises.
    """
    with opened(path) as container:
        stream = best_audio(container)
        if stream is None:
            raise InputError(path, "has no sound", hint="name a file with an audio stream")
        tick = exact(stream.time_base)
        if stream.duration is not None and tick is not None:
            return stream.duration * tick
    return Fraction(sum(len(block) for block in samples(path)), RATE)


def sound_channels(path: Path) -> int:
    """Channels of a file's sound; 0 without any. Raises what opening a file raises."""
    with opened(path) as container:
        stream = best_audio(container)
        return 0 if stream is None else stream.codec_context.channels


def picture_start(path: Path) -> Fraction:
    """When the first picture of a file is shown on the file's own clock, in seconds; 0 without a picture."""
    with opened(path) as container:
        try:
            stream = best_video(path, container)
        except NoPicture:
            return Fraction(0)
        with reading(path):
            first = next(pictures(container, stream), None)
        if first is None or first.pts is None:
            return Fraction(0)
        return first.pts * (exact(stream.time_base) or Fraction(1))


def _decoded(path: Path, start: Fraction) -> Iterator[Samples]:
    zero = picture_start(path) + start
    with opened(path) as container:
        stream = best_audio(container)
        if stream is None:
            return
        resampler = av.AudioResampler(format="flt", layout="stereo", rate=RATE)
        position = 0  # samples given so far, counted from `zero`
        with reading(path):
            for frame in _frames(container, stream, resampler):
                block = frame.to_ndarray().reshape(-1, 2).astype(np.float32, copy=False)
                tick = exact(frame.time_base)
                if frame.pts is not None and tick is not None:
                    begins = round((frame.pts * tick - zero) * RATE)
                    # Rounding of coarse container clocks is no hole; FFmpeg's own sync calls 0.1 s one.
                    if begins - position > RATE // 10 or (position == 0 and begins > 0):
                        yield from silence(Fraction(begins - position, RATE))
                        position = begins
                    elif position == 0 and begins < 0:
                        block = block[-begins:]
                        if not len(block):
                            continue
                position += len(block)
                yield block


def _frames(
    container: av.container.InputContainer, stream: av.AudioStream, resampler: av.AudioResampler
) -> Iterator[av.AudioFrame]:
    for frame in container.decode(stream):
        yield from resampler.resample(frame)
    yield from resampler.resample(None)
