"""A region's repair from what was estimated: a patch, a graphic, or a flow-guided fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box
from overlaycut.core.plan import Cover, Typeset
from overlaycut.repair.composite.graphic import Graphic
from overlaycut.repair.composite.patch import Fading, Patch
from overlaycut.repair.cover import CoverDesign, CoverSurface, Sides, fixed_surface
from overlaycut.repair.estimate.forecast import Forecast, forecast_of
from overlaycut.repair.estimate.grain_estimation import missing_grain
from overlaycut.repair.estimate.intact import intact_lettering
from overlaycut.repair.estimate.masks import feathered, replaced_pixels
from overlaycut.repair.estimate.observation import Observations
from overlaycut.repair.estimate.parameters import EstimationParameters
from overlaycut.repair.estimate.plate_estimation import Plate, estimated_plate
from overlaycut.repair.estimate.region_geometry import RegionGeometry
from overlaycut.repair.estimate.region_source import RegionSource
from overlaycut.repair.estimate.screen_text import ScreenText, moves_behind
from overlaycut.repair.estimate.sharpness import Sharpness, measured_sharpness
from overlaycut.repair.estimates import Repair
from overlaycut.repair.fill.flow_guided import FlowGuidedFill
from overlaycut.repair.fill.learned import FillModel
from overlaycut.repair.retypeset.renderer import OriginalText, TextRenderer, original_text
from overlaycut.repair.retypeset.typesetting import retypeset
from overlaycut.repair.segment.text_colours import text_colours
from overlaycut.vision.colour import rgb, samples_of
from overlaycut.vision.filters import FloatImage, FloatPlane
from overlaycut.vision.illumination import LightTrack, light_share
from overlaycut.vision.texture import Noise


@dataclass(frozen=True, slots=True)
class RegionEstimate:
    """What was estimated for one region."""

    repairs: tuple[Repair, ...]
    """What is laid over it, in this order."""
    forecast: Forecast
    font: str | None
    """The font of the words that were set, None when there are none."""
    warnings: tuple[str, ...] = ()
    intact: str | None = None
    """Why the clip's own lettering is better left as it is; None when it is not."""


@dataclass(frozen=True, slots=True, eq=False)
class _Replacement:
    """What takes the place of a region's lettering, on the fine plane."""

    picture: FloatImage
    alpha: FloatPlane
    under: FloatImage
    """The surface below it."""
    blur: float = 0.0
    borrowed: float = 0.0


