"""Colours of ink: which a set of pixels has, and how far other pixels lie towards them."""

from __future__ import annotations

import numpy as np

from overlaycut.vision.clustering import k_means
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, dot

_MOST = 3
"""Ink colours that are distinguished: a face, an outline, a shadow."""
_LEAST_SHARE = 0.1
"""Share of the pixels that a colour has at least."""


def ink_colours(pixels: Colours) -> Colours:
    """The few colours around which `pixels`, (n, 3), cluster, by k-means with a fixed seed: (1..3, 3)."""
    sample = np.ascontiguousarray(pixels[:: max(len(pixels) // 4000, 1)], dtype=np.float32)
    if len(sample) < 4 * _MOST:
        return np.asarray(sample.mean(axis=0, keepdims=True), dtype=np.float32)
    labels, centres = k_means(sample, _MOST, rounds=20)
    share = np.bincount(labels, minlength=_MOST) / len(sample)
    return np.asarray(centres[share >= _LEAST_SHARE], dtype=np.float32)


def towards_ink(seen: FloatImage, surface: FloatImage, colours: Colours) -> FloatPlane:
    """Distance of each pixel from the surface in the direction of the nearest of the ink `colours`, in levels."""
    rest = seen - surface
    far = np.full(seen.shape[:2], -np.inf, np.float32)
    for axis in colours[:, None, None, :] - surface:
        np.maximum(far, dot(rest, axis) / np.maximum(np.sqrt(dot(axis, axis)), 1.0), out=far)
    return far
