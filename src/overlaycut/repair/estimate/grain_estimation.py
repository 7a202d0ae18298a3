"""The grain that a patch needs to look like the clip around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Quad
from overlaycut.repair.composite.patch import Patch
from overlaycut.repair.estimate.observation import Sample
from overlaycut.repair.estimate.region_geometry import RegionGeometry
from overlaycut.vision.filters import blurred, scaled_mask
from overlaycut.vision.rectification import layer_of
from overlaycut.vision.texture import Noise


@dataclass(frozen=True, slots=True, kw_only=True)
class GrainParameters:
    """How much grain is added; checked by benchmarks/repair.py."""

    most_levels: float = 4.0
    """Standard deviation of the grain, in levels, at most."""
    least_share: float = 0.5
    """Share of the changing noise that is added, at least, where the patch is grainy itself."""
    probe_levels: float = 16.0
    """Standard deviation, in levels, of the white noise by which the plane's sampling is measured."""
    least_response: float = 0.05
    """Response of the plane to white noise, at least."""


def missing_grain(
    patch: Patch,
    geometry: RegionGeometry,
    samples: Sequence[Sample],
    bare: Mask,
    parameters: GrainParameters = GrainParameters(),
) -> Noise:
    """The noise of the clip less what the patch has itself.

    Texture moves with the patch; only what changes from frame to frame is made anew. bare: pixels of the coarse plane
    that show the bare surface.
    """
    none = Noise(0.0, 0.0)
    if not samples:
        return none
    clip = Noise(
        float(np.median([sample.noise.fine for sample in samples])),
        float(np.median([sample.noise.half for sample in samples])),
    )
    quad = geometry.track.quads[samples[0].index]
    box = quad.grown(0.5 * quad.size[1]).box().even()
    layer = layer_of(
        patch.plane,
        blurred(patch.picture, patch.blur),
        np.ones_like(patch.alpha),
        quad=Quad.of(quad.array() - (box.x, box.y)),
        width=box.w,
        height=box.h,
    )
    if layer is None:
        return none
    own = Noise.of(layer.y.astype(np.float32), layer.alpha == 255)
    changing = _changing_noise(geometry, samples, bare, parameters).limited(clip.fine)
    # Where the patch is grainy itself, a share has to do, or the two would add up to more than the clip shows.
    room = max(clip.fine**2 - own.fine**2, 0.0) ** 0.5
    return changing.limited(min(max(room, parameters.least_share * changing.fine), parameters.most_levels))


def _changing_noise(
    geometry: RegionGeometry, samples: Sequence[Sample], bare: Mask, parameters: GrainParameters
) -> Noise:
    """What changes between neighbouring frames on the bare surface, as noise in the frame's own pixels."""
    bare = scaled_mask(bare, geometry.fine_size)
    found = []
    for a, b in pairwise(samples):
        if b.index == a.index + 1:
            one, two = (sample.unlit()[..., 0] for sample in (a, b))
            found.append(Noise.of((two - one) / np.float32(2**0.5), bare))
    if not found:
        return Noise(float(np.median([sample.noise.fine for sample in samples])), 0.0)
    response = _response(geometry, geometry.track.quads[samples[0].index], bare, parameters)
    return Noise(
        float(np.median([noise.fine for noise in found])) / response.fine,
        0.5 * float(np.median([noise.half for noise in found])) / response.half,
    )


def _response(geometry: RegionGeometry, quad: Quad, bare: Mask, parameters: GrainParameters) -> Noise:
    """What white noise of one level in a frame's own pixels measures as on the fine plane."""
    box = quad.grown(0.7 * quad.size[1]).box().grown(100).even()
    white = np.random.default_rng(3).normal(128, parameters.probe_levels, (box.h, box.w))
    luma = np.clip(np.rint(white), 0, 255).astype(np.uint8)
    plane = geometry.fine.read_plane(luma, Quad.of(quad.array() - (box.x, box.y)))
    found = Noise.of(plane, bare)
    return Noise(
        max(found.fine / parameters.probe_levels, parameters.least_response),
        max(found.half / parameters.probe_levels, parameters.least_response),
    )
