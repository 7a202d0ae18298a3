"""Edges of the picture that run into a fill on one side, out of it on the other, and are missing in between.

A blot in the colour of the ink across a dark edge, or of the wrong side's colour, is that; so is a bend or a gap.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.qc.region_view import RegionView
from overlaycut.vision.coherence import CoherenceParameters, coherence_fill
from overlaycut.vision.components import Components
from overlaycut.vision.filters import FloatPlane, blurred, dilated
from overlaycut.vision.structure_tensor import gradients


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgesLostParameters:
    """What counts as an edge that goes on; set on tuning clips of benchmarks/subtitles.py."""

    least_gradient: float = 7.0
    """Levels per pixel that an edge has at least, inside the fill as expected and outside."""
    blur: float = 0.8
    """Sigma, in pixels, of the blur under which gradients are taken."""
    tolerance_px: int = 2
    """Distance, in pixels, from where an edge is expected within which it counts."""
    weak: float = 0.4
    """Share of an edge's expected gradient below which it is missing at a pixel."""
    least_pixels: int = 24
    """Pixels of an expected edge without which it is not judged."""
    rim_px: int = 3
    """Pixels outside the fill in which an edge must run into it, at two places."""
    coherence: CoherenceParameters = field(default_factory=CoherenceParameters)
    """How edges are expected to go on."""


def edges_lost(view: RegionView, parameters: EdgesLostParameters = EdgesLostParameters()) -> float | None:
    """Share of an edge that is missing in the fill, 0..1, where most is; None where no edge runs through."""
    hole = dilated(view.replaced, 1)
    if not hole.any() or hole.all():
        return None
    expected = _gradient(coherence_fill(view.after, hole, parameters.coherence)[..., 0], parameters)
    written = _gradient(view.after[..., 0], parameters)
    strength = np.hypot(*expected)
    edge = hole & (strength > parameters.least_gradient)
    entering = dilated(hole, parameters.rim_px) & ~hole & (np.hypot(*written) > parameters.least_gradient)
    parts = Components.of(edge)
    normal = [plane / np.maximum(strength, 1e-3) for plane in expected]
    along = np.where(hole, written[0] * normal[0] + written[1] * normal[1], 0).astype(np.float32)
    # What lies outside shows nothing of what goes on inside.
    side = 2 * parameters.tolerance_px + 1
    nearby = cv2.dilate(along, np.ones((side, side), np.uint8))
    lost = [
        float((nearby[part] < parameters.weak * strength[part]).mean())
        for number in np.flatnonzero(parts.sizes >= parameters.least_pixels)
        if number and _runs_through(part := parts.labels == number, entering, parameters)
    ]
    return max(lost, default=None)


def _gradient(luma: FloatPlane, parameters: EdgesLostParameters) -> tuple[FloatPlane, FloatPlane]:
    return gradients(blurred(np.ascontiguousarray(luma), parameters.blur))


def _runs_through(part: Mask, entering: Mask, parameters: EdgesLostParameters) -> bool:
    """Whether an expected edge meets edges outside the fill at two places or more."""
    ends = Components.of(entering & dilated(part, parameters.rim_px + 1))
    return int((ends.sizes[1:] >= 2).sum()) >= 2
