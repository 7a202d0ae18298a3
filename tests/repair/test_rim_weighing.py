"""Motion against edges continued straight: the rim of the hole decides, and nothing flickers."""

from __future__ import annotations

import numpy as np
import pytest

from overlaycut.core.frame import Mask
from overlaycut.repair.fill.rim_weighing import RimWeighing
from overlaycut.vision.coherence import CoherenceParameters
from overlaycut.vision.filters import FloatImage, blurred, dilated
from overlaycut.vision.poisson import GuidanceField

ROWS, COLUMNS = 60, 160


def picture() -> FloatImage:
    """A bright curtain beside a dark one, whose edge leans."""
    rows, columns = np.indices((ROWS, COLUMNS), np.float32)
    luma = blurred(np.where(columns + 0.3 * rows < 80, 200.0, 60.0).astype(np.float32), 0.8)
    grey = np.full_like(luma, 128)
    return np.dstack([luma, grey, grey])


def hole() -> Mask:
    """A stroke of eight rows across the edge."""
    found = np.zeros((ROWS, COLUMNS), np.bool_)
    found[26:34, 20:140] = True
    return found


def brought(shown: FloatImage) -> GuidanceField:
    """What motion brings: the colours of `shown`, in the hole and on a rim of two pixels."""
    none = np.zeros_like(shown)
    return GuidanceField(none, none, shown, dilated(hole(), 2).astype(np.float32))


def root_mean_square(made: FloatImage) -> float:
    return float(np.sqrt(np.mean(np.square(made - picture())[hole()][:, 0])))


def blended(shown: FloatImage, weighing: RimWeighing) -> FloatImage:
    made = np.where(hole()[..., None], shown, picture()).astype(np.float32)
    return weighing.blended(picture(), hole(), [brought(shown)], made)


def test_an_edge_that_motion_brings_to_a_wrong_place_is_continued_from_the_rim() -> None:
    wrong = np.roll(picture(), 9, axis=1)
    plain = root_mean_square(np.where(hole()[..., None], wrong, picture()).astype(np.float32))
    assert plain > 25
    assert root_mean_square(blended(wrong, RimWeighing(CoherenceParameters()))) < 0.35 * plain


def test_what_motion_brings_rightly_keeps_its_grain() -> None:
    grain = np.random.default_rng(2).normal(0, 2, (ROWS, COLUMNS, 3)).astype(np.float32)
    right = picture() + grain
    made = blended(right, RimWeighing(CoherenceParameters()))
    assert (made[hole()] == right[hole()]).all()
    assert (made[~hole()] == picture()[~hole()]).all()


def test_weights_of_an_unchanged_hole_change_slowly() -> None:
    weighing = RimWeighing(CoherenceParameters())
    wrong = np.roll(picture(), 9, axis=1)
    first, second = blended(wrong, weighing), blended(picture(), weighing)
    assert root_mean_square(first) > 0
    # The frame before weighs seven tenths, so that one frame of right motion does not switch at once.
    fresh = blended(picture(), RimWeighing(CoherenceParameters()))
    assert np.abs(second - fresh).max() > 1


@pytest.mark.parametrize("rows", [(10, 50)])
def test_thick_holes_are_left_to_motion(rows: tuple[int, int]) -> None:
    thick = np.zeros((ROWS, COLUMNS), np.bool_)
    thick[rows[0] : rows[1], 20:140] = True
    wrong = np.roll(picture(), 9, axis=1)
    made = np.where(thick[..., None], wrong, picture()).astype(np.float32)
    source = GuidanceField(np.zeros_like(wrong), np.zeros_like(wrong), wrong, dilated(thick, 2).astype(np.float32))
    assert (RimWeighing(CoherenceParameters()).blended(picture(), thick, [source], made) == made).all()
