"""Edges continued straight through a hole."""

import numpy as np
import pytest

from overlaycut.core.frame import Mask
from overlaycut.vision.coherence import coherence_fill
from overlaycut.vision.filters import FloatImage, blurred


def halves(slope: float) -> FloatImage:
    rows, columns = np.indices((90, 160), np.float32)
    luma = np.where(rows - 45 > slope * (columns - 80), 60.0, 190.0).astype(np.float32)
    return np.repeat(blurred(luma, 0.8)[..., None], 3, axis=2)


def hole() -> Mask:
    mask = np.zeros((90, 160), np.bool_)
    mask[25:66, 74:86] = True
    return mask


@pytest.mark.parametrize("slope", [-0.7, -0.2, 0.0, 0.5])
def test_an_edge_runs_on_straight(slope: float) -> None:
    seen = np.where(hole()[..., None], np.float32(235), halves(slope))
    made = coherence_fill(seen, hole())
    assert float(np.sqrt(np.mean(np.square(made - halves(slope))[hole()]))) < 20
    assert (made[~hole()] == seen[~hole()]).all()


def test_colours_stay_between_those_around_and_the_hole_is_not_read() -> None:
    made = [coherence_fill(np.where(hole()[..., None], np.float32(ink), halves(0.5)), hole()) for ink in (0, 255)]
    assert (made[0] == made[1]).all()
    assert made[0].min() >= halves(0.5).min() - 0.01 and made[0].max() <= halves(0.5).max() + 0.01


def test_nothing_to_fill_is_left_alone() -> None:
    picture = halves(0.5)
    assert coherence_fill(picture, np.zeros((90, 160), np.bool_)) is picture
