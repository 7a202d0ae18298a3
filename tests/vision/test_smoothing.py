"""One course through what frames say, held against the same equations solved without thinking."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.vision.smoothing import smooth_trajectory, trajectory_covariances


@given(frames=st.integers(1, 12), numbers=st.integers(1, 5), seed=st.integers(0, 10**6))
def test_it_solves_the_equations_that_it_says(frames: int, numbers: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(frames, numbers, numbers))
    information = roots @ roots.transpose(0, 2, 1) + 0.1 * np.eye(numbers)
    told = rng.normal(size=(frames, numbers))
    acceleration_precision = np.diag(rng.uniform(0.1, 100, numbers))
    bends = np.zeros((max(frames - 2, 0), frames))
    for row in range(len(bends)):
        bends[row, row : row + 3] = 1, -2, 1
    whole = np.kron(bends.T @ bends, acceleration_precision)
    for t in range(frames):
        part = slice(t * numbers, (t + 1) * numbers)
        whole[part, part] += information[t]
    due = np.linalg.solve(whole, told.ravel()).reshape(frames, numbers)
    assert smooth_trajectory(information, told, acceleration_precision=acceleration_precision) == pytest.approx(
        due, abs=1e-5
    )


def test_what_moves_evenly_is_kept_and_goes_on_over_frames_that_say_nothing() -> None:
    due = np.column_stack([3 + 0.5 * np.arange(20), 7 - 2.0 * np.arange(20)])
    information = np.zeros((20, 2, 2))
    information[[0, 1, 2, 3, 9, 10]] = 100 * np.eye(2)
    told = np.einsum("tij,tj->ti", information, due)
    assert smooth_trajectory(information, told, acceleration_precision=10 * np.eye(2)) == pytest.approx(due, abs=1e-4)


def test_the_stiffer_it_is_the_less_it_follows_what_trembles() -> None:
    values = np.random.default_rng(2).normal(size=(40, 1))
    information = np.ones((40, 1, 1))
    steps = [
        float(
            np.abs(
                np.diff(smooth_trajectory(information, values, acceleration_precision=np.array([[s]])), 2, axis=0)
            ).mean()
        )
        for s in (0.1, 10, 1000)
    ]
    assert steps[0] > 3 * steps[1] > 9 * steps[2]


def test_frames_that_say_nothing_are_the_less_certain_the_farther_from_those_that_do() -> None:
    information = np.tile(100 * np.eye(2), (60, 1, 1))
    information[20:31] = 0
    spread = trajectory_covariances(information, acceleration_precision=10 * np.eye(2))[:, 0, 0]
    assert spread[5] == pytest.approx(spread[50], rel=0.02)
    assert spread[5] < 0.01
    assert (np.diff(spread[20:26]) > 0).all() and (np.diff(spread[25:31]) < 0).all()


def test_covariances_are_those_of_the_whole_system_and_a_loosened_step_parts_what_is_before_it() -> None:
    rng = np.random.default_rng(4)
    information = np.einsum("tij,tkj->tik", *2 * [rng.normal(size=(70, 2, 2))]) + 0.5 * np.eye(2)
    precision = np.tile(20 * np.eye(2), (68, 1, 1))
    precision[33:35] = 1e-6
    whole = np.kron(np.eye(70), np.zeros((2, 2)))
    bends = np.diff(np.eye(70), 2, axis=0)
    for row, one in zip(bends, precision, strict=True):
        whole += np.kron(np.outer(row, row), one)
    for t in range(70):
        whole[2 * t : 2 * t + 2, 2 * t : 2 * t + 2] += information[t]
    inverse = np.linalg.inv(whole)
    due = np.array([inverse[2 * t : 2 * t + 2, 2 * t : 2 * t + 2] for t in range(70)])
    assert trajectory_covariances(information, acceleration_precision=precision) == pytest.approx(
        due, rel=0.02, abs=1e-3
    )
    moved = np.where(np.arange(70)[:, None] < 35, 0.0, 5.0) + np.zeros((70, 2))
    told = np.einsum("tij,tj->ti", information, moved)
    assert smooth_trajectory(information, told, acceleration_precision=precision) == pytest.approx(moved, abs=1e-3)
