"""Pass over a clip that refines the tracks of its regions; afterwards every frame that is changed has a quad."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Quad, Span, homography
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.repair.estimate.parameters import EstimationParameters
from overlaycut.repair.estimate.track_refinement import RefinedTrack, RefinementParameters, TrackRefiner


@dataclass(frozen=True, slots=True)
class TrackInputs:
    """Everything that a region's track is made from, but the clip, the reference and parameters."""

    kind: str
    quads: Mapping[int, Quad]
    visibility: Mapping[int, float]
    reference_quad: Quad | None
    onset_frame: int | None
    changed: Span
    """Frames are read up to its end."""
    others: tuple[tuple[Quad, int], ...]
    """Quads in the reference picture of the other regions whose lettering becomes distorted, with their onsets."""
    width: int
    """Of the clip, in pixels."""
    height: int

    @classmethod
    def of(cls, plan: EditPlan, region: RegionPlan) -> TrackInputs:
        """Those of a region of `plan` that is changed."""
        return cls(
            kind=region.kind,
            quads=region.quads,
            visibility=region.visibility,
            reference_quad=region.reference_quad,
            onset_frame=region.onset_frame,
            changed=changed_span(region),
            others=_others(plan, region),
            width=plan.clip.width,
            height=plan.clip.height,
        )


TrackSource: TypeAlias = Callable[
    [Mapping[str, TrackInputs], Callable[[Collection[str]], Mapping[str, RefinedTrack]]], Mapping[str, RefinedTrack]
]
"""Gives the tracks of regions, by their ids, from what they are made from. Those that it does not have it asks its
second argument for, which refines all that it is named in one pass over the clip."""


def refined_anew(
    inputs: Mapping[str, TrackInputs], refine: Callable[[Collection[str]], Mapping[str, RefinedTrack]]
) -> Mapping[str, RefinedTrack]:
    """The source that has no tracks."""
    return refine(inputs)


class RegionTracks:
    """Refined tracks of a clip's regions. A track depends on no method of repair: it is refined once.

    frames: gives the clip's frames from the start at every call. source: of tracks that were refined before.
    """

    def __init__(
        self,
        frames: Callable[[], Iterable[Frame]],
        reference: Frame | None,
        parameters: EstimationParameters = EstimationParameters(),
        source: TrackSource = refined_anew,
    ) -> None:
        self._frames, self._reference, self._parameters, self._source = frames, reference, parameters, source
        self._known: dict[str, tuple[TrackInputs, RefinedTrack]] = {}
        self._followed: dict[str, tuple[RefinedTrack, RefinedTrack, RefinedTrack]] = {}
        """Region → its own track, that of the region that it follows, and what came of both."""

    def of(self, plan: EditPlan, regions: Sequence[RegionPlan]) -> dict[str, RefinedTrack]:
        """Region id → its track, with a quad in every frame that is changed and some before.

        regions: those of the plan that are changed. A region without any quad that has an area gets none.
        """
        new = {}
        for region in regions:
            inputs = TrackInputs.of(plan, region)
            if (known := self._known.get(region.id)) is None or known[0] != inputs:
                new[region.id] = inputs
        by_id = {region.id: region for region in regions}
        if new:
            made = self._source(new, lambda names: self._refined(plan, [by_id[name] for name in names]))
            self._known.update({name: (inputs, made[name]) for name, inputs in new.items()})
        return {region.id: self._led(region, regions) for region in regions}

    def _refined(self, plan: EditPlan, regions: Sequence[RegionPlan]) -> dict[str, RefinedTrack]:
        """The tracks of regions, refined in one pass where there is a reference."""
        refiners = {
            region.id: (self._refiner(plan, region, quads), changed_span(region).end)
            for region in regions
            if (quads := self._refinable(region))
        }
        last = max((end for _, end in refiners.values()), default=0)
        for frame in self._frames() if refiners else ():
            if frame.index >= last:
                break
            for refiner, end in refiners.values():
                if frame.index < end:
                    refiner.see(frame)
        tracks = {}
        for region in regions:
            own = refiners.get(region.id)
            track = RefinedTrack(with_area(region)) if own is None else own[0].refined()
            tracks[region.id] = self._completed(track, changed_span(region))
        return tracks

    def _led(self, region: RegionPlan, regions: Sequence[RegionPlan]) -> RefinedTrack:
        """The region's track, or that of longer lettering beside it on the same plane, which tells more of it.

        A region without a track of its own follows shorter lettering as well.
        """
        own = self._known[region.id][1]
        if own.bends or region.reference_quad is None or region.onset_frame is None:
            return own
        for leader in sorted(regions, key=_length, reverse=True):
            track = self._known[leader.id][1]
            if _length(leader) <= _length(region) and (own.refined or leader is region):
                continue
            if not track.refined or track.bends:
                continue
            if (kept := self._followed.get(region.id)) is not None and kept[0] is own and kept[1] is track:
                return kept[2]
            if goes_with(region, leader, track, self._parameters.track):
                assert leader.reference_quad is not None  # else its track is not refined
                quads = dict(own.quads)
                for index in own.quads:
                    if index in track.quads:
                        to_frame = homography(leader.reference_quad, track.quads[index])
                        quads[index] = region.reference_quad.mapped(to_frame)
                blurs = track.blurs_for(leader.reference_quad, region.reference_quad)
                followed = RefinedTrack(quads, {}, blurs, refined=True)
                self._followed[region.id] = own, track, followed
                return followed
        return own

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


def goes_with(region: RegionPlan, leader: RegionPlan, track: RefinedTrack, parameters: RefinementParameters) -> bool:
    """Whether a region lies close to another and, while its lettering was intact, moved with that one's `track`."""
    if region.reference_quad is None or leader.reference_quad is None or region.onset_frame is None:
        return False
    tallest = max(region.reference_quad.size[1], leader.reference_quad.size[1])
    if _distance(region, leader) > parameters.leader_heights * tallest:
        return False
    onset = region.onset_frame if leader.onset_frame is None else min(region.onset_frame, leader.onset_frame)
    until = onset - parameters.certain_before
    known = [i for i in sorted(region.quads) if i < until and i in track.quads and has_area(region.quads[i])]
    if len(known) < parameters.least_intact:
        return False
    back = []
    for index in known:
        to_reference = np.linalg.inv(homography(leader.reference_quad, track.quads[index]))
        back.append(region.quads[index].mapped(np.asarray(to_reference, np.float64)).array())
    # A detected quad may be larger in the clip than in the reference, but it does not move on the surface.
    apart = float(np.linalg.norm(np.array(back) - np.median(back, axis=0), axis=2).max())
    return apart <= parameters.leader_apart * region.reference_quad.size[1]


def _length(region: RegionPlan) -> float:
    """Longer side of a region in the reference picture; 0 where it is not there."""
    return 0.0 if region.reference_quad is None else max(region.reference_quad.size)


def _distance(one: RegionPlan, other: RegionPlan) -> float:
    """Distance of the boxes of two regions in the reference picture, in its pixels; infinite where one is not there."""
    if one.reference_quad is None or other.reference_quad is None:
        return float("inf")
    a, b = one.reference_quad.box(), other.reference_quad.box()
    across, down = max(a.x - b.right, b.x - a.right, 0), max(a.y - b.bottom, b.y - a.bottom, 0)
    return float(np.hypot(across, down))


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
