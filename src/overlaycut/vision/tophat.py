"""Candidates for strokes: what is thin and stands out from its surround, light on dark or dark on light.

Opening and closing by a square that no stroke contains remove thin structures and keep shades, edges and panels of what
they lie on (the top-hat of Meyer, 1979). Four responses compete: light and dark, in luma and along the chroma direction
of largest variance.
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
"""Levels by which the faintest lettering that is looked for differs from its surface; set by benchmarks/repair.py."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopHatParameters:
    """How strokes are looked for; checked by benchmarks/repair.py."""

    least_contrast: float = LEAST_CONTRAST
    """Levels between the pixels above and below Otsu's threshold of a response, at least."""
    faint: float = 0.35
    """Share of the lettering's contrast from which a pixel next to a stroke belongs to it."""
    faintest: float = 0.6
    """Share of `least_contrast` that it must have as well."""
    half_stroke: float = 0.17
    """Half of the thickest stroke, over the height of a found region: heavy faces have strokes of about 0.3."""
    presmoothing: float = 0.02
    """Sigma of the blur of what is looked at, over the lettering's height: weave and noise are finer than strokes."""
    rim: float = 0.1
    """Rim of a region in which little of its lettering lies, over its height."""
    gap: float = 0.2
    """Half of the widest gap within the lettering, over its height."""
    around: float = 0.12
    """How far around the lettering one surface continues, over its height."""
    background_blur: float = 1 / 16
    """Sigma of the blur of the interpolated background, over the lettering's height; 1.5 pixels at least."""
    busy_weight: float = 1e-3
    """Weight of a pixel that is no surface in that interpolation, so that something is known where all is busy."""


@dataclass(frozen=True, slots=True, eq=False)
class StrokeCandidates:
    """What is thin and of one polarity: lighter or darker than what it lies on."""

    relief: FloatPlane
    """Top-hat response of each pixel, in levels, (rows, columns)."""
    strong: Mask
    """Pixels of the region above Otsu's threshold of the response."""
    others: Mask
    """Pixels anywhere that stand out in one of the other responses."""
    background: FloatImage
    """The picture around everything thin, interpolated under it, (rows, columns, 3)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Response:
    axis: Colours
    plane: FloatPlane
    relief: FloatPlane
    strong: Mask
    explained: float
    gap: float
    stands_out: Mask
    """Pixels anywhere whose response is that of lettering."""


def stroke_candidates(
    picture: FloatImage,
    region: Mask,
    valid: Mask,
    *,
    height_px: float,
    parameters: TopHatParameters = TopHatParameters(),
) -> StrokeCandidates | None:
    """What is thin within `region` as lettering is; None where nothing stands out.

    picture: (rows, columns, 3). valid: pixels that it shows. height_px: of the lettering. Strokes keep off a region's
    rim and differ from what lies around all of them, and the surface between them is that around them; the gaps between
    letters, taken for strokes, fail one of these.
    """
    responses = list(_responses(picture, region, height_px, parameters))
    busy = np.logical_or.reduce([response.stands_out for response in responses]) if responses else ~valid
    known = np.where(valid & ~_with_square(busy, 2, cv2.MORPH_DILATE), 1.0, parameters.busy_weight)
    sigma = max(height_px * parameters.background_blur, 1.5)
    background = blurred(spread(picture, known.astype(np.float32)), sigma)
    rim = region & ~_with_square(region, parameters.rim * height_px, cv2.MORPH_ERODE)
    if not rim.any():  # the region is the whole picture
        return None
    best, found = 0.0, None
    for response in responses:
        over = ((picture - background) @ response.axis)[response.strong]
        energy = float(np.clip(over, 0, response.relief[response.strong]).sum()) * response.explained
        off_rim = 1 - float(response.strong[rim].mean())
        score = energy * off_rim**2 * _continuity(response, region, valid, height_px, parameters)
        if score > best:
            best, found = score, response
    if found is None:
        return None
    others = [
        other.stands_out for other in responses if other is not found and other.gap > parameters.faint * found.gap
    ]
    return StrokeCandidates(
        found.relief, found.strong, np.logical_or.reduce([np.zeros_like(region), *others]), background
    )


def _responses(
    picture: FloatImage, region: Mask, height_px: float, parameters: TopHatParameters
) -> Iterator[_Response]:
    """The responses that stand out: light and dark, in luma and in chroma."""
    side = 2 * max(round(parameters.half_stroke * height_px), 2) + 1
    square = np.ones((side, side), np.uint8)
    for axis in (np.array([1, 0, 0], np.float32), _chroma_axis(picture[region])):
        plane = blurred(np.ascontiguousarray(picture @ axis), parameters.presmoothing * height_px)
        light = plane - cv2.morphologyEx(plane, cv2.MORPH_OPEN, square)
        dark = cv2.morphologyEx(plane, cv2.MORPH_CLOSE, square) - plane
        for sign, relief in ((1, light), (-1, dark)):
            strong, explained, gap = above_otsu(relief, region)
            if gap > parameters.least_contrast:
                limit = max(parameters.faint * gap, parameters.faintest * parameters.least_contrast)
                yield _Response(sign * axis, plane, relief, strong, explained, gap, relief > limit)


def _chroma_axis(pixels: Colours) -> Colours:
    """The direction of chroma along which `pixels`, (n, 3), vary most: (3,)."""
    if len(pixels) < 2:
        return np.array([0, 1, 0], np.float32)
    _, _, axes = np.linalg.svd(np.cov(pixels[:, 1:].T))
    return np.array([0, *axes[0]], np.float32)


def _continuity(
    response: _Response, region: Mask, valid: Mask, height_px: float, parameters: TopHatParameters
) -> float:
    """How well the surface between the strokes continues around them, 0..1; a half where nothing can be compared."""
    ink = response.stands_out & region
    whole = _with_square(ink, parameters.gap * height_px, cv2.MORPH_CLOSE)
    bare = valid & ~_with_square(ink, 1, cv2.MORPH_DILATE)
    between = (bare & whole).astype(np.float32)
    window = (2 * round(2 * parameters.gap * height_px) + 1,) * 2
    weight = cv2.blur(between, window)
    near = _with_square(whole, parameters.around * height_px, cv2.MORPH_DILATE)
    around = bare & ~whole & near & (weight > 0.01)
    if around.sum() < 20:
        return 0.5
    expected = cv2.blur(between * response.plane, window)[around] / weight[around]
    return max(1 - float(np.abs(response.plane[around] - expected).mean()) / response.gap, 0.0)


def _with_square(mask: Mask, radius: float, operation: int) -> Mask:
    """A morphological operation on `mask` with a square of at least one pixel's radius."""
    side = 2 * max(round(radius), 1) + 1
    return cv2.morphologyEx(mask.astype(np.uint8), operation, np.ones((side, side), np.uint8)).astype(np.bool_)
