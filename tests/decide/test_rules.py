"""The rules: precision first, a reason for everything, a lead before the onset."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.core.findings import Lettering, LetteringReport, Registration
from overlaycut.core.geometry import UNIT_SQUARE, Box, Span, scaling
from overlaycut.core.plan import RegionPlan
from overlaycut.decide import Rules, decide
from plans import record


def lettering(**changes: Any) -> Lettering:
    span = changes.pop("span", Span(0, 50))
    fields: dict[str, Any] = {
        "id": "r1", "kind": "scene", "state": "warped", "confidence": 0.9, "protected": False, "expected": "ICE",
        "expected_from": "still", "read": "1CF", "legibility": 0.3, "legibility_at": {}, "onset": 20, "span": span,
        "quads": dict.fromkeys(span, Box(10, 20, 40, 10).quad()), "visibility": dict.fromkeys(span, 1.0),
        "reference_quad": UNIT_SQUARE, "reference_is_clean": True, "reason": "it melts",
    }  # fmt: skip
    return Lettering(**{**fields, **changes})


def decided(rules: Rules | None = None, **changes: Any) -> RegionPlan:
    report = LetteringReport(regions=(lettering(**changes),), registration=None)
    return decide(report, record(), rules=rules).regions[0]


@pytest.mark.parametrize(
    ("changes", "mode", "decision"),
    [
        ({}, "auto", "restore"),
        ({"state": "stable"}, "auto", "keep"),
        ({"state": "invented"}, "auto", "erase"),
        ({"state": "lost"}, "auto", "restore"),
        ({"state": "lost", "reference_is_clean": False}, "auto", "reject"),
        ({"reference_is_clean": False}, "auto", "erase"),
        ({"followed": False}, "auto", "reject"),
        ({"followed": False}, "erase", "reject"),
        ({"followed": False, "confidence": 0.4}, "auto", "keep"),
        ({"reference_quad": None}, "auto", "erase"),
        ({"confidence": 0.49}, "auto", "keep"),
        ({"confidence": 0.5}, "auto", "restore"),
        ({"protected": True}, "auto", "keep"),
        ({"quads": {0: Box(0, 0, 100, 101).quad()}}, "auto", "reject"),
        ({"quads": {0: Box(0, 0, 100, 100).quad()}}, "auto", "restore"),
        ({}, "erase", "erase"),
        ({}, "cover", "cover"),
        ({}, "restore", "restore"),
        ({"reference_is_clean": False}, "restore", "reject"),
        ({"state": "invented"}, "restore", "reject"),
        ({"state": "stable"}, "erase", "keep"),
        ({"confidence": 0.1}, "erase", "keep"),
    ],
)
def test_decisions(changes: dict[str, Any], mode: str, decision: str) -> None:
    region = decided(Rules(mode=mode), **changes)  # type: ignore[arg-type]
    assert region.decision == decision
    assert region.decided_by == "rule"
    assert region.reason.startswith("it melts; ")
    assert (region.edit is not None) is (decision in ("restore", "erase", "cover"))


@given(
    st.sampled_from(["stable", "warped", "invented", "lost"]), st.floats(0, 1),
    st.sampled_from(["auto", "restore", "erase", "cover"]), st.booleans(),
)  # fmt: skip
def test_what_is_protected_is_kept_whatever_is_asked(state: str, confidence: float, mode: str, clean: bool) -> None:
    rules = Rules(mode=mode, sure=0)  # type: ignore[arg-type]
    region = decided(rules, protected=True, state=state, confidence=confidence, reference_is_clean=clean)
    assert (region.decision, region.edit, region.changes) == ("keep", None, False)


@pytest.mark.parametrize(
    ("onset", "span", "edit"),
    [
        (20, Span(0, 50), Span(18, 50)),  # a quarter of a second of 10 fps is two frames, rounded to even
        (1, Span(0, 50), Span(0, 50)),
        (31, Span(30, 40), Span(30, 40)),
        (None, Span(5, 9), Span(5, 9)),
        (49, Span(0, 50), Span(47, 50)),
        (60, Span(0, 50), Span(49, 50)),
    ],
)
def test_a_repair_begins_a_little_before_the_onset(onset: int | None, span: Span, edit: Span) -> None:
    assert decided(onset=onset, span=span).edit == edit


@given(st.integers(0, 80), st.integers(0, 40), st.integers(1, 40), st.floats(0, 10))
def test_a_repair_stays_within_the_life_of_its_region(onset: int, start: int, length: int, lead: float) -> None:
    span = Span(start, start + length)
    edit = decided(Rules(lead_seconds=lead), onset=onset, span=span).edit
    assert edit is not None
    assert span.start <= edit.start < edit.end == span.end


def test_what_was_found_is_carried_into_the_plan() -> None:
    registration = Registration(scaling(2, 2), 12, 0.5, "scaled")
    region = lettering(visibility={0: 1.0, 1: 0.123456}, confidence=0.87654, legibility=0.33333)
    report = LetteringReport(regions=(region,), registration=registration, notes=("a note",))
    plan = decide(report, record(), still="still.png")
    assert plan.still == "still.png"
    assert plan.notes == ("a note",)
    assert plan.registration is not None
    assert plan.registration.matrix == [[2, 0, 0], [0, 2, 0], [0, 0, 1]]
    (planned,) = plan.regions
    assert (planned.confidence, planned.legibility, planned.visibility) == (0.877, 0.333, {1: 0.123})
    assert (planned.expected, planned.read, planned.onset_frame) == ("ICE", "1CF", 20)
    assert planned.quads == region.quads


def test_nothing_found_is_a_plan_without_regions() -> None:
    plan = decide(LetteringReport(regions=(), registration=None), record())
    assert (plan.regions, plan.registration) == ((), None)
