"""Small lines are found by their letters where their tracks slip, and compared in the light of their reference."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from overlaycut.analyse.lettering.fusion import FusionParameters, LineFusion
from overlaycut.analyse.lettering.geometry import ClipGeometry
from overlaycut.analyse.lettering.glyphs import GlyphParameters, GlyphSheet
from overlaycut.analyse.lettering.parameters import LetteringParameters
from overlaycut.analyse.lettering.region import Region
from overlaycut.analyse.lettering.relocation import LineRelocator
from overlaycut.analyse.lettering.shape import LineShape, ShapeParameters
from overlaycut.analyse.tracking import SurfaceTracker, TrackObservation
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, Quad, shift

WIDTH, HEIGHT, FINE = 320, 200, 4
LINE = Box(110, 90, 92, 18)
"""The line in the first frame; its capitals are 11 pixels high."""
GEOMETRY = ClipGeometry.of(WIDTH, HEIGHT, 960)
PARAMETERS = LetteringParameters()


def drawn(words: str = "HARBOUR", *, size: float = 1.0, seed: int = 0) -> np.ndarray:
    """Luma of bright words on a dark ground, `size` times as large, around the middle of LINE."""
    ink = np.zeros((HEIGHT * FINE, WIDTH * FINE), np.uint8)
    for number, letter in enumerate(words):
        place = ((LINE.x + 6 + number * 12) * FINE, (LINE.bottom - 4) * FINE)
        cv2.putText(ink, letter, place, cv2.FONT_HERSHEY_SIMPLEX, 0.52 * FINE, 255, 2 * FINE - 1, cv2.LINE_AA)
    x, y = LINE.quad().centre
    ink = cv2.warpAffine(ink, cv2.getRotationMatrix2D((x * FINE, y * FINE), 0, size), ink.shape[::-1])
    cover = cv2.resize(ink, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    soft = cv2.GaussianBlur(70 + 150 * cover, (0, 0), 0.8)
    return soft + np.random.default_rng(seed).normal(0, 2.0, soft.shape).astype(np.float32)


def frame(luma: np.ndarray, index: int = 0) -> Frame:
    rgb = np.repeat(np.clip(luma, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    return Frame.from_rgb(rgb, index=index, at=Fraction(index, 24), lasts=Fraction(1, 24))


def fine(luma: np.ndarray, quad: Quad = LINE.quad()) -> LineShape:
    shape = LineShape.fine(frame(luma), quad, size=(240, 82), parameters=ShapeParameters())
    assert shape is not None
    return shape


def placed(luma: np.ndarray, slip: tuple[float, float], *, ncc: float = 0.4) -> Quad:
    """Where the line is said to be in a frame in which its track has slipped by `slip` pixels."""
    region = Region(
        tracker=SurfaceTracker(frame(drawn()).y, GEOMETRY.to_reduced(LINE.quad())),
        text="HARBOUR", confidence=0.98, first_frame=0, reference_quad=LINE.quad(), parameters=PARAMETERS.regions,
        expected="HARBOUR", source="first frame", fusion=LineFusion(24, FusionParameters()),
    )  # fmt: skip
    assert region.fusion is not None
    region.fusion.add(0, fine(drawn()), LINE.h)
    corners = GEOMETRY.to_reduced(LINE.quad()) + slip
    region.tracker.place(corners)
    region.observations[1] = TrackObservation(1, corners, np.eye(8), 0.5, 1.0, 0.3, ncc, 1.0)
    LineRelocator(GEOMETRY, parameters=PARAMETERS).see(frame(luma, 1), frame(luma, 1).y, [region])
    assert np.allclose(region.observations[1].corners, region.tracker.corners)
    return GEOMETRY.to_clip(region.tracker.corners)


def off(quad: Quad, truth: Quad = LINE.quad()) -> float:
    return float(np.abs(quad.array() - truth.array()).max())


@pytest.mark.parametrize("slip", [(12.0, 0.0), (-9.0, 5.0), (3.0, -6.0)])
def test_a_line_is_found_where_its_letters_are(slip: tuple[float, float]) -> None:
    assert off(placed(drawn(seed=1), slip)) < 1.5


def test_a_line_of_another_size_is_found_at_that_size() -> None:
    about = shift(*LINE.quad().centre) @ np.diag([1.14, 1.14, 1.0]) @ shift(*(-np.array(LINE.quad().centre)))
    assert off(placed(drawn(size=1.14, seed=1), (8.0, 3.0)), LINE.quad().mapped(about)) < 2.0


def test_what_covers_a_third_of_a_line_in_its_own_colour_does_not_hide_its_place() -> None:
    luma = drawn(seed=1)
    luma[:, : LINE.x + 30] = 218
    assert off(placed(luma, (10.0, 2.0))) < 1.5


def test_other_letters_are_not_taken_for_the_line() -> None:
    assert off(placed(drawn("XQEWNJS", seed=1), (10.0, 2.0)), Box(120, 92, 92, 18).quad()) < 0.1


def test_a_track_that_finds_the_line_as_it_was_is_left_alone() -> None:
    assert off(placed(drawn(seed=1), (10.0, 2.0), ncc=0.95), Box(120, 92, 92, 18).quad()) < 0.1


# The light.


def sheet() -> GlyphSheet:
    made = GlyphSheet.of(fine(drawn()), "HARBOUR", GlyphParameters(noise_variance=5.0))
    assert made is not None
    return made


def likeness(luma: np.ndarray) -> float:
    return float(sheet().compared(1, fine(luma)).likeness.min())


def test_a_highlight_that_is_narrower_than_a_letter_changes_no_letter() -> None:
    gleam = 52 * np.exp(-(((np.arange(WIDTH) - 146) / 3) ** 2)).astype(np.float32)
    lit = drawn(seed=1)
    # Letters that are bright already gain less.
    lit += gleam * np.where(lit > 150, 0.7, 1.0)
    assert likeness(lit) > 0.97


@pytest.mark.parametrize(("gleam", "told"), [(15.0, True), (40.0, False)])
def test_letters_in_a_highlight_that_saturates_say_nothing(gleam: float, told: bool) -> None:
    bright, lit = 290 - drawn(), 290 - drawn(seed=1)
    lit[:, 148:160] += gleam
    letters = GlyphSheet.of(fine(bright), "HARBOUR", GlyphParameters(noise_variance=5.0))
    assert letters is not None
    seen = letters.seen(1, fine(lit)).seen
    assert seen[0] and seen[-1] and bool(seen.all()) is told


def test_what_only_one_side_of_a_line_shows_is_no_light() -> None:
    beside = drawn(seed=1)
    beside[LINE.y - 6 : LINE.y] += 35 * (np.arange(WIDTH) % 16 < 8)
    assert likeness(beside) > 0.95


def test_letters_that_melt_do_not_pass_for_light() -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    melted = cv2.remap(drawn(seed=1), x + 2.2 * np.sin(y / 2.2), y + 2.2 * np.sin(x / 3.1), cv2.INTER_LINEAR)
    assert likeness(melted) < 0.85


def test_a_line_that_is_seen_larger_is_compared_as_coarse_as_its_reference() -> None:
    near = LINE.quad().mapped(shift(*LINE.quad().centre) @ np.diag([2.4, 2.4, 1.0]) @ shift(-156.0, -99.0))
    sharp = drawn(size=2.4, seed=1)
    sharp += 1.5 * (sharp - cv2.GaussianBlur(sharp, (0, 0), 1.5))
    look, fusion = fine(sharp, near), LineFusion(24, FusionParameters())
    fusion.add(0, fine(drawn()), LINE.h)
    coarse = fusion.as_coarse(look, 2.4 * LINE.h)
    alike = [float(sheet().compared(1, one).likeness.min()) for one in (look, coarse)]
    assert alike[1] > alike[0] and alike[1] > 0.95
    assert fusion.as_coarse(look, 0.8 * LINE.h) is look
