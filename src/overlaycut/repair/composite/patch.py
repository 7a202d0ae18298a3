"""A picture that replaces a region on its rectified plane, and the pass that lays it over frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import cv2
import numpy as np

from overlaycut.core.frame import Frame, Layer, Mask
from overlaycut.core.geometry import Covariance, Quad, Span
from overlaycut.repair.composite.appearance import RegionAppearance
from overlaycut.repair.composite.occluder_matte import MatteParameters, OccluderMatte
from overlaycut.repair.composite.passes import FramewisePass
from overlaycut.vision.deformation import Deformation
from overlaycut.vision.filters import FloatImage, FloatPlane, blurred, dilated, eroded, scaled, smeared
from overlaycut.vision.illumination import Light, LightTrack, Part
from overlaycut.vision.rectification import RectifiedPlane, layer_of
from overlaycut.vision.texture import Noise, grain_at, grain_tile

_CACHED_BLURS = 5
"""Blurred pictures that a pass keeps: neighbouring frames mostly need the same blur."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FadingParameters:
    """How a repair fades; checked by benchmarks/repair.py."""

    frames: int = 4
    """Frames that are blended at an end of the span, 0 or more."""
    hidden: float = 0.05
    """Visibility, 0..1, up to which a repair does not show."""
    ramp: float = 0.2
    """Visibility beyond `hidden` over which it fades in: what hides a region is cut out pixel by pixel."""
    told: float = 0.2
    """Share of the region, 0..1, from which on what its colours tell to be in front counts instead: lettering that
    melts while something passes makes a track see less of it than there is."""


