"""Convex polygons: points in them, what they share, and the pixels they cover."""

from __future__ import annotations

import numpy as np
import pytest

from overlaycut.core.geometry import Box, Quad
from overlaycut.vision import polygons

SQUARE = Box(10, 20, 40, 30).quad().array()
TURNED = Quad((30, 0), (60, 30), (30, 60), (0, 30)).array()
BOW_TIE = np.array([[0, 0], [10, 10], [10, 0], [0, 10]], dtype=float)


def test_points_on_an_edge_lie_inside_and_those_beyond_do_not() -> None:
    points = np.array([[10, 20], [50, 35], [30, 50], [9.9, 30], [50.1, 35], [30, 19.9]])
    assert polygons.inside(points, SQUARE).tolist() == [True, True, True, False, False, False]
    assert polygons.inside(np.array([[30, 30], [1, 1], [15, 15.5]]), TURNED).tolist() == [True, False, True]
    assert polygons.inside(np.zeros((0, 2)), SQUARE).shape == (0,)


def test_areas_do_not_depend_on_the_direction_of_the_corners() -> None:
    assert polygons.area(SQUARE) == polygons.area(SQUARE[::-1]) == 1200
    assert polygons.area(TURNED) == 1800


def test_what_two_polygons_share() -> None:
    other = SQUARE + np.array([20, 0])
    assert polygons.shared_area(SQUARE, other) == pytest.approx(600)
    assert polygons.overlap(SQUARE, other) == pytest.approx(0.5)
    assert polygons.overlap(SQUARE, Box(0, 0, 100, 100).quad().array()) == pytest.approx(1)
    assert polygons.intersection_over_union(SQUARE, other) == pytest.approx(1 / 3)
    assert polygons.intersection_over_union(SQUARE, SQUARE + 100) == 0
    assert polygons.overlap(SQUARE, np.zeros((4, 2))) == 0


def test_the_share_in_a_picture() -> None:
    picture = Box(0, 0, 30, 100).quad().array()
    assert polygons.share_in(SQUARE, picture) == pytest.approx(0.5)
    assert polygons.share_in(SQUARE, SQUARE) == pytest.approx(1)
    assert polygons.share_in(BOW_TIE, picture) == 0


def test_a_mask_covers_what_the_polygon_does_to_a_part_of_a_pixel() -> None:
    mask = polygons.polygon_mask(np.array([[2, 1], [6, 1], [6, 4], [2, 4]], float), (8, 10))
    assert mask.shape == (8, 10) and mask[1:5, 2:7].all() and mask.sum() == 20
    steep = np.array([[0, 0], [9, 0], [9, 0.5], [0, 7.5]])
    fine, coarse = (polygons.polygon_mask(steep, (8, 10), whole_pixels=whole) for whole in (False, True))
    assert not np.array_equal(fine, coarse)
