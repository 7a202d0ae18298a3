"""Estimates of repairs are data: they can be stored, used twice at once, and kept when a plan changes elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np
import pytest

from overlaycut.core.frame import Frame, Mask
from overlaycut.core.geometry import Box
from overlaycut.core.plan import Cover, EditPlan, Typeset
from overlaycut.core.repaired import RepairedFrame
from overlaycut.core.serial import Packed, checked, pack, unpack
from overlaycut.decide import with_kept
from overlaycut.repair.composite.graphic import Graphic
from overlaycut.repair.composite.patch import Patch
from overlaycut.repair.estimate.estimation import RepairEstimation, estimate_repairs
from overlaycut.repair.estimate.observation import RegionObserver
from overlaycut.repair.estimates import RepairEstimates, RepairWarning
from overlaycut.repair.fill.flow_guided import FlowGuidedFill
from overlaycut.repair.fill.inpainting import biharmonic
from overlaycut.repair.fill.learned import FillModel
from overlaycut.vision.filters import FloatImage
from repair.scene import Scene
from repair.test_typesetting import echo

SCENE = Scene(frames=10, onset=4, occluded=True)
SUBTITLE = Box(92, 180, 136, 34)


def lighter(picture: FloatImage, hole: Mask) -> FloatImage:
    """A fill as good as the plate's own, but for two levels."""
    return np.where(hole[..., None], biharmonic(picture, hole) + 2, picture).astype(np.float32)


def subtitled() -> Iterator[Frame]:
    """A subtitle over a wall that moves by itself."""
    noise = cv2.GaussianBlur(np.random.default_rng(3).standard_normal((240, 480)).astype(np.float32), (0, 0), 7)
    wall = np.clip(120 + 45 * noise / noise.std(), 0, 255)
    for t in range(SCENE.frames):
        picture = np.repeat(wall[:, 8 * t : 8 * t + 320, None], 3, axis=2).astype(np.uint8)
        cv2.putText(picture, "Helo", (104, 208), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (250, 240, 90), 4, cv2.LINE_AA)
        yield Frame.from_rgb(picture, index=t, at=Fraction(t, 24), lasts=Fraction(1, 24))


def subtitle_plan() -> EditPlan:
    quads = dict.fromkeys(range(SCENE.frames), SUBTITLE.quad())
    words = Typeset(text="Helo")
    return SCENE.plan("restore", typeset=words, quads=quads, reference_quad=None, kind="subtitle")


def estimates_of(kind: str) -> RepairEstimates:
    if kind == "subtitle":
        return estimate_repairs(subtitle_plan(), reference=None, frames=subtitled, text_renderer=echo)
    covers = {"panel": Cover(), "pill": Cover(style="pill", fixed=True), "blur": Cover(style="blur")}
    plan = SCENE.plan("cover", cover=covers[kind]) if kind in covers else SCENE.plan(kind)  # type: ignore[arg-type]
    return estimate_repairs(plan, reference=SCENE.still(), frames=SCENE.clip)


def frames_of(kind: str) -> Iterator[Frame]:
    return subtitled() if kind == "subtitle" else SCENE.clip()


def alike(one: RepairedFrame, other: RepairedFrame) -> bool:
    planes = zip((*one.frame.planes, one.mask), (*other.frame.planes, other.mask), strict=True)
    return all(np.array_equal(a, b) for a, b in planes)


def stored(estimates: RepairEstimates) -> RepairEstimates:
    """The estimates after they were packed, written as JSON and arrays, and read back."""
    packed = pack(estimates)
    document = json.loads(json.dumps(packed.document))
    return unpack(RepairEstimates, Packed(document, {name: array.copy() for name, array in packed.arrays.items()}))


KINDS = {
    "restore": (Patch,),
    "erase": (Patch,),
    "panel": (Patch,),
    "pill": (Graphic,),
    "blur": (Graphic,),
    "subtitle": (FlowGuidedFill, Graphic),
}


