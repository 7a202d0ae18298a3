"""Areas that a person marks."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.core.geometry import Box, Span
from overlaycut.decide import Area, area_regions
from overlaycut.errors import ExitCode, UsageError
from plans import record


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("1,2,3,4", Area(1, 2, 3, 4)),
        (" 1, 2, 3, 4 ", Area(1, 2, 3, 4)),
        ("0,0,9,9@1.5-3", Area(0, 0, 9, 9, Fraction(3, 2), Fraction(3))),
        ("0,0,9,9@0:01-1:02.5", Area(0, 0, 9, 9, Fraction(1), Fraction(125, 2))),
    ],
)
def test_texts(text: str, area: Area) -> None:
    assert Area.parse(text) == area


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "1,2,3,4,5", "-1,2,3,4", "1,2,0,4", "1,2,3,4@", "1,2,3,4@1", "1,2,3,4@2-1", "1,2,3,4@1-1",
             "1,2,3,4@1.2.3-4", "1.5,2,3,4", "a,b,c,d", "1,2,3,4@:-:", "9" * 5000 + ",2,3,4"],
)  # fmt: skip
def test_what_is_no_area(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Area.parse(text)
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.hint


@given(st.text(alphabet="0123456789,.@-: x", max_size=24))
def test_arbitrary_texts_are_parsed_or_refused(text: str) -> None:
    try:
        area = Area.parse(text)
    except UsageError:
        return
    assert area.box.area > 0
    assert (area.start is None) == (area.end is None)


@pytest.mark.parametrize(
    ("mode", "decision"), [("auto", "erase"), ("erase", "erase"), ("restore", "erase"), ("cover", "cover")]
)
def test_an_area_is_a_region_that_a_person_decided(mode: str, decision: str) -> None:
    (region,) = area_regions([Area.parse("5,6,10,20@1-2")], record(), mode)  # type: ignore[arg-type]
    assert (region.id, region.decided_by, region.decision) == ("area-1", "person", decision)
    assert region.span == region.edit == Span(10, 20)
    assert region.changes
    assert set(region.quads) == set(range(10, 20))
    assert {quad.box() for quad in region.quads.values()} == {Box(5, 6, 10, 20)}


@pytest.mark.parametrize(
    ("times", "span"),
    [
        ("", Span(0, 50)),
        ("@0-5", Span(0, 50)),
        ("@4-99", Span(40, 50)),
        ("@0.04-0.06", Span(0, 1)),
        ("@2.01-2.02", Span(20, 21)),
        ("@4.94-9", Span(49, 50)),
    ],
)
def test_times_become_frames(times: str, span: Span) -> None:
    (region,) = area_regions([Area.parse(f"0,0,9,9{times}")], record(), "auto")
    assert region.span == span


def test_an_area_is_cut_to_the_picture() -> None:
    (region,) = area_regions([Area(90, 190, 50, 50)], record(), "auto")
    assert region.quads[0].box() == Box(90, 190, 10, 10)


@pytest.mark.parametrize("text", ["100,0,5,5", "0,200,5,5", "0,0,5,5@5-6", "0,0,5,5@99-100"])
def test_an_area_outside_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="area 2"):
        area_regions([Area(0, 0, 5, 5), Area.parse(text)], record(), "auto")


def test_areas_are_numbered() -> None:
    areas = [Area(n, n, 5, 5) for n in range(3)]
    assert [one.id for one in area_regions(areas, record(), "auto")] == ["area-1", "area-2", "area-3"]