@dataclass(frozen=True, slots=True)
class Fading:
    """Opacity of a repair in each frame."""

    span: Span
    into: bool
    """Whether the region is left alone before the span, so that the repair fades in."""
    out_of: bool
    """Whether it is left alone after the span, so that the repair fades out."""
    visibility: Mapping[int, float]
    """Frame → share of the region that is seen, 0..1; 1 where it is not given."""
    parameters: FadingParameters = FadingParameters()

    def at(self, index: int, *, front: float = 0.0) -> float:
        """Opacity in a frame, 0..1; 0 outside the span.

        front: share of the region, 0..1, before which something stands, as colours tell.
        """
        if index not in self.span:
            return 0.0
        steps = self.parameters.frames + 1
        share = 1.0
        if self.into:
            share = min(share, (index - self.span.start + 1) / steps)
        if self.out_of:
            share = min(share, (self.span.end - index) / steps)
        visible = self.visibility.get(index, 1.0)
        if front >= self.parameters.told:
            visible = max(visible, 1 - front)
        return share * min(max((visible - self.parameters.hidden) / self.parameters.ramp, 0.0), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchParameters:
    """Steps below which a patch is not changed from frame to frame."""

    blur_step: float = 0.06
    """Squared plane pixels of blur whose difference is invisible."""
    least_contrast_step: float = 0.01
    """Change of contrast that is ignored, as a share."""
    least_grain: float = 0.3
    """Levels of grain that rounding to 8 bits removes."""
    least_alpha: float = 0.02
    """Alpha, 0..1, below which a pixel beside the foreground is left alone."""
    matte: MatteParameters = field(default_factory=MatteParameters)
    """How the outline of the foreground is found."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patch:
    """A picture on a rectified plane, and how it is adapted to each frame."""

    plane: RectifiedPlane
    """The part of the region's plane that is ever laid over a frame."""
    place: Part
    """Where that part lies on the whole plane."""
    coarse: RectifiedPlane
    """The whole plane at the size at which frames are analysed."""
    picture: FloatImage
    alpha: FloatPlane
    """Coverage of the picture, 0..1."""
    under: FloatImage | None
    """The bare surface below restored lettering, from which contrast is measured; None when there is none."""
    share: FloatPlane
    """How much of a change of light each pixel of the picture takes, 0..1."""
    appearance: RegionAppearance
    lights: LightTrack | None
    """None when no frame shows the surface: the picture keeps the light of its source."""
    quads: Mapping[int, Quad]
    bends: Mapping[int, Deformation]
    """Frame → deformation of the surface relative to the plane of its quad; empty for a plane."""
    fading: Fading
    blur: float
    """Standard deviation of the blur in plane pixels, in frames that `blurs` lacks."""
    blurs: Mapping[int, Covariance]
    """Frame → blur relative to the source, as in `RefinedTrack.blurs`."""
    grain: Noise
    """Grain that is added in every frame."""
    borrowed: float
    """Share of the plate that other frames show, 0..1."""
    parameters: PatchParameters = PatchParameters()

    def with_grain(self, grain: Noise) -> Patch:
        """The same patch with other grain."""
        return replace(self, grain=grain)


class PatchPass(FramewisePass):
    """One pass of a patch over a clip, frame by frame."""

    def __init__(self, patch: Patch) -> None:
        self._patch = patch
        self._tile: FloatPlane | None = None
        self._softened: dict[tuple[int, int, int], FloatImage] = {}
        self._foreground: tuple[int, Mask] | None = None

    def layer(self, frame: Frame) -> Layer | None:
        """The layer over `frame`, or None when the patch does not show there."""
        patch = self._patch
        quad = patch.quads.get(frame.index)
        if frame.index not in patch.fading.span or quad is None:
            return None
        bend = patch.bends.get(frame.index)
        canvas, alpha, front = self._lit(frame, quad, bend)
        share = patch.fading.at(frame.index, front=float(front[patch.coarse.region()].mean()))
        if share <= 0:
            return None
        layer = layer_of(
            patch.plane,
            canvas,
            alpha,
            quad=quad,
            deformation=bend,
            grain=self._grain(frame.index),
            width=frame.width,
            height=frame.height,
        )
        return None if layer is None else layer.faded(share)

    def _grain(self, index: int) -> Callable[[int, int], FloatPlane] | None:
        if self._patch.grain.fine <= self._patch.parameters.least_grain:
            return None
        if self._tile is None:
            self._tile = grain_tile(self._patch.grain)
        return partial(grain_at, self._tile, index)

    def _lit(self, frame: Frame, quad: Quad, bend: Deformation | None) -> tuple[FloatImage, FloatPlane, Mask]:
        """The picture in the frame's light and blur, its alpha without what passes in front, and that, coarsely."""
        patch, limits = self._patch, self._patch.parameters
        seen, room = patch.coarse.read(frame, quad, bend)
        light = self._light(frame.index)
        previous = self._foreground
        held = previous[1] if previous is not None and previous[0] == frame.index - 1 else None
        front = patch.appearance.foreground_in(seen, light, room=room, held=held)
        self._foreground = frame.index, front
        picture = self._blurred(frame.index, quad)
        contrast = light.contrast
        if patch.under is not None and contrast is not None and abs(contrast - 1) > limits.least_contrast_step:
            mixed = cv2.addWeighted(picture, contrast, patch.under, 1 - contrast, 0.0)
            picture = np.asarray(mixed, dtype=np.float32)
        lit = light.on(picture, share=patch.share, part=patch.place)
        if not front.any():
            return lit, patch.alpha, front
        cover = self._part_of(blurred(dilated(front, 2).astype(np.float32), 0.8))
        if patch.under is None:
            alpha = patch.alpha * (1 - cover)
        else:
            fine, _ = patch.plane.read(frame, quad, bend)
            lit, alpha = self._matte(fine, front, cover, light).over(lit, patch.alpha)
        alpha[alpha < limits.least_alpha] = 0
        return lit, alpha, front

    def _matte(self, fine: FloatImage, front: Mask, cover: FloatPlane, light: Light) -> OccluderMatte:
        """The matte of what is in front.

        fine, cover: on the patch's part of the plane. front: on the coarse plane.
        """
        patch = self._patch
        assert patch.under is not None  # restored lettering has a surface
        limits = patch.parameters.matte
        inside = eroded(front, limits.inner_px)
        core = (inside if inside.any() else front).astype(np.float32)
        return OccluderMatte.of(
            fine,
            light.on(patch.under, part=patch.place),
            patch.appearance.lit_colours(light),
            core=self._part_of(core) > 0.5,
            cover=cover,
            parameters=limits,
        )

    def _light(self, index: int) -> Light:
        if self._patch.lights is not None:
            return self._patch.lights.at(index)
        return Light(1.0, np.zeros((2, 2, 3), np.float32), 1.0)

    def _blurred(self, index: int, quad: Quad) -> FloatImage:
        """The picture as blurred as the frame, and low-pass filtered where that shows it smaller than the plane."""
        patch, step = self._patch, self._patch.parameters.blur_step
        shrink = max((patch.plane.quad.area / max(abs(quad.area), 1e-6)) ** 0.5, 1.0)
        # A Gaussian of half the spacing of the target's pixels keeps what is above their limit out; the first
        # 1.25 of it is the plane's own density and needs none.
        against_aliases = 0.25 * max(shrink**2 - 1.6, 0.0)
        known = patch.blurs.get(index)
        own = patch.blur**2 * np.eye(2) if known is None else known * max(patch.plane.quad.size) ** 2
        steps = np.rint((own + against_aliases * np.eye(2)) / step).astype(int)
        key = int(steps[0, 0]), int(steps[0, 1]), int(steps[1, 1])
        if key not in self._softened:
            if len(self._softened) >= _CACHED_BLURS:
                self._softened.pop(next(iter(self._softened)))
            self._softened[key] = smeared(patch.picture, steps * step)
        return self._softened[key]

    def _part_of(self, plane: FloatPlane) -> FloatPlane:
        """The patch's part of a plane that covers the whole region."""
        box, width, height = self._patch.place
        return scaled(plane, (width, height))[box.slices]
