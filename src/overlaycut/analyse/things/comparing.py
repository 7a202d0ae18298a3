"""A look at a thing against its opening, part by part, with the movement between them undone."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

import cv2
import numpy as np

from overlaycut.analyse.things.parameters import ThingParameters
from overlaycut.analyse.things.views import View, colours_of, likeness
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Homography
from overlaycut.vision.filters import FloatPlane
from overlaycut.vision.thumbnails import reduced_size

Parts: TypeAlias = tuple[float | None, ...]
"""A measure of each part, row by row; None where there is none."""

_SHIFT = 4
"""Pixels of the rectified picture by which a part may lie elsewhere: what turns a little, bends a little."""


def laid_over(opening: View, picture: Picture, matrix: Homography) -> Picture:
    """The part of an RGB picture that shows what `opening` does, in the pixels of the opening."""
    height, width = opening.mask.shape
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpPerspective(picture, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(laid, np.uint8)


def parts_alike(
    opening: View, laid: Picture, *, parameters: ThingParameters = ThingParameters()
) -> tuple[Parts, Parts]:
    """Likeness of colours, 0..1, and correlation of luma, -1..1, of each part of a thing, row by row.

    laid: RGB, in the pixels of the opening. A part that is hardly on the thing, or without detail, has None.
    """
    height, width = opening.mask.shape
    size = reduced_size(width, height, parameters.patch_px, least=3 * parameters.cells)
    before, now = (_blurred(picture, size) for picture in (opening.picture, laid))
    rows, columns = (np.linspace(0, side, parameters.cells + 1).astype(int) for side in (height, width))
    colours: list[float | None] = []
    detail: list[float | None] = []
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            part = slice(top, bottom), slice(left, right)
            mask = opening.mask[part]
            if (mask > 0).mean() < 0.3:
                colours.append(None)
                detail.append(None)
                continue
            one, other = (colours_of(np.ascontiguousarray(p[part]), mask) for p in (opening.picture, laid))
            colours.append(likeness(one, other))
            scale = size[1] / height, size[0] / width
            place = (round(top * scale[0]), round(bottom * scale[0]), round(left * scale[1]), round(right * scale[1]))
            detail.append(_correlation(before, now, place, parameters))
    return tuple(colours), tuple(detail)


def _blurred(picture: Picture, size: tuple[int, int]) -> FloatPlane:
    grey = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0), np.float32)


def _correlation(
    before: FloatPlane, now: FloatPlane, place: tuple[int, int, int, int], parameters: ThingParameters
) -> float | None:
    top, bottom, left, right = place
    part = before[top:bottom, left:right]
    if min(part.shape) < 4 or float(part.std()) < parameters.least_texture:
        return None
    around = now[max(top - _SHIFT, 0) : bottom + _SHIFT, max(left - _SHIFT, 0) : right + _SHIFT]
    return float(np.max(cv2.matchTemplate(around, part, cv2.TM_CCOEFF_NORMED)))
