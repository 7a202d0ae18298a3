"""The next method where a repair is forecast to fail, or failed.

Methods are in the order that a viewer would prefer: the still's own lettering, the same words typeset anew, nothing
there at all, a designed cover, another clip. A person's decision is kept, whatever comes of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from overlaycut.core.plan import EditPlan, RegionPlan, Typeset


def with_fallbacks(plan: EditPlan, failed: Mapping[str, str]) -> EditPlan:
    """The plan with the next method for every region that `failed`, id → why; others are as they were."""
    regions = tuple(
        _next(region, failed[region.id]) if region.id in failed and region.decided_by == "rule" else region
        for region in plan.regions
    )
    return plan.model_copy(update={"regions": regions})


def with_kept(plan: EditPlan, better: Mapping[str, str]) -> EditPlan:
    """The plan with every region left as it is that is `better` so, id → why: no repair makes a clip worse."""
    regions = tuple(
        _replaced(region, "it is left as it is", better[region.id], decision="keep", edit=None, typeset=None)
        if region.id in better and region.changes and region.decided_by == "rule"
        else region
        for region in plan.regions
    )
    return plan.model_copy(update={"regions": regions})


def with_rejected(plan: EditPlan, unplaced: Mapping[str, str]) -> EditPlan:
    """The plan with every region given up whose lettering would be put in an `unplaced` place, id → why.

    Its words set anew would lie as far off.
    """
    regions = tuple(
        _replaced(region, "it is not restored: regenerate the clip", unplaced[region.id], decision="reject", edit=None)
        if region.id in unplaced and region.decision == "restore" and region.decided_by == "rule"
        else region
        for region in plan.regions
    )
    return plan.model_copy(update={"regions": regions})


def _next(region: RegionPlan, why: str) -> RegionPlan:
    if region.decision == "restore" and region.typeset is None and region.expected:
        words = Typeset(text=region.expected)
        return _replaced(region, "its words are set anew", why, typeset=words)
    if region.decision == "restore":
        return _replaced(region, "it is taken out", why, decision="erase", typeset=None)
    if region.decision == "erase":
        return _replaced(region, "it is covered", why, decision="cover")
    if region.decision == "cover":
        return _replaced(region, "regenerate the clip", why, decision="reject", edit=None)
    return region


def _replaced(region: RegionPlan, what: str, why: str, **changes: object) -> RegionPlan:
    return region.model_copy(update={**changes, "reason": f"{region.reason}; {why}, so {what}"})
