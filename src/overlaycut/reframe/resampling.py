"""Parts of a plane that begin between samples."""

from __future__ import annotations

import math

import cv2
import numpy as np

from overlaycut.core.frame import Plane
from overlaycut.vision.filters import Samples

_TAPS = 8
"""Of the Lanczos kernel: four lobes to a side."""

_WHOLE = 1e-3
"""Parts of a sample below which an offset counts as whole."""


def subpixel_window(plane: Plane, offset: float, width: int, height: int, *, along_x: bool) -> Plane:
    """The width × height part of a plane that begins `offset` samples along one axis, by Lanczos interpolation.

    Beyond the plane its edge repeats.
    """
    whole = math.floor(offset)
    part = offset - whole
    if part < _WHOLE or part > 1 - _WHOLE:
        start = round(offset)
        return plane[:, start : start + width] if along_x else plane[start : start + height]
    kernel = _lanczos(part)
    first, last = whole - _TAPS // 2 + 1, whole + (width if along_x else height) + _TAPS // 2
    taken = plane.take(np.arange(first, last), axis=1 if along_x else 0, mode="clip")
    one = np.ones(1, dtype=np.float32)
    anchor = (_TAPS // 2 - 1, 0) if along_x else (0, _TAPS // 2 - 1)
    moved = cv2.sepFilter2D(taken, -1, kernel if along_x else one, one if along_x else kernel, anchor=anchor)
    begin = _TAPS // 2 - 1
    cut = moved[:, begin : begin + width] if along_x else moved[begin : begin + height]
    return np.asarray(cut, dtype=np.uint8)


def _lanczos(part: float) -> Samples:
    """Lanczos weights, (8,), for a place `part` of a sample after the fourth of eight."""
    at = np.arange(_TAPS) - (_TAPS // 2 - 1) - part
    weights = np.sinc(at) * np.sinc(at / (_TAPS // 2))
    return np.asarray(weights / weights.sum(), dtype=np.float32)
