"""RepairEstimates on a drawn scene whose truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, Quad, Span, homography, mapped
from overlaycut.core.repaired import RepairedFrame
from overlaycut.errors import DocumentError
from overlaycut.qc.flicker import FlickerMeter
from overlaycut.qc.untouched import UntouchedCheck
from overlaycut.repair.estimate.estimation import estimate_repairs
from overlaycut.repair.estimates import RepairEstimates
from overlaycut.vision.filters import eroded
from overlaycut.vision.polygons import polygon_mask
from repair.scene import WORD, Scene


def repairs_of(scene: Scene, decision: str, **changes: object) -> RepairEstimates:
    plan = scene.plan(decision, **changes)
    return estimate_repairs(plan, reference=scene.still(), frames=scene.clip)


def error(frame: Frame, truth: Frame, where: NDArray[np.bool_]) -> float:
    return float(np.mean(np.square(frame.y[where].astype(float) - truth.y[where])))


def word(scene: Scene, t: int) -> NDArray[np.bool_]:
    """Pixels of the lettering's own box in frame `t`, without what passes in front."""
    inside = np.zeros(scene.shown(t).y.shape, np.bool_)
    inside[scene.quad(t).box().slices] = True
    return inside & ~scene.occluder(t)


def repaired(repairs: RepairEstimates, frame: Frame) -> RepairedFrame:
    """One frame by itself, with its repairs."""
    return next(repairs.over([frame]))


@pytest.fixture(scope="module")
def melting() -> Scene:
    return Scene(frames=12, onset=2)


@pytest.fixture(scope="module")
def restored(melting: Scene) -> list[tuple[Frame, RepairedFrame]]:
    repairs = repairs_of(melting, "restore")
    return [(frame, repaired(repairs, frame)) for frame in melting.clip()]


@pytest.fixture(scope="module")
def erased(melting: Scene) -> list[tuple[Frame, RepairedFrame]]:
    repairs = repairs_of(melting, "erase")
    return [(frame, repaired(repairs, frame)) for frame in melting.clip()]


def test_restored_lettering_is_ten_times_nearer_to_the_truth(
    melting: Scene, restored: list[tuple[Frame, RepairedFrame]]
) -> None:
    for before, after in restored[4:]:
        truth = melting.clean(before.index)
        where = word(melting, before.index)
        assert error(after.frame, truth, where) < 0.1 * error(before, truth, where)


def test_erased_lettering_leaves_the_surface(melting: Scene, erased: list[tuple[Frame, RepairedFrame]]) -> None:
    for before, after in erased:
        truth = melting.bare(before.index)
        where = word(melting, before.index)
        assert error(after.frame, truth, where) < 0.01 * error(before, truth, where)


@pytest.mark.parametrize("kind", ["restored", "erased"])
def test_samples_outside_the_mask_are_untouched(kind: str, request: pytest.FixtureRequest) -> None:
    pairs: list[tuple[Frame, RepairedFrame]] = request.getfixturevalue(kind)
    touched = UntouchedCheck()
    for before, after in pairs:
        touched.see(after)
        outside = after.mask == 0
        assert (before.y[outside] == after.frame.y[outside]).all()
        assert (before.index, before.at, before.lasts) == (
            after.frame.index,
            after.frame.at,
            after.frame.lasts,
        )
    assert touched.untouched_identical
    assert 0.02 < touched.fraction < 0.3


def test_no_frame_is_left_uncovered(melting: Scene, erased: list[tuple[Frame, RepairedFrame]]) -> None:
    for before, after in erased:
        ink = np.abs(melting.shown(before.index).y.astype(int) - melting.bare(before.index).y) > 25
        assert (after.mask[ink] > 200).mean() > 0.99


def test_an_erased_region_is_as_steady_as_the_truth(melting: Scene, erased: list[tuple[Frame, RepairedFrame]]) -> None:
    inside = np.logical_and.reduce([word(melting, t) for t in range(melting.frames)])
    ours = [after.frame for _, after in erased]
    truth = [melting.bare(t) for t in range(melting.frames)]
    noise = 2 * (melting.noise * 0.75) ** 2
    trembling = np.mean([error(b, a, inside) for a, b in pairwise(ours)])
    due = np.mean([error(b, a, inside) for a, b in pairwise(truth)]) + noise
    assert trembling <= 1.2 * due


