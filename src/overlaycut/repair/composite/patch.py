"""One region's repair, laid over the frames that show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import cv2
import numpy as np

from overlaycut.core.frame import Frame, Layer, Mask
from overlaycut.core.geometry import Covariance, Quad, Span
from overlaycut.repair.composite.passes import Stateless
from overlaycut.repair.segment.text_segmentation import foreground, melted, stands_out
from overlaycut.vision.deformation import Deformation
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, FloatRaster, blurred, dilated, scaled, smeared
from overlaycut.vision.illumination import Light, LightTrack, Part, light_share
from overlaycut.vision.rectification import RectifiedPlane, layer_of
from overlaycut.vision.texture import Noise, blur_between, grain_at, grain_tile

_FADE_FRAMES = 4
_BLUR_STEP = 0.06
"""Squared sheet pixels of blur that make no difference."""

_LEAST_STEP = 0.01
"""Change of contrast below which none is made."""

_LEAST_GRAIN = 0.3
"""Levels below which grain is lost in rounding."""

_LEAST_FRONT = 26.0
"""Levels by which something in front differs from all that surface and ink can make together."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionAppearance:
    """How a region looks on the coarse sheet, in the light of the picture that it was taken from."""

    surface: FloatImage
    """The bare surface."""
    wanted: FloatImage
    """The surface with its lettering."""
    colours: Colours
    """(n, 3) ink colours."""
    width_px: float
    contrast: float
    noise: float
    ink_stays: bool
    """Whether the clip still shows lettering there, melted or not."""

    @property
    def ink_limit(self) -> float:
        """Levels from the surface at which a pixel counts as ink."""
        return max(0.3 * self.contrast, 12.0, 5 * self.noise)

    @property
    def ghost_limit(self) -> float:
        """Levels towards the ink at which a pixel is no longer taken for bare surface."""
        return max(0.06 * self.contrast, 4.0, 3 * self.noise)

    def ink_in(self, seen: FloatImage, light: Light, *, region: Mask, limit: float | None = None) -> Mask:
        """The strokes that a frame shows in and around `region`; `limit` levels decide, `ink_limit` when None."""
        return melted(
            seen,
            light.on(self.surface),
            self._lit_colours(light),
            limit=self.ink_limit if limit is None else limit,
            width_px=self.width_px,
            region=region,
        )

    def agrees(self, seen: FloatImage, ink: Mask) -> bool:
        """Whether a frame shows the lettering as it should be: then no bare surface is to be found under it."""
        near = dilated(ink, 2)
        _, agreement = blur_between(self.wanted[..., 0], seen[..., 0], near)
        return agreement > 0.8

    def contrast_in(self, seen: FloatImage, light: Light, ink: Mask, *, own: Mask) -> float | None:
        """How far `ink` stands out in a frame, against how far it would by the light's gain alone."""
        share = light_share(self.wanted, self.surface)
        return stands_out(
            seen,
            light.on(self.surface),
            light.on(self.wanted, share=share),
            self._lit_colours(light),
            ink,
            own=own,
        )

    def in_front(self, seen: FloatImage, light: Light, *, room: Mask, held: Mask | None) -> Mask:
        """What passes in front of the region in a frame."""
        return foreground(
            seen,
            light.on(self.surface),
            light.on(self.wanted),
            self._lit_colours(light),
            limit=max(_LEAST_FRONT, 5 * self.noise),
            width_px=self.width_px,
            room=room,
            ink_stays=self.ink_stays,
            held=held,
        )

    def _lit_colours(self, light: Light) -> Colours:
        bare = np.broadcast_to(self.surface.mean(axis=(0, 1)), (1, len(self.colours), 3))
        share = light_share(self.colours[None], bare)[0]
        return light.on_colours(self.colours, share)


@dataclass(frozen=True, slots=True)
class Fading:
    """How strongly a repair shows in each frame."""

    span: Span
    into: bool
    """Whether the region was left alone before the span, so that the repair has to come in gently."""
    out_of: bool
    visibility: Mapping[int, float]

    def at(self, index: int) -> float:
        """0..1, and 0 outside the span."""
        if index not in self.span:
            return 0.0
        share = 1.0
        if self.into:
            share = min(share, (index - self.span.start + 1) / (_FADE_FRAMES + 1))
        if self.out_of:
            share = min(share, (self.span.end - index) / (_FADE_FRAMES + 1))
        # Lettering of which a quarter is seen is repaired in full: what hides it is cut out pixel by pixel.
        return share * min(max((self.visibility.get(index, 1.0) - 0.05) / 0.2, 0.0), 1.0)