@pytest.fixture(scope="module", params=KINDS)
def made(request: pytest.FixtureRequest) -> tuple[str, RepairEstimates, list[RepairedFrame]]:
    kind = str(request.param)
    estimates = estimates_of(kind)
    assert [type(repair) for repair in estimates.repairs["r1"]] == list(KINDS[kind])
    return kind, estimates, list(estimates.over(frames_of(kind)))


def test_estimates_are_frozen_data() -> None:
    checked(RepairEstimates)
    for kind in (RepairEstimates, Patch, Graphic, FlowGuidedFill):
        assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_estimates_that_were_stored_repair_sample_for_sample(
    made: tuple[str, RepairEstimates, list[RepairedFrame]],
) -> None:
    kind, estimates, repaired = made
    again = stored(estimates)
    assert all(alike(one, other) for one, other in zip(repaired, again.over(frames_of(kind)), strict=True))
    assert (again.forecasts, again.fonts, again.warnings) == (estimates.forecasts, estimates.fonts, estimates.warnings)
    assert list(again.repairs) == list(estimates.repairs)


def test_two_passes_at_once_give_what_each_gives_alone(made: tuple[str, RepairEstimates, list[RepairedFrame]]) -> None:
    kind, estimates, repaired = made
    early, late = estimates.over(frames_of(kind)), estimates.over(frames_of(kind))
    lead = [next(early) for _ in range(3)]
    pairs = [(next(early), next(late)) for _ in range(SCENE.frames - 3)]
    found = [*lead, *(one for one, _ in pairs)], [*(other for _, other in pairs), *late]
    for frames in found:
        assert all(alike(one, other) for one, other in zip(repaired, frames, strict=True))
    assert any(one.mask.any() for one in repaired)


def test_regions_stay_in_their_order_when_stored() -> None:
    fill = estimates_of("subtitle").repairs["r1"][:1]
    names = ["r10", "r9", "a"]
    assert list(stored(RepairEstimates(dict.fromkeys(names, fill))).repairs) == names


def test_a_fill_model_is_named_and_given_to_every_pass() -> None:
    model = FillModel("lighter", lighter)
    mask = np.zeros((240, 320), np.bool_)
    mask[100:140, 100:200] = True
    plan = SCENE.plan("erase")
    still = [SCENE.shown(0).retimed(index=t, at=Fraction(t, 24), lasts=Fraction(1, 24)) for t in range(SCENE.frames)]
    estimates = estimate_repairs(
        plan, reference=SCENE.still(), frames=lambda: still, masks={"r1": mask}, fill_model=model
    )
    (repair,) = stored(estimates).repairs["r1"]
    assert isinstance(repair, FlowGuidedFill) and repair.fill_model == "lighter"
    asked = next(estimates.over(still, fill_model=model))
    plain = next(estimate_repairs(plan, reference=SCENE.still(), frames=lambda: still, masks={"r1": mask}).over(still))
    assert not alike(asked, plain)
    for other in (None, FillModel("another", lighter)):
        with pytest.raises(ValueError, match="fill model 'lighter'"):
            next(estimates.over(still, fill_model=other))


def test_what_a_changed_plan_leaves_alone_is_not_estimated_again() -> None:
    reads: list[int] = []

    def frames() -> Iterator[Frame]:
        reads.append(0)
        for frame in SCENE.clip():
            reads[-1] += 1
            yield frame

    estimation = RepairEstimation(reference=SCENE.still(), frames=frames)
    plan, erased = SCENE.plan("restore"), SCENE.plan("erase")
    first = estimation.of(plan)
    assert len(reads) == 2, "one pass refines the track, one observes"
    assert estimation.of(plan).repairs["r1"] is first.repairs["r1"]
    assert len(reads) == 2
    fallback = estimation.of(erased)
    assert len(reads) == 3, "the track is kept"
    alone = estimate_repairs(erased, reference=SCENE.still(), frames=SCENE.clip)
    pairs = zip(fallback.over(SCENE.clip()), alone.over(SCENE.clip()), strict=True)
    assert all(alike(one, other) for one, other in pairs)


