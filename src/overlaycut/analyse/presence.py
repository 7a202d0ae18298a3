"""A clip's frames into the places that faces take: where, from when, until when; not whose.

What is put on the picture keeps clear of them, and crops keep them in. For that a small picture is searched three times
a second and at every hard cut, which costs about a hundredth of encoding the frames. Who somebody is takes
`FaceAnalyser`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np

from overlaycut.analyse.faces.geometry import centre_distance, scaled_box, scaled_face
from overlaycut.analyse.shots import CutDetector
from overlaycut.core.cast import Face, jaccard_distance
from overlaycut.core.cues import KeepOut
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box
from overlaycut.models import FaceDetector
from overlaycut.vision.thumbnails import reduced_size, small_rgb


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceParameters:
    """Search for the places of faces; checked by tests/analyse/test_presence.py and benchmarks/captions.py."""

    long_side_px: int = 320
    """Longer side of the picture that is searched."""
    smallest_px: int = 20
    """Smallest face in it: a sixteenth of the longer side is 0.7 % of a 9:16 picture, a fifth of what captions make
    room for."""
    interval: Fraction = Fraction(1, 3)
    """Seconds between searches."""
    gone_after: Fraction = Fraction(1)
    """Seconds without a sighting after which a face has gone and not only turned away."""
    certain_score: float = 0.9
    """Score that a face must reach once; textures that pass for faces hardly ever do, and never twice."""
    within_widths: float = 1.0
    """Distance in face widths up to which a detected face is the known one."""
    same_place: float = 0.7
    """1 − intersection over union up to which a tracked face is the known one."""
    most: int = 16
    """Faces that count in one frame, largest first."""


@dataclass(slots=True, eq=False)
class _Presence:
    """One face under observation, in pixels of the clip."""

    since: Fraction
    """The last search of its shot in which it was not there yet, or when the shot began."""
    seen: list[tuple[Fraction, Box]] = field(default_factory=list)
    best_score: float = 0.0
    missed: Fraction | None = None
    """The first search since the last sighting in which it was not there any more."""

    def add(self, at: Fraction, face: Face) -> None:
        self.seen.append((at, face.box))
        self.best_score, self.missed = max(self.best_score, face.score), None

    def places(self, until: Fraction) -> Iterator[tuple[Box, Fraction, Fraction]]:
        """Where it is between any two searches: around where it was in the one and in the other."""
        (first, at_first), (last, at_last) = self.seen[0], self.seen[-1]
        yield at_first, self.since, first
        for (start, box), (end, after) in pairwise(self.seen):
            yield Box.around((box, after)), start, end
        yield at_last, last, until if self.missed is None else self.missed


class FaceSpotter:
    """Places of faces. See `core.analyser.Analyser` for how it is used."""

    def __init__(
        self, finder: FaceDetector, width: int, height: int, *, parameters: PresenceParameters = PresenceParameters()
    ) -> None:
        self._finder, self._frame, self._parameters = finder, (width, height), parameters
        self._scale = min(1.0, parameters.long_side_px / max(self._frame))
        self._size = reduced_size(*self._frame, parameters.long_side_px, least=8)
        self._cut_detector = CutDetector()
        self._live: list[_Presence] = []
        self._places: list[KeepOut] = []
        self._searched = self._search_at = self._ends = Fraction(0)
        self._searches = 0

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        thumbnail = cv2.resize(frame.y, (max(self._size[0] // 4, 8), max(self._size[1] // 4, 8)))
        cut = self._cut_detector.see(np.asarray(thumbnail, dtype=np.uint8))
        if cut:
            self._end(self._live, frame.at)
            self._searched, self._searches = frame.at, 0
        if cut or frame.at >= self._search_at:
            self._search(frame)
            self._searched, self._search_at = frame.at, frame.at + self._parameters.interval
        self._ends = frame.at + frame.lasts

    def result(self) -> tuple[KeepOut, ...]:
        """Every place that a face takes, in pixels and seconds of the clip, in order of their start.

        A place holds for the time from one search to the next, and for up to a second in which a face turns away.
        """
        self._end(self._live, self._ends)
        return tuple(sorted(self._places, key=lambda place: place.start))

    def _search(self, frame: Frame) -> None:
        limits = self._parameters
        self._searches += 1
        small = small_rgb(frame, self._size)
        found = sorted(self._finder.find(small, smallest=limits.smallest_px), key=lambda face: -face.box.area)
        missing = list(self._live)
        for face in (scaled_face(face, 1 / self._scale) for face in found[: limits.most]):
            near = min(missing, key=lambda one: centre_distance(one.seen[-1][1], face.box), default=None)
            if near is None or centre_distance(near.seen[-1][1], face.box) > limits.within_widths:
                near = _Presence(self._searched)
                self._live.append(near)
            else:
                missing.remove(near)
            near.add(frame.at, face)
        for one, again in zip(missing, self._tracked(small, missing), strict=True):
            if again is not None:
                one.add(frame.at, again)
            elif one.missed is None:
                one.missed = frame.at
        self._end([one for one in self._live if frame.at - one.seen[-1][0] > limits.gone_after], frame.at)

    def _tracked(self, small: Picture, missing: Sequence[_Presence]) -> Iterator[Face | None]:
        """Faces that the search missed, looked for where they were."""
        boxes = [scaled_box(one.seen[-1][1], self._scale) for one in missing]
        for box, face in zip(boxes, self._finder.follow(small, boxes), strict=True):
            if face is None or jaccard_distance(face.box, box) > self._parameters.same_place:
                yield None
            else:
                yield scaled_face(face, 1 / self._scale)

    def _end(self, ended: Sequence[_Presence], at: Fraction) -> None:
        gone = list(ended)
        self._live = [one for one in self._live if one not in gone]
        for one in gone:
            # A second search confirms a face, unless the shot was over before there was one.
            confirmed = len(one.seen) >= min(self._searches, 2)
            if one.best_score < self._parameters.certain_score or not confirmed:
                continue
            for place, start, end in one.places(at):
                box = place.clipped(*self._frame)
                if box is not None and start < end:
                    self._places.append(KeepOut(box, start, end, "a face"))
