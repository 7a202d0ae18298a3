"""Plans written by hand that cover and set anew, from the command line to the file, and what callers ask of plans."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import plans
from overlaycut.api.retyping import text_renderer, with_covers, with_words
from overlaycut.captions import InkBounds, typeset
from overlaycut.captions.fonts import font_path
from overlaycut.cli.app import run
from overlaycut.core.geometry import Quad, Span
from overlaycut.core.plan import ClipRecord, Cover, EditPlan, RegionPlan, Typeset
from overlaycut.errors import ExitCode, FontError, UsageError
from overlaycut.media import Clip
from overlaycut.repair.retypeset.renderer import OriginalText
from simulator import Truth, random_scene, simulate, write_clip

HEAVY = font_path("Inter-ExtraBold.otf")


def stood(reads: str | None) -> OriginalText:
    coverage = typeset("COLD BREW", HEAVY, into=[InkBounds(20, 20, 320, 60)], width=340, height=80)
    return OriginalText(coverage, reads)


def test_the_same_words_come_back_in_the_same_font() -> None:
    old = stood("COLD BREW")
    new = text_renderer()("COLD BREW", old, None)
    assert "Inter" in new.font
    assert float(np.minimum(new.coverage, old.coverage).sum() / np.maximum(new.coverage, old.coverage).sum()) > 0.95


def test_other_words_take_the_place() -> None:
    new = text_renderer()("HOT\nTEA", stood(None), "Inter-Bold.otf").coverage
    rows, columns = np.nonzero(new > 0.5)
    assert rows.min() >= 18 and rows.max() <= 62 and columns.min() >= 18 and columns.max() <= 322


def test_a_folder_of_no_fonts_is_refused_when_words_are_set(tmp_path: Path) -> None:
    with pytest.raises(FontError, match="neither a font file"):
        text_renderer([tmp_path / "none.otf"])("HOT TEA", stood(None), None)


def test_covers_are_wanted_of_regions_that_no_person_decided() -> None:
    rule, person = (plans.region(name, decision="cover", decided_by=name) for name in ("rule", "person"))
    kept = plans.region("kept", decision="keep", edit=None)
    wanted = Cover(style="pill", colour="#0b5cff", fixed=True)
    found = with_covers(plans.plan(rule, person, kept), wanted).regions
    assert [region.cover for region in found] == [wanted, None, None]


def test_words_are_wanted_where_lettering_is_restored() -> None:
    known = plans.region("known", decision="restore", expected="COLD BREW")
    unknown = plans.region("unknown", decision="restore", expected=None)
    erased = plans.region("erased", expected="COLD BREW")
    found = with_words(plans.plan(known, unknown, erased), font="Inter", colour="#112233").regions
    assert [region.typeset for region in found] == [
        Typeset(text="COLD BREW", font="Inter", colour="#112233"), None, None,
    ]  # fmt: skip
    with pytest.raises(UsageError, match="nothing to set anew"):
        with_words(plans.plan(unknown, erased))


def test_of_words_that_are_not_set_the_reason_is_told() -> None:
    set_anew = plans.region("r1", decision="restore", expected="COLD BREW")
    kept = plans.region("r2", decision="keep", edit=None, expected="HOT TEA", reason="it reads well")
    found = with_words(plans.plan(set_anew, kept), texts=["Cold Brew", "HOT TEA", "ICE"])
    assert found.notes == (
        "'HOT TEA' stands in r2, whose decision is keep: it reads well",
        "'ICE' was not found in the clip",
    )
    with pytest.raises(UsageError) as refused:
        with_words(plans.plan(kept), texts=["ICE", "SNOW"])
    assert "'ICE' was not found in the clip; 'SNOW' was not found in the clip" in refused.value.problem
    assert "still" in refused.value.hint


@pytest.fixture(scope="module")
def melted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Truth]:
    """A clip with melting lettering, its still, and its truth."""
    folder = tmp_path_factory.mktemp("melted")
    for seed in range(40):
        scene = random_scene(seed, width=360, height=640, frames=20)
        drawn = simulate(scene)
        if scene.occluder is None and any(region.state == "warped" for region in drawn.truth().regions):
            break
    clip, still = folder / "clip.mp4", folder / "still.png"
    Image.fromarray(drawn.still()).save(still)
    write_clip(clip, drawn.frames(), Fraction(24))
    return clip, still, drawn.truth()


def by_hand(melted: tuple[Path, Path, Truth], folder: Path, **changes: object) -> Path:
    """A plan for the melted region of a clip, as a person would write it."""
    clip, still, truth = melted
    region = next(region for region in truth.regions if region.state == "warped")
    quads = {index: Quad.of(frame.quad) for index, frame in enumerate(region.frames)}
    facts = Clip(clip).full_facts
    span = Span(0, len(quads))
    planned = RegionPlan.model_validate(
        {"id": "r1", "state": "warped", "legibility": 0.2, "expected": region.expected, "span": span, "edit": span,
         "quads": quads, "decided_by": "person", "reason": "by hand", **changes}
    )  # fmt: skip
    record = ClipRecord(
        path=str(clip), sha256="", width=facts.width, height=facts.height, fps=24, frames=len(quads), duration=1
    )
    path = folder / "plan.json"
    path.write_text(EditPlan(clip=record, still=str(still), regions=(planned,)).to_json())
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"decision": "cover", "cover": {"style": "blur"}},
        {"decision": "cover", "cover": {"style": "pill", "colour": "#0b5cff"}, "typeset": {"text": "NEW"}},
        {"decision": "cover", "cover": {"style": "bar", "fixed": True}},
        {"decision": "restore", "typeset": {"text": "FRESH TODAY"}},
    ],
    ids=["out of focus", "pill with words", "fixed bar", "set anew"],
)
def test_a_plan_by_hand_is_obeyed(
    melted: tuple[Path, Path, Truth], tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, object]
) -> None:
    plan, out = by_hand(melted, tmp_path, **changes), tmp_path / "out.mp4"
    status = run(["clean", str(melted[0]), "--plan", str(plan), "-o", str(out), "--json"])
    said = json.loads(capsys.readouterr().out)
    assert status == ExitCode.DONE
    [region] = said["regions"]
    assert said["untouched_identical"] and region["residual_text"] == []
    words = changes.get("typeset")
    read = (region["read_after"] or "").replace(" ", "")  # readers lose narrow spaces
    assert read == (words["text"].replace(" ", "") if isinstance(words, dict) else "")


def test_words_that_the_font_lacks_stop_the_job_before_anything_is_written(
    melted: tuple[Path, Path, Truth], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = by_hand(melted, tmp_path, decision="restore", typeset={"text": "東京", "font": "Inter-Bold.otf"})
    out = tmp_path / "out.mp4"
    assert run(["clean", str(melted[0]), "--plan", str(plan), "-o", str(out)]) == ExitCode.BAD_INPUT
    assert "U+6771" in capsys.readouterr().err
    assert not out.exists()
