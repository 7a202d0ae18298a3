"""Estimation of a plan's repairs from the clip, in passes that hold no frames.

A pass refines the tracks of the regions; one finds the source pictures of regions without a reference; one observes
every region: its light frame by frame, every pixel that its strokes ever touch, what other frames show of the surface,
how sharp and how grainy the clip is. Each region then gets one picture (the still's patch, or the plate, with new words
on it or without, or a cover) or a flow-guided fill. Where a repair's alpha is 0 the samples stay what they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from overlaycut.core.colour import YcbcrMatrix
from overlaycut.core.frame import Frame, Mask, Picture
from overlaycut.core.geometry import Box, Quad
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.errors import DocumentError
from overlaycut.repair.estimate.assembly import RegionEstimate
from overlaycut.repair.estimate.estimator import RegionEstimator
from overlaycut.repair.estimate.parameters import EstimationParameters
from overlaycut.repair.estimate.region_geometry import RegionGeometry
from overlaycut.repair.estimate.region_tracks import RegionTracks, TrackSource, changed_span, refined_anew
from overlaycut.repair.estimate.track_refinement import RefinedTrack
from overlaycut.repair.estimates import Repair, RepairEstimates, RepairWarning
from overlaycut.repair.fill.flow_guided import FlowGuidedFill
from overlaycut.repair.fill.learned import FillModel
from overlaycut.repair.retypeset.renderer import TextRenderer
from overlaycut.repair.segment.static_text import MaskRun

FrameSource: TypeAlias = Callable[[], Iterable[Frame]]
"""Gives the clip's frames from the start at every call."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was estimated for a region, and from what."""

    region: RegionPlan
    track: RefinedTrack
    reference_is_frame: bool
    kept: tuple[Quad, ...]
    """Places in the reference picture of lettering that is left as it is."""
    estimate: RegionEstimate | None


def estimate_repairs(
    plan: EditPlan,
    *,
    reference: Picture | None,
    frames: FrameSource,
    text_renderer: TextRenderer | None = None,
    masks: Mapping[str, Mask] | None = None,
    fill_model: FillModel | None = None,
    matrix: YcbcrMatrix = "bt709",
    parameters: EstimationParameters = EstimationParameters(),
) -> RepairEstimates:
    """The repairs of one plan; arguments and errors are those of `RepairEstimation`."""
    estimation = RepairEstimation(
        reference=reference,
        frames=frames,
        text_renderer=text_renderer,
        masks=masks,
        fill_model=fill_model,
        matrix=matrix,
        parameters=parameters,
    )
    return estimation.of(plan)


