"""Hard cuts: frames that begin a new shot, told from one frame to the next.

Two cues must agree: the histograms of the picture's blocks, which movement hardly changes, and the pixels of a
thumbnail, less the median change, so that light alone does not count. Both are compared with what is usual in the clip.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Plane
from overlaycut.core.geometry import FloatArray
from overlaycut.vision.filters import pearson_correlation
from overlaycut.vision.thumbnails import reduced


@dataclass(frozen=True, slots=True, kw_only=True)
class CutParameters:
    """Cut detection; checked by tests/analyse/test_shots.py and the cuts of benchmarks/lettering.py's clips."""

    thumbnail_px: int = 48
    """Longer side of the thumbnail."""
    blocks: int = 4
    """Blocks of the picture along each side, a histogram each."""
    bins: int = 16
    """Bins of a histogram."""
    histogram_change: float = 0.30
    """Least mean change of the histograms, 0..1, in a cut."""
    pixel_change: float = 14.0
    """Least mean change of the pixels, grey levels, in a cut."""
    times_usual: float = 3.5
    """How far both must exceed their median over the frames before."""
    like_histograms: float = 0.5
    """Part of the histogram change that is enough between two views of one place, whose histograms are alike."""
    times_rare: float = 10.0
    """How far the pixel change must exceed its median then."""
    uncorrelated: float = 0.4
    """Correlation of the thumbnails below which they are different views."""
    remembered: int = 12
    """Frames of which the median is taken."""


class CutDetector:
    """Shown luma planes in order, tells which of them begin a new shot."""

    def __init__(self, *, parameters: CutParameters = CutParameters()) -> None:
        self._parameters = parameters
        self._pixels: NDArray[np.float32] | None = None
        self._histograms = np.zeros(0)
        self._usual: deque[tuple[float, float]] = deque(maxlen=parameters.remembered)

    def see(self, luma: Plane) -> bool:
        """Whether `luma`, (rows, columns), begins a new shot; never for the first picture."""
        pixels = _thumbnail(luma, self._parameters)
        histograms = _histograms(pixels, self._parameters)
        before, known = self._pixels, self._histograms
        self._pixels, self._histograms = pixels, histograms
        if before is None:
            return False
        shape = float(np.abs(histograms - known).sum(axis=1).mean()) / 2
        light = float(np.median(pixels - before))
        moved = float(np.abs(pixels - before - light).mean())
        cut = self._is_cut(shape, moved, pearson_correlation(before, pixels))
        if cut:
            self._usual.clear()
        else:
            self._usual.append((shape, moved))
        return cut

    def _is_cut(self, shape: float, moved: float, correlation: float) -> bool:
        """Whether changes of histograms and pixels stand out from those of the frames before."""
        limits = self._parameters
        usual = np.median(np.array(self._usual), axis=0) if len(self._usual) >= 2 else np.zeros(2)
        clear = shape > max(limits.histogram_change, limits.times_usual * usual[0]) and moved > max(
            limits.pixel_change, limits.times_usual * usual[1]
        )
        strange = (
            shape > limits.like_histograms * limits.histogram_change
            and moved > max(limits.pixel_change, limits.times_rare * usual[1])
            and correlation < limits.uncorrelated
        )
        return bool(clear or strange)


def _thumbnail(luma: Plane, parameters: CutParameters) -> NDArray[np.float32]:
    scale = parameters.thumbnail_px / max(luma.shape)
    columns, rows = (max(round(side * scale), parameters.blocks) for side in (luma.shape[1], luma.shape[0]))
    return reduced(luma, (columns, rows)).astype(np.float32)


def _histograms(pixels: NDArray[np.float32], parameters: CutParameters) -> FloatArray:
    """Histograms of the picture's blocks, each adding up to 1: (blocks, bins)."""
    blocks, bins = parameters.blocks, parameters.bins
    rows, columns = (np.arange(side) * blocks // side for side in pixels.shape)
    slots = (rows[:, None] * blocks + columns) * bins + (pixels * (bins / 256)).astype(np.intp)
    counts = np.bincount(slots.ravel(), minlength=blocks**2 * bins).reshape(-1, bins).astype(np.float64)
    # Neighbouring bins share, so that a slow change of light is no jump.
    soft = counts + 0.5 * np.roll(counts, 1, axis=1) + 0.5 * np.roll(counts, -1, axis=1)
    result: FloatArray = soft / soft.sum(axis=1, keepdims=True)
    return result
