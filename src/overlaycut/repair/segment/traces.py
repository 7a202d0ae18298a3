"""Traces of lettering that faded: places of its strokes that still differ from what lies around them.

Lettering that melts also loses its colour, and turns into another that the surface nearly has. A stroke that is gone
leaves pixels that differ from the surface's interpolated colour as those beside them do; one that only faded leaves
all of its pixels off in one direction, by less than the texture of the surface may scatter a single pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.vision.filters import FloatImage, FloatPlane, blurred, dilated


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceParameters:
    """When strokes count as faded rather than gone; set on drawn lettering that fades (tests/repair/test_traces.py)."""

    window: float = 0.6
    """Sigma of the windows whose mean colours are compared, in stroke widths."""
    surround: float = 2.0
    """Sigma of the windows around the strokes that these are compared with, in stroke widths."""
    least_levels: float = 1.5
    """Levels of luma and chroma by which the mean of a stroke's window is off, at least."""
    scatter: float = 2.5
    """The same in standard deviations of the means of such windows on the bare surface."""
    least_support: float = 0.15
    """Share of a window, 0..1, that shows places of strokes when it is judged."""


_DEFAULTS = TraceParameters()


def traces(
    off: FloatImage, strokes: Mask, hidden: Mask, width_px: float, parameters: TraceParameters = _DEFAULTS
) -> Mask:
    """Places of `strokes` in which a picture still shows them, faded or in another colour.

    off: what the picture differs by from the surface that is expected, (rows, columns, 3). strokes: all places of the
    lettering's strokes. hidden: pixels that show no surface. width_px: of a stroke.
    """
    none = np.zeros_like(strokes)
    places, bare = strokes & ~hidden, ~dilated(strokes, 1) & ~hidden
    if not places.any() or not bare.any():
        return none
    window, surround = (max(share * width_px, 1.0) for share in (parameters.window, parameters.surround))
    around = _means(off, bare, surround)[0]
    inside, support = _means(off - around, places, window)
    beside, _ = _means(off - around, bare, window)
    scatter = float(np.sqrt(np.square(beside[bare]).sum(axis=1).mean()))
    limit = max(parameters.least_levels, parameters.scatter * scatter)
    differs = (np.linalg.norm(inside, axis=2) > limit) & (support > parameters.least_support)
    return np.asarray(dilated(differs & places, 1))


def _means(values: FloatImage, where: Mask, sigma: float) -> tuple[FloatImage, FloatPlane]:
    """Mean of the values `where` they count in a window around every pixel, and the share of it in which they do."""
    weight = blurred(where.astype(np.float32), sigma)
    total = blurred(np.where(where[..., None], values, 0).astype(np.float32), sigma)
    return np.asarray(total / np.maximum(weight, 1e-6)[..., None], np.float32), weight
