"""The letters of a line one by one: how they are split, compared, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import cv2
import numpy as np
import pytest

from overlaycut.analyse.judge import LetterMatch, Letters, OcrReading, Shapes, TextObservation, Verdict, judge
from overlaycut.analyse.judge.parameters import LetterParameters
from overlaycut.analyse.lettering.glyphs import GlyphParameters, GlyphSheet
from overlaycut.analyse.lettering.shape import LineShape, ShapeParameters
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box

LINE = Box(40, 60, 240, 44)
FPS = 24.0
RNG = np.random.default_rng(11)
GROUND = cv2.resize(RNG.uniform(70, 90, (9, 16)), (320, 160), interpolation=cv2.INTER_CUBIC)


def drawn(words: str = "HARBOUR", *, ink: int = 230) -> np.ndarray:
    """Letters of one pitch, so that one can be exchanged without moving the others."""
    grey = np.clip(GROUND, 0, 255).astype(np.uint8).copy()
    for number, letter in enumerate(words):
        place = (LINE.x + 6 + number * 33, LINE.bottom - 8)
        cv2.putText(grey, letter, place, cv2.FONT_HERSHEY_SIMPLEX, 1.1, ink, 4, cv2.LINE_AA)
    return np.repeat(grey[..., None], 3, axis=2)


def shape(picture: np.ndarray, box: Box = LINE) -> LineShape:
    frame = Frame.from_rgb(picture, index=0, at=Fraction(0), lasts=Fraction(1, 24))
    found = LineShape.of(frame, box.quad(), parameters=ShapeParameters())
    assert found is not None
    return found


def sheet(picture: np.ndarray | None = None, expected: str | None = "HARBOUR") -> GlyphSheet:
    made = GlyphSheet.of(shape(drawn() if picture is None else picture), expected, GlyphParameters())
    assert made is not None
    return made


def test_a_line_is_split_at_the_gaps_between_its_letters() -> None:
    made = sheet()
    assert len(made.spans) == 7 and made.names == tuple("HARBOUR")


def test_a_bare_surface_has_no_letters() -> None:
    assert GlyphSheet.of(shape(drawn("")), "HARBOUR", GlyphParameters()) is None


@pytest.mark.parametrize("change", [
    lambda picture: cv2.GaussianBlur(picture, (0, 0), 1.6),
    lambda picture: np.clip(picture.astype(np.float64) * 0.6 + 20, 0, 255).astype(np.uint8),
    lambda picture: np.roll(picture, (3, 5), axis=(0, 1)),
    lambda picture: np.clip(picture + np.random.default_rng(2).normal(0, 6, picture.shape), 0, 255).astype(np.uint8),
    lambda picture: cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 25])[1], cv2.IMREAD_COLOR),
])  # fmt: skip
def test_letters_are_themselves_under_blur_light_noise_compression_and_a_track_that_is_off(
    change: Callable[[np.ndarray], np.ndarray],
) -> None:
    seen = sheet().seen(6, shape(change(drawn())))
    assert seen.seen.all() and seen.likeness.min() > 0.93


@pytest.mark.parametrize("number", [1, 3, 5])
def test_the_one_letter_that_is_another_is_told(number: int) -> None:
    words = "HARBOUR"
    seen = sheet().seen(6, shape(drawn(words[:number] + "X" + words[number + 1 :])))
    others = np.delete(seen.likeness, number)
    assert seen.likeness[number] < 0.88 and others.min() > 0.95


def test_a_letter_that_a_hand_covers_says_nothing() -> None:
    picture = drawn()
    cv2.rectangle(picture, (LINE.x + 60, 0), (LINE.x + 110, 159), (205, 150, 120), -1)
    seen = sheet().seen(6, shape(picture))
    assert not seen.seen[2:4].any() and seen.seen[[0, 6]].all()


def squeezed(by: float) -> np.ndarray:
    """The letters narrower by a factor about the middle of their line; the surface stays."""
    middle = LINE.x + LINE.w / 2
    matrix = np.array([[1 / by, 0, middle - middle / by], [0, 1, 0]])
    ink = cv2.warpAffine(drawn().astype(np.float32) - drawn("").astype(np.float32), matrix, (320, 160))
    return np.clip(drawn("") + ink, 0, 255).astype(np.uint8)


def test_letters_in_other_proportions_are_alike_and_the_stretch_is_told() -> None:
    assert sheet().compared(6, shape(drawn())).stretch == 1.0
    narrower = sheet().compared(6, shape(squeezed(1.25)))
    assert narrower.likeness.min() > 0.85 and 1.15 < narrower.stretch < 1.4


def life(count: int = 60, ncc: float = 0.95) -> list[TextObservation]:
    return [TextObservation(i, 1.0, 0.9, 40.0, ncc, 0.004, 1.0) for i in range(count)]


def said(
    likeness: Callable[[int], list[float]],
    *,
    steady: float = 0.99,
    height: float = 40.0,
    stretch: Callable[[int], float] = lambda i: 1.0,
) -> Verdict:
    matches = [
        LetterMatch(i, np.array(likeness(i)), np.full(5, steady), np.ones(5, dtype=bool), stretch(i))
        for i in range(0, 60, 6)
    ]
    letters = Letters.of(matches, tuple("PANDA"), height, LetterParameters())
    readings = [OcrReading(i, "PANDA", 0.97) for i in range(0, 60, 6)]
    return judge(
        life(), readings, Shapes((), letters), expected="PANDA", expected_confidence=1.0, fps=FPS, source="first frame"
    )


def test_a_line_of_which_one_letter_melts_is_warped_and_the_letter_is_named() -> None:
    verdict = said(lambda i: [0.98, 0.98, 0.75 if i >= 24 else 0.98, 0.97, 0.98])
    assert verdict.state == "warped" and verdict.onset is not None and 18 < verdict.onset <= 24
    assert "letter 3 ('N')" in verdict.reason and "still reads 'PANDA'" in verdict.reason


def test_a_line_that_is_redrawn_and_still_reads_is_warped() -> None:
    verdict = said(lambda i: [0.98] * 5 if i < 24 else [0.8, 0.78, 0.75, 0.8, 0.77])
    assert verdict.state == "warped" and "redrawn" in verdict.reason


def test_lettering_that_wanders_a_little_in_every_frame_convicts_itself() -> None:
    verdict = said(lambda i: [0.99 - 0.0016 * i] * 5)
    assert verdict.state == "warped" and "again and again" in verdict.reason


def test_a_line_that_takes_other_proportions_than_its_surface_is_redrawn() -> None:
    verdict = said(lambda i: [0.96] * 5, stretch=lambda i: 1.3 if i >= 24 else 1.02)
    assert verdict.state == "warped" and "other proportions" in verdict.reason
    assert verdict.onset is not None and 18 < verdict.onset <= 24


@pytest.mark.parametrize("stretch", [
    lambda i: 1.3, lambda i: 1.1 if i >= 24 else 1.0, lambda i: np.nan if i >= 12 else 1.0,
    lambda i: 1.3 if 18 <= i < 36 else 1.0,
])  # fmt: skip
def test_proportions_convict_nothing_where_they_pass_are_small_or_cannot_be_told(
    stretch: Callable[[int], float],
) -> None:
    assert said(lambda i: [0.96] * 5, stretch=stretch).state == "stable"


@pytest.mark.parametrize(("likeness", "steady", "height"), [
    (lambda i: [0.98, 0.98, 0.75 if 18 <= i < 36 else 0.98, 0.97, 0.98], 0.99, 40.0),
    (lambda i: [0.94, 0.86, 0.9, 0.95, 0.88], 0.9, 40.0),
    (lambda i: [0.98] * 5 if i < 30 else [0.9, 0.9, 0.87, 0.9, 0.88], 0.9, 40.0),
    (lambda i: [0.99 - 0.0016 * i] * 5, 0.99, 14.0),
    (lambda i: [0.7] * 5, 0.99, 40.0),
])  # fmt: skip
def test_what_passes_what_is_poor_everywhere_and_what_is_too_small_convicts_nothing(
    likeness: Callable[[int], list[float]], steady: float, height: float
) -> None:
    assert said(likeness, steady=steady, height=height).state == "stable"


def test_misreadings_of_letters_that_keep_their_shapes_convict_nothing() -> None:
    matches = [LetterMatch(i, np.full(5, 0.95), np.full(5, 0.98), np.ones(5, dtype=bool)) for i in range(0, 60, 6)]
    letters = Letters.of(matches, tuple("PANDA"), 20.0, LetterParameters())
    readings = [OcrReading(i, "PANDA" if i < 24 else "QXFJC", 0.9) for i in range(0, 60, 6)]
    looks = [TextObservation(i, 1.0, 0.9, 20.0, 0.7, 0.03, 1.0) for i in range(60)]
    verdict = judge(
        looks, readings, Shapes((), letters), expected="PANDA", expected_confidence=1.0, fps=FPS, source="still"
    )
    assert verdict.state == "stable"


@pytest.mark.parametrize(("support", "residual", "sure"), [(0.9, 0.07, True), (0.9, 0.003, False), (0.4, 0.07, False)])
def test_letters_that_wander_melt_where_strokes_part_on_a_surface_that_holds(
    support: float, residual: float, sure: bool
) -> None:
    matches = [
        LetterMatch(i, np.full(2, 0.99 if i < 18 else 0.88), np.full(2, 0.97), np.ones(2, dtype=bool))
        for i in range(0, 60, 6)
    ]
    letters = Letters.of(matches, ("", ""), 90.0, LetterParameters())
    looks = [
        TextObservation(i, 1.0, support, 90.0, *((0.98, 0.001) if i < 18 else (0.7, residual)), 1.0) for i in range(60)
    ]
    verdict = judge(looks, [], Shapes((), letters), expected=None, expected_confidence=0.0, fps=FPS, source=None)
    assert verdict.state == "warped" and (verdict.confidence >= 0.5) is sure
