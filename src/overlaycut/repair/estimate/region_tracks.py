"""Pass over a clip that refines the tracks of its regions; afterwards every frame that is changed has a quad."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Quad, Span
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.repair.estimate.parameters import EstimationParameters
from overlaycut.repair.estimate.track_refinement import RefinedTrack, TrackRefiner


@dataclass(frozen=True, slots=True)
class _Known:
    """A track, and everything that it was made from."""

    inputs: tuple[Any, ...]
    track: RefinedTrack


class RegionTracks:
    """Refined tracks of a clip's regions. A track depends on no method of repair: it is refined once.

    frames: gives the clip's frames from the start at every call.
    """

    def __init__(
        self,
        frames: Callable[[], Iterable[Frame]],
        reference: Frame | None,
        parameters: EstimationParameters = EstimationParameters(),
    ) -> None:
        self._frames, self._reference, self._parameters = frames, reference, parameters
        self._known: dict[str, _Known] = {}

    def of(self, plan: EditPlan, regions: Sequence[RegionPlan]) -> dict[str, RefinedTrack]:
        """Region id → its track, with a quad in every frame that is changed and some before.

        regions: those of the plan that are changed. A region without any quad that has an area gets none.
        """
        refinable = {region.id: quads for region in regions if (quads := self._refinable(region))}
        last = max((changed_span(region).end for region in regions if region.id in refinable), default=0)
        refiners: dict[str, TrackRefiner] = {}
        inputs: dict[str, tuple[Any, ...]] = {}
        for region in regions:
            inputs[region.id] = made_from = _inputs(plan, region, last if region.id in refinable else None)
            known = self._known.get(region.id)
            if region.id in refinable and (known is None or known.inputs != made_from):
                refiners[region.id] = self._refiner(plan, region, refinable[region.id])
        for frame in self._frames() if refiners else ():
            if frame.index >= last:
                break
            for refiner in refiners.values():
                refiner.see(frame)
        for region in regions:
            known = self._known.get(region.id)
            if known is None or known.inputs != inputs[region.id]:
                refined = refiners[region.id].refined() if region.id in refiners else RefinedTrack(with_area(region))
                self._known[region.id] = _Known(inputs[region.id], self._completed(refined, changed_span(region)))
        return {region.id: self._known[region.id].track for region in regions}

    def _refinable(self, region: RegionPlan) -> dict[int, Quad]:
        """The quads of a region whose track can be refined; empty for others."""
        scene = self._reference is not None and region.reference_quad is not None and region.kind == "scene"
        return with_area(region) if scene else {}

    def _refiner(self, plan: EditPlan, region: RegionPlan, quads: Mapping[int, Quad]) -> TrackRefiner:
        assert self._reference is not None
        return TrackRefiner(
            region,
            quads=quads,
            reference=self._reference,
            others=_others(plan, region),
            short_side=min(plan.clip.width, plan.clip.height),
            parameters=self._parameters.track,
        )

    def _completed(self, track: RefinedTrack, span: Span) -> RefinedTrack:
        """The track with a quad for every frame of `span`; where there was none, one in between its neighbours."""
        given = {index: quad for index, quad in track.quads.items() if has_area(quad)}
        quads = _gapless(given, span, lead_in=self._parameters.lead_in)
        missing = sum(1 for index in span if index not in given) if given else 0
        if not missing:
            return replace(track, quads=quads)
        gap = f"its place is interpolated in {missing} of the {len(span)} frames that are changed"
        return replace(track, quads=quads, warnings=(*track.warnings, gap))


def changed_span(region: RegionPlan) -> Span:
    """The frames in which a region that changes is changed."""
    assert region.edit is not None  # such a region has them
    return region.edit


def with_area(region: RegionPlan) -> dict[int, Quad]:
    """The region's quads that can be mapped."""
    return {index: quad for index, quad in region.quads.items() if has_area(quad)}


def has_area(quad: Quad) -> bool:
    """Whether a quad can be mapped: no three corners on a line, and turned the right way round."""
    corners = quad.array()
    ahead, behind = np.roll(corners, -1, axis=0) - corners, corners - np.roll(corners, 1, axis=0)
    turns = behind[:, 0] * ahead[:, 1] - behind[:, 1] * ahead[:, 0]
    return bool((turns > 1).all())


def _inputs(plan: EditPlan, region: RegionPlan, last: int | None) -> tuple[Any, ...]:
    """Everything that a region's track is made from, but the clip and the reference; last: frames that are read."""
    own = (region.kind, region.quads, region.visibility, region.reference_quad, region.onset_frame, region.edit)
    return (*own, _others(plan, region), plan.clip.width, plan.clip.height, last)


def _others(plan: EditPlan, region: RegionPlan) -> tuple[tuple[Quad, int], ...]:
    """Quads in the reference picture of the other regions whose lettering becomes distorted, with their onsets."""
    return tuple(
        (other.reference_quad, other.onset_frame)
        for other in plan.regions
        if other is not region and other.reference_quad is not None and other.onset_frame is not None
    )


def _gapless(given: Mapping[int, Quad], span: Span, *, lead_in: int) -> dict[int, Quad]:
    """A quad for every frame of `span`, and those that are given in the `lead_in` frames before it."""
    known = sorted(given)
    quads = {}
    for index in range(max(span.start - lead_in, 0), span.end):
        if index in given:
            quads[index] = given[index]
            continue
        if index < span.start or not known:
            continue
        before = max((k for k in known if k < index), default=known[0])
        after = min((k for k in known if k > index), default=known[-1])
        share = (index - before) / (after - before) if after != before else 0.0
        corners = (1 - share) * given[before].array() + share * given[after].array()
        quads[index] = Quad.of(corners)
    return quads
