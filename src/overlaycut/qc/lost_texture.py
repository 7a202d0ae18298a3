"""Texture of a filled area against that of its surround."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.qc.region_view import RegionView
from overlaycut.vision.filters import FloatPlane, blurred


@dataclass(frozen=True, slots=True, kw_only=True)
class LostTextureParameters:
    """How texture is measured; checked by benchmarks/gates.py."""

    bands: tuple[tuple[float, float], ...] = ((0.6, 1.2), (1.2, 2.4), (2.4, 4.8))
    """Sigmas of the two Gaussians whose difference is a band, in pixels."""
    least_levels: float = 1.8
    """Root mean square of a band just outside the contour below which there is no texture to lose."""
    most_over_usual: float = 4.0
    """Energy of a window, over the median of all, at which it is cut: edges of things are no texture."""
    rim_strokes: float = 0.6
    """Width of the rims on both sides of the contour that are compared, in strokes."""
    least_rim_px: float = 5.0
    """The same in pixels, at least."""
    least_beyond_px: float = 8.0
    """Width of the rim farther out that must have texture as well, in pixels."""
    window_strokes: float = 3.0
    """Side of the windows in which they are compared, in strokes."""
    least_window_px: int = 11
    """The same in pixels, at least."""


def texture_left(view: RegionView, parameters: LostTextureParameters) -> float | None:
    """Energy that goes on across the contour, over that just outside it, 0..1, in the band where least does.

    Texture of a surface runs on under lettering: where there is much between the letters, there is much under them.
    None where there is nothing between them.
    """
    luma = np.ascontiguousarray(view.after[..., 0])
    rim = max(parameters.least_rim_px, parameters.rim_strokes * view.stroke)
    side = max(parameters.least_window_px, round(parameters.window_strokes * view.stroke)) | 1
    shares = []
    for narrow, wide in parameters.bands:
        energy = (blurred(luma, narrow) - blurred(luma, wide)) ** 2
        inside = view.replaced & (view.reach < -0.5 * wide) & (view.reach > -rim - wide)
        free = ~view.any_written & ~view.kept
        outside = (view.reach > 0.5 * wide) & (view.reach < rim + wide) & free & view.region
        beyond = (view.reach >= rim + wide) & (view.reach < 2 * rim + parameters.least_beyond_px) & free
        (own, owned), (due, known) = (_summed(energy, where, side) for where in (inside, outside))
        farther, seen = _summed(energy, beyond, 2 * side + 1)
        counted = np.minimum(np.minimum(owned, known), seen) >= parameters.least_window_px
        if counted.sum() < parameters.least_window_px:
            continue
        here = own[counted] / owned[counted]
        # Codecs leave ringing around lettering, but not farther out.
        near = np.minimum(due[counted] / known[counted], farther[counted] / seen[counted])
        usual = float(np.median(near))
        if usual**0.5 >= parameters.least_levels:
            near = np.minimum(near, parameters.most_over_usual * usual)
            shares.append(float(np.minimum(near, here).sum() / near.sum()))
    return min(shares) if shares else None


def _summed(energy: FloatPlane, where: Mask, side: int) -> tuple[FloatPlane, FloatPlane]:
    """The sum over the pixels of `where` in a window around every pixel, and their number."""
    weight = where.astype(np.float32)
    total, number = (cv2.boxFilter(p, cv2.CV_32F, (side, side), normalize=False) for p in (energy * weight, weight))
    return np.asarray(total, dtype=np.float32), np.asarray(number, dtype=np.float32)
