"""Subtitles, and all lettering, taken out by their kind."""

from __future__ import annotations

from overlaycut.core.geometry import Box, Span
from overlaycut.decide import with_lettering_out, with_subtitles_out
from plans import plan, region

FIRST, SECOND, SIGN, MARK = Box(20, 100, 60, 12), Box(10, 101, 80, 12), Box(30, 20, 40, 10), Box(0, 0, 20, 8)


def found() -> list[object]:
    return [
        region("r1", FIRST, Span(0, 10), kind="subtitle", decision="keep", edit=None, read="one"),
        region("r2", SECOND, Span(10, 20), kind="subtitle", decision="keep", edit=None, read="two"),
        region("r3", SIGN, Span(0, 20), decision="keep", edit=None),
        region("r4", MARK, Span(0, 20), kind="mark", protected=True, decision="keep", edit=None),
    ]


def test_subtitles_at_one_place_become_one_area_over_all_of_their_time() -> None:
    regions = with_subtitles_out(plan(*found()), "auto").regions
    assert [one.id for one in regions] == ["r3", "r4", "subtitles-1"]
    area = regions[-1]
    assert area.decision == "erase" and area.decided_by == "person" and area.kind == "subtitle"
    assert area.span.start == 0 and area.span.end >= 20
    box = area.quads[5].box()
    assert all(box.overlap(one) == one.area for one in (FIRST, SECOND))
    assert area.read == "one / two"


def test_everything_else_stays_as_it_was_decided() -> None:
    before = plan(*found())
    after = with_subtitles_out(before, "auto")
    assert after.regions[:2] == before.regions[2:]


def test_subtitles_are_covered_when_that_was_asked_for() -> None:
    assert with_subtitles_out(plan(*found()), "cover").regions[-1].decision == "cover"


def test_a_plan_without_subtitles_stays_the_same() -> None:
    sign = plan(region("r1", SIGN, decision="keep", edit=None))
    assert with_subtitles_out(sign, "auto").regions == sign.regions


def test_all_lettering_but_protected_marks_is_taken_out() -> None:
    regions = {one.id: one for one in with_lettering_out(plan(*found()), "auto").regions}
    assert regions["r3"].decision == "erase" and regions["r3"].changes
    assert regions["subtitles-1"].decision == "erase"
    assert regions["r4"].decision == "keep" and not regions["r4"].changes


def test_it_is_said_when_no_subtitle_was_found_and_what_may_be_one() -> None:
    line = region("r5", Box(25, 150, 50, 10), Span(0, 50), decision="keep", edit=None, read="and weak pulse.")
    high = region("r6", Box(25, 20, 50, 10), Span(0, 50), decision="keep", edit=None, read="OPEN")
    aside = region("r7", Box(0, 150, 30, 10), Span(0, 50), decision="keep", edit=None, read="SALE")
    notes = with_subtitles_out(plan(line, high, aside), "auto").notes
    assert notes == (
        "no burned-in subtitles were found, so none were taken out",
        "r5 ('and weak pulse.') stands where subtitles do: --area 21,146,58,18 takes it out",
    )
    assert with_subtitles_out(plan(*found()), "auto").notes == ()
    assert with_lettering_out(plan(line), "auto").notes == ()
