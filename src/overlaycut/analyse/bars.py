"""Padding: bars of one colour along the edges that stay through the whole clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box

LineLevels: TypeAlias = NDArray[np.int16]
"""One level of luma per row, or per column, of a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarsParameters:
    """What counts as a bar; checked by tests/analyse/test_bars.py."""

    stride: int = 5
    """Every how many frames are looked at."""
    variation: int = 7
    """Levels by which a bar may vary in place and in time, for the codec's sake."""
    ringing_lines: int = 2
    """Rows or columns beside the picture that the codec's ringing spoils."""
    least_share: float = 0.01
    """Width of a bar in parts of the side; thinner ones are the scaler's rounding."""
    most_share: float = 0.48
    """The same at most; wider ones are titles or dark rooms."""


class BarsAnalyser:
    """The picture between the bars. See `core.analyser.Analyser` for how it is used."""

    def __init__(self, *, parameters: BarsParameters = BarsParameters()) -> None:
        self._parameters = parameters
        self._low: list[LineLevels] = []
        self._high: list[LineLevels] = []
        self._seen = 0
        self._size = (0, 0)

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        if self._seen % self._parameters.stride == 0:
            self._size = frame.width, frame.height
            for axis in (0, 1):
                across = 1 - axis
                low: LineLevels = frame.y.min(axis=across).astype(np.int16)
                high: LineLevels = frame.y.max(axis=across).astype(np.int16)
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
        top, bottom = self._bars(self._low[0], self._high[0])
        left, right = self._bars(self._low[1], self._high[1])
        return Box(left, top, width - left - right, height - top - bottom)

    def _bars(self, low: LineLevels, high: LineLevels) -> tuple[int, int]:
        """Widths of the bars at the start and at the end of a side, in lines."""
        limits = self._parameters
        even = high - low <= limits.variation
        length = len(even)
        found = []
        for lines, levels in ((even, low), (even[::-1], low[::-1])):
            alike = lines & (np.abs(levels - levels[0]) <= limits.variation)
            run = int(np.argmin(alike)) if not alike.all() else length
            wide = limits.least_share * length + limits.ringing_lines <= run <= limits.most_share * length
            found.append(run if wide else 0)
        return found[0], found[1]
