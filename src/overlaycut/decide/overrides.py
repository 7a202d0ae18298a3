"""What a person decided, kept through every new run of the rules."""

from __future__ import annotations

from itertools import count

from overlaycut.core.plan import EditPlan, RegionPlan

_SAME_PLACE = 0.5
"""Overlap of two regions' boxes, over the smaller of them, from which they are the same lettering."""


def with_overrides(fresh: EditPlan, earlier: EditPlan | None) -> EditPlan:
    """The fresh plan, in which every region that a person decided in the earlier one stands as it was.

    A fresh region at the place of such a region gives way to it, whatever its id; one elsewhere that happens to
    have its id gets another.
    """
    if earlier is None:
        return fresh
    persons = [region for region in earlier.regions if region.decided_by == "person"]
    kept = [region for region in fresh.regions if not any(_same(region, other) for other in persons)]
    taken = {region.id for region in [*persons, *kept]}
    for position, region in enumerate(kept):
        if any(region.id == other.id for other in persons):
            free = next(name for n in count(2) if (name := f"{region.id}-{n}") not in taken)
            taken.add(free)
            kept[position] = region.model_copy(update={"id": free})
    merged = sorted([*kept, *persons], key=lambda region: region.id)
    return fresh.model_copy(update={"regions": tuple(merged)})


def _same(one: RegionPlan, other: RegionPlan) -> bool:
    shared = one.span.clipped(other.span)
    if shared is None:
        return False
    frame = (shared.start + shared.end - 1) // 2
    if frame not in one.quads or frame not in other.quads:
        return False
    a, b = one.quads[frame].box(), other.quads[frame].box()
    return a.overlap(b) >= _SAME_PLACE * min(a.area, b.area)
