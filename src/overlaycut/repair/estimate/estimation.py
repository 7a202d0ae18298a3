"""An edit plan and frames into repaired frames.

`prepare` reads the clip once to learn what each region looks like over its life, without holding frames: its
light frame by frame, every pixel that melted strokes ever touch, what other frames reveal of the surface, how
sharp and how grainy the clip is. `Repairs` then lays one picture per region (the still's patch, the plate, with
new words on it or without, or a cover) along the track. Where a repair's alpha is 0 the samples stay what they were.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from overlaycut.core.frame import Frame, Mask, Picture
from overlaycut.core.geometry import Box, Quad, Span
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.core.repaired import RepairedFrame
from overlaycut.errors import DocumentError
from overlaycut.repair.composite.passes import Repair, RepairPass
from overlaycut.repair.estimate.estimator import LEAD_IN, RepairEstimator
from overlaycut.repair.estimate.forecast import Forecast
from overlaycut.repair.estimate.static_text import MaskRun
from overlaycut.repair.estimate.track_refinement import RefinedTrack, TrackRefiner
from overlaycut.repair.fill.flow_guided import FlowGuidedFill
from overlaycut.repair.fill.plate import Fill
from overlaycut.repair.retypeset.renderer import TextRenderer

__all__ = ["Repair", "RepairedFrame", "Repairs", "prepare"]


_ROOM = 48
"""Pixels around a drawn mask in which the picture's motion is seen, at least."""


class Repairs:
    """Every repair of a plan, ready to be laid over the clip's frames."""

    def __init__(
        self,
        repairs: Mapping[str, Sequence[Repair]],
        *,
        forecasts: Mapping[str, Forecast] | None = None,
        fonts: Mapping[str, str] | None = None,
    ) -> None:
        self.of = dict(repairs)
        """Region id → what is laid over it, in this order."""
        self.forecasts = dict(forecasts or {})
        """Region id → what is to be expected of it."""
        self.fonts = dict(fonts or {})
        """Region id → the font of the words that were set there, where there are any."""

    def over(self, frames: Iterable[Frame]) -> Iterator[RepairedFrame]:
        """The clip's `frames`, all of them in display order, with their repairs; a few are held back to look ahead."""
        repairs = [repair for of_region in self.of.values() for repair in of_region]
        running = [repair.start() for repair in repairs]
        ahead = max((repair.ahead for repair in repairs), default=0)
        waiting: deque[Frame] = deque()
        for frame in frames:
            for laying in running:
                laying.look_ahead(frame)
            waiting.append(frame)
            if len(waiting) > ahead:
                yield _repaired(waiting.popleft(), running)
        while waiting:
            yield _repaired(waiting.popleft(), running)


def _repaired(frame: Frame, running: Sequence[RepairPass]) -> RepairedFrame:
    layers = tuple(layer for laying in running if (layer := laying.layer(frame)) is not None)
    return RepairedFrame(frame, frame.with_layers(*layers), layers)


def prepare(
    plan: EditPlan,
    *,
    reference: Picture | None,
    frames: Callable[[], Iterable[Frame]],
    text_renderer: TextRenderer | None = None,
    masks: Mapping[str, Mask] | None = None,
    guess: Fill | None = None,
) -> Repairs:
    """Learn from the clip what the plan's repairs need.

    reference: the RGB picture that the plan's `reference_quad`s lie in: the still, else the clip's first
    frame; None when no region has one. frames: gives the clip's frames from the start at every call; it is
    read up to the last frame that is changed, and once before up to the frame that a region without a
    reference is taken from. text_renderer: sets the plan's words; may be left out when it has none. Regions marked
    protected are left alone. masks: region id → what a person drew, (height, width), True where that region is to be
    taken out. guess: one more way to fill what no frame shows, weighed with the others. Raises DocumentError
    when a region is to be restored but the plan does not say from where, and whatever the text renderer and the
    guess raise.
    """
    regions = [region for region in plan.regions if region.changes and not region.protected]
    if not regions:
        return Repairs({})
    at_zero = None if reference is None else _as_frame(reference)
    surveys: dict[str, RepairEstimator] = {}
    drawn: dict[str, Sequence[Repair]] = {}
    if masks is not None:
        for region in regions:
            if region.id in masks:
                drawn[region.id] = (_behind_drawn(masks[region.id], _changed(region), guess),)
    regions = [region for region in regions if region.id not in drawn]
    followed = _followed(plan, regions, at_zero, frames)
    for region in regions:
        if region.typeset is not None and text_renderer is None:
            raise ValueError(f"{region.id} has words to be set, so a text_renderer is needed")
        if (
            region.decision == "restore"
            and region.typeset is None
            and (region.reference_quad is None or at_zero is None)
        ):
            where = f"regions[{plan.regions.index(region)}].reference_quad"
            raise DocumentError("plan", where, "nothing", "a quad, since the region is to be restored")
        if not followed[region.id].quads:
            where = f"regions[{plan.regions.index(region)}].quads"
            raise DocumentError("plan", where, "none with an area", "a quad in at least one frame")
        surveys[region.id] = RepairEstimator(
            region,
            span=_changed(region),
            followed=followed[region.id],
            reference=at_zero,
            reference_is_frame=plan.still is None,
            text_renderer=text_renderer,
            guess=guess,
        )
    _started([survey for survey in surveys.values() if survey.starts_at is not None], frames)
    last = max((survey.span.end for survey in surveys.values()), default=0)
    first = min((survey.span.start for survey in surveys.values()), default=0) - LEAD_IN
    for frame in frames() if surveys else ():
        if frame.index >= last:
            break
        if frame.index >= first:
            for survey in surveys.values():
                survey.see(frame)
    ready = {name: survey for name, survey in surveys.items() if survey.ready}
    repairs: dict[str, Sequence[Repair]] = {name: survey.repair() for name, survey in ready.items()}
    return Repairs(
        {**repairs, **drawn},
        forecasts={name: survey.forecast() for name, survey in ready.items()},
        fonts={name: survey.font for name, survey in ready.items() if survey.font is not None},
    )


