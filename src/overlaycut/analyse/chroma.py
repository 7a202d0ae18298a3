"""Colour histograms that do not depend on brightness."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.cast import Vector
from overlaycut.core.colour import CHROMA_TO_BT709, YcbcrMatrix
from overlaycut.core.frame import Plane


@dataclass(frozen=True, slots=True, kw_only=True)
class ChromaParameters:
    """The histogram; checked by benchmarks/cast.py."""

    bins: int = 32
    """Bins on either axis."""
    low: int = 88
    """Sample of the first bin; what is more vivid counts in it."""
    high: int = 168
    """The same after the last bin."""
    blur_bins: float = 1.0
    """Gaussian sigma over the bins."""


def chroma_histogram(
    u: Plane, v: Plane, matrix: YcbcrMatrix, *, parameters: ChromaParameters = ChromaParameters()
) -> Vector:
    """Frequencies of chroma, as BT.709 has it, over two planes of one size: bins² numbers that add up to 1.

    u, v: 8-bit limited range, by `matrix`.
    """
    low, high, bins = parameters.low, parameters.high, parameters.bins
    chroma = np.stack([u.ravel(), v.ravel()])
    if matrix != "bt709":
        chroma = np.rint(CHROMA_TO_BT709[matrix] @ (chroma.astype(np.float64) - 128) + 128)
    a, b = np.clip(chroma, low, high - 1)
    counts, _, _ = np.histogram2d(a, b, bins=bins, range=((low, high), (low, high)))
    soft = cv2.GaussianBlur(
        counts.astype(np.float32), (0, 0), parameters.blur_bins, borderType=cv2.BORDER_REPLICATE
    ).ravel()
    return np.asarray(soft / max(float(soft.sum()), 1e-6), dtype=np.float32)
