"""An edit plan and frames into repaired frames.

`prepare` reads the clip once to learn what each region looks like over its life, without holding frames: its
light frame by frame, every pixel that melted strokes ever touch, what other frames reveal of the surface, how
sharp and how grainy the clip is. `Repairs` then lays one picture per region (the still's patch, the plate, with
new words on it or without, or a cover) along the track. Where a repair's alpha is 0 the samples stay what they were.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from overlaycut.core.frame import Alpha, Frame, Layer, Picture
from overlaycut.core.geometry import Box, Quad, Span
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.errors import DocumentError
from overlaycut.render.behind import Behind
from overlaycut.render.filters import Mask
from overlaycut.render.forecast import Forecast
from overlaycut.render.laying import Laying, Repair
from overlaycut.render.letterer import Letterer
from overlaycut.render.plate import Fill
from overlaycut.render.standing import Run
from overlaycut.render.surface import Followed, Surface
from overlaycut.render.survey import LEAD_IN, Survey

__all__ = ["Repair", "Repaired", "Repairs", "prepare"]


_ROOM = 48
"""Pixels around a drawn mask in which the picture's motion is seen, at least."""


@dataclass(frozen=True, eq=False)
class Repaired:
    """A frame after its repairs."""

    before: Frame
    """As it was decoded."""
    frame: Frame
    layers: tuple[Layer, ...]
    """What was laid over it, in this order."""

    @cached_property
    def mask(self) -> Alpha:
        """How much of every luma sample was replaced, (height, width); 0 where nothing was written."""
        plane = np.zeros((self.frame.height, self.frame.width), np.uint8)
        for layer in self.layers:
            inside = layer.box.clipped(self.frame.width, self.frame.height)
            if inside is None:
                continue
            own = (
                slice(inside.y - layer.box.y, inside.bottom - layer.box.y),
                slice(inside.x - layer.box.x, inside.right - layer.box.x),
            )
            np.maximum(plane[inside.slices], layer.alpha[own], out=plane[inside.slices])
        return plane

    @property
    def mask_frame(self) -> Frame:
        """The mask as a picture of its own, for a file.

        Luma is 0 where nothing was written, and from 17 (hardly) to 235 (replaced entirely) elsewhere: whether a
        program reads the samples or a player's grey, 0 is untouched and everything else is not.
        """
        grey = np.full_like(self.frame.u, 128)
        shown = 16 + np.ceil(self.mask * (219 / 255)).astype(np.uint8)
        return replace(self.frame, y=np.where(self.mask > 0, shown, 0).astype(np.uint8), u=grey, v=grey.copy())


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

    def over(self, frames: Iterable[Frame]) -> Iterator[Repaired]:
        """The clip's `frames`, all of them in display order, with their repairs; a few are held back to look ahead."""
        repairs = [repair for of_region in self.of.values() for repair in of_region]
        running = [repair.begun() for repair in repairs]
        ahead = max((repair.ahead for repair in repairs), default=0)
        waiting: deque[Frame] = deque()
        for frame in frames:
            for laying in running:
                laying.foresee(frame)
            waiting.append(frame)
            if len(waiting) > ahead:
                yield _repaired(waiting.popleft(), running)
        while waiting:
            yield _repaired(waiting.popleft(), running)


def _repaired(frame: Frame, running: Sequence[Laying]) -> Repaired:
    layers = tuple(layer for laying in running if (layer := laying.layer(frame)) is not None)
    return Repaired(frame, frame.with_layers(*layers), layers)


def prepare(
    plan: EditPlan,
    *,
    reference: Picture | None,
    frames: Callable[[], Iterable[Frame]],
    letterer: Letterer | None = None,
    masks: Mapping[str, Mask] | None = None,
    guess: Fill | None = None,
) -> Repairs:
    """Learn from the clip what the plan's repairs need.

    reference: the RGB picture that the plan's `reference_quad`s lie in: the still, else the clip's first
    frame; None when no region has one. frames: gives the clip's frames from the start at every call; it is
    read up to the last frame that is changed, and once before up to the frame that a region without a
    reference is taken from. letterer: sets the plan's words; may be left out when it has none. Regions marked
    protected are left alone. masks: region id → what a person drew, (height, width), True where that region is to be
    taken out. guess: one more way to fill what no frame shows, weighed with the others. Raises DocumentError
    when a region is to be restored but the plan does not say from where, and whatever the letterer and the guess raise.
    """
    regions = [region for region in plan.regions if region.changes and not region.protected]
    if not regions:
        return Repairs({})
    at_zero = None if reference is None else _as_frame(reference)
    surveys: dict[str, Survey] = {}
    drawn: dict[str, Sequence[Repair]] = {}
    if masks is not None:
        for region in regions:
            if region.id in masks:
                drawn[region.id] = (_behind_drawn(masks[region.id], _changed(region), guess),)
    regions = [region for region in regions if region.id not in drawn]
    followed = _followed(plan, regions, at_zero, frames)
    for region in regions:
        if region.typeset is not None and letterer is None:
            raise ValueError(f"{region.id} has words to be set, so a letterer is needed")
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
        surveys[region.id] = Survey(
            region,
            span=_changed(region),
            followed=followed[region.id],
            reference=at_zero,
            reference_is_frame=plan.still is None,
            letterer=letterer,
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


def _started(surveys: list[Survey], frames: Callable[[], Iterable[Frame]]) -> None:
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


def _behind_drawn(mask: Mask, span: Span, guess: Fill | None) -> Behind:
    """The repair of a mask that a person drew: it stands still on the screen, whatever is behind it."""
    around = Box.of(mask)
    box = around.grown(max(around.h // 2, _ROOM)).even().clipped(mask.shape[1], mask.shape[0]) or around
    return Behind(box=box, runs=(Run(span, mask[box.slices]),), limit=mask[box.slices], span=span, guess=guess)


def _changed(region: RegionPlan) -> Span:
    assert region.edit is not None  # `changes` says so
    return region.edit


def _followed(
    plan: EditPlan, regions: Sequence[RegionPlan], reference: Frame | None, frames: Callable[[], Iterable[Frame]]
) -> dict[str, Followed]:
    """Region id → where it lies, in every frame that is changed and a few before."""
    surfaces = {}
    short_side = min(plan.clip.width, plan.clip.height)
    for region in regions:
        quads = _with_area(region.quads)
        if reference is not None and region.reference_quad is not None and region.kind == "scene" and quads:
            surfaces[region.id] = Surface(
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
        known = surfaces[region.id].followed() if region.id in surfaces else Followed(_with_area(region.quads))
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