def _started(surveys: list[RepairEstimator], frames: Callable[[], Iterable[Frame]]) -> None:
    """Give each survey the frame that its region is taken from."""
    waiting = {survey.starts_at for survey in surveys}
    for frame in frames() if waiting else ():
        if frame.index in waiting:
            waiting.remove(frame.index)
            for survey in surveys:
                if survey.starts_at == frame.index:
                    survey.start(frame)
            if not waiting:
                return


def _behind_drawn(mask: Mask, span: Span, guess: Fill | None) -> FlowGuidedFill:
    """The repair of a mask that a person drew: it stands still on the screen, whatever is behind it."""
    around = Box.of(mask)
    box = around.grown(max(around.h // 2, _ROOM)).even().clipped(mask.shape[1], mask.shape[0]) or around
    return FlowGuidedFill(
        box=box, runs=(MaskRun(span, mask[box.slices]),), limit=mask[box.slices], span=span, guess=guess
    )


def _changed(region: RegionPlan) -> Span:
    assert region.edit is not None  # `changes` says so
    return region.edit


def _followed(
    plan: EditPlan, regions: Sequence[RegionPlan], reference: Frame | None, frames: Callable[[], Iterable[Frame]]
) -> dict[str, RefinedTrack]:
    """Region id → where it lies, in every frame that is changed and a few before."""
    surfaces = {}
    short_side = min(plan.clip.width, plan.clip.height)
    for region in regions:
        quads = _with_area(region.quads)
        if reference is not None and region.reference_quad is not None and region.kind == "scene" and quads:
            surfaces[region.id] = TrackRefiner(
                region,
                quads=quads,
                reference=reference,
                others=[
                    (other.reference_quad, other.onset_frame)
                    for other in plan.regions
                    if other is not region and other.reference_quad is not None and other.onset_frame is not None
                ],
                short_side=short_side,
            )
    last = max((_changed(region).end for region in regions if region.id in surfaces), default=0)
    for frame in frames() if surfaces else ():
        if frame.index >= last:
            break
        for surface in surfaces.values():
            surface.see(frame)
    found = {}
    for region in regions:
        known = surfaces[region.id].followed() if region.id in surfaces else RefinedTrack(_with_area(region.quads))
        found[region.id] = replace(known, quads=_gapless(_with_area(known.quads), _changed(region)))
    return found


def _with_area(quads: Mapping[int, Quad]) -> dict[int, Quad]:
    return {index: quad for index, quad in quads.items() if _has_area(quad)}


def _gapless(given: Mapping[int, Quad], span: Span) -> dict[int, Quad]:
    """A quad for every frame that is changed and a few before it; where there is none, one in between."""
    known = sorted(given)
    quads = {}
    for index in range(max(span.start - LEAD_IN, 0), span.end):
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


def _has_area(quad: Quad) -> bool:
    """Whether a quad can be mapped: no three corners on a line, and turned the right way round."""
    corners = quad.array()
    ahead, behind = np.roll(corners, -1, axis=0) - corners, corners - np.roll(corners, 1, axis=0)
    turns = behind[:, 0] * ahead[:, 1] - behind[:, 1] * ahead[:, 0]
    return bool((turns > 1).all())


def _as_frame(reference: Picture) -> Frame:
    return Frame.from_rgb(reference, index=0, at=Fraction(0), lasts=Fraction(1))
