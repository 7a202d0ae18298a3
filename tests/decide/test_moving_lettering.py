"""Lettering inside an area that a person marked: what moves is followed, and rules say nothing of the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from overlaycut.core.geometry import Box, Quad, Span
from overlaycut.core.plan import RegionPlan
from overlaycut.decide import Area, area_regions, with_moving_lettering
from plans import record, region

FRAMES = Span(0, 20)
PRINT = Box(30, 60, 40, 12)


def moving(name: str = "r1", *, speed: float = 1.0, **changes: Any) -> RegionPlan:
    corners = PRINT.quad().array()
    quads = {index: Quad.of(corners + np.array([speed * (index - 10), 0])) for index in FRAMES}
    return region(name, PRINT, FRAMES, **{"quads": quads, "decision": "keep", "edit": None, **changes})


def marked(x: int = 20, y: int = 50, w: int = 60, h: int = 32, mode: str = "auto") -> tuple[RegionPlan, ...]:
    return area_regions([Area(x, y, w, h)], record(frames=20, duration=2.0), mode)  # type: ignore[arg-type]


def test_a_print_that_moves_is_erased_by_itself_inside_the_area() -> None:
    lettering, area = with_moving_lettering([moving()], marked())
    assert (lettering.decision, lettering.decided_by, lettering.edit) == ("erase", "person", FRAMES)
    assert lettering.within == (20, 50, 60, 32) and area.leaves_to == ("r1",)
    assert area.decision == "erase" and "area-1" in lettering.reason
    fast = with_moving_lettering([moving(speed=3.0)], marked())[0]
    assert "stays" not in lettering.reason and "in frames 0 to 19 stays" in fast.reason


@pytest.mark.parametrize(
    ("lettering", "areas"),
    [
        (moving(speed=0.1), marked()),
        (moving(kind="subtitle"), marked()),
        (moving(), marked(x=0, w=30)),
        (moving(), marked(mode="cover")),
        (moving(protected=True, kind="mark"), marked()),
        (moving(decided_by="person"), marked()),
        (moving(kind="watched"), marked()),
    ],
)
def test_what_stands_still_lies_outside_or_is_none_of_the_rules_is_not_followed(
    lettering: RegionPlan, areas: tuple[RegionPlan, ...]
) -> None:
    assert with_moving_lettering([lettering], areas) == (lettering, *areas)


@pytest.mark.parametrize("decision", ["restore", "cover", "reject"])
def test_no_rule_repairs_or_rejects_what_a_person_takes_out(decision: str) -> None:
    broken = moving(speed=0, decision=decision, edit=None if decision == "reject" else FRAMES)
    found, area = with_moving_lettering([broken], marked())
    assert (found.decision, found.edit) == ("keep", None) and "left to that" in found.reason
    assert area == marked()[0]
    aside = with_moving_lettering([broken], marked(x=0, w=40))[0]
    assert aside == broken


def test_a_mask_takes_nothing_but_what_is_white_in_it() -> None:
    mask = marked()[0].model_copy(update={"mask": "mask.png"})
    assert with_moving_lettering([moving()], [mask]) == (moving(), mask)
