"""What a clip looks like: a filmstrip and the brightness of every frame, from the pass that analyses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import FloatArray
from overlaycut.report.pictures import EncodedPicture, PictureParameters, Thumbnails, jpeg

_STRIP = 10
"""Frames of a filmstrip at most; more are kept while the length of the clip is unknown."""
_COARSE = 8
"""Pixels between the samples that brightness is measured at."""


@dataclass(frozen=True, slots=True, eq=False)
class StripFrame:
    """One frame of a filmstrip."""

    index: int
    seconds: float
    picture: EncodedPicture


@dataclass(frozen=True, slots=True, eq=False)
class ClipLook:
    """A clip at a glance."""

    width: int
    height: int
    strip: tuple[StripFrame, ...]
    seconds: FloatArray
    """When each frame begins, (frames,)."""
    luma: FloatArray
    """Mean level of each frame, 0..255, (frames,)."""
    jumps: FloatArray
    """Levels by which each frame departs from the mean of its neighbours, everywhere at once: the median over the
    picture, (frames,). What moves or is uncovered changes parts of it."""


class LookAnalyser:
    """Keeps frames evenly over a clip of any length: every second one is dropped when there are too many."""

    def __init__(self, facts: ClipFacts, *, parameters: PictureParameters = PictureParameters()) -> None:
        self._size = facts.width, facts.height
        self._parameters = parameters
        self._shrunk = Thumbnails(facts.width, facts.height, columns=parameters.thumb_px)
        self._strip: list[StripFrame] = []
        self._stride = 1
        self._seconds: list[float] = []
        self._luma: list[float] = []
        self._jumps: list[float] = []
        self._last: list[NDArray[np.int16]] = []

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        if len(self._luma) % self._stride == 0:
            picture = jpeg(self._shrunk(frame), width=frame.width, quality=self._parameters.thumb_quality)
            self._strip.append(StripFrame(frame.index, float(frame.at), picture))
            if len(self._strip) >= 2 * _STRIP:
                self._strip, self._stride = self._strip[::2], 2 * self._stride
        self._seconds.append(float(frame.at))
        levels = frame.y[::_COARSE, ::_COARSE].astype(np.int16)
        self._luma.append(float(levels.mean()))
        if len(self._last) == 2:
            before, middle = self._last
            self._jumps.append(abs(float(np.median(2 * middle - before - levels))) / 2)
        self._last = [*self._last[-1:], levels]

    def result(self) -> ClipLook:
        """What was kept."""
        width, height = self._size
        strip = tuple(self._strip[:: -(-len(self._strip) // _STRIP) or 1])
        jumps = [0.0, *self._jumps, 0.0][: len(self._luma)]
        return ClipLook(width, height, strip, np.array(self._seconds), np.array(self._luma), np.array(jumps))


class Poster:
    """One frame of a clip as a small picture, taken on the way."""

    def __init__(self, facts: ClipFacts, *, at: Fraction, parameters: PictureParameters = PictureParameters()) -> None:
        self._facts, self._at, self._parameters = facts, at, parameters
        self.picture: EncodedPicture | None = None
        """The frame that shows `at` seconds; None until it was seen."""

    def watch(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The same frames."""
        for frame in frames:
            if self.picture is None and frame.at <= self._at < frame.at + frame.lasts:
                self.picture = self._taken(frame)
            yield frame

    def _taken(self, frame: Frame) -> EncodedPicture:
        columns = self._parameters.poster_px
        shrunk = Thumbnails(self._facts.width, self._facts.height, columns=columns)
        return jpeg(shrunk(frame), width=columns, quality=self._parameters.thumb_quality)
