"""Strokes in the colours of erased lettering that are still there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.qc.region_view import RegionView
from overlaycut.vision.filters import Colours, FloatImage, blurred, dilated, distance, opened, scaled


@dataclass(frozen=True, slots=True, kw_only=True)
class InkLeftoverParameters:
    """What counts as ink that was left; checked by benchmarks/gates.py."""

    least_change: float = 30.0
    """Levels of luma and chroma by which the repair must have changed a pixel for it to have been ink."""
    least_pixels: int = 40
    """Pixels that were ink, without which nothing is known of its colours."""
    colours: int = 3
    """Colours of the ink: face, outline and a shade between."""
    tolerance: float = 16.0
    """Levels of luma and chroma within which a pixel has a colour."""
    least_distance: float = 40.0
    """Levels of luma and chroma by which a colour of the ink differs from the fill: others are the surface's own."""
    common: float = 0.02
    """Share of the surround from which a colour is the picture's own."""
    zone_strokes: float = 0.6
    """Room around the mask in which leftovers are looked for, in strokes; the region's quad is searched as well."""
    least_zone_px: int = 4
    """The same in pixels, at least."""
    least_contrast: float = 14.0
    """Levels of luma and chroma by which a leftover stands out from its neighbourhood."""
    neighbourhood_strokes: float = 1.5
    """Sigma of that neighbourhood, in strokes."""
    thickest: float = 0.9
    """Radius, in strokes, of the disc that no stroke contains."""


def ink_left(view: RegionView, parameters: InkLeftoverParameters) -> float | None:
    """Area of strokes in the ink's colours that are still there, over the ink's own area; None without ink.

    Only what was there before counts, and what the surround has of the same colours per pixel is taken off.
    """
    change = distance(view.before, view.after)
    ink = view.replaced & (change > parameters.least_change)
    if ink.sum() < parameters.least_pixels:
        return None
    room = max(parameters.least_zone_px, round(parameters.zone_strokes * view.stroke))
    zone = (dilated(view.replaced, room) | view.region) & ~view.kept
    surround = ~dilated(zone, 2) & ~view.any_written & ~view.kept
    fill = np.median(view.after[view.replaced], axis=0)
    # A small picture is as good for what is blurred by strokes, and cheaper.
    size, shrunk = view.after.shape[1::-1], max(1, round(0.4 * view.stroke))
    small = scaled(view.after, (max(size[0] // shrunk, 4), max(size[1] // shrunk, 4)), area=True)
    level = scaled(blurred(small, parameters.neighbourhood_strokes * view.stroke / shrunk), size)
    distinct = distance(view.after, level) > parameters.least_contrast
    left = 0.0
    for colour in _colours(view.before[ink], parameters.colours):
        if float(np.linalg.norm(colour - fill)) < parameters.least_distance:
            continue
        same = _alike(view.after, colour, parameters.tolerance) & _alike(
            view.before, colour, 1.5 * parameters.tolerance
        )
        same &= distinct
        strokes = same & ~opened(same, max(2, round(parameters.thickest * view.stroke)))
        around = float((strokes & surround).sum()) / max(int(surround.sum()), 1)
        if around > parameters.common:
            continue
        left += max(float((strokes & zone).sum()) - 2 * around * float(zone.sum()), 0.0)
    return left / float(ink.sum())


def _colours(samples: Colours, count: int) -> Colours:
    """The centres of the samples' clusters: (count, 3)."""
    step = max(1, len(samples) // 3000)
    chosen = samples[::step]
    order = np.argsort(chosen[:, 0], kind="stable")
    centres = chosen[order[np.linspace(0, len(order) - 1, 2 * count + 1).astype(int)[1::2]]].astype(np.float32)
    for _ in range(6):
        nearest = ((chosen[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
        for number in range(count):
            if (nearest == number).any():
                centres[number] = np.median(chosen[nearest == number], axis=0)
    return np.asarray(centres, dtype=np.float32)


def _alike(picture: FloatImage, colour: Colours, tolerance: float) -> Mask:
    low, high = (tuple(float(v) for v in colour + sign * tolerance) for sign in (-1, 1))
    return np.asarray(cv2.inRange(picture, low, high) > 0)
