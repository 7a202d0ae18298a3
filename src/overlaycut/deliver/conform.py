"""Variable time into a constant frame rate, by time stamps."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame


def conformed(rate: Fraction) -> Stage:
    """A stage whose output has exactly `rate` frames per second, from 0 to the end of the input.

    Output frame k shows what the input shows at k / rate; nothing is blended. The last output frame is the last
    one that begins before the input ends, so the length is kept within one frame. This is the one stage that
    may change how many frames there are.
    """

    def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
        lasts = 1 / rate
        index = 0
        for frame in frames:
            end = frame.at + frame.lasts
            while index * lasts < end:
                yield frame.retimed(index=index, at=index * lasts, lasts=lasts)
                index += 1

    return stage
