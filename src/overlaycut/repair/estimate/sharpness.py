"""Blur and contrast that make restored lettering look like the clip's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.repair.estimate.observation import Observations, Sample
from overlaycut.repair.estimate.region_geometry import RegionGeometry
from overlaycut.repair.estimate.region_source import RegionSource
from overlaycut.vision.filters import FloatPlane, blurred, dilated, scaled_mask, smeared
from overlaycut.vision.illumination import light_share
from overlaycut.vision.texture import BLURS, blur_between, edge_strength


@dataclass(frozen=True, slots=True, kw_only=True)
class SharpnessParameters:
    """Which frames show how sharp lettering is; checked by benchmarks/repair.py."""

    intact_correlation: float = 0.9
    """Correlation with the source from which a frame's lettering counts as nearly right."""
    best_share: float = 0.25
    """Share of the samples, the best ones, that are asked."""
    blur_without_evidence: float = 1.1
    """Standard deviation of the blur, in fine pixels, when no frame's lettering is right: the most that is tried."""
    least_contrast: float = 0.75
    """Contrast of the clip's lettering relative to the source, at least."""
    most_contrast: float = 1.25
    """The same, at most."""
    well_before: int = 2
    """Frames before the onset in which the clip's own lettering is certainly right."""


@dataclass(frozen=True, slots=True)
class Sharpness:
    """How the clip's own lettering looks beside its source."""

    blur: float = 0.0
    """Standard deviation of the blur, in fine pixels."""
    contrast: float = 1.0
    correlation: float | None = None
    """Of the source with the clip's lettering where that is certainly right, -1..1; None when no frame shows that."""


@dataclass(frozen=True, slots=True)
class _Fit:
    correlation: float
    blur: float
    contrast: float


def measured_sharpness(
    geometry: RegionGeometry,
    source: RegionSource,
    observations: Observations,
    parameters: SharpnessParameters = SharpnessParameters(),
) -> Sharpness:
    """The blur and the contrast of a restored region's lettering."""
    if not observations.samples:
        return Sharpness()
    scale = geometry.fine.width / geometry.coarse.width
    near = dilated(scaled_mask(source.text.ink, geometry.fine_size), max(round(scale), 1) + 2)
    share = light_share(source.picture, source.surface)
    fits = [_fit(geometry, source, sample, near, share) for sample in observations.samples]
    edges = [edge_strength(sample.picture[..., 0].astype(np.float32), near) for sample in observations.samples]
    onset = geometry.region.onset_frame
    certain = [
        fit.correlation
        for fit, sample in zip(fits, observations.samples, strict=True)
        if onset is not None and sample.index < onset - parameters.well_before
    ]
    # Frames in which the lettering is nearly right show how sharp it is; distorted ones would only seem blurred.
    best = sorted(fits, key=lambda fit: (fit.correlation, fit.blur, fit.contrast), reverse=True)
    best = [fit for fit in best if fit.correlation > parameters.intact_correlation]
    best = best[: max(int(len(fits) * parameters.best_share), 1)]
    most = float(np.median([fit.blur for fit in best])) if best else parameters.blur_without_evidence
    contrast = float(np.median([fit.contrast for fit in best])) if best else 1.0
    # And no patch is softer than the distorted strokes themselves are.
    wanted, luma = float(np.median(edges)), source.picture[..., 0]
    crisp = (s for s in reversed(BLURS) if s <= most and edge_strength(blurred(luma, s), near) >= wanted)
    return Sharpness(
        next(crisp, 0.0),
        min(max(contrast, parameters.least_contrast), parameters.most_contrast),
        max(certain, default=None),
    )


def _fit(geometry: RegionGeometry, source: RegionSource, sample: Sample, near: Mask, share: FloatPlane) -> _Fit:
    """How the source has to be blurred and contrasted to look like a sample in the pixels `near` its text."""
    lit = sample.light.on(source.picture, share=share)[..., 0]
    seen = sample.picture[..., 0].astype(np.float32)
    known = geometry.track.blurs.get(sample.index)
    if known is None:
        blur, correlation = blur_between(lit, seen, near)
        soft = blurred(lit, blur)
    else:
        soft = smeared(lit, known * max(geometry.fine.quad.size) ** 2)
        blur, correlation = 0.0, blur_between(soft, seen, near, blurs=(0.0,))[1]
    a, b = soft[near], seen[near]
    a, b = a - a.mean(), b - b.mean()
    return _Fit(correlation, blur, float(a @ b) / max(float(a @ a), 1e-6))
