from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.generation.next_step import JudgedCandidate, advice, compared, is_usable


def judged(name: str = "a.mp4", **changes: object) -> JudgedCandidate:
    given: dict[str, object] = {
        "path": Path(name),
        "model": "fal/one",
        "prompt": "it turns",
        "score": 80.0,
        "parts": {"identity": None, "fidelity": 0.9, "motion": 0.8, "defects": 1.0},
        "reasons": ("best motion",),
        "lettering": 2,
        "seconds": 5.0,
        "cost_usd": Decimal("0.50"),
    }
    return JudgedCandidate(**{**given, **changes})  # type: ignore[arg-type]


def test_a_good_candidate_is_kept() -> None:
    found = advice([judged()])
    assert (found.step, found.reason, found.changes) == (
        "keep",
        "all lettering came through, score 80.0",
        (),
    )


def test_melted_lettering_that_can_be_saved_is_repaired() -> None:
    found = advice([judged(changed=1)])
    assert (found.step, found.reason) == ("repair", "1 of 2 regions of lettering can be repaired")


def test_a_usable_candidate_comes_before_a_better_one_that_is_not() -> None:
    found = advice([judged("a.mp4", rejected=("'BREW' melts",)), judged("b.mp4", score=60.0)])
    assert found.step == "keep"
    assert found.best is not None
    assert found.best.path == Path("b.mp4")


@pytest.mark.parametrize(
    ("changes", "reason", "change"),
    [
        ({"faults": ("a hard cut at frame 9",)}, "a hard cut", "single continuous shot"),
        ({"faults": ("frozen: nothing moves",)}, "frozen", "name what moves"),
        ({"faults": ("black for 50% of its time",)}, "black", "another seed"),
        ({"rejected": ("'COLD BREW' cannot be saved",)}, "COLD BREW", "face the lens"),
        ({"parts": {"identity": 0.2}}, "somebody else", "references"),
        ({"parts": {"motion": 0.05}}, "hardly anything moves", "name what moves"),
        ({"parts": {"fidelity": 0.1}}, "does not begin with its still", "fit"),
        ({"parts": {"defects": 0.1}}, "flashes", "slower pace"),
    ],
)
def test_what_cannot_be_used_says_what_to_change(changes: dict[str, object], reason: str, change: str) -> None:
    bad = judged(**changes)
    assert not is_usable(bad)
    found = advice([bad])
    assert found.step == "retry"
    assert reason in found.reason
    assert any(change in one for one in found.changes)


def test_a_model_that_fails_three_times_is_switched() -> None:
    bad = [judged(f"{n}.mp4", faults=("a hard cut at frame 9",)) for n in range(3)]
    assert advice(bad[:2]).step == "retry"
    assert advice(bad).step == "switch"
    assert "none of 3 candidates of fal/one" in advice(bad).reason
    mixed = [*bad[:2], judged("x.mp4", model="fal/two", faults=("black",))]
    assert advice(mixed).step == "retry"


def test_nothing_fetched_is_tried_again() -> None:
    assert advice([]).step == "retry"


def test_models_are_compared_by_labels_then_usable_then_score_then_price() -> None:
    rows = compared(
        [
            judged("a.mp4", model="m/dear", cost_usd=Decimal(2)),
            judged("b.mp4", model="m/cheap", cost_usd=Decimal(1)),
            judged("c.mp4", model="m/melts", changed=1, score=95.0),
            judged("d.mp4", model="m/melts", rejected=("gone",), score=95.0),
        ]
    )
    assert [row.model for row in rows] == ["m/cheap", "m/dear", "m/melts"]
    assert (rows[2].candidates, rows[2].kept_label, rows[2].usable) == (2, 0, 1)
    assert rows[2].usd_per_usable == Decimal("1.00")


def test_an_unknown_price_stays_unknown() -> None:
    (row,) = compared([judged(cost_usd=None), judged("b.mp4")])
    assert row.cost_usd is None
    assert row.usd_per_usable is None


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.floats(0, 100), st.integers(0, 2)), min_size=1, max_size=8))
def test_every_candidate_is_counted_once(drawn: list[tuple[str, float, int]]) -> None:
    found = [judged(f"{n}.mp4", model=m, score=s, changed=c) for n, (m, s, c) in enumerate(drawn)]
    rows = compared(found)
    assert sum(row.candidates for row in rows) == len(found)
    assert sum(row.cost_usd or 0 for row in rows) == Decimal("0.50") * len(found)
    assert {row.model for row in rows} == {m for m, _, _ in drawn}
