"""Lettering that moves inside an area that a person marked: it is followed, and taken out along its own track."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from overlaycut.core.geometry import Quad, Span
from overlaycut.core.plan import RegionPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class MovingLetteringParameters:
    """Which lettering of an area is followed; set on eighteen real clips, of which one half has subtitles."""

    inside: float = 0.6
    """Share of its quad inside the area, in the first frame of both or in the median, from which lettering is meant."""
    beyond: float = 0.1
    """Share of its quad outside the area from which a frame is said to show what stays."""
    moves: float = 0.1
    """Distance of a corner from its median place, over the lettering's height: subtitles reach 0.04, prints 0.11."""
    moves_px: float = 4.0
    """The same in pixels, at least: subtitles reach 2.8."""


def with_moving_lettering(
    regions: Sequence[RegionPlan],
    areas: Sequence[RegionPlan],
    parameters: MovingLetteringParameters = MovingLetteringParameters(),
) -> tuple[RegionPlan, ...]:
    """What analysis found and the areas of a person, of which each lettering is taken out by one.

    An area stands still, and so does its mask: what moves through it with a surface is erased by its own region, inside
    the area, and the area leaves it to that. Other lettering inside is the area's alone, whatever rules say of it.
    """
    found, marked = list(regions), []
    for area in areas:
        leaves_to: list[str] = []
        for number, region in enumerate(found):
            shared = _shared(region, area)
            if shared and _is_meant(region, area, shared, parameters):
                moves = area.decision == "erase" and region.kind == "scene" and _moves(region, shared, parameters)
                found[number] = _followed(region, area, shared, parameters) if moves else _left(region, area)
                leaves_to += [region.id] * moves
        marked.append(area.model_copy(update={"leaves_to": tuple(leaves_to)}) if leaves_to else area)
    return (*found, *marked)


def _shared(region: RegionPlan, area: RegionPlan) -> list[int]:
    """Frames in which both are, in order."""
    return sorted(index for index in region.quads if area.edit is not None and index in area.edit)


def _is_meant(
    region: RegionPlan, area: RegionPlan, shared: Sequence[int], parameters: MovingLetteringParameters
) -> bool:
    """Whether a region is lettering of the area: a rule may say what comes of it, and most of it lies inside."""
    if region.protected or region.kind == "watched" or region.decided_by == "person" or area.mask is not None:
        return False
    boxes = [(region.quads[index].box(), area.quads[index].box()) for index in shared]
    shares = [own.overlap(other) / own.area for own, other in boxes]
    return max(shares[0], float(np.median(shares))) >= parameters.inside


def _moves(region: RegionPlan, shared: Sequence[int], parameters: MovingLetteringParameters) -> bool:
    quads: list[Quad] = [region.quads[index] for index in shared]
    corners = np.stack([quad.array() for quad in quads])
    height = float(np.median([quad.size[1] for quad in quads]))
    away = float(np.abs(corners - np.median(corners, axis=0)).max())
    return away >= max(parameters.moves * height, parameters.moves_px)


def _followed(
    region: RegionPlan, area: RegionPlan, shared: Sequence[int], parameters: MovingLetteringParameters
) -> RegionPlan:
    box = area.quads[shared[0]].box()
    boxes = {index: region.quads[index].box() for index in shared}
    beyond = [index for index, own in boxes.items() if own.overlap(box) < (1 - parameters.beyond) * own.area]
    stays = f"; what lies outside of that in frames {beyond[0]} to {beyond[-1]} stays" if beyond else ""
    what = f"it moves inside {area.id}, which a person marked: taken out along its track{stays}"
    return region.model_copy(
        update={
            "decision": "erase",
            "edit": Span(shared[0], shared[-1] + 1),
            "cover": None,
            "typeset": None,
            "within": (box.x, box.y, box.w, box.h),
            "decided_by": "person",
            "reason": f"{region.reason}; {what}",
        }
    )


def _left(region: RegionPlan, area: RegionPlan) -> RegionPlan:
    """The region, about which the area alone decides."""
    if region.decision == "keep":
        return region
    reason = f"{region.reason}; it lies in {area.id}, which a person marked, and is left to that"
    return region.model_copy(update={"decision": "keep", "edit": None, "reason": reason})
