"""What a pass over the clip observes of a region: its light in every frame, where its strokes go, and samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Frame, Mask
from overlaycut.core.geometry import Quad
from overlaycut.repair.estimate.learned_strokes import LearnedStrokes
from overlaycut.repair.estimate.region_geometry import RegionGeometry
from overlaycut.repair.estimate.region_source import RegionSource
from overlaycut.vision.filters import FloatImage, bytes_of, dilated, scaled, scaled_mask
from overlaycut.vision.illumination import IlluminationParameters, Light, light_between
from overlaycut.vision.texture import Noise


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationParameters:
    """Which frames are sampled, a trade of memory for evidence; checked by benchmarks/repair.py."""

    sample_bytes: int = 32_000_000
    """Bytes of a region's samples, at most."""
    most_samples: int = 24
    """Samples of a region, at most."""
    least_samples: int = 6
    """Samples of a region whose plane is so large that fewer would fit."""
    pairs: int = 4
    """Samples whose next frame is kept as well, to tell noise from texture."""
    sampled_visibility: float = 0.3
    """Visibility, 0..1, from which a frame is sampled."""
    observed_visibility: float = 0.02
    """Visibility up to which a frame is ignored."""
    least_contrast: float = 0.65
    """Contrast of text, relative to what it should be, below which it fades rather than being lit otherwise."""
    illumination: IlluminationParameters = field(default_factory=IlluminationParameters)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One frame of a region."""

    index: int
    picture: NDArray[np.uint8]
    """On the fine plane, (rows, columns, 3)."""
    light: Light
    hidden: Mask
    """Pixels of the coarse plane that are text, in the foreground or out of the frame."""
    noise: Noise
    """Of the frame itself, around the region."""

    def unlit(self) -> FloatImage:
        """The picture in the light of the region's source."""
        return self.light.off(self.picture.astype(np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """What was observed of a region."""

    lights: Mapping[int, Light]
    support: tuple[float, ...]
    """Share of the bare surface that the light explains, 0..1, in each observed frame."""
    touched: Mask
    """Pixels of the coarse plane that strokes reach in any frame that is changed."""
    samples: tuple[Sample, ...]


class RegionObserver:
    """Observes one region, frame by frame in display order."""

    def __init__(
        self,
        geometry: RegionGeometry,
        source: RegionSource,
        parameters: ObservationParameters = ObservationParameters(),
        *,
        strokes: LearnedStrokes | None = None,
    ) -> None:
        """strokes: finds the strokes of sampled frames by their shapes; None where their colours tell them."""
        self._geometry, self._source, self._parameters, self._strokes = geometry, source, parameters, strokes
        self._sampled = sampled_frames(geometry, parameters)
        self._lights: dict[int, Light] = {}
        self._support: list[float] = []
        self._samples: list[Sample] = []
        self._touched = np.zeros((geometry.coarse.height, geometry.coarse.width), np.bool_)
        self._strayed = np.zeros_like(self._touched)
        """Strokes of the frame before: they move slowly, so where they were is no bare surface now."""
        self._foreground: Mask | None = None
        self._last_light: Light | None = None

    def see(self, frame: Frame) -> None:
        """Take in one frame."""
        geometry, source = self._geometry, self._source
        quad = geometry.track.quads.get(frame.index)
        if quad is None or geometry.visibility[frame.index] <= self._parameters.observed_visibility:
            return
        seen, room = geometry.coarse.read(frame, quad, geometry.track.bends.get(frame.index))
        light = self._light(seen, room)
        front = source.appearance.foreground_in(seen, light, room=room, held=self._foreground)
        self._foreground = front
        text = source.appearance.text_in(seen, light, region=geometry.own) & ~dilated(front, 2)
        self._lights[frame.index] = self._with_contrast(frame.index, seen, light, text)
        self._strayed = dilated(text, source.text.halo_px)
        learned = np.zeros_like(text)
        if frame.index in self._sampled and self._strokes is not None:
            learned = self._strokes.within(seen) & ~front
        if frame.index in geometry.span:
            self._touched |= (text | learned) & source.reach
        if frame.index in self._sampled:
            hidden = dilated(self._residue(seen, light) | learned | front, source.text.halo_px + 1) | ~room
            self._samples.append(self._sample(frame, quad, light, hidden))

    def observations(self) -> Observations:
        """What was observed up to now."""
        return Observations(self._lights, tuple(self._support), self._touched, tuple(self._samples))

    def _light(self, seen: FloatImage, room: Mask) -> Light:
        surface = room & self._source.bare & ~self._strayed
        light = light_between(
            self._source.dim,
            scaled(seen, self._geometry.light_size, area=True),
            scaled_mask(surface, self._geometry.light_size, share=0.99),
            grid=self._geometry.light_grid,
            before=self._last_light,
            parameters=self._parameters.illumination,
        )
        self._support.append(light.support / max(float(surface.mean()), 1e-6))
        self._last_light = light
        return light

    def _with_contrast(self, index: int, seen: FloatImage, light: Light, text: Mask) -> Light:
        """The light with the contrast of the lettering, where a frame of a restored region shows that."""
        region, least = self._geometry.region, self._parameters.least_contrast
        # Lettering that is lost fades first, which would pass for low contrast.
        intact = region.state != "lost" or (region.onset_frame is not None and index < region.onset_frame)
        if region.decision != "restore" or not intact:
            return light
        found = self._source.appearance.contrast_in(seen, light, text, own=self._source.text.ink)
        return replace(light, contrast=found) if found is not None and least < found < 1 / least else light

    def _residue(self, seen: FloatImage, light: Light) -> Mask:
        """Everything that may be text, however faint."""
        appearance, own = self._source.appearance, self._source.text.ink
        faint = appearance.text_in(seen, light, region=self._geometry.own, limit=appearance.residue_limit)
        return faint | own if appearance.intact_in(seen, own) else faint

    def _sample(self, frame: Frame, quad: Quad, light: Light, hidden: Mask) -> Sample:
        picture, _ = self._geometry.fine.read(frame, quad, self._geometry.track.bends.get(frame.index))
        return Sample(frame.index, bytes_of(picture), light, hidden, _noise_around(quad, frame))


def sampled_frames(geometry: RegionGeometry, parameters: ObservationParameters) -> frozenset[int]:
    """Frames spread over the track that show the region, and the successors of a few of them."""
    quads = geometry.track.quads
    room = parameters.sample_bytes // (geometry.fine.width * geometry.fine.height * 3)
    count = min(max(room, parameters.least_samples), parameters.most_samples) - parameters.pairs
    usable = [i for i in sorted(quads) if geometry.visibility[i] >= parameters.sampled_visibility]
    if not usable:
        return frozenset()
    places = np.unique(np.linspace(0, len(usable) - 1, max(count, 2)).round().astype(int))
    chosen = [usable[p] for p in places]
    pairs = [i + 1 for i in chosen[:: max(len(chosen) // parameters.pairs, 1)] if i + 1 in quads]
    return frozenset(chosen) | frozenset(pairs[: parameters.pairs])


def _noise_around(quad: Quad, frame: Frame) -> Noise:
    box = quad.grown(0.5 * quad.size[1]).box().clipped(frame.width, frame.height)
    if box is None:
        return Noise(0.0, 0.0)
    luma = frame.y[box.slices].astype(np.float32)
    return Noise.of(luma, np.ones(luma.shape, np.bool_))
