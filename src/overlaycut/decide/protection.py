"""Protected marks stay: a plan by which a person would take one out is refused before any work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box, Span
from overlaycut.core.plan import ClipRecord, EditPlan, RegionPlan
from overlaycut.errors import UsageError

LEAST_COVERED = 0.5
"""Share of a mark from which a region that covers it would take it out; below it the region only touches the mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeMarkParameters:
    """Which lettering is a line, or a word, of a mark beside it: a name over a date, a maker's name beside "AI"."""

    shared: float = 0.8
    """Share of its frames in which the mark is there too, at least."""
    gap: float = 0.5
    """Room between two lines, over the lower one's height, at most."""
    aligned: float = 0.6
    """Distance of left edges, of right edges, or of centres, over that height, at most."""
    like_height: float = 0.5
    """Ratio of both heights, at least."""
    drift: float = 0.5
    """Movement of its centre, over its height, that is none."""


@dataclass(frozen=True, slots=True)
class ProtectedArea:
    """A part of the picture that no repair may write to."""

    label: str
    """The mark, as it reads."""
    box: Box
    """Around the mark over the whole clip, in clip pixels."""


def protected_areas(plan: EditPlan) -> Iterator[ProtectedArea]:
    """The marks that a plan knows of, each in the box around all its places."""
    for region in plan.regions:
        if region.protected and region.quads:
            box = Box.around(quad.box() for quad in region.quads.values())
            inside = box.clipped(plan.clip.width, plan.clip.height)
            if inside is not None:
                yield ProtectedArea(_label(region), inside)


def with_whole_marks(plan: EditPlan, parameters: WholeMarkParameters = WholeMarkParameters()) -> EditPlan:
    """The plan with all lines of its protected marks protected: a date under a provider's name is a part of it."""
    regions = list(plan.regions)
    while True:
        marks = [region for region in regions if region.protected and region.kind == "mark"]
        found = [
            (number, mark)
            for number, region in enumerate(regions)
            if not region.protected and region.kind == "scene" and region.read
            for mark in marks
            if _is_part(region, mark, parameters)
        ]
        if not found:
            return plan.model_copy(update={"regions": tuple(regions)})
        for number, mark in found:
            reason = f"kept: it stands with the protected mark {_label(mark)!r} and is a part of it"
            update = {"kind": "mark", "protected": True, "decision": "keep", "edit": None, "reason": reason}
            regions[number] = regions[number].model_copy(update=update)


def _is_part(region: RegionPlan, mark: RegionPlan, parameters: WholeMarkParameters) -> bool:
    """Whether a region stands still on the line under or over a mark, set like it."""
    shared = [index for index in region.quads if index in mark.quads]
    if not shared or len(shared) < parameters.shared * len(region.quads):
        return False
    centres = np.array([region.quads[index].centre for index in shared])
    own, other = (_median_box([one.quads[index].box() for index in shared]) for one in (region, mark))
    low, high = sorted((own.h, other.h))
    gap = max(own.y - other.bottom, other.y - own.bottom)
    ends = ((own.x, other.x), (own.right, other.right), (own.x + own.w / 2, other.x + other.w / 2))
    return (
        low >= parameters.like_height * high
        and gap <= parameters.gap * low
        and min(abs(a - b) for a, b in ends) <= parameters.aligned * low
        and float(np.ptp(centres, axis=0).max()) <= parameters.drift * own.h
    )


def _median_box(boxes: Sequence[Box]) -> Box:
    x, y, w, h = (round(float(np.median([getattr(box, name) for box in boxes]))) for name in ("x", "y", "w", "h"))
    return Box(x, y, w, h)


def mark_region(name: str, text: str, box: Box, clip: ClipRecord) -> RegionPlan:
    """A region for a mark that was read at `box`, kept for the whole clip."""
    whole = Span(0, clip.frames)
    return RegionPlan(
        id=name,
        kind="mark",
        state="stable",
        protected=True,
        expected=None,
        read=text,
        legibility=1.0,
        span=whole,
        quads=dict.fromkeys(whole, box.quad()),
        decision="keep",
        reason="kept: provider marks and AI labels are protected",
    )


def refuse_taking_out(
    plan: EditPlan, areas: Iterable[ProtectedArea], *, masks: Mapping[str, Mask] | None = None
) -> None:
    """Raises UsageError when a person's region covers half of a protected mark or more, or changes one itself.

    masks: region id → what a person drew for it, (height, width); such a region covers what is set there.
    """
    areas, masks = tuple(areas), masks or {}
    for region in plan.regions:
        if not region.changes:
            continue
        if region.protected:
            raise _refusal(region, _label(region), _place(region))
        for area in areas if region.decided_by == "person" else ():
            if _covered(region, area.box, masks.get(region.id)) >= LEAST_COVERED:
                raise _refusal(region, area.label, area.box)


def touched(plan: EditPlan, areas: Iterable[ProtectedArea]) -> tuple[ProtectedArea, ...]:
    """The protected marks that some region which changes reaches, so that they have to be left out of it."""
    changing = [region for region in plan.regions if region.changes]
    return tuple(area for area in areas if any(_covered(region, area.box, None) > 0 for region in changing))


def _covered(region: RegionPlan, mark: Box, mask: Mask | None) -> float:
    """The largest share of `mark` that the region covers in any frame that is changed."""
    if mask is not None:
        return float(mask[mark.slices].mean())
    assert region.edit is not None  # `changes` says so
    boxes = {quad.box() for index, quad in region.quads.items() if index in region.edit}
    return max((box.overlap(mark) / mark.area for box in boxes), default=0.0)


def _place(region: RegionPlan) -> Box | None:
    return Box.around(quad.box() for quad in region.quads.values()) if region.quads else None


def _label(region: RegionPlan) -> str:
    return region.read or region.expected or region.id


def _refusal(region: RegionPlan, label: str, box: Box | None = None) -> UsageError:
    where = "" if box is None else f" at {box.x},{box.y},{box.w},{box.h}"
    return UsageError(
        f"{region.id} would take out the protected mark {label!r}{where}",
        hint="provider marks and AI labels stay: leave that part out",
    )
