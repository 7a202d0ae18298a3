"""Whether a clip's own lettering is still like the reference, so that putting it back could only make it worse."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.repair.estimate.observation import Observations
from overlaycut.repair.estimate.region_geometry import RegionGeometry
from overlaycut.repair.estimate.region_source import RegionSource
from overlaycut.vision.filters import FloatPlane, blurred, scaled


@dataclass(frozen=True, slots=True, kw_only=True)
class IntactParameters:
    """How the clip's lettering is compared, and from when on it is left alone; set by benchmarks/repair.py --labels."""

    height_px: int = 32
    """Height of the lettering at which it is compared."""
    presmoothing: float = 0.04
    """Sigma of the blur of both pictures, in heights."""
    search: float = 0.35
    """Displacement that is tried, in heights: a track may be off where the lettering is right."""
    intact: float = 0.88
    """Correlation from which a frame's lettering is like the reference."""
    share: float = 0.7
    """Share of the compared frames, from the onset on, that must be."""
    least_samples: int = 3
    """Frames that are compared, at least."""


def intact_lettering(
    geometry: RegionGeometry,
    source: RegionSource,
    observations: Observations,
    parameters: IntactParameters = IntactParameters(),
) -> str | None:
    """Why the region is better left as it is, in words; None when it is not."""
    onset = geometry.region.onset_frame
    later = [one for one in observations.samples if onset is not None and one.index >= onset]
    if len(later) < parameters.least_samples:
        return None
    plane = geometry.fine
    scale = min(parameters.height_px / max(plane.lettering[1], 1), 1.0)
    size = max(round(plane.width * scale), 8), max(round(plane.height * scale), 8)
    small = plane.resized(*size)
    reach = max(round(parameters.search * small.lettering[1]), 1)
    rows, columns = np.nonzero(small.region())
    top, left = max(int(rows.min()), reach), max(int(columns.min()), reach)
    bottom, right = min(int(rows.max()) + 1, size[1] - reach), min(int(columns.max()) + 1, size[0] - reach)

    def at_size(luma: FloatPlane) -> FloatPlane:
        return blurred(scaled(luma, size, area=True), parameters.presmoothing * small.lettering[1])

    due = at_size(source.picture[..., 0])[top:bottom, left:right]
    if min(due.shape) < 2 or float(due.std()) < 1:
        return None
    alike = []
    for sample in later:
        seen = at_size(sample.picture[..., 0].astype(np.float32))
        around = np.ascontiguousarray(seen[top - reach : bottom + reach, left - reach : right + reach])
        found = cv2.matchTemplate(around, np.ascontiguousarray(due), cv2.TM_CCOEFF_NORMED)
        alike.append(float(np.nan_to_num(found, nan=0.0, posinf=0.0).max()))
    if float(np.mean(np.array(alike) >= parameters.intact)) < parameters.share:
        return None
    return f"the clip's own lettering is like the reference (correlation {float(np.median(alike)):.2f})"
