"""Lettering that stands still on the screen, and whether the picture behind it moves by itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from overlaycut.core.frame import Frame, Mask
from overlaycut.core.geometry import Box
from overlaycut.models.text_segmentation import TextSegmenter, text_segmenter
from overlaycut.repair.estimate.observation import Observations
from overlaycut.repair.estimate.region_geometry import RegionGeometry
from overlaycut.repair.estimate.region_source import RegionSource
from overlaycut.repair.fill.flow_guided import FlowGuidedFill, FlowGuidedParameters
from overlaycut.repair.segment.learned_text import LearnedText, LearnedTextParameters
from overlaycut.repair.segment.static_text import MaskRun, StaticText, StaticTextParameters
from overlaycut.vision.filters import scaled
from overlaycut.vision.polygons import polygon_mask


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenTextParameters:
    """When lettering counts as fixed to the screen; checked by benchmarks/repair.py on subtitles."""

    still_px: float = 1.5
    """Picture pixels by which a corner of a region that stands still may leave its place."""
    margin_px: int = 24
    """Pixels around the lettering in which the picture's motion is seen, at least."""
    surround_px: int = 64
    """Pixels around all lettering that are read for its fill: its light is compared in windows of half a hundred."""
    spill: float = 0.1
    """Share of the lettering's height by which detected lettering leaves its quad."""
    left_margin: float = 0.25
    """Room around lettering that another region takes out, over its height."""
    least_observed: int = 4
    """Frames and samples without which the picture behind is taken to go with the region."""
    least_support: float = 0.5
    """Share of the surround, 0..1, that goes with the region in the median frame when they are one surface."""
    changed_noise: float = 2.5
    """Change of a pixel, in standard deviations of the noise, beyond which it shows something else."""
    least_changed_levels: float = 3.0
    """The same in levels, at least."""
    moving_share: float = 0.12
    """Share of the surround, 0..1, that shows something else when the picture behind moves."""
    static_text: StaticTextParameters = field(default_factory=StaticTextParameters)
    """How the lettering is segmented in time, and where the network finds none."""
    learned_text: LearnedTextParameters = field(default_factory=LearnedTextParameters)
    """How the answers of the network become masks."""


class ScreenText:
    """Segments the lettering of a region that stands still on the screen, frame by frame in display order."""

    def __init__(
        self,
        geometry: RegionGeometry,
        first: Frame,
        parameters: ScreenTextParameters = ScreenTextParameters(),
        *,
        fill: FlowGuidedParameters = FlowGuidedParameters(),
        segmenter: TextSegmenter | None = None,
    ) -> None:
        """first: the first frame of the region's span that shows it; it is still to be given to `see`.

        segmenter: finds lettering; the one that comes with the package when None.
        """
        self._geometry, self._fill, self._parameters = geometry, fill, parameters
        quad = geometry.track.quads[first.index]
        around = quad.grown(max(quad.size[1], parameters.margin_px)).box().even()
        self._box = around.clipped(first.width, first.height) or around
        spill = 0 if geometry.drawn_by_hand else parameters.spill * quad.size[1]
        corners = quad.grown(spill).array() - (self._box.x + 0.5, self._box.y + 0.5)
        self._own = polygon_mask(corners, (self._box.h, self._box.w)) & ~self._left()
        self._height = quad.size[1]
        static = parameters.static_text
        self._learned = LearnedText(
            segmenter or text_segmenter(),
            own=self._own,
            height_px=self._height,
            parameters=parameters.learned_text,
            static_text=static,
            limited=geometry.drawn_by_hand,
        )
        # Where other regions take lettering out, what is left may be none.
        self._classic: StaticText | None = (
            None if geometry.left else StaticText(own=self._own, height_px=self._height, parameters=static)
        )

    def _left(self) -> Mask:
        """Pixels of lettering that other regions take out."""
        left = np.zeros((self._box.h, self._box.w), np.bool_)
        for quad in self._geometry.left:
            grown = quad.grown(self._parameters.left_margin * quad.size[1])
            left |= polygon_mask(grown.array() - (self._box.x + 0.5, self._box.y + 0.5), left.shape)
        return left

    def see(self, frame: Frame) -> None:
        """Take in one frame."""
        if not self._own.any():
            return
        picture = frame.yuv(self._box)
        self._learned.see(frame.index, picture)
        # What is no lettering to the network may still be thin and stand out: a drawn line, a sign.
        if self._learned.found:
            self._classic = None
        if self._classic is not None:
            self._classic.see(frame.index, picture)

    def _runs(self) -> tuple[MaskRun, ...]:
        return self._learned.runs() if self._classic is None else self._classic.runs()

    def warnings(self) -> tuple[str, ...]:
        """What could not be told apart."""
        if self._classic is not None:
            whole = bool(self._classic.runs()) and not self._classic.found
            return ("no strokes could be told from the picture: all of the area is filled",) if whole else ()
        moving = self._learned.moving()
        if not moving:
            return ()
        what = "all that it passes over is filled" if self._learned.all_moves else "it is left as it is"
        spans = ", ".join(f"{span.start} to {span.end - 1}" for span in moving)
        return (f"lettering in frames {spans} moves with the picture: {what}",)

    def fill(self, fill_model: str | None) -> FlowGuidedFill:
        """The flow-guided fill of what was segmented; fill_model: as `FlowGuidedFill.fill_model`."""
        runs = self._runs()
        part = self._needed(runs)
        box = Box(self._box.x + part.x, self._box.y + part.y, part.w, part.h)
        return FlowGuidedFill(
            box=box,
            runs=tuple(_cropped(run, part) for run in runs),
            limit=self._own[part.slices].copy() if self._geometry.drawn_by_hand else None,
            span=self._geometry.span,
            fill_model=fill_model,
            parameters=self._fill,
        )

    def _needed(self, runs: tuple[MaskRun, ...]) -> Box:
        """The part of the crop that holds all lettering and the surround that its fill is made from: even."""
        rows, columns = self._own.shape
        whole = Box(0, 0, columns, rows)
        masks = [run.mask for run in runs]
        masks += [box.inside(self._own.shape, grown=2) for run in runs for box in run.boxes]
        text = np.logical_or.reduce([np.zeros_like(self._own), *masks])
        if not text.any():
            return whole
        return Box.of(text).grown(self._parameters.surround_px).even().clipped(columns, rows) or whole


def _cropped(run: MaskRun, part: Box) -> MaskRun:
    """A run in a part of its crop."""
    boxes = (replace(one, box=Box(one.box.x - part.x, one.box.y - part.y, one.box.w, one.box.h)) for one in run.boxes)
    return MaskRun.of(run.span, run.mask[part.slices], tuple(boxes))


def moves_behind(
    geometry: RegionGeometry,
    source: RegionSource,
    observations: Observations,
    parameters: ScreenTextParameters = ScreenTextParameters(),
) -> bool:
    """Whether what surrounds the region does not go with it, as behind subtitles over a moving picture."""
    if min(len(observations.support), len(observations.samples)) < parameters.least_observed:
        return False
    if float(np.median(observations.support)) < parameters.least_support:
        return True
    seen = np.stack(
        [scaled(sample.unlit(), geometry.coarse_size, area=True)[..., 0] for sample in observations.samples]
    )
    change = np.median(np.abs(seen - np.median(seen, axis=0)), axis=0)[source.bare]
    limit = max(parameters.changed_noise * source.appearance.noise, parameters.least_changed_levels)
    return bool(len(change)) and float((change > limit).mean()) > parameters.moving_share
