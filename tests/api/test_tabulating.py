"""Many clips in one table."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest

import overlaycut
from draw import draw_clip, scenes
from overlaycut.api.results import Finding
from overlaycut.api.tabulating import verdict_of
from overlaycut.cli.app import run
from overlaycut.core.geometry import Box, Span
from overlaycut.core.plan import ClipRecord, EditPlan, RegionPlan
from overlaycut.errors import ExitCode

RECORD = ClipRecord(path="clip.mp4", sha256="0" * 64, width=360, height=640, fps=24, frames=48, duration=2)


def region(name: str, **changed: object) -> RegionPlan:
    usual: Mapping[str, object] = {
        "id": name, "state": "stable", "legibility": 1.0, "span": Span(0, 48),
        "quads": {0: Box(10, 10, 60, 20).quad()}, "decision": "keep", "reason": "it holds",
    }  # fmt: skip
    return RegionPlan.model_validate({**usual, **changed})


BROKEN = region("r2", state="warped", legibility=0.3, onset_frame=12, decision="restore", expected="COLD BREW")


@pytest.mark.parametrize(
    ("regions", "coverage", "verdict"),
    [
        ((), None, "no lettering"),
        ((region("r1"),), 1.0, "stable"),
        ((region("r1"),), 0.2, "not judged"),
        ((), 0.0, "not judged"),
        ((region("r1"), BROKEN), 0.2, "repair"),
        ((BROKEN, region("r3", state="lost", decision="reject", legibility=0.0)), 1.0, "reject"),
        ((region("r1", state="stable", protected=True, kind="mark"),), None, "no lettering"),
    ],
)
def test_a_plan_in_one_line(regions: tuple[RegionPlan, ...], coverage: float | None, verdict: Finding) -> None:
    found = verdict_of("clip.mp4", EditPlan(clip=RECORD, regions=regions, coverage=coverage))
    assert found.verdict == verdict


def test_the_line_names_the_worst_region() -> None:
    found = verdict_of("clip.mp4", EditPlan(clip=RECORD, regions=(region("r1"), BROKEN), coverage=0.8))
    assert (found.regions, found.broken, found.onset_frame, found.worst) == (2, 1, 12, "COLD BREW")
    assert found.legibility == 0.3 and found.coverage == 0.8


def test_a_clip_that_cannot_be_read_comes_first_and_the_others_are_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.mp4", tmp_path / "bad.mp4"
    draw_clip(good, scenes(6, (96, 160)), tick=Fraction(1, 25))
    bad.write_bytes(b"no clip at all")
    table = overlaycut.analyze_all([good, bad])
    assert [(row.clip, row.verdict) for row in table.clips] == [(str(bad), "failed"), (str(good), "no lettering")]
    assert table.clips[0].error is not None and "bad.mp4" in table.clips[0].error
    assert run(["analyze", str(good), str(bad), "--table"]) == ExitCode.GATE_FAILED
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 2 and "failed" in printed[0] and "no lettering" in printed[1]


def test_options_of_a_single_clip_are_refused_for_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["analyze", "a.mp4", "b.mp4", "-o", str(tmp_path / "plan.json")]) == ExitCode.USAGE
    assert "--table" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
