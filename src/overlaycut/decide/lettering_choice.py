"""Lettering that a person wants out by its kind: burned-in subtitles, or all that is not protected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from overlaycut.core.geometry import Box, Span
from overlaycut.core.plan import ClipRecord, Decision, EditPlan, RegionPlan
from overlaycut.core.rules import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleAreaParameters:
    """How detected subtitles become areas; checked by benchmarks/subtitles.py."""

    margin: float = 0.4
    """Room around their lines for outline and shadow, over the height of a line."""
    lead_seconds: float = 0.5
    """Seconds before a subtitle is first seen, and after it was last, in which it may fade or be read too late."""
    top: float = 0.55
    """Share of the picture's height below which lettering may be a subtitle that no other replaces."""
    off_centre: float = 0.2
    """Distance of its centre from the picture's, over its width, at most."""
    drift: float = 0.1
    """Distance of a corner from its median place, over its height, that is no motion; subtitles reach 0.04."""
    tilt: float = 0.1
    """Difference in height of both ends of a level line, over its height."""


def with_subtitles_out(
    plan: EditPlan, mode: Mode, *, parameters: SubtitleAreaParameters = SubtitleAreaParameters()
) -> EditPlan:
    """The plan with its subtitles taken out (covered when the mode says so).

    Subtitles at one place become one region over the time of all of them, so that what one of them hides can be taken
    from before and after it. Where none was found a note says so, and names lettering that may be one after all: in a
    locked shot a line that stays to the end is like a sign.
    """
    found = [region for region in plan.regions if region.kind == "subtitle" and not region.protected and region.quads]
    if not found:
        return plan.model_copy(update={"notes": (*plan.notes, *_none_found(plan, parameters))})
    rest = tuple(region for region in plan.regions if region not in found)
    areas = [
        _area(number, group, plan.clip, mode, parameters) for number, group in enumerate(_at_one_place(found), start=1)
    ]
    return plan.model_copy(update={"regions": rest + tuple(areas)})


def _none_found(plan: EditPlan, parameters: SubtitleAreaParameters) -> Iterator[str]:
    """What is said when no subtitle was found."""
    yield "no burned-in subtitles were found, so none were taken out"
    for region in plan.regions:
        if _may_be_subtitle(region, plan.clip, parameters):
            own = _box(region)
            box = own.grown(round(parameters.margin * own.h)).clipped(plan.clip.width, plan.clip.height) or own
            where = f"{box.x},{box.y},{box.w},{box.h}"
            yield f"{region.id} ({region.read!r}) stands where subtitles do: --area {where} takes it out"


def _may_be_subtitle(region: RegionPlan, clip: ClipRecord, parameters: SubtitleAreaParameters) -> bool:
    """Whether a region is a level line that stands still, low and in the middle."""
    if region.protected or region.kind != "scene" or not region.quads or not region.read:
        return False
    corners = np.stack([quad.array() for quad in region.quads.values()])
    middle = np.median(corners, axis=0)
    height = float(np.median([quad.size[1] for quad in region.quads.values()]))
    x, y = middle.mean(axis=0)
    return bool(
        y > parameters.top * clip.height
        and abs(x - clip.width / 2) < parameters.off_centre * clip.width
        and np.abs(corners - middle).max() <= parameters.drift * height
        and abs(middle[0, 1] - middle[1, 1]) <= parameters.tilt * height
    )


def with_lettering_out(plan: EditPlan, mode: Mode) -> EditPlan:
    """The plan with all lettering taken out that is not protected (covered when the mode says so)."""
    plan = with_subtitles_out(plan, mode).model_copy(update={"notes": plan.notes})
    decision = _decision(mode)
    regions = (
        region
        if region.protected or region.kind in ("subtitle", "watched") or not region.quads
        else region.model_copy(
            update={
                "decision": decision,
                "edit": region.span,
                "decided_by": "person",
                "reason": f"{region.reason}; all lettering was to be taken out",
            }
        )
        for region in plan.regions
    )
    return plan.model_copy(update={"regions": tuple(regions)})


def _decision(mode: Mode) -> Decision:
    return "cover" if mode == "cover" else "erase"


def _at_one_place(regions: Sequence[RegionPlan]) -> list[list[RegionPlan]]:
    """Regions grouped by the place they take: those of a group overlap, in whatever order."""
    groups: list[list[RegionPlan]] = []
    for region in regions:
        near = [group for group in groups if any(_box(region).overlap(_box(other)) for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append([region, *(other for group in near for other in group)])
    return groups


def _box(region: RegionPlan) -> Box:
    return Box.around(quad.box() for quad in region.quads.values())


def _area(
    number: int, group: Sequence[RegionPlan], clip: ClipRecord, mode: Mode, parameters: SubtitleAreaParameters
) -> RegionPlan:
    height = max(_box(region).h for region in group)
    box = Box.around(_box(region) for region in group).grown(round(parameters.margin * height))
    box = box.clipped(clip.width, clip.height) or box
    lead = round(parameters.lead_seconds * clip.fps)
    first, last = min(region.span.start for region in group), max(region.span.end for region in group)
    span = Span(max(first - lead, 0), min(last + lead, clip.frames))
    ordered = sorted(group, key=lambda region: region.span.start)
    return RegionPlan(
        id=f"subtitles-{number}",
        kind="subtitle",
        state="invented",
        legibility=min(region.legibility for region in group),
        read=" / ".join(dict.fromkeys(region.read for region in ordered if region.read)) or None,
        span=span,
        quads=dict.fromkeys(span, box.quad()),
        decision=_decision(mode),
        edit=span,
        decided_by="person",
        reason="subtitles were to be taken out",
    )