@pytest.mark.parametrize("decision", ["restore", "erase"])
def test_what_passes_in_front_stays_in_front(decision: str) -> None:
    scene = Scene(frames=12, onset=2, occluded=True)
    repairs = repairs_of(scene, decision)
    kept = []
    for frame in scene.clip():
        after = repaired(repairs, frame)
        arm = scene.occluder(frame.index)
        inside = np.zeros_like(arm)
        inside[scene.quad(frame.index).box().slices] = True
        # A restored word is mixed with the outline of what is in front of it; what is inside of that is left alone.
        own = eroded(arm, 1) & inside if decision == "restore" else arm & inside
        if own.sum() > 100:
            kept.append(float((after.mask[own] == 0).mean()))
            changed = np.abs(after.frame.y.astype(int) - frame.y)[arm & inside] > 8
            assert changed.mean() < 0.03
        where = word(scene, frame.index)
        if decision == "erase" and where.sum() > 100:
            truth = scene.bare(frame.index)
            assert error(after.frame, truth, where) < 0.2 * error(frame, truth, where)
    assert len(kept) > 3
    assert np.mean(kept) > 0.95


@pytest.mark.parametrize(
    "scene",
    [
        Scene(frames=8, moving=False, melts=False),
        Scene(frames=8, moving=False, melts=False, textured=True),
        Scene(frames=8, light_on_dark=True, drift=0.4, onset=1),
    ],
    ids=["locked", "locked and textured", "light on dark, getting darker"],
)
def test_lettering_that_no_frame_reveals_is_erased(scene: Scene) -> None:
    repairs = repairs_of(scene, "erase")
    for frame in scene.clip():
        after, truth = repaired(repairs, frame), scene.bare(frame.index)
        where = word(scene, frame.index)
        assert error(after.frame, truth, where) < 0.05 * error(frame, truth, where)


def test_a_restore_that_starts_late_comes_in_gently() -> None:
    scene = Scene(frames=12, onset=5)
    repairs = repairs_of(scene, "restore", edit=Span(5, 12))
    strongest = [int(repaired(repairs, frame).mask.max()) for frame in scene.clip()]
    assert strongest[:5] == [0] * 5
    assert strongest[5:9] == sorted(strongest[5:9])
    assert 0 < strongest[5] < 100
    assert strongest[10] == strongest[11] == 255


def test_a_restore_fades_as_the_region_turns_away() -> None:
    scene = Scene(frames=8, onset=1)
    repairs = repairs_of(scene, "restore", visibility={6: 0.15, 7: 0.0})
    strongest = [int(repaired(repairs, frame).mask.max()) for frame in scene.clip()]
    assert strongest[5] == 255
    assert 90 < strongest[6] < 160
    assert strongest[7] == 0


def test_an_area_without_lettering_is_filled_whole() -> None:
    scene = Scene(frames=6, moving=False, melts=False)
    area = Box(20, 160, 60, 40).quad()
    repairs = repairs_of(scene, "erase", quads=dict.fromkeys(range(6), area), reference_quad=None, state="invented")
    for frame in scene.clip():
        after = repaired(repairs, frame)
        assert (after.mask[160:200, 20:80] > 200).all()
        assert error(after.frame, scene.bare(frame.index), after.mask > 0) < 12


def test_an_invented_region_is_erased_without_a_reference(melting: Scene) -> None:
    plan = melting.plan("erase", reference_quad=None, state="invented")
    repairs = estimate_repairs(plan, reference=None, frames=melting.clip)
    for frame in melting.clip():
        truth, where = melting.bare(frame.index), word(melting, frame.index)
        assert error(repaired(repairs, frame).frame, truth, where) < 0.05 * error(frame, truth, where)


def test_a_cover_hides_every_stroke(melting: Scene) -> None:
    repairs = repairs_of(melting, "cover")
    for frame in melting.clip():
        after = repaired(repairs, frame)
        inside = after.mask[melting.quad(frame.index).box().slices]
        assert (inside == 255).mean() > 0.95
        shown = after.frame.y[after.mask == 255]
        assert float(np.percentile(shown, 98) - np.percentile(shown, 2)) < 50


