"""Every verdict says what to do next, and the command that it gives is one that can be typed."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

import overlaycut
import plans
from overlaycut.api.cleaning import CleanReport
from overlaycut.api.tabulating import verdict_of
from overlaycut.cli.app import overlaycut as group
from overlaycut.core.geometry import Span
from overlaycut.core.plan import EditPlan
from overlaycut.deliver import Check, CheckReport


def plan_of(decision: str, **more: Any) -> EditPlan:
    edit = None if decision in ("keep", "reject") else Span(0, 3)
    region = plans.region(decision=decision, edit=edit, expected="COLD BREW", expected_from="user", **more)
    plan = plans.plan().model_copy(update={"regions": (region,), "still": "a still.png"})
    return plan.model_copy(update={"clip": plan.clip.model_copy(update={"path": "takes/my clip.mp4"})})


def parses(command: str) -> bool:
    """Whether the command line takes the words, without running them."""
    name, *words = shlex.split(command)[1:]
    found = group.get_command(click.Context(group), name)
    assert found is not None
    found.make_context(name, words)
    return shlex.split(command)[0] == "overlaycut"


@pytest.mark.parametrize(
    ("decision", "step"),
    [("keep", "keep"), ("restore", "repair"), ("erase", "repair"), ("cover", "repair"), ("reject", "retry")],
)
def test_a_plan_says_what_to_do(decision: str, step: str) -> None:
    plan = plan_of(decision)
    assert plan.to_dict()["next"] == plan.next == step
    assert (plan.command is not None) == (step == "repair")
    if plan.command is not None:
        assert parses(plan.command)
        words = shlex.split(plan.command)
        assert words[2] == "takes/my clip.mp4" and words[-1] == "takes/my clip.clean.mp4"
        assert words[words.index("--still") + 1] == "a still.png" and words[words.index("--text") + 1] == "COLD BREW"
    row = verdict_of("takes/my clip.mp4", plan)
    assert (row.next, row.command) == (step, plan.command)


def test_protected_marks_ask_for_nothing() -> None:
    assert plan_of("keep", protected=True, state="warped").next == "keep"


def test_what_analyze_prints_is_a_plan(tmp_path: Path) -> None:
    plan = plan_of("restore")
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan.to_dict()), encoding="utf-8")
    assert overlaycut.read_plan(path) == plan


def cleaned(plan: EditPlan, *gates: str) -> CleanReport:
    return CleanReport(
        plan=plan, out=Path("o.mp4"), frames_in=3, frames_out=3, touched_fraction=0.1, untouched_identical=True,
        residual_text={}, read_after={}, flicker_ratio={}, gates=gates,
    )  # fmt: skip


def test_a_repair_that_failed_is_tried_in_another_way() -> None:
    assert cleaned(plan_of("restore")).next == "keep"
    failed = cleaned(plan_of("restore"), "r1: still reads")
    assert failed.next == "repair" and failed.command is not None
    assert parses(failed.command) and "--mode cover" in failed.command
    assert cleaned(plan_of("cover"), "r1: flickers").next == "retry"
    assert cleaned(plan_of("reject"), "r1 is rejected").next == "retry"
    assert failed.to_dict()["next"] == "repair"


def test_a_file_that_fails_its_check_is_exported_anew() -> None:
    checks = (Check("bytes", "fail", "9 GB", "at most 1 GB", "a page"),)
    report = CheckReport(Path("my file.mp4"), "tiktok", checks)
    assert report.next == "repair" and report.command is not None and parses(report.command)
    assert CheckReport(Path("a.mp4"), "tiktok", ()).to_dict()["next"] == "keep"


@pytest.mark.parametrize(("ok", "word"), [(True, "keep"), (False, "repair")])
def test_deliveries_and_a_hand_over_say_what_to_do(ok: bool, word: str) -> None:
    export = overlaycut.ExportReport(deliveries=(), master=None, credentials_carried=(), warnings=(), ok=ok)
    gates = () if ok else ("shot 1: strokes are left",)
    handed = overlaycut.HandoverReport(
        folder=Path("out"), editors=("fcp",), rate="24", frames=9, files=(), markers=(), steps=(),
        warnings=(), gates=gates,
    )  # fmt: skip
    for report in (export, handed):
        assert (report.to_dict()["next"], report.to_dict()["command"]) == (word, None)
