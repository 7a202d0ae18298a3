"""Robust statistics."""

from __future__ import annotations

import numpy as np
import pytest

from overlaycut.vision.statistics import median_filtered


def test_single_spikes_go_and_steps_stay() -> None:
    series = np.array([0.0, 0, 9, 0, 0, 5, 5, 5, 5])
    assert median_filtered(series, 3).tolist() == [0, 0, 0, 0, 0, 5, 5, 5, 5]


@pytest.mark.parametrize("width", [1, 3, 5, 7])
def test_a_series_keeps_its_length_and_what_is_constant(width: int) -> None:
    assert median_filtered(np.full(4, 2.5), width).tolist() == [2.5] * 4