def test_the_same_frames_come_out_on_every_run(melting: Scene) -> None:
    def run() -> Iterator[Frame]:
        return (after.frame for after in repairs_of(melting, "restore").over(melting.clip()))

    for one, two in zip(run(), run(), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one.planes, two.planes, strict=True))


def test_frames_out_of_order_are_repaired_too(melting: Scene, erased: list[tuple[Frame, RepairedFrame]]) -> None:
    repairs = repairs_of(melting, "erase")
    for t in (9, 3, 7):
        after = repaired(repairs, melting.shown(t))
        assert np.array_equal(after.frame.y, erased[t][1].frame.y)


def test_frames_without_a_quad_take_one_between_their_neighbours(melting: Scene) -> None:
    quads = {t: melting.quad(t) for t in range(melting.frames) if t not in (5, 11)}
    repairs = repairs_of(melting, "erase", quads=quads)
    for t in (5, 11):
        frame, truth, where = melting.shown(t), melting.bare(t), word(melting, t)
        assert error(repaired(repairs, frame).frame, truth, where) < 0.1 * error(frame, truth, where)


def test_protected_and_kept_regions_change_nothing(melting: Scene) -> None:
    for plan in (melting.plan("erase", protected=True), melting.plan("keep")):
        repairs = estimate_repairs(plan, reference=None, frames=melting.clip)
        frame = melting.shown(6)
        assert repaired(repairs, frame).frame is frame
        assert not repaired(repairs, frame).mask.any()


