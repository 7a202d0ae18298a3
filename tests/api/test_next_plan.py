"""What is taken back of a clip that was repaired, and what comes next."""

from __future__ import annotations

from pathlib import Path

import pytest

from overlaycut.api.cleaning import CleanReport, next_plan
from overlaycut.core.plan import Decision, Typeset
from overlaycut.decide import Mode
from overlaycut.qc.gates import GateName, GateResult
from plans import plan, region


def report(*failed: GateName, decision: Decision = "restore", **changes: object) -> CleanReport:
    gates = tuple(GateResult(name, "fail", 0.5, 0.6, 3) for name in failed)
    return CleanReport(
        plan=plan(region(decision=decision, expected="COLD BREW", **changes)),
        out=Path("out.mp4"),
        frames_in=50,
        frames_out=50,
        touched_fraction=0.1,
        untouched_identical=True,
        residual_text={},
        read_after={},
        flicker_ratio={},
        gates_detail={"r1": gates},
    )


@pytest.mark.parametrize("failed", ["likeness", "place"])
@pytest.mark.parametrize("mode", ["auto", "restore"])
def test_a_restore_that_does_not_belong_there_is_not_written(failed: GateName, mode: Mode) -> None:
    region = next_plan(report(failed), mode).regions[0]
    assert (region.decision, region.edit, region.typeset) == ("reject", None, None)
    assert failed in region.reason


@pytest.mark.parametrize("mode", ["auto", "restore"])
def test_what_was_better_in_the_clip_is_kept_and_not_set_anew(mode: Mode) -> None:
    region = next_plan(report("likeness", "regression"), mode).regions[0]
    assert (region.decision, region.edit, region.typeset) == ("keep", None, None)


def test_a_soft_restore_is_written_where_it_was_asked_for_and_given_up_where_not() -> None:
    soft = report("sharpness")
    assert next_plan(soft, "restore") == soft.plan
    assert next_plan(soft, "auto").regions[0].decision == "reject"


def test_other_repairs_give_way_to_the_next_method() -> None:
    assert next_plan(report("seam", decision="erase"), "auto").regions[0].decision == "cover"
    words = report("flicker", typeset=Typeset(text="COLD BREW"))
    assert next_plan(words, "auto").regions[0].decision == "erase"
    assert next_plan(words, "restore") == words.plan


def test_a_persons_decision_stays() -> None:
    asked = report("likeness", "place", "regression", decided_by="person")
    assert next_plan(asked, "auto") == asked.plan
