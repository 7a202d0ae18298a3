"""Hard cuts: frames that begin a new shot, told from one frame to the next.

Two witnesses have to agree: the histograms of the picture's blocks, which movement hardly changes, and the pixels
of a thumbnail, which light alone changes evenly. Both are held against what this clip does anyway.
"""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Plane

_SIDE = 48
"""Pixels of the thumbnail's longer side."""
_BLOCKS = 4
"""Blocks of the picture along each side."""
_BINS = 16
_HISTOGRAM, _PIXELS = 0.30, 14.0
"""Least change of the blocks' histograms (0..1) and of the pixels (grey levels, light allowed for) in a cut."""
_TIMES_USUAL = 3.5
"""How far both have to stand out from the median of the frames before."""
_LITTLE, _TIMES_RARE, _UNLIKE = 0.5, 10, 0.4
"""Two views of one place have like histograms: then half the change is enough, if the pixels change as never before and
hardly correlate."""
_REMEMBERED = 12


class CutDetector:
    """Shown luma planes in order, says which of them begin a new shot."""

    def __init__(self) -> None:
        self._pixels: NDArray[np.float32] | None = None
        self._histograms = np.zeros(0)
        self._usual: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)

    def see(self, luma: Plane) -> bool:
        """Whether `luma`, (rows, columns), starts a new shot; never for the first picture."""
        pixels = _thumbnail(luma)
        histograms = _histograms(pixels)
        before, known = self._pixels, self._histograms
        self._pixels, self._histograms = pixels, histograms
        if before is None:
            return False
        shape = float(np.abs(histograms - known).sum(axis=1).mean()) / 2
        light = float(np.median(pixels - before))
        moved = float(np.abs(pixels - before - light).mean())
        usual = np.median(np.array(self._usual), axis=0) if len(self._usual) >= 2 else np.zeros(2)
        alike = _correlation(before, pixels)
        clear = shape > max(_HISTOGRAM, _TIMES_USUAL * usual[0]) and moved > max(_PIXELS, _TIMES_USUAL * usual[1])
        strange = shape > _LITTLE * _HISTOGRAM and moved > max(_PIXELS, _TIMES_RARE * usual[1]) and alike < _UNLIKE
        cut = clear or strange
        if cut:
            self._usual.clear()
        else:
            self._usual.append((shape, moved))
        return bool(cut)


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    a, b = one - one.mean(), other - other.mean()
    return float((a * b).sum() / max(float(np.sqrt((a * a).sum() * (b * b).sum())), 1e-6))


def _thumbnail(luma: Plane) -> NDArray[np.float32]:
    scale = _SIDE / max(luma.shape)
    columns, rows = (max(round(side * scale), _BLOCKS) for side in (luma.shape[1], luma.shape[0]))
    return np.asarray(cv2.resize(luma, (columns, rows), interpolation=cv2.INTER_AREA), dtype=np.float32)


def _histograms(pixels: NDArray[np.float32]) -> NDArray[np.float64]:
    """Histograms of the picture's blocks, each adding up to 1: (blocks, bins)."""
    rows, columns = (np.arange(side) * _BLOCKS // side for side in pixels.shape)
    place = (rows[:, None] * _BLOCKS + columns) * _BINS + (pixels * (_BINS / 256)).astype(np.intp)
    counts = np.bincount(place.ravel(), minlength=_BLOCKS**2 * _BINS).reshape(-1, _BINS).astype(np.float64)
    # Neighbouring bins share, so that a slow change of light is no jump.
    soft = counts + 0.5 * np.roll(counts, 1, axis=1) + 0.5 * np.roll(counts, -1, axis=1)
    result: NDArray[np.float64] = soft / soft.sum(axis=1, keepdims=True)
    return result
