"""What a decision does not change is made once, whatever is decided: the marks near a region, and its track."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from overlaycut.api.clip_analysis import Source
from overlaycut.api.estimating import EstimatedRepairs, RepairInputs, prepare
from overlaycut.core.geometry import Span, shift
from overlaycut.core.plan import Decision, EditPlan
from overlaycut.media import Encoding, write_clip, write_png
from overlaycut.pipeline import Pipeline, Store
from repair.scene import Scene

SCENE = Scene(frames=12, textured=True)


def filmed(folder: Path, scene: Scene) -> Path:
    path = folder / "clip.mp4"
    write_clip(scene.clip(), path, tick=Fraction(1, 24), encoding=Encoding(preset="ultrafast", crf=10))
    write_png(folder / "still.png", scene.still())
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return filmed(tmp_path, SCENE)


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


def test_what_is_measured_is_measured_where_the_repair_lies(tmp_path: Path) -> None:
    scene = Scene(frames=30, onset=14, textured=True)
    clip = filmed(tmp_path, scene)
    plan = scene.plan("restore", Span(10, 30))
    strayed = {t: quad.mapped(shift(max(t - 14, 0), 0)) for t, quad in plan.regions[0].quads.items()}
    region = plan.regions[0].model_copy(update={"quads": strayed})
    plan = plan.model_copy(update={"still": str(clip.with_name("still.png")), "regions": (region,)})
    repairs = EstimatedRepairs(Pipeline(), plan, Source(clip), "clip", RepairInputs())
    off = [
        float(np.linalg.norm(given.regions[0].quads[29].array() - scene.quad(29).array(), axis=1).max())
        for given in (repairs.plan, repairs.placed)
    ]
    assert off[0] > 14 and off[1] < 4, "the plan says what the analysis found, the gates look where the repair is"
