"""Sparse systems of neighbouring pixels, and blurs at half the size."""

import numpy as np
import pytest
from scipy.sparse import csc_matrix

from overlaycut.vision.filters import blurred, widely_blurred
from overlaycut.vision.linear_systems import factorised


def test_the_factors_solve_a_system_whose_pattern_is_symmetric_and_whose_values_are_not() -> None:
    """As that of coherence: each pixel weighs its neighbours in its own way."""
    random = np.random.default_rng(4)
    side = 12
    matrix = np.zeros((side * side, side * side))
    for at in range(side * side):
        row, column = divmod(at, side)
        for down, across in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            if 0 <= row + down < side and 0 <= column + across < side:
                matrix[at, (row + down) * side + column + across] = -random.uniform(1e-6, 1)
    matrix += np.diag(0.05 - matrix.sum(axis=1))
    known = random.uniform(0, 255, (side * side, 3))
    found = factorised(csc_matrix(matrix)).solve(matrix @ known)
    assert np.abs(found - known).max() < 1e-8


@pytest.mark.parametrize(("rows", "columns"), [(80, 121), (33, 200), (9, 9), (1, 40)])
def test_a_wide_blur_is_that_of_the_full_size(rows: int, columns: int) -> None:
    noise = np.random.default_rng(1).uniform(0, 100, (rows, columns)).astype(np.float32)
    step = np.where(np.arange(columns) > columns // 2, noise + 100, noise).astype(np.float32)
    for sigma in (1.0, 6.0, 7.0, 10.0):
        assert np.abs(widely_blurred(step, sigma) - blurred(step, sigma)).max() < 2.0
