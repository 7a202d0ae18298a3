"""Dense optical flow between two pictures, of any size: dense inverse search (Kroeger et al., 2016)."""

from __future__ import annotations

from typing import Literal, TypeAlias

import cv2
import numpy as np

from overlaycut.core.frame import Plane
from overlaycut.vision.filters import FlowField

Preset: TypeAlias = Literal["ultrafast", "fast", "medium"]

_PRESETS: dict[Preset, int] = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}

_MIN_SIDE = 32
"""Pixels of the shorter side that OpenCV needs: an 8-pixel patch at a quarter of the size. On fewer it chooses its
pyramid by the width alone, and reads beyond the end of a wide picture's small levels."""


class DenseFlow:
    """Flow from one 8-bit picture to another, by `cv2.DISOpticalFlow`.

    finest_scale: pyramid level at which the search ends, 0 for full size; None for the preset's own.
    """

    def __init__(self, preset: Preset, *, finest_scale: int | None = None) -> None:
        self._search = cv2.DISOpticalFlow.create(_PRESETS[preset])
        if finest_scale is not None:
            self._search.setFinestScale(finest_scale)

    def between(self, before: Plane, after: Plane) -> FlowField:
        """Displacement in pixels from each pixel of `before` to its place in `after`: (rows, columns, 2).

        A picture narrower or lower than 32 pixels is extended by its border for the search.
        """
        rows, columns = before.shape
        short = max(_MIN_SIDE - rows, 0), max(_MIN_SIDE - columns, 0)
        if any(short):
            before, after = (
                np.asarray(cv2.copyMakeBorder(one, 0, short[0], 0, short[1], cv2.BORDER_REPLICATE), np.uint8)
                for one in (before, after)
            )
        start = np.zeros((*before.shape, 2), np.float32)
        before, after = np.ascontiguousarray(before), np.ascontiguousarray(after)
        flow = np.asarray(self._search.calc(before, after, start), np.float32)
        return flow[:rows, :columns]
