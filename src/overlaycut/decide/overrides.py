"""A person's decisions, kept through every new run of the rules."""

from __future__ import annotations

from itertools import count

from overlaycut.core.plan import EditPlan, RegionPlan

_SAME_PLACE = 0.5
"""Overlap of two regions' boxes over the smaller one, 0..1, from which they are the same lettering; checked by
tests/decide/test_overrides.py."""


def with_overrides(fresh: EditPlan, earlier: EditPlan | None) -> EditPlan:
    """The fresh plan with every region that a person decided in the earlier one.

    Such a region replaces a fresh one at its place, whatever its id; a fresh one elsewhere with its id gets another.
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
