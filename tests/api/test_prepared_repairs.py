"""What a decision does not change is made once, whatever is decided: the marks near a region, and its track."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from overlaycut.api.clip_analysis import Source
from overlaycut.api.estimating import EstimatedRepairs, RepairInputs, prepare
from overlaycut.core.geometry import Span
from overlaycut.core.plan import Decision, EditPlan
from overlaycut.media import Encoding, write_clip, write_png
from overlaycut.pipeline import Pipeline, Store
from repair.scene import Scene

SCENE = Scene(frames=12, textured=True)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    write_clip(SCENE.clip(), path, tick=Fraction(1, 24), encoding=Encoding(preset="ultrafast", crf=10))
    write_png(tmp_path / "still.png", SCENE.still())
    return path


def plan_of(clip: Path, decision: Decision, end: int = 12) -> EditPlan:
    plan = SCENE.plan(decision, Span(4, end), decided_by="person")
    return plan.model_copy(update={"still": str(clip.with_name("still.png"))})


def estimated(store: Store, plan: EditPlan, clip: Path) -> dict[str, str]:
    """Step → whether it was stored or ran."""
    pipeline = Pipeline(store)
    EstimatedRepairs(pipeline, plan, Source(clip), "clip", RepairInputs())
    return {one.step: one.state for one in pipeline.log}


def test_another_decision_finds_marks_and_track_done(tmp_path: Path, clip: Path) -> None:
    store = Store(tmp_path / "cache")
    prepare(Pipeline(store), plan_of(clip, "restore"), Source(clip), "clip", RepairInputs())
    for decision in ("restore", "erase"):
        found = estimated(store, plan_of(clip, decision), clip)
        assert found == {"marks": "stored", "track": "stored", "estimate": "ran"}
    other = estimated(store, plan_of(clip, "erase", end=10), clip)
    assert other["track"] == "ran", "fewer frames are another track"