def test_no_repair_writes_into_a_protected_mark(melting: Scene) -> None:
    plan = melting.plan("erase")
    around = plan.regions[0].quads[6].box()
    mark = Box(around.x + around.w // 3, around.y, around.w // 3, around.h)
    badge = plan.regions[0].model_copy(
        update={"id": "mark", "protected": True, "quads": {0: mark.quad()}, "decision": "keep", "edit": None}
    )
    free = estimate_repairs(plan, reference=None, frames=melting.clip)
    kept = estimate_repairs(
        plan.model_copy(update={"regions": (*plan.regions, badge)}), reference=None, frames=melting.clip
    )
    frame = melting.shown(6)
    one, other = repaired(free, frame), repaired(kept, frame)
    inside = np.zeros(one.mask.shape, np.bool_)
    inside[mark.grown(4).slices] = True
    assert one.mask[inside].any()
    assert not other.mask[inside].any() and (other.frame.y == frame.y)[inside].all()
    assert (other.mask == one.mask)[~inside].all()


def test_a_region_that_leaves_the_picture_is_cut_at_its_edge(melting: Scene) -> None:
    out = {t: melting.quad(t).mapped(np.array([[1, 0, 40.0 * t], [0, 1, 0], [0, 0, 1]])) for t in range(12)}
    repairs = repairs_of(melting, "erase", quads=out, reference_quad=WORD)
    masks = [repaired(repairs, frame).mask.any() for frame in melting.clip()]
    assert masks[0] and not masks[11]


def test_restore_needs_a_place_to_restore_from(melting: Scene) -> None:
    with pytest.raises(DocumentError, match=r"regions\[0\]\.reference_quad"):
        estimate_repairs(melting.plan("restore", reference_quad=None), reference=melting.still(), frames=melting.clip)


def test_quads_that_are_no_area_are_passed_over(melting: Scene) -> None:
    flat = Quad((10, 10), (90, 10), (50, 10), (10, 60))
    quads = {t: melting.quad(t) for t in range(12)} | {6: flat}
    after = repaired(repairs_of(melting, "erase", quads=quads), melting.shown(6))
    truth, where = melting.bare(6), word(melting, 6)
    assert error(after.frame, truth, where) < 0.1 * error(melting.shown(6), truth, where)
    with pytest.raises(DocumentError, match=r"regions\[0\]\.quads"):
        repairs_of(melting, "erase", quads={6: flat})


def test_a_clip_that_ends_before_its_plan_is_not_repaired_blindly(melting: Scene) -> None:
    plan = melting.plan("erase", reference_quad=None, visibility=dict.fromkeys(range(10), 0.2))
    repairs = estimate_repairs(plan, reference=None, frames=lambda: (melting.shown(t) for t in range(5)))
    assert not repaired(repairs, melting.shown(2)).mask.any()


def test_the_mask_frame_is_the_mask(melting: Scene) -> None:
    repairs = repairs_of(melting, "erase")
    frame = melting.shown(3)
    mask = repaired(repairs, frame).mask_frame
    alpha = repaired(repairs, frame).mask
    assert np.array_equal(mask.y == 0, alpha == 0)
    assert (mask.y[alpha == 255] == 235).all() and (mask.y[alpha > 0] > 16).all()
    assert (mask.u == 128).all() and mask.at == frame.at


def test_flicker_is_about_one_for_a_steady_repair_and_more_for_a_boiling_one(
    melting: Scene, erased: list[tuple[Frame, RepairedFrame]]
) -> None:
    plan = melting.plan("erase")
    steady, boiling = FlickerMeter(plan), FlickerMeter(plan)
    for before, after in erased:
        steady.see(after)
        shaken = after.frame.y.copy()
        shaken[after.mask > 128] += np.uint8(6 * (before.index % 2))
        frame = Frame(before.index, before.at, before.lasts, shaken, after.frame.u, after.frame.v)
        boiling.see(RepairedFrame(before, frame, after.layers))
    ratio = steady.result()["r1"]
    assert ratio is not None and 0.7 < ratio < 1.3
    worse = boiling.result()["r1"]
    assert worse is not None and worse > 2 * ratio


def test_the_check_notices_a_sample_that_changed_outside(erased: list[tuple[Frame, RepairedFrame]]) -> None:
    before, after = erased[0]
    changed = after.frame.v.copy()
    changed[0, 0] += 1
    frame = Frame(before.index, before.at, before.lasts, after.frame.y, after.frame.u, changed)
    touched = UntouchedCheck()
    touched.see(RepairedFrame(before, frame, after.layers))
    assert not touched.untouched_identical


def test_nothing_to_measure_is_said_to_be_nothing(melting: Scene) -> None:
    assert FlickerMeter(melting.plan("erase")).result() == {"r1": None}


def test_lettering_that_is_still_like_the_reference_is_better_left_alone() -> None:
    intact, melting = Scene(melts=False, frames=16), Scene(frames=16)
    said = [repairs_of(scene, "restore", decided_by="rule").intact for scene in (intact, melting)]
    assert "like the reference" in said[0]["r1"] and not said[1]
    assert not repairs_of(intact, "restore", decided_by="person").intact


def test_nothing_is_written_over_lettering_that_is_kept() -> None:
    scene = Scene(frames=8)
    beside = Quad((70, 142), (250, 142), (250, 156), (70, 156))
    plan = scene.plan("restore")
    kept = plan.regions[0].model_copy(
        update={"id": "r2", "decision": "keep", "edit": None, "state": "stable", "reference_quad": beside}
    )
    plan = plan.model_copy(update={"regions": (*plan.regions, kept)})
    repairs = estimate_repairs(plan, reference=scene.still(), frames=scene.clip)
    for after in repairs.over(scene.clip()):
        there = Quad.of(mapped(homography(WORD, scene.quad(after.frame.index)), beside.array())).grown(-2)
        assert not (after.mask[polygon_mask(there.array(), after.mask.shape)] > 0).any()
        assert (after.mask > 0).any()


def test_what_hides_all_of_a_region_is_in_front_and_no_light() -> None:
    scene = Covered(frames=14)
    repairs = repairs_of(scene, "restore", edit=Span(4, 14))
    hidden = repaired(repairs, scene.shown(10))
    for after in repairs.over(scene.clip()):
        if after.frame.index == 10:
            hidden = after
    inside = scene.quad(10).box().slices
    assert not (hidden.mask[inside] > 0).any()


class Covered(Scene):
    """All of the wall is behind something skin-coloured for a while."""

    def occluder(self, t: int) -> NDArray[np.bool_]:
        return np.full(super().occluder(t).shape, 8 <= t < 12)
