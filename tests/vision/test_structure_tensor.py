"""Where windows can be located, and in which directions."""

from __future__ import annotations

import numpy as np
import pytest

from overlaycut.vision.filters import blurred
from overlaycut.vision.structure_tensor import StructureTensor, best_per_cell, gradients


def test_gradients_are_in_levels_per_pixel() -> None:
    across, down = gradients(np.tile(3 * np.arange(20, dtype=np.float32), (10, 1)))
    assert across[:, 2:-2] == pytest.approx(3) and down == pytest.approx(0)


def test_a_corner_is_sure_in_every_direction_and_an_edge_across_itself_only() -> None:
    picture = np.full((80, 80), 40, np.float32)
    picture[40:, 40:] = 200
    tensor = StructureTensor.of(blurred(picture, 1.0), 13)
    corner, edge, plain = tensor.certainty(np.array([[40.0, 40.0], [40.0, 65.0], [10.0, 10.0]]), half_sure=25.0)
    assert np.linalg.eigvalsh(corner).min() > 0.8
    assert edge[0, 0] > 0.9 and abs(edge[1, 1]) < 1e-6
    assert np.abs(plain).max() < 1e-6
    merit = tensor.merit()
    assert merit[40, 40] > merit[65, 40] > merit[10, 10] == 0


def test_every_cell_gives_its_best_place_and_plain_cells_none() -> None:
    merit = np.zeros((25, 32), np.float32)
    merit[3, 4], merit[7, 8], merit[22, 31] = 2.0, 5.0, 1.0
    assert best_per_cell(merit, 10).tolist() == [[8, 7], [31, 22]]
    assert best_per_cell(merit, 10, least=1.5).tolist() == [[8, 7]]
    assert best_per_cell(merit[:0], 10).shape == (0, 2)
