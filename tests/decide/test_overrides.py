"""What a person decided stands, and nothing of the fresh plan is lost for it."""

from __future__ import annotations

from overlaycut.core.geometry import Box, Span
from overlaycut.decide import with_overrides
from plans import plan, region

HERE, NEAR, THERE = Box(10, 20, 40, 10), Box(14, 21, 40, 10), Box(10, 150, 40, 10)


def test_without_an_earlier_plan_nothing_changes() -> None:
    fresh = plan(region())
    assert with_overrides(fresh, None) is fresh


def test_a_rule_never_overwrites_a_person() -> None:
    mine = region("r1", HERE, decision="keep", edit=None, decided_by="person", reason="I like it")
    fresh = plan(region("r1", NEAR, decision="erase"))
    assert with_overrides(fresh, plan(mine)).regions == (mine,)


def test_a_rule_overwrites_a_rule() -> None:
    fresh = plan(region("r1", HERE, decision="restore"))
    assert with_overrides(fresh, plan(region("r1", HERE, decision="erase"))).regions == fresh.regions


def test_the_place_counts_and_not_the_name() -> None:
    mine = region("mine", HERE, decided_by="person")
    fresh = plan(region("r1", NEAR), region("r2", THERE))
    assert [one.id for one in with_overrides(fresh, plan(mine)).regions] == ["mine", "r2"]


def test_another_region_of_the_same_name_is_not_lost() -> None:
    mine = region("r1", HERE, decided_by="person")
    fresh = plan(region("r1", THERE), region("r1-2", Box(60, 60, 9, 9)))
    merged = with_overrides(fresh, plan(mine)).regions
    assert len({one.id for one in merged}) == len(merged) == 3
    assert mine in merged
    assert {one.quads[0] for one in merged} == {one.quads[0] for one in (mine, *fresh.regions)}


def test_the_same_place_at_another_time_is_another_region() -> None:
    mine = region("r1", HERE, Span(0, 10), decided_by="person")
    fresh = plan(region("r2", HERE, Span(10, 20)))
    assert [one.id for one in with_overrides(fresh, plan(mine)).regions] == ["r1", "r2"]


def test_a_region_that_was_not_found_again_stays_when_a_person_decided_it() -> None:
    mine, theirs = region("r1", HERE, decided_by="person"), region("r2", THERE)
    assert with_overrides(plan(), plan(mine, theirs)).regions == (mine,)


def test_running_again_changes_nothing() -> None:
    mine = region("r1", HERE, decided_by="person")
    once = with_overrides(plan(region("r1", THERE)), plan(mine))
    again = with_overrides(plan(region("r1", THERE)), once)
    assert again == once
