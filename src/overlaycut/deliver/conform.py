"""Frame rate conversion by time stamps, to a constant rate."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import Literal, TypeAlias, get_args

import cv2
import numpy as np

from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame, Plane
from overlaycut.errors import UsageError

RateConversion: TypeAlias = Literal["repeat", "blend"]
"""Sample and hold, or frame blending where an output frame spans several input frames."""


def conversion_note(source: Fraction, rate: Fraction, conversion: RateConversion = "repeat") -> str | None:
    """What bringing frames from one constant rate to another does to them, in words; None where they stay."""
    if source == rate:
        return None
    if (rate / source).denominator == 1:
        return f"each frame is shown {rate / source} times"
    if (source / rate).denominator == 1:
        return f"one frame in {source / rate} is shown"
    if conversion == "blend":
        return "frames are mixed by the time that they share"
    if source < rate:
        few = floor(rate / source)
        return f"frames are shown {few} or {few + 1} times in turn, which judders where the picture moves"
    return "some frames are left out, which judders where the picture moves"


def conformed(rate: Fraction, conversion: RateConversion = "repeat") -> Stage:
    """A stage whose output has exactly `rate` frames per second, from 0 to the end of the input.

    Output frame k is the input frame at time k / rate; with "blend" it is the mean of the input from k / rate to
    (k + 1) / rate, weighted by time. The last output frame is the last that begins before the input ends, so the
    duration is kept within one frame. This stage alone changes the number of frames.
    Raises UsageError for another conversion.
    """
    if conversion not in get_args(RateConversion):
        raise UsageError(f"no rate conversion is called {conversion!r}", hint=" or ".join(get_args(RateConversion)))
    return _repeated(rate) if conversion == "repeat" else _blended(rate)


def conformed_distinct(rate: Fraction) -> Stage:
    """As `conformed` for a clip of a variable rate, with every picture shown where there is an output frame for it.

    Of pictures that fall into one output frame the second waits for the next, up to one frame late; one that begins in
    the second half of a frame is shown from the next frame's start, up to half a frame early.
    """

    def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
        lasts, index, end = 1 / rate, 0, Fraction(0)
        waiting: deque[Frame] = deque()
        for frame in frames:
            while waiting and (index + Fraction(1, 2)) * lasts <= frame.at:
                yield _shown_at(index, lasts, waiting)
                index += 1
            waiting.append(frame)
            end = frame.at + frame.lasts
        while index * lasts < end:
            yield _shown_at(index, lasts, waiting)
            index += 1

    return stage


def _shown_at(index: int, lasts: Fraction, waiting: deque[Frame]) -> Frame:
    """Output frame `index`; `waiting` begins with the picture that was shown last, which stays there."""
    at = index * lasts
    begun = sum(frame.at < at + lasts / 2 for frame in waiting)
    if index and begun > 1:
        waiting.popleft()
        begun -= 1
    while begun > 1 and at - waiting[0].at > lasts:
        waiting.popleft()
        begun -= 1
    return waiting[0].retimed(index=index, at=at, lasts=lasts)


def dejittered(rate: Fraction) -> Stage:
    """A stage that puts frame k of a clip of a constant rate at k / rate exactly.

    Containers with a clock of milliseconds, as Matroska, round each time by itself; conformed as they are, some frames
    would be repeated and their neighbours dropped.
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
        parts: list[tuple[Frame, Fraction]] = []  # input frames within the current output frame, and for how long
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
    """The mean of frames weighted by their shares; a single frame passes unchanged."""
    mixed, weight = parts[0]
    for frame, share in parts[1:]:
        weight += share
        part = float(share / weight)
        y, u, v = (_mean(ours, theirs, part) for ours, theirs in zip(mixed.planes, frame.planes, strict=True))
        mixed = replace(mixed, y=y, u=u, v=v)
    return mixed


def _mean(ours: Plane, theirs: Plane, share: float) -> Plane:
    return np.asarray(cv2.addWeighted(ours, 1 - share, theirs, share, 0), dtype=np.uint8)