class RepairAssembler:
    """Assembles the repair of one region.

    screen: the segmentation of lettering that stands still on the screen; None when the region moves.
    """

    def __init__(
        self,
        geometry: RegionGeometry,
        source: RegionSource,
        observations: Observations,
        screen: ScreenText | None,
        *,
        text_renderer: TextRenderer | None,
        fill_model: FillModel | None,
        parameters: EstimationParameters,
    ) -> None:
        self._geometry, self._source, self._observations, self._screen = geometry, source, observations, screen
        self._region, self._words = geometry.region, geometry.region.typeset
        self._text_renderer, self._fill_model, self._parameters = text_renderer, fill_model, parameters
        self._font: str | None = None
        self._plate: Plate | None = None
        self._sharpness = Sharpness()

    def assembled(self) -> RegionEstimate:
        """The region's repair, with its forecast."""
        repairs = self._repairs()
        forecast = forecast_of(
            self._geometry,
            correlation=self._sharpness.correlation,
            plate=self._plate,
            parameters=self._parameters.forecast,
        )
        return RegionEstimate(repairs, forecast, self._font, self._warnings(repairs), self._intact())

    def _intact(self) -> str | None:
        restored = self._region.decision == "restore" and self._words is None
        if not restored or self._region.decided_by != "rule":
            return None
        return intact_lettering(self._geometry, self._source, self._observations, self._parameters.intact)

    def _warnings(self, repairs: tuple[Repair, ...]) -> tuple[str, ...]:
        """What could not be measured for a patch, or told apart for a fill."""
        screen = self._screen
        if screen is not None and any(isinstance(repair, FlowGuidedFill) for repair in repairs):
            return screen.warnings()
        if not any(isinstance(repair, Patch) for repair in repairs):
            return ()
        if not self._observations.lights:
            return ("no frame shows it: light, sharpness and grain of the repair are not measured",)
        if not self._observations.samples:
            return ("no frame shows enough of it: sharpness and grain of the repair are not measured",)
        return ()

    def _repairs(self) -> tuple[Repair, ...]:
        geometry = self._geometry
        if self._screen is None or not (geometry.is_overlaid or self._moves_behind()):
            return (self._cover() if self._region.decision == "cover" else self._patch(self._replacement()),)
        fill = self._screen.fill(None if self._fill_model is None else self._fill_model.name)
        if self._words is None:
            return (fill,)
        picture, coverage = self._retypeset(self._words, self._source.surface)
        return fill, Graphic.of_words(geometry.fine, picture, coverage, geometry.shown_quads())

    def _moves_behind(self) -> bool:
        return moves_behind(self._geometry, self._source, self._observations, self._parameters.screen_text)

    def _mask(self) -> Mask:
        touched = self._observations.touched
        return replaced_pixels(self._geometry, self._source.text, touched, self._parameters.masks)

    # ---- erased and restored regions

    def _replacement(self) -> _Replacement:
        source, restores = self._source, self._region.decision == "restore"
        mask, picture, under = self._mask(), source.picture, source.surface
        words = self._words if restores else None
        borrowed = 0.0
        if not restores or words is not None:
            self._plate = estimated_plate(
                self._geometry,
                source,
                self._observations,
                mask,
                fill=None if self._fill_model is None else self._fill_model.fill,
                parameters=self._parameters.plate,
            )
            picture, borrowed = self._plate.picture, self._plate.seen
        if words is not None:
            under = picture
            picture, coverage = self._retypeset(words, under)
            mask |= coverage > self._parameters.least_text_coverage
        if restores:
            self._sharpness = measured_sharpness(self._geometry, source, self._observations, self._parameters.sharpness)
        if not any(light.contrast is not None for light in self._observations.lights.values()):
            picture = under + self._sharpness.contrast * (picture - under)
        alpha = feathered(self._geometry, mask, self._parameters.masks)
        return _Replacement(picture, alpha, under, self._sharpness.blur, borrowed)

    def _patch(self, made: _Replacement, *, grainy: bool = True) -> Patch:
        geometry, restores = self._geometry, self._region.decision == "restore"
        part = Box.of(made.alpha).grown(4)
        part = part.clipped(*geometry.fine_size) or part
        cut = part.slices
        patch = Patch(
            plane=geometry.fine.part(part),
            place=(part, *geometry.fine_size),
            coarse=geometry.coarse,
            picture=_cut(made.picture, cut),
            alpha=_cut(made.alpha, cut),
            under=_cut(made.under, cut) if restores else None,
            share=_cut(light_share(made.picture, self._source.surface), cut),
            appearance=self._source.appearance,
            lights=self._lights(),
            quads=geometry.shown_quads(),
            bends=geometry.track.bends,
            fading=self._fading(),
            blur=made.blur,
            blurs=geometry.track.blurs if restores else {},
            grain=Noise(0.0, 0.0),
            borrowed=made.borrowed,
            parameters=self._parameters.patch,
        )
        if not grainy:
            return patch
        samples = self._observations.samples
        grain = missing_grain(patch, geometry, samples, self._source.bare, self._parameters.grain)
        return patch.with_grain(grain)

    def _lights(self) -> LightTrack | None:
        lights = self._observations.lights
        return LightTrack.smoothed(lights, sigma=self._parameters.light_sigma) if lights else None

    def _fading(self) -> Fading:
        region, span = self._region, self._geometry.span
        restores = region.decision == "restore"
        return Fading(
            span,
            into=restores and region.span.start < span.start,
            out_of=restores and region.span.end > span.end,
            visibility=dict(self._geometry.visibility) if region.decision != "erase" else {},
            parameters=self._parameters.fading,
        )

    # ---- covered regions

    def _cover(self) -> Patch | Graphic:
        geometry, source = self._geometry, self._source
        cover, quads = self._region.cover or Cover(), geometry.shown_quads()
        sides = Sides.around(self._mask(), plane=geometry.fine, parameters=self._parameters.cover)
        colour = text_colours(source.appearance.wanted, source.text, parameters=self._parameters.text_colours).face
        ground = CoverSurface(geometry.fine, source.surface, sides, self._original(), colour, source.matrix)
        if cover.fixed:
            ground, quads = fixed_surface(ground, quads)
        text = None if self._words is None else self._rendered(self._words, ground.original)
        design = CoverDesign(cover, ground, self._words, text, self._parameters.cover)
        if design.in_front or self._moves_behind():
            return design.graphic(quads)
        picture, alpha = design.drawn()
        return self._patch(_Replacement(picture, alpha, source.surface), grainy=False)

    # ---- words that are set anew

    def _retypeset(self, words: Typeset, plate: FloatImage) -> tuple[FloatImage, FloatPlane]:
        """The plate with words on it, and their coverage of each pixel, 0..1."""
        original = self._original()
        coverage = self._rendered(words, original)
        return retypeset(
            plate,
            self._source.picture,
            self._source.text,
            original,
            coverage,
            colour=None if words.colour is None else samples_of(rgb(words.colour), self._source.matrix),
            parameters=self._parameters.retypeset,
        )

    def _original(self) -> OriginalText:
        """The lettering that words take the place of, and what it probably reads."""
        region, frame = self._region, self._source.frame
        intact = frame is None or region.onset_frame is None or frame < region.onset_frame
        return original_text(
            self._source.picture,
            self._source.text,
            plane=self._geometry.fine,
            reads=region.expected if intact else None,
            parameters=self._parameters.original_text,
        )

    def _rendered(self, words: Typeset, original: OriginalText) -> FloatPlane:
        """The coverage of words in the place of the original lettering."""
        assert self._text_renderer is not None  # `RepairEstimation` asks for one where there are words
        rendered = self._text_renderer(words.text, original, words.font)
        self._font = rendered.font
        return rendered.coverage


def _cut(picture: FloatImage, part: tuple[slice, slice]) -> FloatImage:
    """A copy of a part, so that the rest can be released."""
    return np.ascontiguousarray(picture[part])
