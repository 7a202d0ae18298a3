"""Stems: sound as 24-bit WAV."""

from __future__ import annotations

import wave
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np

from overlaycut.media.audio import RATE, Samples
from overlaycut.media.encode import WrittenFile
from overlaycut.media.ffmpeg import writing
from overlaycut.media.files import replacing

_FULL_SCALE = (1 << 23) - 1


def write_wav(blocks: Iterable[Samples], out: Path) -> WrittenFile:
    """Write stereo blocks at 48 kHz as 24-bit PCM, whole or not at all; samples beyond full scale are clipped."""
    count = 0
    with replacing(out) as part, writing(out):
        with wave.open(str(part), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(3)
            file.setframerate(RATE)
            for block in blocks:
                whole = np.rint(np.clip(block, -1, 1).astype(np.float64) * _FULL_SCALE).astype("<i4")
                file.writeframes(np.ascontiguousarray(whole).view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
                count += len(block)
        size = part.stat().st_size
    return WrittenFile(out, count, Fraction(count, RATE), size)
