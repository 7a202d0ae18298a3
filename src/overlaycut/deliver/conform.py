"""Variable time into a constant frame rate, by time stamps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Literal, TypeAlias

import cv2
import numpy as np

from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame, Plane

RateConversion: TypeAlias = Literal["repeat", "blend"]
"""What an output frame shows that two input frames share: the one that is on at its start, or both by their shares."""


def conformed(rate: Fraction, motion: RateConversion = "repeat") -> Stage:
    """A stage whose output has exactly `rate` frames per second, from 0 to the end of the input.

    Output frame k shows what the input shows at k / rate; with "blend" it shows the mean of what the input shows
    from k / rate to (k + 1) / rate. The last output frame is the last one that begins before the input ends, so the
    length is kept within one frame. This is the one stage that may change how many frames there are.
    """
    return _repeated(rate) if motion == "repeat" else _blended(rate)


def dejittered(rate: Fraction) -> Stage:
    """A stage that puts frame k of a clip of a constant rate at k / rate exactly.

    Containers that count milliseconds, as Matroska does, round each time by itself; conformed as they are, such
    frames would now and then be shown twice and their neighbours not at all.
    """

    def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            yield frame.retimed(index=frame.index, at=frame.index / rate, lasts=1 / rate)

    return stage


def _repeated(rate: Fraction) -> Stage:
    def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
        lasts = 1 / rate
        index = 0
        for frame in frames:
            end = frame.at + frame.lasts
            while index * lasts < end:
                yield frame.retimed(index=index, at=index * lasts, lasts=lasts)
                index += 1

    return stage


def _blended(rate: Fraction) -> Stage:
    def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
        lasts = 1 / rate
        index = 0
        parts: list[tuple[Frame, Fraction]] = []  # what shows in the output frame that is being made, and how long
        for frame in frames:
            end = frame.at + frame.lasts
            while index * lasts < end:
                begins, ends = index * lasts, (index + 1) * lasts
                parts.append((frame, min(end, ends) - max(frame.at, begins)))
                if end < ends:
                    break
                yield _mixed(parts).retimed(index=index, at=begins, lasts=lasts)
                parts = []
                index += 1
        if parts:
            yield _mixed(parts).retimed(index=index, at=index * lasts, lasts=lasts)

    return stage


def _mixed(parts: list[tuple[Frame, Fraction]]) -> Frame:
    """The mean of frames, each weighed by its share; a frame alone passes as it is."""
    mixed, weight = parts[0]
    for frame, share in parts[1:]:
        weight += share
        part = float(share / weight)
        y, u, v = (_mean(ours, theirs, part) for ours, theirs in zip(mixed.planes, frame.planes, strict=True))
        mixed = replace(mixed, y=y, u=u, v=v)
    return mixed


def _mean(ours: Plane, theirs: Plane, share: float) -> Plane:
    return np.asarray(cv2.addWeighted(ours, 1 - share, theirs, share, 0), dtype=np.uint8)