def test_an_area_is_not_estimated_again_when_the_lettering_beside_it_is_kept_after_all() -> None:
    area = SCENE.plan("erase", reference_quad=None, state="invented").regions[0].model_copy(update={"id": "area-1"})
    plan = SCENE.plan("restore")
    plan = plan.model_copy(update={"regions": (*plan.regions, area)})
    estimation = RepairEstimation(reference=SCENE.still(), frames=SCENE.clip)
    first = estimation.of(plan)
    kept = with_kept(plan, {"r1": "it is as good as the reference"})
    assert not kept.regions[0].changes
    second = estimation.of(kept)
    assert list(second.repairs) == ["area-1"] and second.repairs["area-1"] is first.repairs["area-1"]


def test_what_could_not_be_done_is_a_warning() -> None:
    early = estimate_repairs(SCENE.plan("restore", onset_frame=1), reference=SCENE.still(), frames=SCENE.clip)
    assert early.warnings == (
        RepairWarning("r1", "it is repaired on its first track: hardly any frame shows its lettering intact"),
    )
    hidden = SCENE.plan("erase", reference_quad=None, visibility=dict.fromkeys(range(9), 0.2))
    cut = estimate_repairs(hidden, reference=None, frames=lambda: (SCENE.shown(t) for t in range(5)))
    assert not cut.repairs and not cut.forecasts
    assert [warning.region for warning in cut.warnings] == ["r1"] and "left as it is" in cut.warnings[0].text
    gaps = {t: SCENE.quad(t) for t in range(SCENE.frames) if t not in (3, 7)}
    interpolated = estimate_repairs(SCENE.plan("erase", quads=gaps), reference=SCENE.still(), frames=SCENE.clip)
    assert any("interpolated in 2 of the 10 frames" in warning.text for warning in interpolated.warnings)
    unseen = SCENE.plan("restore", visibility=dict.fromkeys(range(SCENE.frames), 0.01))
    warnings = estimate_repairs(unseen, reference=SCENE.still(), frames=SCENE.clip).warnings
    assert any("no frame shows it" in warning.text for warning in warnings)


def test_a_subtitle_is_taken_out_without_a_look_at_the_light_of_a_surface(monkeypatch: pytest.MonkeyPatch) -> None:
    def see(self: RegionObserver, frame: Frame) -> None:
        raise AssertionError("what lies over the picture has no surface of its own")

    monkeypatch.setattr(RegionObserver, "see", see)
    plan = subtitle_plan()
    erased = plan.regions[0].model_copy(update={"decision": "erase", "typeset": None})
    made = estimate_repairs(plan.model_copy(update={"regions": (erased,)}), reference=None, frames=subtitled)
    (fill,) = made.repairs["r1"]
    assert isinstance(fill, FlowGuidedFill) and fill.runs[0].mask.any()


def test_what_is_followed_inside_an_area_is_written_inside_it_alone_and_once() -> None:
    """A sign that a moving camera shows, taken out along its track; the rest of the area is plain wall."""
    scene = Scene(frames=10, onset=20, textured=True)
    limit = Box(60, 80, 150, 70)
    followed = scene.plan("erase", decided_by="person", within=(limit.x, limit.y, limit.w, limit.h))
    span = followed.regions[0].span
    area = followed.regions[0].model_copy(
        update={"id": "area-1", "quads": dict.fromkeys(span, limit.quad()), "reference_quad": None, "within": None,
                "leaves_to": ("r1",)}
    )  # fmt: skip
    plan = followed.model_copy(update={"regions": (*followed.regions, area)})
    estimates = estimate_repairs(plan, reference=scene.still(), frames=scene.clip)
    outside = np.ones((240, 320), np.bool_)
    outside[limit.slices] = False
    for after in estimates.over(scene.clip()):
        assert not after.mask[outside].any() and (after.frame.y == after.before.y)[outside].all()
        own = (after.mask > 127) & ~outside
        bare, shown = (one.y.astype(int)[own] for one in (scene.bare(after.frame.index), after.before))
        assert own.sum() > 1500
        assert np.abs(after.frame.y[own] - bare).mean() < 0.35 * np.abs(shown - bare).mean()
    (fill,) = estimates.repairs["area-1"]
    assert isinstance(fill, FlowGuidedFill) and not any(run.mask.any() for run in fill.runs)
