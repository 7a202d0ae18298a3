"""Sound after encoding to AAC and decoding, for measuring what a file will sound like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
import numpy as np

from overlaycut.media.audio import RATE, Samples

FRAME = 1024
"""Samples of a packet (ISO/IEC 14496-3), and of priming that FFmpeg's AAC encoder puts before the first sample."""


def through_aac(blocks: Iterable[Samples], *, kbps: int) -> Iterator[Samples]:
    """The blocks after AAC-LC at `kbps`, without the encoder's priming samples."""
    encoder = av.CodecContext.create("aac", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "stereo", "fltp"
    encoder.bit_rate, encoder.time_base = kbps * 1000, Fraction(1, RATE)
    encoder.open()
    decoder = av.CodecContext.create("aac", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.extradata = encoder.extradata
    skipped = 0
    for frame in _frames(blocks):
        for packet in encoder.encode(frame):
            for decoded in decoder.decode(packet):
                if not skipped:
                    skipped = FRAME  # priming is one packet
                    continue
                yield np.ascontiguousarray(decoded.to_ndarray().T)


def _frames(blocks: Iterable[Samples]) -> Iterator[av.AudioFrame | None]:
    """Frames of the encoder's own length, the last one shorter, then None for its end."""
    waiting = np.zeros((0, 2), dtype=np.float32)
    given = 0
    for block in blocks:
        waiting = np.concatenate([waiting, block])
        while len(waiting) >= FRAME:
            yield _frame(waiting[:FRAME], given)
            given, waiting = given + FRAME, waiting[FRAME:]
    if len(waiting):
        yield _frame(waiting, given)
    yield None


def _frame(block: Samples, at: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = RATE, at, Fraction(1, RATE)
    return frame
