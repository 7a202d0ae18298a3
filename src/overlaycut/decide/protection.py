"""Protected marks stay: a plan by which a person would take one out is refused before any work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box, Span
from overlaycut.core.plan import ClipRecord, EditPlan, RegionPlan
from overlaycut.errors import UsageError

LEAST_COVERED = 0.5
"""Share of a mark from which a region that covers it would take it out; below it the region only touches the mark."""


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
