"""Strokes of erased lettering that a text segmentation network still finds in the repaired picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask, Picture
from overlaycut.core.geometry import FloatArray, Quad
from overlaycut.models.text_segmentation import TextProbabilities, TextSegmenter
from overlaycut.qc.region_view import RegionView
from overlaycut.vision.filters import FloatPlane, dilated, scaled_mask


@dataclass(frozen=True, slots=True, kw_only=True)
class StrokesLeftParameters:
    """How strokes before and after are compared; set by the tuning half of benchmarks/gates.py."""

    frames: int = 3
    """Frames of each region that are looked at."""
    window: float = 0.8
    """Side of the windows in which they are compared, over the height of a line: about a letter."""
    least_window_px: int = 9
    """The same in pixels, at least."""
    least_support: float = 0.3
    """Strokes of a window before the repair, over those of the fullest one, from which it counts."""
    least_ink_px: float = 20.0
    """Pixels of strokes that the fullest window has at least: else the network does not know this lettering."""
    zone_px: int = 4
    """Room around the mask in which strokes are looked for; the region's quad is searched as well."""
    kept_px: int = 3
    """Distance to lettering that stays within which nothing is looked for."""
    away: float = 0.3
    """Distance to the searched zone from which the surround counts, over the height of a line."""
    surround_quantile: float = 0.9
    """Share of the surround's windows that have fewer strokes than what is taken off."""
    surround_counts: float = 2.0
    """Times that this is taken off: where the network sees strokes in the picture itself, it proves nothing."""


def strokes_left(
    view: RegionView,
    pictures: tuple[Picture, Picture],
    quad: Quad,
    segmenter: TextSegmenter,
    parameters: StrokesLeftParameters,
) -> float | None:
    """Share of the original strokes that the network still finds, in the letter where most; None without strokes.

    pictures: the RGB crop before and after, of which `view` is the same crop at its own scale. quad: the region's, for
    its direction.
    """
    height = line_height(view.replaced, quad) * pictures[0].shape[0] / view.replaced.shape[0]
    before, after = (_strokes(found) for found in segmenter.segment(list(pictures), [height] * 2))
    size = (before.shape[1], before.shape[0])
    replaced, region, kept = (scaled_mask(m, size) for m in (view.replaced, view.region, view.kept))
    kept = dilated(kept, parameters.kept_px)
    zone = (dilated(replaced, parameters.zone_px) | region) & ~kept
    side = max(parameters.least_window_px, round(parameters.window * height)) | 1
    original = np.where(zone, before, 0).astype(np.float32)
    ink = _summed(original * original, side)
    most = float(ink.max())
    if most < parameters.least_ink_px:
        return None
    counted = ink >= parameters.least_support * most
    left = float((_summed(original * after, side)[counted] / ink[counted]).max())
    surround = ~dilated(zone, round(parameters.away * height)) & ~kept
    usual = _around(after, surround, side, parameters.surround_quantile) * side * side / float(np.median(ink[counted]))
    return float(max(left - parameters.surround_counts * usual, 0.0))


def line_height(mask: Mask, quad: Quad) -> float:
    """Height of a line of the text whose mask this is, in its pixels: the median extent of what is connected."""
    corners = quad.array()
    down = corners[3] - corners[0]
    down = down / max(float(np.hypot(*down)), 1e-6)
    count, labels = cv2.connectedComponents(mask.astype(np.uint8))
    rows, columns = np.nonzero(labels)
    of: NDArray[np.int64] = labels[rows, columns].astype(np.int64)
    along = columns * down[0] + rows * down[1]
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, of, along)
    np.maximum.at(high, of, along)
    extents: FloatArray = high[1:] - low[1:] + 1
    order, pixels = np.argsort(extents), np.bincount(of, minlength=count)[1:]
    reached = np.cumsum(pixels[order])
    return float(extents[order][np.searchsorted(reached, reached[-1] / 2)])


def _strokes(found: TextProbabilities) -> FloatPlane:
    return np.asarray(found.letter + found.outline, dtype=np.float32)


def _around(strokes: FloatPlane, surround: Mask, side: int, quantile: float) -> float:
    """Strokes per pixel in the surround's windows; 0 where there is no surround."""
    pixels = _summed(surround.astype(np.float32), side)
    counted = pixels > 0.5 * side * side
    if not counted.any():
        return 0.0
    return float(np.quantile(_summed(strokes * surround, side)[counted] / pixels[counted], quantile))


def _summed(values: FloatPlane, side: int) -> FloatPlane:
    plane = np.ascontiguousarray(values, dtype=np.float32)
    summed = cv2.boxFilter(plane, cv2.CV_32F, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(summed, dtype=np.float32)
