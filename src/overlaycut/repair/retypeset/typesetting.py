"""Clean words laid on a bare surface in the place, the colours and the softness of the original lettering.

Light falls on text and surface alike: the new letters take the shading and the texture of the surface, the less the
darker they are against it. An outline or a shadow comes back only where the original plainly had one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.repair.composite.graphic import with_text
from overlaycut.repair.retypeset.renderer import OriginalText
from overlaycut.repair.segment.text_colours import text_colours
from overlaycut.repair.segment.text_segmentation import TextSegmentation
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, blurred, dilated, scaled
from overlaycut.vision.illumination import light_share
from overlaycut.vision.texture import BLURS, blur_between, edge_strength


@dataclass(frozen=True, slots=True, kw_only=True)
class RetypesetParameters:
    """How new lettering is matched to the original; checked by benchmarks/repair.py."""

    alike_correlation: float = 0.8
    """Correlation of new and original lettering from which their softness is compared pixel by pixel."""
    least_kept: float = 0.4
    """Share of its full coverage that the softened text keeps in its strokes, at least, to be made up for."""
    core_coverage: float = 0.9
    """Coverage, 0..1, from which a pixel lies in the middle of a stroke."""
    kept_percentile: float = 75.0
    """Percentile of the softened coverage in such pixels that is made up for."""


_DEFAULTS = RetypesetParameters()


def retypeset(
    plate: FloatImage,
    picture: FloatImage,
    strokes: TextSegmentation,
    original: OriginalText,
    coverage: FloatPlane,
    *,
    colour: Colours | None = None,
    parameters: RetypesetParameters = _DEFAULTS,
) -> tuple[FloatImage, FloatPlane]:
    """The plate with new lettering on it, (rows, columns, 3), and how much of each pixel that covers, 0..1.

    plate: the bare surface. picture: the original lettering on the same plane, with its `strokes` (which may be
    coarser) and their coverage. coverage: the new lettering, (rows, columns), crisp. colour: luma, Cb and Cr of
    the new text, (3,); None takes the original's.
    """
    small = scaled(picture, (strokes.ink.shape[1], strokes.ink.shape[0]), area=True)
    colours, scale = text_colours(small, strokes), picture.shape[1] / strokes.ink.shape[1]
    soft = softness(coverage, original, parameters)
    laid, covered = plate, np.zeros_like(coverage)
    if colours.second is not None:
        if colours.outline_px:
            second = _widened(coverage, colours.outline_px * scale)
        else:
            right, down = (round(step * scale) for step in colours.shadow_px)
            second = np.roll(coverage, (down, right), axis=(0, 1))
        covered = blurred(second, soft)
        laid = _coloured(laid, plate, covered, colours.second)
    face = blurred(coverage, soft)
    # Strokes thinner than the blur lose some of their coverage to it, as the original did, whose colour was then read.
    cores = face[coverage > parameters.core_coverage]
    measurable = len(cores) and strokes.clear and colour is None
    kept = float(np.percentile(cores, parameters.kept_percentile)) if measurable else 1.0
    face = np.minimum(face / max(kept, parameters.least_kept), 1)
    text_colour = colours.face if colour is None else colour
    return _coloured(laid, plate, face, text_colour), np.maximum(covered, face)


def softness(coverage: FloatPlane, original: OriginalText, parameters: RetypesetParameters = _DEFAULTS) -> float:
    """The blur, in pixels, that makes new lettering as soft as the original.

    Where the two are nearly the same letters they are compared pixel by pixel, else by how steep their edges are.
    """
    near = dilated(original.coverage > 0.5, 2)
    if original.reads is not None:
        blur, correlation = blur_between(coverage, original.coverage, near | dilated(coverage > 0.5, 2))
        if correlation >= parameters.alike_correlation:
            return blur
    wanted, own = edge_strength(original.coverage, near), dilated(coverage > 0.5, 2)
    crisp = (blur for blur in reversed(BLURS) if edge_strength(blurred(coverage, blur), own) >= wanted)
    return next(crisp, 0.0)


def _widened(coverage: FloatPlane, pixels: float) -> FloatPlane:
    """Coverage dilated by a disc; its edge stays as soft as one pixel."""
    away = cv2.distanceTransform((coverage < 0.5).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.clip(pixels + 1 - away, 0, 1), np.float32)


def _coloured(under: FloatImage, plate: FloatImage, coverage: FloatPlane, colour: Colours) -> FloatImage:
    """`under` with text of one colour, shaded and textured as the plate is."""
    flat = np.ascontiguousarray(np.broadcast_to(colour, plate.shape), np.float32)
    there = plate[..., 0][coverage > 0.5] if (coverage > 0.5).any() else plate[..., 0]
    flat[..., 0] += (plate[..., 0] - np.median(there)) * light_share(flat, plate)
    return with_text(under, coverage, flat)
