"""How much encoding cost: the structural similarity of what was handed in and what the file gives back."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Frame, Plane

_STABLE = (0.01 * 219) ** 2, (0.03 * 219) ** 2
"""Wang et al. 2004, equation 12, for the 219 steps of limited range."""


class QualityProbe:
    """Keeps a few luma planes of what goes into an encoder, to compare with what comes out.

    Memory is bounded: every n-th frame is kept, and n doubles whenever too many are.
    """

    MOST = 12
    """Planes that are kept at most; twelve of 1080×1920 are 25 MB."""

    def __init__(self) -> None:
        self._kept: dict[int, Plane] = {}
        self._step = 1

    def watch(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The same frames, some of them remembered."""
        for position, frame in enumerate(frames):
            if position % self._step == 0:
                self._kept[position] = frame.y
                if len(self._kept) > self.MOST:
                    self._step *= 2
                    self._kept = {n: plane for n, plane in self._kept.items() if n % self._step == 0}
            yield frame

    def ssim(self, decoded: Iterator[Frame]) -> float | None:
        """Mean SSIM of luma (Wang et al. 2004), 0..1, over the remembered frames; None when none was."""
        values = [
            _similarity(self._kept[position], frame.y)
            for position, frame in enumerate(decoded)
            if position in self._kept
        ]
        return round(fmean(values), 4) if values else None


def _similarity(one: Plane, other: Plane) -> float:
    """SSIM with the paper's Gaussian window, 11 pixels wide with a deviation of 1.5."""
    a, b = one.astype(np.float32), other.astype(np.float32)
    mean_a, mean_b = _soft(a), _soft(b)
    spread_a, spread_b = _soft(a * a) - mean_a * mean_a, _soft(b * b) - mean_b * mean_b
    together = _soft(a * b) - mean_a * mean_b
    c1, c2 = _STABLE
    top = (2 * mean_a * mean_b + c1) * (2 * together + c2)
    return float(np.mean(top / ((mean_a * mean_a + mean_b * mean_b + c1) * (spread_a + spread_b + c2))))


def _soft(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(plane, (11, 11), 1.5), dtype=np.float32)
