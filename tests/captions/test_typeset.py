"""Words set into a place: the geometry of the fit, and the ink that comes out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.captions import InkBounds, line_bounds, typeset
from overlaycut.captions.fonts import font_path
from overlaycut.captions.typeset import TypesetParameters, fit_lines, fitted, ink_bounds
from overlaycut.errors import ExitCode, FontError

INTER = font_path("Inter-Bold.otf")
LIMITS = TypesetParameters()
MOST_STRETCH, TIGHTEST, LOOSEST = LIMITS.most_stretch, LIMITS.tightest, LIMITS.loosest
BOX = InkBounds(20.25, 20.5, 300.75, 70.25)

sides = st.floats(2, 2000)
inks = st.builds(
    lambda left, top, width, height: InkBounds(left, top, left + width, top + height),
    st.floats(-0.5, 0.5), st.floats(-1, 0), st.floats(0.05, 40), st.floats(0.05, 3),
)  # fmt: skip
boxes = st.builds(
    lambda x, y, w, h: InkBounds(x, y, x + w, y + h), st.floats(-50, 500), st.floats(-50, 500), sides, sides
)


@given(inks, st.integers(0, 60), boxes)
def test_a_fit_stays_in_its_box_and_its_limits(ink: InkBounds, gaps: int, box: InkBounds) -> None:
    fit = fitted(ink, gaps, box)
    width = fit.size * fit.stretch * (ink.width + gaps * fit.tracking)
    left = fit.left + fit.size * fit.stretch * ink.left
    tiny = 1e-6 * (abs(box.left) + abs(box.bottom) + box.width + box.height)
    assert 1 / MOST_STRETCH - 1e-9 <= fit.stretch <= MOST_STRETCH + 1e-9
    assert TIGHTEST - 1e-9 <= fit.tracking <= LOOSEST + 1e-9
    assert box.left - tiny <= left and left + width <= box.right + tiny
    assert abs((left + width / 2) - (box.left + box.right) / 2) <= tiny
    assert fit.size * ink.height <= box.height + tiny
    full = box.height / ink.height
    assert abs(fit.baseline + full * ink.bottom - box.bottom) <= tiny, "smaller letters stand on the same baseline"
    if fit.size < full * (1 - 1e-9):
        assert abs(width - box.width) <= tiny, "letters are set smaller only where they would not fit otherwise"


@given(inks, st.integers(1, 60), st.floats(10, 200), st.floats(1.001 / MOST_STRETCH, 0.999 * MOST_STRETCH))
def test_words_of_nearly_the_old_width_fill_the_old_place(ink: InkBounds, gaps: int, size: float, ratio: float) -> None:
    box = InkBounds(5, 5, 5 + size * ratio * ink.width, 5 + size * ink.height)
    fit = fitted(ink, gaps, box)
    assert fit.size == pytest.approx(size)
    assert fit.stretch == pytest.approx(ratio)
    assert fit.tracking == pytest.approx(0, abs=1e-6)


def test_words_that_were_spaced_out_are_spaced_out_again() -> None:
    ink = InkBounds(0, -0.7, 4, 0)
    fit = fitted(ink, 5, InkBounds(0, 0, 400 * 1.25, 70))
    assert (fit.size, fit.stretch) == (pytest.approx(100), pytest.approx(1))
    assert fit.tracking == pytest.approx(0.2)


def test_far_too_short_words_stand_in_the_middle_as_they_are() -> None:
    fit = fitted(InkBounds(0, -0.7, 1, 0), 1, InkBounds(0, 0, 1000, 70))
    assert (fit.size, fit.stretch, fit.tracking, fit.left) == (pytest.approx(100), 1, 0, pytest.approx(450))


@pytest.mark.parametrize("ink", [InkBounds(0, 0, 0, 1), InkBounds(0, 0, 1, 0)])
def test_nothing_cannot_be_fitted(ink: InkBounds) -> None:
    with pytest.raises(ValueError, match="ink and room"):
        fitted(ink, 0, BOX)


@pytest.mark.parametrize("text", ["COLD BREW", "gypsum", "Éclair", "Ñandú 24 %", "e\u0301té", "ЖУРНАЛ"])
def test_ink_ends_where_the_box_ends(text: str) -> None:
    [line] = fit_lines(text, INTER, into=[BOX])
    found = ink_bounds(typeset(text, INTER, into=[BOX], width=330, height=100))
    assert found is not None
    assert found.bottom == pytest.approx(BOX.bottom, abs=0.6)
    assert found.left + found.right == pytest.approx(BOX.left + BOX.right, abs=0.8)
    if line.fit.size * MOST_STRETCH > 50:
        assert found.width <= BOX.width + 0.8


def test_a_quarter_of_a_pixel_is_kept() -> None:
    def centre(x: float) -> float:
        box = InkBounds(20 + x, 20, 220 + x, 60)
        columns = typeset("HELLO", INTER, into=[box], width=250, height=80).sum(axis=0)
        return float((columns * np.arange(250)).sum() / columns.sum())

    for step in (0.25, 0.5, 0.75):
        assert centre(step) - centre(0) == pytest.approx(step, abs=0.04)


def test_coverage_is_a_share() -> None:
    coverage = typeset("OO", INTER, into=[InkBounds(3, 3, 60, 36)], width=64, height=40)
    assert coverage.dtype == np.float32 and coverage.shape == (40, 64)
    assert coverage.min() == 0 and coverage.max() == pytest.approx(1, abs=1e-5)


def test_each_line_takes_its_own_place() -> None:
    places = [InkBounds(20, 10, 220, 40), InkBounds(60, 60, 180, 80)]
    drawn = typeset("COLD BREW\nsince 98", INTER, into=places, width=240, height=100)
    found = line_bounds(drawn, 2)
    assert len(found) == 2
    for edges, place in zip(found, places, strict=True):
        assert edges.bottom == pytest.approx(place.bottom, abs=0.6)
        assert (edges.left + edges.right) / 2 == pytest.approx(120, abs=0.6)


def test_lines_without_places_of_their_own_share_one() -> None:
    found = ink_bounds(typeset("COLD\nBREW", INTER, into=[InkBounds(20, 10, 150, 90)], width=170, height=100))
    assert found is not None
    assert (found.top, found.bottom) == (pytest.approx(10, abs=0.7), pytest.approx(90, abs=0.7))


def test_lines_that_touch_are_not_told_apart() -> None:
    block = np.zeros((40, 60), np.float32)
    block[5:35, 5:55] = 1
    assert line_bounds(block, 2) == (InkBounds(5, 5, 55, 35),)
    assert line_bounds(np.zeros((40, 60), np.float32), 2) == ()


def test_a_stray_stroke_does_not_move_rough_edges() -> None:
    drawn = typeset("COLD BREW", INTER, into=[BOX], width=330, height=100)
    stray = drawn.copy()
    stray[70:88, 100:103] = 1
    assert _far(ink_bounds(drawn), ink_bounds(stray)) > 10
    assert _far(ink_bounds(drawn, trim=True), ink_bounds(stray, trim=True)) < 2


def test_rough_places_are_filled_by_ink_that_is_measured_as_roughly() -> None:
    drawn = typeset("COLD BREW", INTER, into=[BOX], width=330, height=100)
    again = typeset("COLD BREW", INTER, into=line_bounds(drawn, 1, trim=True), width=330, height=100, trim=True)
    assert float(np.abs(drawn - again).mean()) < 0.01


@pytest.mark.parametrize(
    ("text", "said"), [("COLD 東", "U+6771 CJK UNIFIED IDEOGRAPH-6771"), ("  \n ", "nothing to draw")]
)
def test_what_cannot_be_drawn_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(FontError, match="Inter-Bold") as refusal:
        typeset(text, INTER, into=[BOX], width=330, height=100)
    assert said in refusal.value.one_line()
    assert refusal.value.exit_code == ExitCode.BAD_INPUT


def _far(one: InkBounds | None, other: InkBounds | None) -> float:
    assert one is not None and other is not None
    return max(abs(a - b) for a, b in zip(one, other, strict=True))
