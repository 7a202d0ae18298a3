"""The verbs from end to end on drawn clips, with the real reader: what a user gets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import overlaycut
from graphs import migan
from overlaycut.api import Area, MaskedArea
from overlaycut.cli.app import run
from overlaycut.core.plan import Cover, EditPlan, read_plan
from overlaycut.errors import MissingPart, UsageError
from overlaycut.media import Clip
from simulator import Truth, random_scene, simulate, write_clip

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Drawn:
    clip: Path
    still: Path
    truth: Truth
    clean: list[np.ndarray]


@pytest.fixture(scope="module")
def melted(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """A clip with melting lettering: the first of the random scenes that has some."""
    folder = tmp_path_factory.mktemp("melted")
    for seed in range(40):
        scene = random_scene(seed, width=480, height=854, frames=40)
        drawn = simulate(scene)
        truth = drawn.truth()
        if scene.occluder is None and any(region.state == "warped" for region in truth.regions):
            break
    clip, still = folder / "clip.mp4", folder / "still.png"
    Image.fromarray(drawn.still()).save(still)
    write_clip(clip, drawn.frames(), Fraction(24))
    return Drawn(clip, still, truth, list(drawn.frames("clean")))


@pytest.fixture(scope="module")
def plan(melted: Drawn) -> EditPlan:
    return overlaycut.analyze(melted.clip, still=melted.still)


def test_what_melted_is_found_and_what_did_not_is_left_alone(melted: Drawn, plan: EditPlan) -> None:
    found = {region.expected: region for region in plan.regions}
    for region in melted.truth.regions:
        if region.state == "warped":
            assert found[region.expected].state == "warped"
            assert found[region.expected].decision == "restore"
            assert abs((found[region.expected].onset_frame or 0) - (region.onset_frame or 0)) <= 8
        if region.state == "stable":
            assert found[region.expected].decision == "keep"
    assert plan.registration is not None and plan.registration.error_px < 1


def test_the_same_clip_gives_the_same_plan(melted: Drawn, plan: EditPlan) -> None:
    assert overlaycut.analyze(melted.clip, still=melted.still) == plan


def test_what_was_seen_can_be_looked_at(melted: Drawn, plan: EditPlan, tmp_path: Path) -> None:
    movie, folder = tmp_path / "seen.mp4", tmp_path / "seen_1.0"
    assert overlaycut.analyze(melted.clip, still=melted.still, debug=movie) == plan
    assert run(["analyze", str(melted.clip), "--still", str(melted.still), "--debug", str(folder)]) == 0
    frames = list(Clip(movie).frames())
    assert [f.at for f in frames] == [f.at for f in Clip(melted.clip).frames()]
    assert frames[0].height > 854
    onsets = {region.onset_frame for region in plan.regions if region.onset_frame is not None}
    assert onsets and {f"frame-{onset:05d}.png" for onset in onsets} <= {path.name for path in folder.iterdir()}
    assert run(["analyze", str(melted.clip), "--debug", str(tmp_path / "seen.webm")]) == 2
    assert run(["analyze", str(melted.clip), "--debug", str(melted.clip)]) == 2


def test_cleaning_comes_near_the_truth_and_touches_nothing_else(melted: Drawn, plan: EditPlan, tmp_path: Path) -> None:
    out, mask = tmp_path / "clean.mp4", tmp_path / "mask.mp4"
    report = overlaycut.clean(melted.clip, out, still=melted.still, plan=plan, lossless=True, mask_out=mask)
    assert report.untouched_identical
    assert report.frames_in == report.frames_out == 40
    assert 0 < report.touched_fraction < 0.3
    assert report.ok, report.gates
    worst_before, worst_after = 0.0, 0.0
    files = (Clip(melted.clip).frames(), Clip(out).frames(), Clip(mask).frames())
    for before, after, seen in zip(*files, strict=True):
        free = seen.y == 0
        assert (before.y == after.y)[free].all()
        coarse = free.reshape(free.shape[0] // 2, 2, free.shape[1] // 2, 2).all(axis=(1, 3))
        assert (before.u == after.u)[coarse].all() and (before.v == after.v)[coarse].all()
        assert (before.at, before.lasts) == (after.at, after.lasts)
        inside = seen.y > 200
        if inside.any():
            truth = melted.clean[before.index].astype(float)[inside]
            worst_before = max(worst_before, float(((before.rgb()[inside] - truth) ** 2).mean()))
            worst_after = max(worst_after, float(((after.rgb()[inside] - truth) ** 2).mean()))
    assert worst_after < 0.15 * worst_before


def test_a_persons_decision_outlives_a_new_run(melted: Drawn, plan: EditPlan, tmp_path: Path) -> None:
    changed = next(region for region in plan.regions if region.decision == "restore")
    theirs = changed.model_copy(update={"decision": "keep", "edit": None, "decided_by": "person"})
    regions = tuple(theirs if region is changed else region for region in plan.regions)
    path = tmp_path / "plan.json"
    path.write_text(plan.model_copy(update={"regions": regions}).to_json(), encoding="utf-8")
    assert run(["analyze", str(melted.clip), "--still", str(melted.still), "-o", str(path)]) == 0
    again = {region.id: region for region in read_plan(path).regions}
    assert (again[changed.id].decision, again[changed.id].decided_by) == ("keep", "person")
    out = tmp_path / "out.mp4"
    report = overlaycut.clean(melted.clip, out, still=melted.still, plan=read_plan(path), lossless=True)
    assert all(region.id != changed.id for region in report.plan.regions if region.changes)
    assert changed.edit is not None
    for before, after in zip(Clip(melted.clip).frames(), Clip(out).frames(), strict=True):
        if before.index in changed.edit:
            a, c = changed.quads[before.index].array()[[0, 2]]
            middle = tuple(np.round((a + c) / 2).astype(int)[::-1])
            assert before.y[middle] == after.y[middle]


def test_a_plan_for_another_clip_is_refused(melted: Drawn, plan: EditPlan, tmp_path: Path) -> None:
    other = plan.model_copy(update={"clip": plan.clip.model_copy(update={"frames": 7})})
    with pytest.raises(overlaycut.OverlaycutError, match=r"clip\.frames"):
        overlaycut.clean(melted.clip, tmp_path / "out.mp4", plan=other)
    assert list(tmp_path.iterdir()) == []


def test_a_clip_whose_lettering_is_fine_comes_back_as_it_is(melted: Drawn, tmp_path: Path) -> None:
    fine = tmp_path / "fine.mp4"
    write_clip(fine, melted.clean[:20], Fraction(24))
    report = overlaycut.clean(fine, tmp_path / "out.mp4", still=melted.still)
    assert report.copied and report.ok
    assert (tmp_path / "out.mp4").read_bytes() == fine.read_bytes()


@pytest.mark.parametrize("mode", ["erase", "cover"])
def test_forced_modes_leave_nothing_to_read(melted: Drawn, mode: str, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    report = overlaycut.clean(melted.clip, out, still=melted.still, mode=mode)  # type: ignore[arg-type]
    changed = [region for region in report.plan.regions if region.changes]
    assert changed and all(region.decision == mode for region in changed)
    assert report.untouched_identical
    assert not any(report.residual_text.values())


def test_what_a_person_draws_is_done_as_it_is_asked_for(melted: Drawn, plan: EditPlan, tmp_path: Path) -> None:
    facts = Clip(melted.clip).facts
    mask = np.zeros((facts.height, facts.width), np.uint8)
    mask[200:220, 100:180] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    cover = Cover(style="bar", colour="#0b5cff", fixed=True)
    kept = plan.model_copy(update={"regions": ()})
    report = overlaycut.clean(
        melted.clip,
        tmp_path / "out.mp4",
        plan=kept,
        mode="cover",
        areas=[Area(40, 40, 60, 24, 0, 1)],
        masks=[MaskedArea(tmp_path / "mask.png", 0, 0.5)],
        cover=cover,
        lossless=True,
    )
    area, drawn = report.plan.regions
    assert (area.id, area.decision, area.cover) == ("area-1", "cover", cover)
    assert (drawn.id, drawn.decision, drawn.mask) == ("mask-1", "erase", str(tmp_path / "mask.png"))
    assert report.untouched_identical and report.ok
    before, after = next(iter(Clip(melted.clip).frames())), next(iter(Clip(tmp_path / "out.mp4").frames()))
    changed = before.y != after.y
    assert changed[200:220, 100:180].any() and changed[44:60, 44:96].mean() > 0.9
    changed[200:220, 100:180] = changed[20:90, 20:130] = False
    assert not changed.any()


def test_a_model_of_the_store_may_guess_what_no_frame_shows(
    melted: Drawn, plan: EditPlan, tmp_path: Path, shelf: Callable[..., Path]
) -> None:
    kept = plan.model_copy(update={"regions": ()})
    planes = []
    for name in (None, "migan"):
        if name is not None:
            shelf(name, lambda path: migan(path, 512))
        out = tmp_path / f"{name}.mp4"
        report = overlaycut.clean(
            melted.clip, out, plan=kept, areas=[Area(40, 40, 60, 24)], fill_model=name, lossless=True
        )
        assert report.ok and report.untouched_identical
        planes.append(next(iter(Clip(out).frames())).y)
    assert (planes[0] != planes[1]).any()


def test_a_model_that_is_not_here_is_said_before_any_work(melted: Drawn, tmp_path: Path, shelf: object) -> None:
    with pytest.raises(MissingPart, match="migan"):
        overlaycut.clean(melted.clip, tmp_path / "out.mp4", fill_model="migan")
    assert not list(tmp_path.glob("*.mp4"))


def test_a_mask_of_another_size_is_refused(melted: Drawn, plan: EditPlan, tmp_path: Path) -> None:
    Image.fromarray(np.full((10, 10), 255, np.uint8)).save(tmp_path / "small.png")
    with pytest.raises(UsageError, match="10x10"):
        overlaycut.clean(melted.clip, tmp_path / "out.mp4", plan=plan, masks=[MaskedArea(tmp_path / "small.png")])


def test_json_has_the_keys_that_scripts_rely_on(
    melted: Drawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*words: str) -> dict[str, object]:
        capsys.readouterr()
        run([*words, "--json"])
        document = json.loads(capsys.readouterr().out)
        assert isinstance(document, dict)
        return document

    clip, still = str(melted.clip), str(melted.still)
    file = said("probe", clip)["files"][0]  # type: ignore[index]
    assert set(
        [
            "path",
            "width",
            "height",
            "fps",
            "vfr",
            "frames",
            "duration",
            "pix_fmt",
            "colour",
            "rotation",
            "has_audio",
            "provider_guess",
            "warnings",
        ]
    ) <= set(file)
    region_keys = set(
        [
            "id",
            "state",
            "protected",
            "expected",
            "read",
            "legibility",
            "onset_frame",
            "span",
            "quads",
            "decision",
            "reason",
        ]
    )
    analysed = said("analyze", clip, "--still", still)
    assert {"clip", "regions"} <= set(analysed)
    assert all(region_keys <= set(region) for region in analysed["regions"])  # type: ignore[attr-defined]
    cleaned = said("clean", clip, "--still", still, "-o", str(tmp_path / "out.mp4"))
    assert {"frames_in", "frames_out", "touched_fraction", "untouched_identical", "regions"} <= set(cleaned)
    assert all(
        region_keys | {"residual_text", "flicker_ratio"} <= set(region)
        for region in cleaned["regions"]  # type: ignore[attr-defined]
    )


def test_the_shipped_demo_gives_files_that_pass_their_checks(tmp_path: Path) -> None:
    report = overlaycut.demo(tmp_path / "demo")
    assert report.ok, report.gates
    assert {"master", "deliveries", "report", "plans", "timeline", "warnings"} <= set(report.to_dict())
    for path in (report.master, report.report, report.timeline):
        assert path.stat().st_size > 0
    for delivery in report.deliveries:
        assert delivery.ok
        assert overlaycut.check(delivery.path, delivery.platform).ok
        assert delivery.quality.value > 0.97
    page = report.report.read_text(encoding="utf-8")
    assert "COLD BREW" in page and not re.search(r"""(src|href)\s*=\s*["']?https?:|url\(["']?https?:|@import""", page)


def test_every_aspect_from_one_clip(melted: Drawn, tmp_path: Path) -> None:
    subs = tmp_path / "words.srt"
    subs.write_text("1\n00:00:00,200 --> 00:00:01,200\nHello there\n", encoding="utf-8")
    for reframe in ("auto", "centre", "pad"):
        out = tmp_path / reframe
        report = overlaycut.export(melted.clip, ["feed-1x1", "feed-4x5"], out, subs=subs, reframe=reframe)  # type: ignore[arg-type]
        sizes = {d.platform: (d.width, d.height) for d in report.deliveries}
        assert sizes == {"feed-1x1": (1080, 1080), "feed-4x5": (1080, 1350)}
        failed = {c.name for d in report.deliveries for c in d.checks if c.status == "fail"}
        assert failed <= {"duration"}  # 1.7 s is shorter than any platform takes