class RepairEstimation:
    """Estimates the repairs of a clip's plan, and of the plans that it falls back to.

    What a changed plan leaves as it was is not estimated again.
    """

    def __init__(
        self,
        *,
        reference: Picture | None,
        frames: FrameSource,
        text_renderer: TextRenderer | None = None,
        masks: Mapping[str, Mask] | None = None,
        fill_model: FillModel | None = None,
        matrix: YcbcrMatrix = "bt709",
        parameters: EstimationParameters = EstimationParameters(),
        tracks: TrackSource = refined_anew,
    ) -> None:
        """Take what all plans have in common.

        reference: the RGB picture that the plan's `reference_quad`s lie in: the still, else the clip's first frame;
        None when no region has one. frames: read up to the last frame that is changed. text_renderer: sets the plan's
        words; may be left out when it has none. masks: region id → what a person drew, (height, width), True where
        that region is to be taken out. fill_model: one more fill of what no frame shows, weighed with the others.
        matrix: that of the frames. tracks: source of tracks that were refined before.
        """
        self._frames, self._masks, self._parameters = frames, masks or {}, parameters
        self._text_renderer, self._fill_model = text_renderer, fill_model
        self._reference = None if reference is None else as_frame(reference, matrix)
        self._tracks = RegionTracks(frames, self._reference, parameters, tracks)
        self._known: dict[str, _Known] = {}

    def of(self, plan: EditPlan) -> RepairEstimates:
        """The repairs of every region that the plan changes, except protected ones.

        Raises DocumentError when a region is to be restored but the plan does not say from where, ValueError when
        there are words and no text renderer, and whatever the text renderer and the fill model raise.
        """
        changed = [region for region in plan.regions if region.changes and not region.protected]
        masked = {region.id: self._masked(region) for region in changed if region.id in self._masks}
        regions, tracks = self._tracked(plan)
        for region in regions:
            self._check(plan, region, tracks[region.id])
        from_frame, kept = plan.still is None, {region.id: _kept_beside(plan, region) for region in regions}
        new = [one for one in regions if not self._is_known(one, tracks[one.id], from_frame, kept[one.id])]
        estimators = {one.id: self._estimator(plan, one, tracks[one.id], kept[one.id]) for one in new}
        self._take_sources(estimators.values())
        self._observe(estimators.values())
        for region in new:
            estimate = estimators.pop(region.id).estimated(
                text_renderer=self._text_renderer, fill_model=self._fill_model
            )
            self._known[region.id] = _Known(region, tracks[region.id], from_frame, kept[region.id], estimate)
        estimates = _collected([self._known[region.id] for region in regions], masked)
        limits = {region.id: Box(*region.within) for region in changed if region.within is not None}
        return replace(estimates, limits=limits, protected=_protected(plan, self._parameters.mark_margin_px))

    def refine(self, plan: EditPlan) -> None:
        """Refine the tracks of every region that `of` repairs along one, and estimate nothing else."""
        self._tracked(plan)

    def _tracked(self, plan: EditPlan) -> tuple[list[RegionPlan], dict[str, RefinedTrack]]:
        """The regions that are repaired along their tracks: those that change, but for marks and masks of a person."""
        regions = [r for r in plan.regions if r.changes and not r.protected and r.id not in self._masks]
        return regions, self._tracks.of(plan, regions)

    def _is_known(
        self, region: RegionPlan, track: RefinedTrack, reference_is_frame: bool, kept: tuple[Quad, ...]
    ) -> bool:
        known = self._known.get(region.id)
        return (
            known is not None
            and known.track is track
            and known.region == region
            and known.reference_is_frame == reference_is_frame
            and known.kept == kept
        )

    def _check(self, plan: EditPlan, region: RegionPlan, track: RefinedTrack) -> None:
        """Raise for a region that cannot be repaired as its plan says."""
        number = plan.regions.index(region)
        if region.typeset is not None and self._text_renderer is None:
            raise ValueError(f"{region.id} has words to be set, so a text_renderer is needed")
        sourceless = region.reference_quad is None or self._reference is None
        if region.decision == "restore" and region.typeset is None and sourceless:
            where = f"regions[{number}].reference_quad"
            raise DocumentError("plan", where, "nothing", "a quad, since the region is to be restored")
        if not track.quads:
            where = f"regions[{number}].quads"
            raise DocumentError("plan", where, "none with an area", "a quad in at least one frame")

    def _estimator(
        self, plan: EditPlan, region: RegionPlan, track: RefinedTrack, kept: tuple[Quad, ...]
    ) -> RegionEstimator:
        others = [one for one in plan.regions if one.id in region.leaves_to]
        left = tuple(quad for one in others for index, quad in one.quads.items() if index in changed_span(region))
        return RegionEstimator(
            RegionGeometry.of(region, changed_span(region), track, self._parameters.geometry, kept=kept, left=left),
            reference=self._reference,
            reference_is_frame=plan.still is None,
            parameters=self._parameters,
        )

    def _take_sources(self, estimators: Iterable[RegionEstimator]) -> None:
        """Read the clip up to the last frame that a region without a usable reference is taken from."""
        waiting = [estimator for estimator in estimators if estimator.starts_at is not None]
        for frame in self._frames() if waiting else ():
            for estimator in waiting:
                if estimator.starts_at == frame.index:
                    estimator.start(frame)
            waiting = [estimator for estimator in waiting if estimator.starts_at != frame.index]
            if not waiting:
                return

    def _observe(self, estimators: Iterable[RegionEstimator]) -> None:
        """Read the clip up to the last frame that is changed."""
        estimators = list(estimators)
        spans = [estimator.geometry.span for estimator in estimators]
        first = min((span.start for span in spans), default=0) - self._parameters.lead_in
        last = max((span.end for span in spans), default=0)
        for frame in self._frames() if estimators else ():
            if frame.index >= last:
                break
            if frame.index >= first:
                for estimator in estimators:
                    estimator.see(frame)

    def _masked(self, region: RegionPlan) -> FlowGuidedFill:
        """The repair of a mask that a person drew: it stands still on the screen, whatever is behind it."""
        mask, span = self._masks[region.id], changed_span(region)
        around = Box.of(mask)
        room = max(around.h // 2, self._parameters.mask_margin_px)
        box = around.grown(room).even().clipped(mask.shape[1], mask.shape[0]) or around
        return FlowGuidedFill(
            box=box,
            runs=(MaskRun.of(span, mask[box.slices]),),
            limit=mask[box.slices],
            span=span,
            fill_model=None if self._fill_model is None else self._fill_model.name,
            parameters=self._parameters.fill,
        )


def _kept_beside(plan: EditPlan, region: RegionPlan) -> tuple[Quad, ...]:
    """Places in the reference picture of lettering that is left as it is; none where the region has no place there."""
    if region.reference_quad is None:
        return ()
    return tuple(r.reference_quad for r in plan.regions if not r.changes and r.reference_quad is not None)


def _collected(known: Sequence[_Known], masked: Mapping[str, FlowGuidedFill]) -> RepairEstimates:
    """The estimates of all regions: those with a mask that a person drew are laid over the others."""
    repairs: dict[str, tuple[Repair, ...]] = {}
    forecasts, fonts, warnings, intact, unplaced, places = {}, {}, [], {}, {}, {}
    for one in known:
        name, estimate = one.region.id, one.estimate
        if estimate is None:
            warnings.append(RepairWarning(name, "it is left as it is: the clip ends before the frame that shows it"))
            continue
        repairs[name], forecasts[name] = estimate.repairs, estimate.forecast
        if estimate.intact is not None:
            intact[name] = estimate.intact
        if one.track.refined:
            places[name] = dict(one.track.quads)
        if one.region.decision == "restore" and one.track.doubt is not None:
            unplaced[name] = f"where it belongs is not confirmed to a pixel: {one.track.doubt}"
        if estimate.font is not None:
            fonts[name] = estimate.font
        warnings += [RepairWarning(name, text) for text in (*one.track.warnings, *estimate.warnings)]
    repairs.update({name: (fill,) for name, fill in masked.items()})
    return RepairEstimates(repairs, forecasts, fonts, tuple(warnings), intact, unplaced, places)


def _protected(plan: EditPlan, margin_px: int) -> tuple[Box, ...]:
    """The boxes of a plan's protected marks, each around all places that the mark ever takes."""
    marks = [region for region in plan.regions if region.protected and region.quads]
    return tuple(Box.around(quad.box() for quad in mark.quads.values()).grown(margin_px) for mark in marks)


def as_frame(reference: Picture, matrix: YcbcrMatrix) -> Frame:
    """An RGB reference picture in the colours of the clip's frames."""
    return Frame.from_rgb(reference, index=0, at=Fraction(0), lasts=Fraction(1), matrix=matrix)
