"""A clip's frames into places that faces take: where, from when, until when; not whose.

What is put on the picture keeps clear of them, and what is cut out of it keeps them in. For that a small picture is
searched three times a second and at every hard cut, which costs about a hundredth of encoding the frames. Who somebody
is takes `FaceAnalyser`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np

from overlaycut.analyse.faces import enlarged
from overlaycut.analyse.shots import CutDetector
from overlaycut.core.cast import Face, apart
from overlaycut.core.cues import KeepOut
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box
from overlaycut.models import FaceFinder
from overlaycut.vision.thumbnails import reduced_size, small_rgb

_LONG_SIDE, _SMALLEST = 320, 20
"""Pixels of the longer side of the picture that is searched, and of the smallest face in it that is sought: a sixteenth
of that side is 0.7 % of a 9:16 picture, a fifth of what captions make room for."""
_EVERY, _GONE_AFTER = Fraction(1, 3), Fraction(1)
"""Seconds between searches, and without a sighting after which a face has gone and not only turned away."""
_CERTAIN = 0.9
"""Score that a face has to reach once; textures that pass for faces hardly ever do, and never twice."""
_WITHIN, _NEAR = 1.0, 0.7
"""Widths by which a found face may be off to be the one that was there, and `apart` for one that is only followed."""
_MOST = 16
"""Faces that are looked at in one frame, largest first."""


@dataclass(slots=True, eq=False)
class _Course:
    """One face on its way, in pixels of the clip."""

    since: Fraction
    """The last look at its shot in which it was not there yet, or when the shot began."""
    seen: list[tuple[Fraction, Box]] = field(default_factory=list)
    best: float = 0.0
    missed: Fraction | None = None
    """The first look since the last sighting in which it was not there any more."""

    def sighted(self, at: Fraction, face: Face) -> None:
        self.seen.append((at, face.box))
        self.best, self.missed = max(self.best, face.score), None

    def places(self, until: Fraction) -> Iterator[tuple[Box, Fraction, Fraction]]:
        """Where it is between any two looks: around where it was in the one and in the other."""
        (first, at_first), (last, at_last) = self.seen[0], self.seen[-1]
        yield at_first, self.since, first
        for (start, box), (end, after) in pairwise(self.seen):
            yield Box.around((box, after)), start, end
        yield at_last, last, until if self.missed is None else self.missed


class FaceSpotter:
    """Shown every frame of a clip in order by `see`, then asked for its `result`."""

    def __init__(self, finder: FaceFinder, width: int, height: int) -> None:
        self._finder, self._frame = finder, (width, height)
        self._scale = min(1.0, _LONG_SIDE / max(self._frame))
        self._size = reduced_size(*self._frame, _LONG_SIDE, least=8)
        self._cutter = CutDetector()
        self._live: list[_Course] = []
        self._taken: list[KeepOut] = []
        self._looked = self._next = self._ends = Fraction(0)
        self._looks = 0

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        thumbnail = cv2.resize(frame.y, (max(self._size[0] // 4, 8), max(self._size[1] // 4, 8)))
        cut = self._cutter.see(np.asarray(thumbnail, dtype=np.uint8))
        if cut:
            self._end(self._live, frame.at)
            self._looked, self._looks = frame.at, 0
        if cut or frame.at >= self._next:
            self._look(frame)
            self._looked, self._next = frame.at, frame.at + _EVERY
        self._ends = frame.at + frame.lasts

    def result(self) -> tuple[KeepOut, ...]:
        """Every place that a face takes, in pixels and seconds of the clip, in order of their start.

        A place holds for the time from one look to the next, and for up to a second in which a face turns away.
        """
        self._end(self._live, self._ends)
        return tuple(sorted(self._taken, key=lambda taken: taken.start))

    def _look(self, frame: Frame) -> None:
        self._looks += 1
        small = small_rgb(frame, self._size)
        found = sorted(self._finder.find(small, smallest=_SMALLEST), key=lambda face: -face.box.area)[:_MOST]
        waiting = list(self._live)
        for face in (enlarged(face, 1 / self._scale) for face in found):
            course = min(waiting, key=lambda one: _off(one.seen[-1][1], face.box), default=None)
            if course is None or _off(course.seen[-1][1], face.box) > _WITHIN:
                course = _Course(self._looked)
                self._live.append(course)
            else:
                waiting.remove(course)
            course.sighted(frame.at, face)
        for course, again in zip(waiting, self._followed(small, waiting), strict=True):
            if again is not None:
                course.sighted(frame.at, again)
            elif course.missed is None:
                course.missed = frame.at
        self._end([one for one in self._live if frame.at - one.seen[-1][0] > _GONE_AFTER], frame.at)

    def _followed(self, small: Picture, courses: Sequence[_Course]) -> Iterator[Face | None]:
        """Faces that the search missed, looked for where they were."""
        boxes = [_shrunk(one.seen[-1][1], self._scale) for one in courses]
        for box, face in zip(boxes, self._finder.follow(small, boxes), strict=True):
            if face is None or apart(face.box, box) > _NEAR:
                yield None
            else:
                yield enlarged(face, 1 / self._scale)

    def _end(self, ended: Sequence[_Course], at: Fraction) -> None:
        gone = list(ended)
        self._live = [one for one in self._live if one not in gone]
        for one in gone:
            # A second look confirms a face, unless the shot was over before there was one.
            if one.best < _CERTAIN or len(one.seen) < min(self._looks, 2):
                continue
            for place, start, end in one.places(at):
                box = place.clipped(*self._frame)
                if box is not None and start < end:
                    self._taken.append(KeepOut(box, start, end, "a face"))


def _shrunk(box: Box, times: float) -> Box:
    x, y, right, bottom = (round(side * times) for side in (box.x, box.y, box.right, box.bottom))
    return Box(x, y, max(right - x, 1), max(bottom - y, 1))


def _off(one: Box, other: Box) -> float:
    """Distance of the centres of two boxes in widths."""
    across, down = 2 * (one.x - other.x) + one.w - other.w, 2 * (one.y - other.y) + one.h - other.h
    return float(np.hypot(across, down)) / (one.w + other.w)
