"""What bends is smooth, has an inverse, and is none of what a plane does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.core.geometry import Box, homography, mapped
from overlaycut.vision.deformation import BENT, PLANAR, Deformation, modes

LIES = Box(30, 20, 200, 50).quad()
POINTS = np.stack(np.meshgrid(np.linspace(30, 230, 21), np.linspace(20, 70, 6)), axis=-1).reshape(-1, 2)


@given(st.lists(st.floats(-0.04, 0.04), min_size=BENT, max_size=BENT))
def test_going_there_and_back_ends_where_it_began(strengths: list[float]) -> None:
    deformation = Deformation(np.array(strengths))
    there = POINTS + deformation.at(POINTS, LIES)
    assert there + deformation.back_at(there, LIES) == pytest.approx(POINTS, abs=0.05)


def test_a_bend_is_the_same_on_sheets_of_other_sizes() -> None:
    deformation = Deformation(np.array([0.03, 0.01, -0.02, 0.04, 0.0, 0.02]))
    larger = Box(90, 60, 600, 150).quad()
    assert deformation.at(3 * POINTS, larger) == pytest.approx(3 * deformation.at(POINTS, LIES), abs=1e-9)


def test_planar_modes_are_what_a_homography_does_to_first_order() -> None:
    small = 1e-4 * np.random.default_rng(1).normal(size=(4, 2)) * 100
    moved = LIES.array() + small
    plane = homography(LIES, type(LIES).of(moved))
    due = mapped(plane, POINTS) - POINTS
    basis = modes(LIES.array(), LIES)[..., :PLANAR].reshape(8, PLANAR)
    strengths = np.linalg.solve(basis, small.ravel())
    assert modes(POINTS, LIES)[..., :PLANAR] @ strengths == pytest.approx(due, abs=1e-5)


def test_no_bend_can_be_made_of_what_a_plane_does() -> None:
    every = modes(POINTS, LIES).reshape(-1, PLANAR + BENT)
    assert np.linalg.matrix_rank(every, tol=1e-6) == PLANAR + BENT


def test_far_from_the_region_nothing_bends() -> None:
    far = np.array([[900.0, 40.0], [130.0, 700.0]])
    assert np.abs(Deformation(np.full(BENT, 0.05)).at(far, LIES)).max() < 1e-6
