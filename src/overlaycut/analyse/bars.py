"""Padding: bars of one colour along the edges that stay through the whole clip."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box

Levels: TypeAlias = NDArray[np.int16]

_EVERY = 5
_EVEN = 7
"""Levels that a bar may vary by, in place and in time; codecs ring at its edge."""
_RINGS = 2
"""Rows or columns beside the picture that ringing spoils."""
_LEAST = 0.01
"""Of the side: thinner bars are the scaler's rounding."""
_MOST = 0.48
"""Of the side: where more is of one colour it is a title or a dark room."""


class BarsAnalyser:
    """Shown every frame of a clip by `see`, then asked by `result` for the picture between the bars."""

    def __init__(self) -> None:
        self._low: list[Levels] = []
        self._high: list[Levels] = []
        self._seen = 0
        self._size = (0, 0)

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        if self._seen % _EVERY == 0:
            self._size = frame.width, frame.height
            for axis in (0, 1):
                across = 1 - axis
                low: Levels = frame.y.min(axis=across).astype(np.int16)
                high: Levels = frame.y.max(axis=across).astype(np.int16)
                if len(self._low) <= axis:
                    self._low.append(low)
                    self._high.append(high)
                else:
                    self._low[axis] = np.minimum(self._low[axis], low)
                    self._high[axis] = np.maximum(self._high[axis], high)
        self._seen += 1

    def result(self) -> Box:
        """The picture without its bars, the whole frame where there are none.

        Raises ValueError when no frame was seen.
        """
        if not self._seen:
            raise ValueError("no frame was seen")
        width, height = self._size
        top, bottom = _edges(self._low[0], self._high[0])
        left, right = _edges(self._low[1], self._high[1])
        return Box(left, top, width - left - right, height - top - bottom)


def _edges(low: Levels, high: Levels) -> tuple[int, int]:
    """Lines of one colour at the start and at the end."""
    even = high - low <= _EVEN
    length = len(even)
    found = []
    for lines, levels in ((even, low), (even[::-1], low[::-1])):
        alike = lines & (np.abs(levels - levels[0]) <= _EVEN)
        run = int(np.argmin(alike)) if not alike.all() else length
        found.append(run if _LEAST * length + _RINGS <= run <= _MOST * length else 0)
    return found[0], found[1]
