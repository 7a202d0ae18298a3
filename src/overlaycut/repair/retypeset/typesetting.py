"""Clean words laid on a bare surface in the place, the ink and the softness of the lettering that stood there.

Light falls on ink and surface alike: the new letters take the shading and the texture of the surface, the less the
darker they are against it. An outline or a shadow comes back only where the old lettering plainly had one.
"""

from __future__ import annotations

import cv2
import numpy as np

from overlaycut.repair.cover import written
from overlaycut.repair.retypeset.renderer import OriginalText
from overlaycut.repair.segment.text_colours import text_colours
from overlaycut.repair.segment.text_segmentation import TextSegmentation
from overlaycut.vision.colour import rgb, samples_of
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, blurred, dilated, scaled
from overlaycut.vision.illumination import light_share
from overlaycut.vision.texture import BLURS, blur_between, edge_strength

_ALIKE = 0.8
"""Correlation of new and old lettering from which their softness is compared pixel by pixel."""

_LEAST_LEFT = 0.4
"""Share of its full coverage that the softened ink must keep in its strokes for the rest to be made up in colour."""


def retypeset(
    plate: FloatImage,
    picture: FloatImage,
    strokes: TextSegmentation,
    stood: OriginalText,
    coverage: FloatPlane,
    *,
    colour: str | None = None,
) -> tuple[FloatImage, FloatPlane]:
    """The plate with new lettering on it, (rows, columns, 3), and how much of each pixel that covers, 0..1.

    plate: the bare surface. picture: what stood there, on the same sheet, with its `strokes` (which may be coarser) and
    their coverage. coverage: the new lettering, (rows, columns), crisp. colour: "#rrggbb" of the new ink; None takes
    the old one's.
    """
    small = scaled(picture, (strokes.ink.shape[1], strokes.ink.shape[0]), area=True)
    inks, scale = text_colours(small, strokes), picture.shape[1] / strokes.ink.shape[1]
    soft = softness(coverage, stood)
    laid, covered = plate, np.zeros_like(coverage)
    if inks.second is not None:
        if inks.outline_px:
            second = _widened(coverage, inks.outline_px * scale)
        else:
            right, down = (round(step * scale) for step in inks.shadow_px)
            second = np.roll(coverage, (down, right), axis=(0, 1))
        covered = blurred(second, soft)
        laid = _inked(laid, plate, covered, inks.second)
    face = blurred(coverage, soft)
    ink = inks.face if colour is None else samples_of(rgb(colour))
    # TextSegmentation thinner than the blur lose some of their ink to it; what stood there had lost as much already.
    hearts = face[coverage > 0.9]
    left = float(np.percentile(hearts, 75)) if len(hearts) and strokes.clear and colour is None else 1.0
    face = np.minimum(face / max(left, _LEAST_LEFT), 1)
    return _inked(laid, plate, face, ink), np.maximum(covered, face)


def softness(coverage: FloatPlane, stood: OriginalText) -> float:
    """The blur, in pixels, that makes new lettering as soft as what stood there.

    Where the two are nearly the same letters they are compared pixel by pixel, else by how steep their edges are.
    """
    near = dilated(stood.coverage > 0.5, 2)
    if stood.reads is not None:
        blur, agreement = blur_between(coverage, stood.coverage, near | dilated(coverage > 0.5, 2))
        if agreement >= _ALIKE:
            return blur
    wanted, own = edge_strength(stood.coverage, near), dilated(coverage > 0.5, 2)
    crisp = (blur for blur in reversed(BLURS) if edge_strength(blurred(coverage, blur), own) >= wanted)
    return next(crisp, 0.0)


def _widened(coverage: FloatPlane, pixels: float) -> FloatPlane:
    """Coverage grown by a round pen; its edge stays as soft as one pixel."""
    away = cv2.distanceTransform((coverage < 0.5).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.clip(pixels + 1 - away, 0, 1), np.float32)


def _inked(under: FloatImage, plate: FloatImage, coverage: FloatPlane, ink: Colours) -> FloatImage:
    """`under` with ink of one colour where `coverage` says, shaded and textured as the plate is."""
    flat = np.ascontiguousarray(np.broadcast_to(ink, plate.shape), np.float32)
    there = plate[..., 0][coverage > 0.5] if (coverage > 0.5).any() else plate[..., 0]
    flat[..., 0] += (plate[..., 0] - np.median(there)) * light_share(flat, plate)
    return written(under, coverage, flat)
