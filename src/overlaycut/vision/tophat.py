"""What is thin and stands out: where strokes are looked for, light on dark or dark on light.

Opening and closing by a square that no stroke holds take thin things away and leave every shade, edge and panel of
what they lie on (the top-hat of Meyer, 1979). Four planes of what that took away are weighed against each other: light
and dark, in luma and along the hue that varies most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, above_otsu, blurred
from overlaycut.vision.illumination import spread

LEAST_CONTRAST = 14.0
"""Levels by which the faintest lettering that is looked for differs from its surface."""

FAINT = 0.35
"""Share of the lettering's contrast from which a pixel next to a stroke belongs to it."""

HALF_STROKE = 0.17
"""Half of the thickest stroke, as a share of the height of a region that was found: heavy faces have about 0.3."""

_GRAIN = 0.02
"""Blur before anything is looked for, as a share of the lettering's height: weave and noise are finer than strokes."""

_RIM = 0.1
"""Share of the lettering's height at a region's edge in which little of its lettering lies."""

_BETWEEN, _AROUND = 0.2, 0.12
"""Shares of its height: half of the widest gap within the lettering, and how far around it one surface goes on."""

HARDLY = 1e-3
"""Weight of a pixel that is no surface, so that something is known where all is busy."""


@dataclass(frozen=True, slots=True, eq=False)
class Thin:
    """What is thin in one way: lighter or darker than what it lies on."""

    relief: FloatPlane
    """How far each pixel stands out, in levels, (rows, columns)."""
    strong: Mask
    """What plainly does, in the region."""
    against: Mask
    """What stands out in the other ways, anywhere."""
    beyond: FloatImage
    """The colour of what lies around everything thin, under it as well, (rows, columns, 3)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    axis: Colours
    plane: FloatPlane
    relief: FloatPlane
    strong: Mask
    explained: float
    gap: float

    @property
    def ink(self) -> Mask:
        """Everything that stands out, anywhere."""
        ink: Mask = self.relief > max(FAINT * self.gap, 0.6 * LEAST_CONTRAST)
        return ink


def thin_in(picture: FloatImage, region: Mask, valid: Mask, *, height_px: float) -> Thin | None:
    """What is thin within `region` in the way of lettering; None where nothing stands out.

    picture: (rows, columns, 3). valid: pixels that it shows. height_px: of the lettering. Strokes leave a region's rim
    alone, differ from what lies around all of them, and between them is what goes on around them; what lies between
    letters fails in one of these.
    """
    sides = list(_sides(picture, region, height_px))
    busy = np.logical_or.reduce([side.ink for side in sides]) if sides else ~valid
    known = np.where(valid & ~_boxed(busy, 2, cv2.MORPH_DILATE), 1.0, HARDLY).astype(np.float32)
    beyond = blurred(spread(picture, known), max(height_px / 16, 1.5))
    rim = region & ~_boxed(region, _RIM * height_px, cv2.MORPH_ERODE)
    best, found = 0.0, None
    for side in sides:
        over = ((picture - beyond) @ side.axis)[side.strong]
        energy = float(np.clip(over, 0, side.relief[side.strong]).sum()) * side.explained
        off_rim = 1 - float(side.strong[rim].mean())
        score = energy * off_rim**2 * _goes_on(side, region, valid, height_px)
        if score > best:
            best, found = score, side
    if found is None:
        return None
    against = [side.ink for side in sides if side is not found and side.gap > FAINT * found.gap]
    return Thin(found.relief, found.strong, np.logical_or.reduce([np.zeros_like(region), *against]), beyond)


def _sides(picture: FloatImage, region: Mask, height_px: float) -> Iterator[_Side]:
    side = 2 * max(round(HALF_STROKE * height_px), 2) + 1
    square = np.ones((side, side), np.uint8)
    for axis in (np.array([1, 0, 0], np.float32), _hue(picture[region])):
        plane = blurred(np.ascontiguousarray(picture @ axis), _GRAIN * height_px)
        light = plane - cv2.morphologyEx(plane, cv2.MORPH_OPEN, square)
        dark = cv2.morphologyEx(plane, cv2.MORPH_CLOSE, square) - plane
        for sign, relief in ((1, light), (-1, dark)):
            strong, explained, gap = above_otsu(relief, region)
            if gap > LEAST_CONTRAST:
                yield _Side(sign * axis, plane, relief, strong, explained, gap)


def _hue(pixels: Colours) -> Colours:
    """The direction of chroma along which `pixels` (n, 3) vary most: (3,)."""
    if len(pixels) < 2:
        return np.array([0, 1, 0], np.float32)
    _, _, axes = np.linalg.svd(np.cov(pixels[:, 1:].T))
    return np.array([0, *axes[0]], np.float32)


def _goes_on(side: _Side, region: Mask, valid: Mask, height_px: float) -> float:
    """How well what lies between the strokes goes on around them, 0..1; a half where there is nothing to compare."""
    ink = side.ink & region
    whole = _boxed(ink, _BETWEEN * height_px, cv2.MORPH_CLOSE)
    bare = valid & ~_boxed(ink, 1, cv2.MORPH_DILATE)
    between = (bare & whole).astype(np.float32)
    window = (2 * round(2 * _BETWEEN * height_px) + 1,) * 2
    weight = cv2.blur(between, window)
    around = bare & ~whole & _boxed(whole, _AROUND * height_px, cv2.MORPH_DILATE) & (weight > 0.01)
    if around.sum() < 20:
        return 0.5
    expected = cv2.blur(between * side.plane, window)[around] / weight[around]
    return max(1 - float(np.abs(side.plane[around] - expected).mean()) / side.gap, 0.0)


def _boxed(mask: Mask, radius: float, how: int) -> Mask:
    """`mask` under a square of at least one pixel's radius."""
    side = 2 * max(round(radius), 1) + 1
    return cv2.morphologyEx(mask.astype(np.uint8), how, np.ones((side, side), np.uint8)).astype(np.bool_)
