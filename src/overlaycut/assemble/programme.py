"""Shots and an end card on one clock, and the frames of the whole.

Every segment is brought to the programme's rate before it is joined, and lasts a whole number of its frames, so joins
cannot drift however many there are. A crossfade shares frames of two segments, a fade darkens each towards their join.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, repeat
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame, Plane

Pictures: TypeAlias = Callable[[], Iterator[Frame]]
"""Gives the frames of a segment at the programme's size, from time 0."""


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
    speed: Fraction = Fraction(1)
    """How fast the source plays, 0.5..2."""
    held: int = 0
    """Frames at its end in which its last picture stays."""
    overlap: int = 0
    """Frames at its start that it shares with the segment before: a crossfade."""
    dip_in: int = 0
    """Frames in which it comes up from black."""
    dip_out: int = 0
    """Frames in which it goes down to black."""
    gain: float = 1.0
    """Factor of its sound, 0..1."""

    @property
    def ends(self) -> int:
        """The first programme frame after it."""
        return self.starts + self.frames


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
        return self.segments[-1].ends

    @property
    def duration(self) -> Fraction:
        """How long it is, in seconds."""
        return self.frames / self.rate

    def overlap_after(self, number: int) -> int:
        """Frames that a segment shares with the next one."""
        return self.segments[number + 1].overlap if number + 1 < len(self.segments) else 0


def programme_frames(programme: Programme, pictures: Sequence[Pictures | None], conform: Stage) -> Iterator[Frame]:
    """The frames of the programme.

    `pictures` holds one function per segment. None stands for one that every output draws at its own size: its frames
    are black, and those that it shares with the segment before are that one's. `conform` brings frames to the
    programme's rate. A segment whose frames end early holds its last one.
    """
    whole = _joined(programme, pictures, conform)
    for index, frame in enumerate(whole):
        yield frame.retimed(index=index, at=index / programme.rate, lasts=1 / programme.rate)


def _joined(programme: Programme, pictures: Sequence[Pictures | None], conform: Stage) -> Iterator[Frame]:
    before: Iterator[Frame] = iter(())
    for number, (segment, source) in enumerate(zip(programme.segments, pictures, strict=True)):
        shared = segment.overlap
        if source is None:
            yield from before
            dark = black(programme.width, programme.height, 1 / programme.rate)
            yield from repeat(dark, segment.frames - shared)
            before = iter(())
            continue
        frames = _segment_frames(segment, source, conform)
        for place, (old, new) in enumerate(zip(before, islice(frames, shared), strict=True), start=1):
            yield mixed(old, new, place / (shared + 1))
        yield from islice(frames, segment.frames - shared - programme.overlap_after(number))
        before = frames


def _segment_frames(segment: Segment, source: Pictures, conform: Stage) -> Iterator[Frame]:
    """Exactly the frames that a segment lasts, darkened towards a join through black."""
    moving = islice(conform(_at_speed(source(), segment.speed)), segment.frames - segment.held)
    for place, frame in enumerate(islice(_with_last_held(moving), segment.frames)):
        light = brightness(place, segment.frames, segment.dip_in, segment.dip_out)
        yield frame if light == 1 else mixed(black(frame.width, frame.height, frame.lasts), frame, light)


def _at_speed(frames: Iterator[Frame], speed: Fraction) -> Iterator[Frame]:
    for frame in frames:
        yield frame if speed == 1 else frame.retimed(index=frame.index, at=frame.at / speed, lasts=frame.lasts / speed)


def _with_last_held(frames: Iterator[Frame]) -> Iterator[Frame]:
    """The frames, and the last of them for ever; nothing where there is none."""
    last: Frame | None = None
    for last in frames:
        yield last
    if last is not None:
        yield from repeat(last)


def brightness(place: int, frames: int, dip_in: int, dip_out: int) -> float:
    """The share of its light that frame `place` of a segment has, 0..1; no frame of a dip is wholly black."""
    rising = (place + 1) / (dip_in + 1) if place < dip_in else 1.0
    left = frames - place
    falling = left / (dip_out + 1) if left <= dip_out else 1.0
    return min(rising, falling)


def black(width: int, height: int, lasts: Fraction) -> Frame:
    """A black frame of limited range."""
    half = np.full((height // 2, width // 2), 128, dtype=np.uint8)
    return Frame(0, Fraction(0), lasts, np.full((height, width), 16, dtype=np.uint8), half, half)


def mixed(old: Frame, new: Frame, share: float) -> Frame:
    """The mean of two frames of one size in which the second has the weight `share`, 0..1; the second's times."""
    y, u, v = (_mean(a, b, share) for a, b in zip(old.planes, new.planes, strict=True))
    return replace(new, y=y, u=u, v=v)


def _mean(old: Plane, new: Plane, share: float) -> Plane:
    return np.asarray(cv2.addWeighted(old, 1 - share, new, share, 0), dtype=np.uint8)