@dataclass(kw_only=True, eq=False)
class Patch(Stateless):
    """A picture on a sheet, and how it is brought into each frame."""

    sheet: RectifiedPlane
    """The part of the region's sheet that is ever laid over a frame."""
    place: Part
    """Where that part lies on the whole sheet."""
    coarse: RectifiedPlane
    """The whole sheet at the size on which a frame is judged."""
    picture: FloatImage
    alpha: FloatPlane
    under: FloatImage | None
    """The bare surface below restored lettering, from which its contrast is measured; None when there is none."""
    share: FloatPlane
    """How much of a change of light each pixel of the picture takes."""
    looks: RegionAppearance
    lights: LightTrack | None
    quads: Mapping[int, Quad]
    bends: Mapping[int, Deformation]
    """Frame → how the surface lies beside the plane of its quad; nothing for a plane."""
    fading: Fading
    blur: float
    """Sigma in sheet pixels, in frames of which nothing better is known."""
    blurs: Mapping[int, Covariance]
    """Frame → how soft it is there, as `RefinedTrack.blurs` says it."""
    grain: Noise
    """What is added to it in every frame."""
    borrowed: float
    """Share of the plate that other frames revealed, 0..1."""
    _tile: FloatPlane | None = field(default=None, init=False, repr=False)
    _softened: dict[tuple[int, int, int], FloatImage] = field(default_factory=dict, init=False, repr=False)
    _front: tuple[int, Mask] | None = field(default=None, init=False, repr=False)

    def with_grain(self, grain: Noise) -> Patch:
        """The same patch with other grain."""
        return replace(self, grain=grain)

    def layer(self, frame: Frame) -> Layer | None:
        """What is laid over `frame`, or None when nothing is."""
        share = self.fading.at(frame.index)
        quad = self.quads.get(frame.index)
        if share <= 0 or quad is None:
            return None
        bend = self.bends.get(frame.index)
        canvas, alpha = self._lit(frame, quad, bend)
        grain: Callable[[int, int], FloatPlane] | None = None
        if self.grain.fine > _LEAST_GRAIN:
            if self._tile is None:
                self._tile = grain_tile(self.grain)
            grain = partial(grain_at, self._tile, frame.index)
        size = {"width": frame.width, "height": frame.height}
        layer = layer_of(self.sheet, canvas, alpha, quad=quad, bend=bend, grain=grain, **size)
        return None if layer is None else layer.faded(share)

    def _lit(self, frame: Frame, quad: Quad, bend: Deformation | None) -> tuple[FloatImage, FloatPlane]:
        seen, room = self.coarse.read(frame, quad, bend)
        light = self._light(frame.index, seen, room)
        held = self._front[1] if self._front is not None and self._front[0] == frame.index - 1 else None
        front = self.looks.in_front(seen, light, room=room, held=held)
        self._front = frame.index, front
        alpha = self.alpha
        if front.any():
            cover = blurred(dilated(front, 2).astype(np.float32), 0.8)
            alpha = alpha * (1 - self._cut(cover))
            alpha[alpha < 0.02] = 0
        picture = self._as_soft(frame.index, quad)
        if self.under is not None and light.contrast is not None and abs(light.contrast - 1) > _LEAST_STEP:
            k = light.contrast
            picture = np.asarray(cv2.addWeighted(picture, k, self.under, 1 - k, 0.0), dtype=np.float32)
        return light.on(picture, share=self.share, part=self.place), alpha

    def _light(self, index: int, seen: FloatImage, room: Mask) -> Light:
        if self.lights is not None:
            return self.lights.at(index)
        return Light(1.0, np.zeros((2, 2, 3), np.float32), 1.0)

    def _as_soft(self, index: int, quad: Quad) -> FloatImage:
        """The picture as soft as the frame, and softer still where that shows it smaller than the sheet."""
        shrink = max((self.sheet.quad.area / max(abs(quad.area), 1e-6)) ** 0.5, 1.0)
        # A Gaussian of half the spacing of the target's pixels keeps what is above their limit out; the first
        # 1.25 of it is the sheet's own density and needs none.
        against_aliases = 0.25 * max(shrink**2 - 1.6, 0.0)
        known = self.blurs.get(index)
        own = self.blur**2 * np.eye(2) if known is None else known * max(self.sheet.quad.size) ** 2
        steps = np.rint((own + against_aliases * np.eye(2)) / _BLUR_STEP).astype(int)
        key = int(steps[0, 0]), int(steps[0, 1]), int(steps[1, 1])
        if key not in self._softened:
            if len(self._softened) > 4:
                self._softened.pop(next(iter(self._softened)))
            self._softened[key] = smeared(self.picture, steps * _BLUR_STEP)
        return self._softened[key]

    def _cut(self, canvas: FloatRaster) -> FloatRaster:
        """What the whole coarse sheet holds, on this patch's part of the fine one."""
        box, width, height = self.place
        return scaled(canvas, (width, height))[box.slices]
