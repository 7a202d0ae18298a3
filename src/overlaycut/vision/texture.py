"""Sharpness and grain of pictures: measured, compared and synthesised, so that a repair matches its surround."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.vision.filters import FloatPlane, Samples, blurred, pearson_correlation

BLURS: tuple[float, ...] = (0.0, 0.45, 0.65, 0.85, 1.1, 1.4, 1.8, 2.4, 3.2)
"""Sigmas of blur, in pixels of the plane, that are tried on a picture; set by benchmarks/repair.py."""

_LOWER_HALF = 0.3246
"""Mean of the smaller half of the magnitudes of a Gaussian of standard deviation 1."""

_GRAIN_SIDE = 512
"""Side of a tile of grain, in pixels."""
_GRAIN_SEED = 7
_SOFTNESSES: tuple[float, ...] = (0.0, 0.35, 0.45, 0.55, 0.65, 0.8)
"""Sigmas of the blur of grain, in frame pixels, from white to what strong compression leaves."""

_LEAST_DETAIL = 50
"""Pixels with detail below which no blur is measured."""
_LEAST_VALUES = 30
"""Pixels below which no noise is measured."""

_IMMERKAER = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def blur_between(
    sharp: FloatPlane, seen: FloatPlane, where: Mask, *, blurs: Sequence[float] = BLURS
) -> tuple[float, float]:
    """The sigma of the blur under which `sharp` correlates best with `seen`, and that correlation, -1..1.

    sharp, seen: luma, (rows, columns). where: pixels with detail, few of which give 0 and 0. blurs: sigmas that are
    tried, in pixels.
    """
    if where.sum() < _LEAST_DETAIL:
        return 0.0, 0.0
    target = seen[where]
    best = 0.0, -1.0
    for sigma in blurs:
        correlation = pearson_correlation(blurred(sharp, sigma)[where], target)
        if correlation > best[1]:
            best = sigma, correlation
    return best


def edge_strength(luma: FloatPlane, where: Mask) -> float:
    """The 95th percentile of the gradient inside `where`, in levels per pixel."""
    return float(np.percentile(gradient(luma)[where], 95)) if where.any() else 0.0


def gradient(luma: FloatPlane) -> FloatPlane:
    """Magnitude of the gradient of `luma` by Sobel's operator, in levels per pixel: (rows, columns)."""
    across = np.asarray(cv2.Sobel(luma, cv2.CV_32F, 1, 0, scale=1 / 8), dtype=np.float32)
    down = np.asarray(cv2.Sobel(luma, cv2.CV_32F, 0, 1, scale=1 / 8), dtype=np.float32)
    return np.hypot(across, down)


def noise_level(luma: FloatPlane, where: Mask) -> float:
    """Standard deviation of the noise inside `where`, in levels, from the response of a 3×3 Laplacian.

    The mask of Immerkær (Fast noise variance estimation, 1996), with the mean of the smaller half of its responses, so
    that edges do not count and rounding to whole levels does not bias it.
    """
    left = np.asarray(cv2.filter2D(luma, cv2.CV_32F, _IMMERKAER), dtype=np.float32)
    return _spread_of(left[where]) / 6.0


@dataclass(frozen=True, slots=True)
class Noise:
    """Noise at two scales, each as a standard deviation in levels."""

    fine: float
    """At full resolution."""
    half: float
    """After the mean of 2×2 pixels: half of `fine` for white noise, more where a codec has low-pass filtered it."""

    @classmethod
    def of(cls, luma: FloatPlane, where: Mask) -> Noise:
        """The noise of `luma` inside `where`."""
        rows, columns = luma.shape[0] // 2, luma.shape[1] // 2
        if min(rows, columns) < 2:
            return cls(0.0, 0.0)
        even = slice(0, 2 * rows), slice(0, 2 * columns)
        small = luma[even].reshape(rows, 2, columns, 2).mean(axis=(1, 3), dtype=np.float32)
        within: Mask = np.asarray(where[even].reshape(rows, 2, columns, 2).all(axis=(1, 3)))
        return cls(noise_level(luma, where), noise_level(small, within))

    def limited(self, most: float) -> Noise:
        """Noise of the same spectrum with a standard deviation of at most `most` levels."""
        share = min(1.0, most / max(self.fine, 1e-6))
        return Noise(share * self.fine, share * self.half)


def grain_tile(noise: Noise) -> FloatPlane:
    """Luma grain that measures as `noise`, in levels: (512, 512)."""
    white = np.random.default_rng(_GRAIN_SEED).standard_normal((_GRAIN_SIDE, _GRAIN_SIDE)).astype(np.float32)
    wanted = noise.half / max(noise.fine, 1e-6)
    everywhere = np.ones(white.shape, np.bool_)
    best, off = white, np.inf
    for softness in _SOFTNESSES:
        tried = blurred(white, softness)
        found = Noise.of(tried, everywhere)
        tried = tried / np.float32(found.fine)
        if abs(found.half / found.fine - wanted) < off:
            best, off = tried, abs(found.half / found.fine - wanted)
    return best * np.float32(noise.fine)


def grain_at(tile: FloatPlane, index: int, width: int, height: int) -> FloatPlane:
    """The grain of frame `index`, (height, width): the tile, shifted and flipped as the index determines."""
    draw = np.random.default_rng(index)
    side = tile.shape[0]
    turned: FloatPlane = tile[:: int(draw.choice((-1, 1))), :: int(draw.choice((-1, 1)))]
    rows = (np.arange(height) + int(draw.integers(side))) % side
    columns = (np.arange(width) + int(draw.integers(side))) % side
    grain: FloatPlane = turned.take(rows, axis=0).take(columns, axis=1)
    return grain


def _spread_of(values: Samples) -> float:
    """Robust standard deviation of `values`, (n,), of mean 0; 0 for few of them."""
    if len(values) < _LEAST_VALUES:
        return 0.0
    half = len(values) // 2
    return float(np.partition(np.abs(values), half)[:half].mean()) / _LOWER_HALF
