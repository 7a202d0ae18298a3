"""Spans, boxes, quads, homographies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from overlaycut.core.geometry import UNIT_SQUARE, Box, Quad, Span, homography, mapped, scaling, shift

coordinate = st.floats(-500, 2000)
box = st.builds(Box, st.integers(-50, 100), st.integers(-50, 100), st.integers(1, 80), st.integers(1, 80))


@st.composite
def quads(draw: st.DrawFn) -> Quad:
    """Convex quads: a rectangle with its corners moved by less than a third of its sides."""
    x, y = draw(coordinate), draw(coordinate)
    w, h = draw(st.floats(10, 500)), draw(st.floats(10, 500))
    move = st.floats(-0.3, 0.3)
    corners = [(0, 0), (1, 0), (1, 1), (0, 1)]
    return Quad.of([(x + (a + draw(move)) * w, y + (b + draw(move)) * h) for a, b in corners])


@given(quads(), quads())
def test_a_homography_sends_corners_to_corners_and_back(one: Quad, other: Quad) -> None:
    matrix = homography(one, other)
    assert np.allclose(mapped(matrix, one.array()), other.array(), atol=1e-4)
    assert np.allclose(mapped(np.linalg.inv(matrix), other.array()), one.array(), atol=1e-4)


def test_three_corners_on_a_line_have_no_homography() -> None:
    with pytest.raises(ValueError, match="line"):
        homography(Quad((0, 0), (1, 1), (2, 2), (3, 3)), UNIT_SQUARE)


@given(quads(), st.floats(0.5, 3))
def test_growing_contains_the_quad(quad: Quad, pixels: float) -> None:
    grown = quad.grown(pixels)
    inside = mapped(homography(grown, UNIT_SQUARE), quad.array())
    assert (inside > 0).all() and (inside < 1).all()


@given(quads())
def test_the_box_of_a_quad_holds_its_corners(quad: Quad) -> None:
    around = quad.box()
    points = quad.array()
    assert (points[:, 0] >= around.x).all() and (points[:, 0] <= around.right).all()
    assert (points[:, 1] >= around.y).all() and (points[:, 1] <= around.bottom).all()


def test_quads_take_four_finite_points() -> None:
    for points in ([(0, 0)] * 3, [(0, 0), (1, 0), (1, 1), (0, float("nan"))]):
        with pytest.raises(ValueError, match="four finite"):
            Quad.of(points)


def test_moving_and_scaling() -> None:
    quad = Quad((0, 0), (2, 0), (2, 1), (0, 1))
    assert quad.mapped(shift(3, 4)) == Quad((3, 4), (5, 4), (5, 5), (3, 5))
    assert quad.mapped(scaling(2, 3)).size == (4, 3)


@given(box)
def test_even_boxes_are_the_smallest_around(one: Box) -> None:
    even = one.even()
    assert even.x % 2 == even.y % 2 == even.w % 2 == even.h % 2 == 0
    assert even.overlap(one) == one.area
    assert even.w - one.w <= 2 and even.h - one.h <= 2


@given(box, box)
def test_overlap_is_symmetric_and_bounded(one: Box, other: Box) -> None:
    assert one.overlap(other) == other.overlap(one) <= min(one.area, other.area)
    assert Box.around([one, other]).overlap(one) == one.area


@given(box, st.integers(1, 100), st.integers(1, 100))
def test_clipping_is_the_intersection(one: Box, width: int, height: int) -> None:
    clipped = one.clipped(width, height)
    expected = one.overlap(Box(0, 0, width, height))
    assert (clipped.area if clipped else 0) == expected


def test_an_empty_box_is_refused() -> None:
    with pytest.raises(ValueError, match="width and a height"):
        Box(0, 0, 0, 5)


@given(st.integers(0, 50), st.integers(1, 50))
def test_spans_are_half_open(start: int, length: int) -> None:
    span = Span(start, start + length)
    assert list(span) == list(range(start, start + length))
    assert len(span) == length
    assert start in span and start + length not in span


@given(st.integers(0, 30), st.integers(1, 30), st.integers(0, 30), st.integers(1, 30))
def test_clipped_spans_hold_the_common_frames(a: int, n: int, b: int, m: int) -> None:
    one, other = Span(a, a + n), Span(b, b + m)
    common = sorted(set(one) & set(other))
    clipped = one.clipped(other)
    assert (list(clipped) if clipped else []) == common


def test_empty_and_reversed_spans_are_refused() -> None:
    for start, end in ((3, 3), (4, 2), (-1, 2)):
        with pytest.raises(ValueError, match="runs forward"):
            Span(start, end)


@given(quads())
def test_area_does_not_depend_on_where_one_begins(quad: Quad) -> None:
    assume(quad.area > 1)
    turned = Quad(quad.b, quad.c, quad.d, quad.a)
    assert turned.area == pytest.approx(quad.area)
    assert Quad(quad.d, quad.c, quad.b, quad.a).area == pytest.approx(-quad.area)


@given(box)
def test_the_box_of_a_mask_is_the_one_that_was_set(one: Box) -> None:
    inside = one.clipped(60, 40)
    assume(inside is not None)
    mask = np.zeros((40, 60), np.bool_)
    mask[inside.slices] = True
    assert Box.of(mask) == inside
    corners = np.zeros_like(mask)
    corners[inside.y, inside.x] = corners[inside.bottom - 1, inside.right - 1] = True
    assert Box.of(corners) == inside


def test_a_mask_without_anything_has_no_box() -> None:
    with pytest.raises(ValueError, match="nothing is set"):
        Box.of(np.zeros((3, 4), np.bool_))
