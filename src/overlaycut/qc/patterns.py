"""What of a picture follows the pattern of lettering, against what follows it by chance.

A pattern is looked for at its own place and, as a control, displaced by more than a stroke: what the picture has in
common with a displaced pattern is chance, and what it has in common beyond that with the pattern in its own place is
left of it. That takes the texture of the surface into account without a model of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import FloatArray
from overlaycut.qc.region_view import RegionView
from overlaycut.vision.filters import FloatPlane, blurred, dilated


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternParameters:
    """How patterns are looked for; checked by benchmarks/gates.py."""

    directions: int = 12
    """Directions in which patterns are displaced for the control."""
    strokes_away: tuple[float, ...] = (1.6, 2.6)
    """Distances by which they are displaced, in strokes."""
    least_displaced_px: float = 7.0
    """The same in pixels, at least."""
    window_strokes: float = 5.0
    """Side of the window in which a pattern is looked for, in strokes: about a letter."""
    least_window_px: int = 15
    """The same in pixels, at least."""
    least_support: float = 0.3
    """Share of the most supported window's support that a window needs to count."""
    high_pass_strokes: float = 0.9
    """Sigma of the high-pass filter, in strokes."""
    strong_quantile: float = 0.9
    """Quantile of the contrast of what the repair changed that is that of letters."""
    strong: float = 0.9
    """Share of that contrast from which what the repair did not change may be a letter that it left."""
    control_spread: float = 1.6
    """Standard deviations of the control that are taken off, besides its mean."""


def displacements(view: RegionView, parameters: PatternParameters) -> list[tuple[int, int]]:
    """Rows and columns by which the control's patterns are displaced."""
    angles = np.arange(parameters.directions) * 2 * np.pi / parameters.directions
    found = []
    for number, strokes in enumerate(parameters.strokes_away):
        away = max(strokes * view.letter_stroke, parameters.least_displaced_px * (1 + 0.5 * number))
        found += [(round(away * np.sin(a)), round(away * np.cos(a))) for a in angles + 0.2 * number]
    return found


def ghost(view: RegionView, parameters: PatternParameters) -> tuple[float, FloatArray]:
    """Contrast of the original lettering that is left in the fill, over what it had: 0 none, 1 all of it.

    In the window, about a letter, where it is largest beyond that window's control; and of all lettering, signed,
    (1, 1 + displacements), in its own place first; means of that over several frames go to `beyond_chance`. Negative
    prints count alike.
    """
    sigma = parameters.high_pass_strokes * view.letter_stroke
    original, left = (_high_pass(p[..., 0], sigma) for p in (view.before, view.after))
    pattern = np.where(_of_letters(view, original, parameters), original, 0).astype(np.float32)
    left[dilated(view.kept, 1)] = 0
    energy = _summed(pattern * pattern, view, parameters)
    counted = energy >= parameters.least_support * max(float(energy.max()), 1.0)
    total = max(float((pattern * pattern).sum()), 1.0)
    found, overall = [], []
    for picture in _displaced(left, view, parameters):
        product = pattern * picture
        share = _summed(product, view, parameters)[counted] / energy[counted]
        found.append(np.abs(share))
        overall.append(float(product.sum()) / total)
    own, *control = found
    return float((own - np.max(control, axis=0)).max(initial=-1.0)), np.array([overall])


def _of_letters(view: RegionView, original: FloatPlane, parameters: PatternParameters) -> Mask:
    """Where the pattern of letters lies: where the repair changed something, and where what it left is as strong.

    original: the high-pass filtered picture before. Between letters a mask shows the picture, before and after.
    """
    if not view.letters.any():
        return view.replaced
    usual = float(np.quantile(np.abs(original[view.letters]), parameters.strong_quantile))
    return view.letters | (view.replaced & (np.abs(original) > parameters.strong * usual))


def beyond_chance(responses: FloatArray, parameters: PatternParameters) -> float:
    """By how much the contrast in the pattern's own place exceeds that of the control; responses: see `ghost`."""
    own, chance = np.abs(responses[:, 0]), np.abs(responses[:, 1:])
    return float((own - chance.mean(axis=1) - parameters.control_spread * chance.std(axis=1)).max())


def _displaced(picture: FloatPlane, view: RegionView, parameters: PatternParameters) -> list[FloatPlane]:
    """The picture, and the picture displaced in every way of the control."""
    rows, columns = picture.shape
    by = displacements(view, parameters)
    room = max(max(abs(down), abs(across)) for down, across in by)
    padded = cv2.copyMakeBorder(picture, room, room, room, room, cv2.BORDER_REFLECT)
    return [
        np.asarray(padded[room + down : room + down + rows, room + across : room + across + columns], np.float32)
        for down, across in ((0, 0), *by)
    ]


def _high_pass(luma: FloatPlane, sigma: float) -> FloatPlane:
    plane = np.ascontiguousarray(luma)
    return plane - blurred(plane, sigma)


def _summed(values: FloatPlane, view: RegionView, parameters: PatternParameters) -> FloatPlane:
    side = max(parameters.least_window_px, round(parameters.window_strokes * view.letter_stroke)) | 1
    summed = cv2.boxFilter(values, cv2.CV_32F, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(summed, dtype=np.float32)
