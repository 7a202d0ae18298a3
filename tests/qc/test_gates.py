"""The measures on pixels, each on a picture that is right and on one that is spoiled in its own way."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import pytest

import plans
from overlaycut.core.frame import Frame, Layer
from overlaycut.core.geometry import Box, Span
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.core.repaired import RepairedFrame
from overlaycut.qc.gates import GateResult, PixelGates, failures, segmenter_for

WIDTH, HEIGHT, FRAMES, SPEED = 220, 160, 12, 2
BOX = Box(36, 52, 150, 44)
Pictures = list[np.ndarray]
Spoil = Callable[[np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]
"""Truth, picture with lettering, mask, frame → filled picture."""


def texture(seed: int = 3) -> np.ndarray:
    """Noise with the spectrum of photographs, larger than a frame."""
    rng = np.random.default_rng(seed)
    layers = [cv2.resize(rng.normal(0, 1, (240 // n, 300 // n)), (300, 240), interpolation=2) * n for n in (1, 2, 4, 8)]
    grey = 120 + 3 * sum(layers)
    return np.clip(np.dstack([grey, grey, grey]), 0, 255).astype(np.uint8)


def lettered(picture: np.ndarray, *, face: int = 245, rim: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """The picture with a word on it, and where the word is, grown by two pixels."""
    out, ink = picture.copy(), np.zeros(picture.shape[:2], np.uint8)
    for colour, thick in ((rim, 9), (face, 4)):
        cv2.putText(out, "MELT", (44, 88), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (colour,) * 3, thick, cv2.LINE_AA)
    cv2.putText(ink, "MELT", (44, 88), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 255, 9, cv2.LINE_AA)
    return out, cv2.dilate(ink, np.ones((5, 5), np.uint8)) > 0


def window(picture: np.ndarray, index: int) -> np.ndarray:
    return picture[30 : 30 + HEIGHT, 20 + SPEED * index : 20 + SPEED * index + WIDTH]


def frame_of(picture: np.ndarray, index: int) -> Frame:
    noise = np.random.default_rng(index).normal(0, 1, picture.shape)
    coded = np.clip(picture + noise, 0, 255).astype(np.uint8)
    return Frame.from_rgb(coded, index=index, at=Fraction(index, 24), lasts=Fraction(1, 24))


def region(**changes: Any) -> RegionPlan:
    span = Span(0, FRAMES)
    fields = {"span": span, "quads": dict.fromkeys(span, BOX.quad()), "edit": span}
    return plans.region(**{**fields, **changes})


def measured(
    target: RegionPlan, pairs: list[tuple[np.ndarray, np.ndarray, np.ndarray]], reference: np.ndarray | None = None
) -> dict[str, GateResult]:
    """The gates of a repair: per frame the picture before, the filled one, and the mask."""
    record = plans.record(width=WIDTH, height=HEIGHT, frames=FRAMES)
    plan = EditPlan(clip=record, regions=(target,))
    gates = PixelGates(plan, reference=reference, segmenter=segmenter_for(plan))
    for index, (before, fill, mask) in enumerate(pairs):
        frame = frame_of(before, index)
        layers = ()
        if target.edit is not None and index in target.edit:
            layers = (Layer.from_rgba(np.dstack([fill, mask.astype(np.uint8) * 255]), x=0, y=0),)
        gates.see(RepairedFrame(frame, frame.with_layers(*layers), layers))
    return {one.gate: one for one in gates.result()[target.id]}


def erased(
    spoil: Spoil | None = None, *, shrunk: int = 0, widened: int = 0, surface: np.ndarray | None = None
) -> dict[str, GateResult]:
    """A word that stands on the screen over a moving texture, taken out."""
    pairs, surface = [], texture() if surface is None else surface
    for index in range(FRAMES):
        truth = window(surface, index)
        before, mask = lettered(truth)
        fill = truth if spoil is None else spoil(truth, before, mask, index)
        if shrunk:
            mask = cv2.erode(mask.astype(np.uint8), np.ones((shrunk, shrunk), np.uint8)) > 0
        if widened:
            mask = cv2.dilate(mask.astype(np.uint8), np.ones((widened, widened), np.uint8)) > 0
        noise = np.random.default_rng(100 + index).normal(0, 1, truth.shape)
        pairs.append((before, np.clip(fill + noise, 0, 255).astype(np.uint8), mask))
    return measured(region(), pairs)


def letter_left(truth: np.ndarray, before: np.ndarray, mask: np.ndarray, index: int) -> np.ndarray:
    fill = truth.copy()
    fill[:, 44:84] = before[:, 44:84]
    return fill


def negative(truth: np.ndarray, before: np.ndarray, mask: np.ndarray, index: int) -> np.ndarray:
    return np.clip(truth - 0.35 * (before.astype(float) - truth), 0, 255).astype(np.uint8)


def brighter(truth: np.ndarray, before: np.ndarray, mask: np.ndarray, index: int) -> np.ndarray:
    return np.clip(truth.astype(int) + 18, 0, 255).astype(np.uint8)


def haloed(truth: np.ndarray, before: np.ndarray, mask: np.ndarray, index: int) -> np.ndarray:
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    return np.clip(truth + 30 * ((depth > 0) & (depth < 3))[..., None], 0, 255).astype(np.uint8)


def smeared(truth: np.ndarray, before: np.ndarray, mask: np.ndarray, index: int) -> np.ndarray:
    return cv2.GaussianBlur(truth, (0, 0), 7)


def standing(truth: np.ndarray, before: np.ndarray, mask: np.ndarray, index: int) -> np.ndarray:
    return window(texture(), 0)


def boiling(truth: np.ndarray, before: np.ndarray, mask: np.ndarray, index: int) -> np.ndarray:
    rng = np.random.default_rng(index)
    wave = cv2.resize(rng.normal(0, 18, (8, 11)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.clip(truth + wave[..., None], 0, 255).astype(np.uint8)


def test_a_true_fill_passes_every_gate() -> None:
    found = erased()
    assert {one.gate: one.words for one in found.values() if one.status == "fail"} == {}
    assert found["ghost"].status == found["seam"].status == found["texture"].status == "pass"


@pytest.mark.parametrize(
    ("gate", "spoil"),
    [
        ("strokes", letter_left),
        ("ghost", letter_left),
        ("ink", letter_left),
        ("ghost", negative),
        ("seam", brighter),
        ("seam", haloed),
        ("texture", smeared),
        ("sliding", standing),
        ("pulsing", boiling),
    ],
)
def test_a_spoiled_fill_fails_the_gate_of_its_kind(gate: str, spoil: Spoil) -> None:
    found = erased(spoil)[gate]
    assert found.status == "fail" and found.value is not None


def busy() -> np.ndarray:
    """Blobs of nearly the contrast of letters, wider than their strokes."""
    grain = cv2.GaussianBlur(np.random.default_rng(5).normal(0, 1, (240, 300)), (0, 0), 8)
    return np.repeat(np.clip(120 + 45 * grain / grain.std(), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def letter_faded(truth: np.ndarray, before: np.ndarray, mask: np.ndarray, index: int) -> np.ndarray:
    fill = truth.copy()
    fill[:, 44:84] = np.rint(truth[:, 44:84] + 0.4 * (before[:, 44:84].astype(float) - truth[:, 44:84]))
    return fill


def test_what_a_wide_mask_shows_between_letters_is_no_ghost() -> None:
    found = erased(widened=15, surface=busy())["ghost"]
    assert found.status == "pass" and found.value is not None and found.value < 0.1


def test_one_letter_that_shows_through_a_wide_mask_is_a_ghost() -> None:
    assert erased(letter_faded, widened=15)["ghost"].status == "fail"


def test_outlines_outside_of_the_mask_fail() -> None:
    found = erased(shrunk=9)
    assert found["strokes"].status == "fail" and found["seam"].status == "fail"


def test_one_letter_of_many_that_the_mask_lacks_fails() -> None:
    surface, pairs = texture(), []
    for index in range(FRAMES):
        truth = window(surface, index)
        before, mask = lettered(truth)
        mask[:, 76:108] = False
        pairs.append((before, truth, mask))
    assert measured(region(), pairs)["strokes"].status == "fail"


def test_strokes_of_the_picture_itself_are_no_leftovers() -> None:
    surface = texture()
    for row in range(20, 240, 16):
        cv2.putText(surface, "printed matter in the picture", (0, row), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (30,) * 3, 1)
    pairs = [(*lettered(window(surface, 0)), window(surface, 0)) for _ in range(FRAMES)]
    found = measured(region(), [(before, truth, mask) for before, mask, truth in pairs])
    assert found["strokes"].status != "fail"


def test_outlines_that_stay_when_only_the_faces_are_filled_fail() -> None:
    surface, pairs = texture(), []
    for index in range(FRAMES):
        truth = window(surface, index)
        before, mask = lettered(truth)
        faces = cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8))
        before[(cv2.dilate(faces, np.ones((9, 9), np.uint8)) > faces)] = 10
        pairs.append((before, truth, cv2.dilate(faces, np.ones((3, 3), np.uint8)) > 0))
    found = measured(region(), pairs)
    assert {found[gate].status for gate in ("strokes", "ink", "seam")} == {"fail"}


def test_lettering_that_an_area_covers_counts_though_analysis_kept_it() -> None:
    record = plans.record(width=WIDTH, height=HEIGHT, frames=FRAMES)
    same = region(
        name="r2", decision="keep", edit=None, quads=dict.fromkeys(range(FRAMES), Box(42, 54, 130, 40).quad())
    )
    plan = EditPlan(clip=record, regions=(region(), same))
    gates = PixelGates(plan, segmenter=segmenter_for(plan))
    for index in range(FRAMES):
        truth = window(texture(), index)
        before, mask = lettered(truth)
        fill = letter_left(truth, before, mask, index)
        frame = frame_of(before, index)
        layer = Layer.from_rgba(np.dstack([fill, mask.astype(np.uint8) * 255]), x=0, y=0)
        gates.see(RepairedFrame(frame, frame.with_layers(layer), (layer,)))
    found = {one.gate: one.status for one in gates.result()["r1"]}
    assert found["strokes"] == "fail" and found["seam"] != "n/a"


def test_a_line_of_the_picture_along_the_lettering_is_no_seam() -> None:
    surface = texture()
    surface[80:84] = 20
    before, mask = lettered(window(surface, 0))
    top = int(np.flatnonzero(mask.any(axis=1))[0])
    truth = np.roll(window(surface, 0), top + 30 - 82, axis=0)
    before, mask = lettered(truth)
    assert measured(region(), [(before, truth, mask)] * FRAMES)["seam"].status == "pass"


def test_a_seam_on_a_bare_surface_shows_beside_bright_lettering_that_stays() -> None:
    truth = np.full((HEIGHT, WIDTH, 3), 50, np.uint8)
    cv2.putText(truth, "STAYS", (48, 124), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (245,) * 3, 3, cv2.LINE_AA)
    before, mask = lettered(truth, rim=245)
    below = region(
        name="r2", decision="keep", edit=None, quads=dict.fromkeys(range(FRAMES), Box(40, 98, 140, 36).quad())
    )
    record = plans.record(width=WIDTH, height=HEIGHT, frames=FRAMES)
    for levels, status in ((0, "pass"), (7, "fail")):
        gates = PixelGates(EditPlan(clip=record, regions=(region(), below)))
        for index in range(FRAMES):
            frame = frame_of(before, index)
            fill = np.clip(frame_of(truth, 50 + index).rgb().astype(int) + levels, 0, 255).astype(np.uint8)
            layer = Layer.from_rgba(np.dstack([fill, mask.astype(np.uint8) * 255]), x=0, y=0)
            gates.see(RepairedFrame(frame, frame.with_layers(layer), (layer,)))
        assert {one.gate: one.status for one in gates.result()["r1"]}["seam"] == status


def test_edges_that_stop_at_the_mask_are_a_smear() -> None:
    truth = np.full((HEIGHT, WIDTH, 3), 110, np.uint8)
    truth[:, ::12] = truth[:, 1::12] = 150
    before, mask = lettered(truth)
    soft = cv2.GaussianBlur(truth, (0, 0), 3)
    assert measured(region(), [(before, truth, mask)] * FRAMES)["texture"].status == "pass"
    assert measured(region(), [(before, soft, mask)] * FRAMES)["texture"].status == "fail"


def test_a_slide_on_weak_texture_shows_over_many_frames() -> None:
    rng = np.random.default_rng(5)
    faint = cv2.GaussianBlur(rng.normal(0, 1, (240, 300)).astype(np.float32), (0, 0), 2.5)
    surface = np.dstack([90 + 4.0 * faint / faint.std()] * 3)
    pairs, truths = [], []
    for index in range(FRAMES):
        truth = np.clip(window(surface, 0), 0, 255).astype(np.uint8)
        before, mask = lettered(truth)
        noise = rng.normal(0, 1, truth.shape)
        slid = np.clip(window(surface, index) + noise, 0, 255).astype(np.uint8)
        truths.append((before, np.clip(truth + noise, 0, 255).astype(np.uint8), mask))
        pairs.append((before, slid, mask))
    assert measured(region(), truths)["sliding"].status == "pass"
    assert measured(region(), pairs)["sliding"].status == "fail"


def test_other_lettering_that_is_kept_is_no_leftover() -> None:
    surface = texture()
    record = plans.record(width=WIDTH, height=HEIGHT, frames=FRAMES)
    below = Box(40, 98, 140, 26)
    kept = region(name="r2", decision="keep", edit=None, quads=dict.fromkeys(range(FRAMES), below.quad()))
    gates = PixelGates(EditPlan(clip=record, regions=(region(), kept)))
    for index in range(FRAMES):
        truth = window(surface, index).copy()
        cv2.putText(truth, "STAYS", (48, 118), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (245,) * 3, 3, cv2.LINE_AA)
        before, mask = lettered(truth)
        frame = frame_of(before, index)
        layer = Layer.from_rgba(np.dstack([truth, mask.astype(np.uint8) * 255]), x=0, y=0)
        gates.see(RepairedFrame(frame, frame.with_layers(layer), (layer,)))
    ink = next(one for one in gates.result()["r1"] if one.gate == "ink")
    assert ink.status == "pass"


def restored(off: tuple[int, int] = (0, 0), *, blur: float = 0.0, melted: bool = True) -> dict[str, GateResult]:
    """A word that melts on a moving surface, put back from its still, displaced or blurred."""
    still, mask = lettered(window(texture(), 0), rim=245)
    pairs = []
    rows, columns = np.indices((HEIGHT, WIDTH), np.float32)
    for index in range(FRAMES):
        before = still
        if melted and index >= 3:
            before = cv2.remap(still, columns + 9 * np.sin(rows / 5), rows + 9 * np.cos(columns / 7), cv2.INTER_LINEAR)
        shift = np.array([[1, 0, off[0]], [0, 1, off[1]]], np.float32)
        fill = cv2.warpAffine(still, shift, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
        pairs.append(
            (
                before,
                cv2.GaussianBlur(fill, (0, 0), blur) if blur else fill,
                cv2.dilate(mask.astype(np.uint8), np.ones((15, 15))) > 0,
            )
        )
    target = region(decision="restore", edit=Span(3, FRAMES), reference_quad=BOX.quad())
    return measured(target, pairs, reference=still)


def test_lettering_that_was_put_back_as_it_was_passes() -> None:
    found = restored()
    assert {one.gate: one.words for one in found.values() if one.status == "fail"} == {}
    assert found["likeness"].value is not None and found["likeness"].value > 0.9


def test_lettering_in_the_wrong_place_fails() -> None:
    assert restored((5, 0))["place"].status == "fail"
    assert restored((14, 6))["likeness"].status == "fail"


def test_soft_lettering_fails() -> None:
    assert restored(blur=2.0)["sharpness"].status == "fail"


def test_a_result_that_is_less_like_the_reference_than_the_clip_was_fails() -> None:
    assert restored((6, 3), melted=False)["regression"].status == "fail"
    assert restored(melted=False)["regression"].status == "pass"


def test_without_a_reference_a_restored_region_is_not_measured_which_is_no_pass() -> None:
    target = region(decision="restore", edit=Span(3, FRAMES), reference_quad=BOX.quad())
    picture, mask = lettered(window(texture(), 0))
    found = measured(target, [(picture, picture, mask)] * FRAMES)
    assert found["likeness"].status == "n/a" and found["likeness"].value is None


def test_covered_regions_have_no_gates() -> None:
    picture, mask = lettered(window(texture(), 0))
    assert measured(region(decision="cover"), [(picture, picture, mask)] * FRAMES) == {}


def test_results_are_json_values_and_failures_are_words() -> None:
    results = {"r1": tuple(erased(letter_left).values())}
    detail = json.loads(json.dumps([one.to_dict() for one in results["r1"]]))
    assert {"gate", "status", "value", "limit", "worst_frame"} == set(detail[0])
    assert "lettering shows through" in failures(results)["r1"]
    assert failures({"r1": tuple(erased().values())}) == {}
