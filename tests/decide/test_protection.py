"""What a person may ask for, and what stays whatever they ask for."""

from __future__ import annotations

import numpy as np
import pytest

import plans
from overlaycut.core.geometry import Box, Span
from overlaycut.decide.protection import ProtectedArea, protected_areas, refuse_taking_out, touched, with_whole_marks
from overlaycut.errors import ExitCode, UsageError

MARK = Box(60, 180, 30, 10)
BADGE = plans.region("r7", box=MARK, protected=True, read="AI-generated", decision="keep", edit=None)


def area(box: Box, **changes: object) -> plans.RegionPlan:
    return plans.region("area-1", box=box, **{"decided_by": "person", **changes})


def test_the_marks_of_a_plan_are_its_protected_regions() -> None:
    assert list(protected_areas(plans.plan(BADGE, plans.region()))) == [ProtectedArea("AI-generated", MARK)]


def test_an_area_over_a_mark_is_refused_with_its_name_and_place() -> None:
    plan = plans.plan(BADGE, area(Box(50, 170, 50, 30)))
    with pytest.raises(UsageError, match=r"area-1 .*'AI-generated' at 60,180,30,10") as refused:
        refuse_taking_out(plan, protected_areas(plan))
    assert refused.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize(("columns", "refused"), [(14, False), (15, True), (30, True), (1, False)])
def test_half_of_a_mark_is_the_limit(columns: int, refused: bool) -> None:
    plan = plans.plan(BADGE, area(Box(60 - 20, 180, 20 + columns, 10)))
    if refused:
        with pytest.raises(UsageError):
            refuse_taking_out(plan, protected_areas(plan))
    else:
        refuse_taking_out(plan, protected_areas(plan))
        assert [one.label for one in touched(plan, protected_areas(plan))] == ["AI-generated"]


def test_an_area_elsewhere_is_nobodys_business() -> None:
    plan = plans.plan(BADGE, area(Box(5, 20, 40, 20)))
    refuse_taking_out(plan, protected_areas(plan))
    assert touched(plan, protected_areas(plan)) == ()


def test_a_protected_region_that_a_plan_would_erase_is_refused() -> None:
    plan = plans.plan(BADGE.model_copy(update={"decision": "erase", "edit": Span(0, 50), "decided_by": "person"}))
    with pytest.raises(UsageError, match="r7 would take out the protected mark"):
        refuse_taking_out(plan, ())


def test_a_drawn_mask_covers_what_is_white_not_its_box() -> None:
    plan = plans.plan(area(Box(0, 100, 100, 100), mask="m.png"))
    around = np.ones((200, 100), np.bool_)
    around[MARK.slices] = False
    refuse_taking_out(plan, [ProtectedArea("Kling", MARK)], masks={"area-1": around})
    with pytest.raises(UsageError):
        refuse_taking_out(plan, [ProtectedArea("Kling", MARK)], masks={"area-1": ~around})


def test_a_rule_s_own_repair_beside_a_mark_is_left_to_go_round_it() -> None:
    plan = plans.plan(BADGE, plans.region("r1", box=Box(50, 170, 50, 30)))
    refuse_taking_out(plan, protected_areas(plan))
    assert len(touched(plan, protected_areas(plan))) == 1


def line(box: Box, **changes: object) -> plans.RegionPlan:
    return plans.region("r2", box=box, **{"read": "@2023-11-18", "decision": "erase", **changes})


WHOLE = plans.region("r1", box=MARK, kind="mark", protected=True, read="PixelDance", decision="keep", edit=None)


@pytest.mark.parametrize("box", [Box(60, 191, 26, 9), Box(64, 168, 26, 10), Box(40, 193, 50, 8)])
def test_a_second_line_of_a_mark_is_protected_with_it(box: Box) -> None:
    kept = with_whole_marks(plans.plan(WHOLE, line(box))).regions[1]
    assert (kept.protected, kept.kind, kept.decision, kept.edit) == (True, "mark", "keep", None)
    assert "'PixelDance'" in kept.reason


def test_a_third_line_is_protected_with_the_second() -> None:
    lines = line(Box(60, 168, 26, 10)), line(Box(60, 157, 26, 10), id="r3")
    assert all(one.protected for one in with_whole_marks(plans.plan(WHOLE, *lines)).regions)


def test_other_lettering_beside_a_mark_is_none_of_it() -> None:
    beside = Box(60, 191, 26, 9)
    moving = {index: Box(60 + index % 9, 191, 26, 9).quad() for index in plans.SPAN}
    for other in (
        line(Box(60, 150, 26, 9)),
        line(Box(10, 191, 26, 9)),
        line(Box(60, 192, 26, 3)),
        line(beside, kind="subtitle"),
        line(beside, quads=moving),
        line(beside, read=None),
    ):
        plan = plans.plan(WHOLE, other)
        assert with_whole_marks(plan) == plan
