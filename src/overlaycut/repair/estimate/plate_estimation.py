"""The plate of a region: its surface without lettering, from the frames that show it, else filled."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.repair.estimate.observation import Observations
from overlaycut.repair.estimate.region_geometry import RegionGeometry
from overlaycut.repair.estimate.region_source import RegionSource
from overlaycut.repair.fill.inpainting import Fill
from overlaycut.repair.fill.plate import PlateParameters, borrowed, filled, leaves_nothing
from overlaycut.repair.segment.traces import TraceParameters, traces
from overlaycut.vision.filters import FloatImage, bytes_of, dilated, opened, scaled, scaled_mask
from overlaycut.vision.illumination import Light


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateEstimationParameters:
    """What counts as seen by other frames; checked by benchmarks/repair.py."""

    hole_margin_px: int = 8
    """Fine pixels around the mask that are taken from other frames as well."""
    hidden_share: float = 0.1
    """Share of a fine pixel, 0..1, that may be hidden in a sample."""
    least_samples: int = 3
    """Samples that have to show a pixel, at least."""
    sample_share: float = 0.15
    """The same as a share of all samples; the larger counts."""
    speck_widths: float = 0.15
    """Radius of the largest speck that counts as hidden, in stroke widths."""
    traces: TraceParameters = field(default_factory=TraceParameters)
    """What of lettering that faded is told by."""
    fill: PlateParameters = field(default_factory=PlateParameters)
    """How the rest is filled."""


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """A surface without lettering."""

    picture: FloatImage
    """On the fine plane, in the light of the region's source."""
    seen: float
    """Share of the mask that other frames show, 0..1."""
    fill_error: float | None = None
    """Levels by which the fill of the rest is off on bare surface nearby; None when there was none to try it on."""


def estimated_plate(
    geometry: RegionGeometry,
    source: RegionSource,
    observations: Observations,
    mask: Mask,
    *,
    fill: Fill | None = None,
    parameters: PlateEstimationParameters = PlateEstimationParameters(),
) -> Plate:
    """The plate under `mask`, pixels of the fine plane; fill: one more fill of what no frame shows."""
    found, known = _seen(geometry, source, observations, dilated(mask, parameters.hole_margin_px), parameters)
    picture = np.where(known[..., None], found, source.picture)
    left = mask & ~known
    share = 1 - float(left.sum()) / max(float(mask.sum()), 1.0)
    if not left.any():
        return Plate(picture.astype(np.float32), share)
    usable = (scaled_mask(source.bare, geometry.fine_size) | known) & ~left
    if leaves_nothing(left, usable, parameters.fill):
        # All of the region passes for lettering: it is left as it is, and the forecast is as poor as can be.
        return Plate(source.picture, share, _UNKNOWN_LEVELS)
    made, error = filled(picture.astype(np.float32), left, usable=usable, guess=fill, parameters=parameters.fill)
    return Plate(made, share, error)


_UNKNOWN_LEVELS = 255.0
"""Levels by which a fill may be off that has nothing to go by."""


def _seen(
    geometry: RegionGeometry,
    source: RegionSource,
    observations: Observations,
    hole: Mask,
    parameters: PlateEstimationParameters,
) -> tuple[FloatImage, Mask]:
    """What the samples show of the hole, and where they show it."""
    size = geometry.fine_size
    if not observations.samples:
        return source.picture, np.zeros_like(hole)
    unlit, hidden = [], []
    strokes = source.text.ink | observations.touched
    for sample in observations.samples:
        picture = sample.unlit()
        unlit.append(bytes_of(picture))
        off = scaled(picture, geometry.coarse_size, area=True) - source.appearance.surface
        covered = sample.hidden | traces(off, strokes, sample.hidden, source.text.width_px, parameters.traces)
        hidden.append(scaled(covered.astype(np.float32), size) > parameters.hidden_share)
    least = max(parameters.least_samples, round(parameters.sample_share * len(unlit)))
    found, known = borrowed(unlit, hidden, hole=hole, least=least)
    # What still tends towards the text's colour was hidden by it after all.
    unchanged = Light(1.0, np.zeros((2, 2, 3), np.float32), 1.0)
    under = np.where(known[..., None], found, source.surface)
    small = scaled(under, geometry.coarse_size, area=True)
    limit = source.appearance.residue_limit
    residue = source.appearance.text_in(small, unchanged, region=geometry.own, limit=limit)
    known &= scaled(dilated(residue, 1).astype(np.float32), size) < parameters.hidden_share
    # A speck between strokes that are filled is as likely what is left of one.
    speck = max(round(parameters.speck_widths * source.text.width_px * geometry.fine.width / geometry.coarse.width), 1)
    return found, known & opened(known | ~hole, speck)
