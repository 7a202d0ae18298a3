"""The pixels that a repair replaces, and how it is blended at their edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.repair.estimate.region_geometry import RegionGeometry
from overlaycut.repair.segment.text_segmentation import TextSegmentation
from overlaycut.vision.filters import FloatPlane, blurred, closed, dilated, scaled


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskParameters:
    """Margins of a repair's mask; set by benchmarks/repair.py."""

    closed_widths: float = 0.5
    """Gaps in strokes that are closed, in stroke widths."""
    covered: float = 0.25
    """Share of a fine pixel, 0..1, from which it belongs to the mask."""
    least_halo_px: int = 2
    """Fine pixels around strokes that are replaced as well, at least."""
    feather: float = 0.04
    """Blending at the edge, in heights of the lettering."""
    least_feather_px: float = 1.5
    """The same in fine pixels, at least."""
    most_feather_px: float = 6.0
    """The same in fine pixels, at most."""
    least_alpha: float = 0.02
    """Alpha, 0..1, below which a pixel is left alone."""


def replaced_pixels(
    geometry: RegionGeometry, text: TextSegmentation, touched: Mask, parameters: MaskParameters = MaskParameters()
) -> Mask:
    """The pixels of the fine plane that strokes ever reach, with the halo around them; all of a watched area.

    touched: pixels of the coarse plane that strokes reach in some frame.
    """
    if geometry.region.kind == "watched":
        return geometry.fine.region(grown=0) & ~geometry.spared
    gap = max(round(parameters.closed_widths * text.width_px), 1) if text.clear else 1
    soft = scaled(closed(text.ink | touched, gap).astype(np.float32), geometry.fine_size)
    scale = geometry.fine.width / geometry.coarse.width
    halo = max(round(text.halo_px * scale + 1), parameters.least_halo_px)
    return dilated(soft > parameters.covered, halo) & ~geometry.spared


def feathered(geometry: RegionGeometry, mask: Mask, parameters: MaskParameters = MaskParameters()) -> FloatPlane:
    """Alpha of a repair of `mask`, (rows, columns): 1 inside, falling to 0 around it."""
    height = geometry.fine.lettering[1]
    feather = min(max(parameters.feather * height, parameters.least_feather_px), parameters.most_feather_px)
    grown = dilated(mask, round(1.5 * feather))
    alpha = blurred(grown.astype(np.float32), 0.75 * feather)
    alpha[mask] = 1.0
    alpha[geometry.spared] = 0.0
    if geometry.drawn_by_hand:
        inside = geometry.fine.region(grown=-1.5 * feather).astype(np.float32)
        alpha *= blurred(inside, 0.5 * feather) * geometry.fine.region(grown=0)
    return np.where(alpha < parameters.least_alpha, 0, alpha).astype(np.float32)
