"""How much encoding cost: the structural similarity of what was handed in and what the file gives back."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

import numpy as np
from skimage.metrics import structural_similarity

from overlaycut.core.frame import Frame, Plane


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
            float(structural_similarity(self._kept[position], np.asarray(frame.y), data_range=219))
            for position, frame in enumerate(decoded)
            if position in self._kept
        ]
        return round(fmean(values), 4) if values else None
