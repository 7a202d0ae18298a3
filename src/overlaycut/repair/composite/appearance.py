"""How a region looks with and without its lettering, and what of that a frame shows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.repair.segment.occlusion import (
    LitAppearance,
    OcclusionParameters,
    displaced_ink,
    ink_contrast,
    occluders,
)
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, dilated
from overlaycut.vision.illumination import Light, light_share
from overlaycut.vision.texture import blur_between


@dataclass(frozen=True, slots=True, kw_only=True)
class AppearanceParameters:
    """Limits by which the pixels of a frame are classified; checked by benchmarks/repair.py."""

    text_contrast: float = 0.3
    """Share of the lettering's contrast from which a pixel counts as text."""
    least_text_levels: float = 12.0
    """The same in levels, at least."""
    text_noise: float = 5.0
    """The same in standard deviations of the noise, at least."""
    residue_contrast: float = 0.06
    """Share of the lettering's contrast from which a pixel is no longer taken for bare surface."""
    least_residue_levels: float = 4.0
    """The same in levels, at least."""
    residue_noise: float = 3.0
    """The same in standard deviations of the noise, at least."""
    foreground_levels: float = 26.0
    """Levels by which something in front differs, at least, from every mixture of surface and text."""
    foreground_noise: float = 5.0
    """The same in standard deviations of the noise, at least."""
    intact_correlation: float = 0.8
    """Correlation with the reference above which a frame's lettering counts as intact, 0..1."""
    occlusion: OcclusionParameters = field(default_factory=OcclusionParameters)
    """How what is in front is found."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionAppearance:
    """The appearance of a region on its coarse plane, in the light of its source picture."""

    surface: FloatImage
    """The bare surface."""
    wanted: FloatImage
    """The surface with its lettering."""
    colours: Colours
    """Text colours, (n, 3)."""
    width_px: float
    """Stroke width in pixels of the coarse plane."""
    contrast: float
    """Levels between text and surface."""
    noise: float
    """Standard deviation of the surface's noise, in levels."""
    text_stays: bool
    """Whether the clip still shows lettering there, distorted or not."""
    parameters: AppearanceParameters = AppearanceParameters()

    @property
    def text_limit(self) -> float:
        """Levels from the surface at which a pixel counts as text."""
        limits = self.parameters
        return max(limits.text_contrast * self.contrast, limits.least_text_levels, limits.text_noise * self.noise)

    @property
    def residue_limit(self) -> float:
        """Levels towards the text colour at which a pixel is no longer taken for bare surface."""
        limits = self.parameters
        return max(
            limits.residue_contrast * self.contrast, limits.least_residue_levels, limits.residue_noise * self.noise
        )

    def text_in(self, seen: FloatImage, light: Light, *, region: Mask, limit: float | None = None) -> Mask:
        """The strokes that a frame shows in and around `region`; limit: in levels, `text_limit` when None."""
        return displaced_ink(
            seen,
            light.on(self.surface),
            self.lit_colours(light),
            limit=self.text_limit if limit is None else limit,
            width_px=self.width_px,
            region=region,
        )

    def intact_in(self, seen: FloatImage, text: Mask) -> bool:
        """Whether a frame shows the lettering as it should be: then the surface under `text` is hidden."""
        near = dilated(text, 2)
        _, correlation = blur_between(self.wanted[..., 0], seen[..., 0], near)
        return correlation > self.parameters.intact_correlation

    def contrast_in(self, seen: FloatImage, light: Light, text: Mask, *, own: Mask) -> float | None:
        """Contrast of `text` in a frame relative to that under the light's gain alone; None when unknown."""
        share = light_share(self.wanted, self.surface)
        return ink_contrast(seen, self._lit(light, share), text, own=own)

    def foreground_in(self, seen: FloatImage, light: Light, *, room: Mask, held: Mask | None) -> Mask:
        """Pixels of a frame that show something in front of the region.

        room: pixels inside the frame. held: the foreground of the frame before, None when unknown.
        """
        limits = self.parameters
        return occluders(
            seen,
            self._lit(light),
            limit=max(limits.foreground_levels, limits.foreground_noise * self.noise),
            room=room,
            ink_stays=self.text_stays,
            held=held,
            parameters=limits.occlusion,
        )

    def _lit(self, light: Light, share: FloatPlane | None = None) -> LitAppearance:
        """The region under a light, of which each pixel of its lettering takes a `share`; all of it when None."""
        return LitAppearance(
            light.on(self.surface), light.on(self.wanted, share=share), self.lit_colours(light), self.width_px
        )

    def lit_colours(self, light: Light) -> Colours:
        """The text colours under a light, (n, 3)."""
        bare = np.broadcast_to(self.surface.mean(axis=(0, 1)), (1, len(self.colours), 3))
        share = light_share(self.colours[None], bare)[0]
        return light.on_colours(self.colours, share)
