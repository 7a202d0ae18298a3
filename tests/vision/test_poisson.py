"""Gradients into pictures, on surfaces whose truth is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.core.frame import Mask
from overlaycut.vision.filters import FloatImage
from overlaycut.vision.poisson import GuidanceField, PoissonSystem, in_light_of


def surface(rows: int = 30, columns: int = 40) -> FloatImage:
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    wave = 100 + 40 * np.sin(x / 5) + 20 * np.cos(y / 4)
    return np.dstack([wave, 128 + 0 * wave, 120 + x / 10]).astype(np.float32)


def hole(rows: int = 30, columns: int = 40) -> Mask:
    mask = np.zeros((rows, columns), np.bool_)
    mask[8:20, 5:30] = True
    return mask


def slopes_of(picture: FloatImage, weight: float = 1.0) -> GuidanceField:
    across = np.diff(picture, axis=1, append=picture[:, -1:])
    down = np.diff(picture, axis=0, append=picture[-1:])
    return GuidanceField(across, down, picture, np.full(picture.shape[:2], weight, np.float32))


@given(light=st.floats(-25, 25))
def test_the_slopes_of_the_same_picture_in_any_light_give_it_back(light: float) -> None:
    truth, where = surface(), hole()
    shown = np.where(where[..., None], 0, truth).astype(np.float32)
    solved = PoissonSystem(where).solved(shown, [slopes_of(truth + np.float32(light))])
    assert np.abs(solved - truth[where]).max() < 0.05


def test_a_part_of_a_picture_has_the_light_of_the_whole() -> None:
    truth, where, part = surface(), hole(), (slice(5, 23), slice(2, 33))
    lit = truth + np.linspace(-20, 20, 40, dtype=np.float32)[:, None]
    near = np.zeros_like(where)
    near[6:22, 3:32] = True
    source = slopes_of(truth)
    source.weight[~near] = 0
    cut = GuidanceField(source.across[part], source.down[part], source.colour[part], source.weight[part])
    whole = in_light_of(lit, where, source)[part]
    assert np.allclose(in_light_of(lit[part], where[part], cut), whole, atol=1e-3)


def test_without_slopes_it_is_a_soap_film() -> None:
    where = hole()
    flat = np.full((30, 40, 3), 90, np.float32)
    nothing = slopes_of(surface(), weight=0)
    solved = PoissonSystem(where).solved(np.where(where[..., None], 0, flat).astype(np.float32), [nothing])
    assert solved == pytest.approx(90, abs=1e-3)


def test_two_sources_of_different_light_meet_without_a_seam() -> None:
    truth, where = surface(), hole()
    left, right = slopes_of(truth + 30), slopes_of(truth - 30)
    left.weight[:, 18:] = 0
    right.weight[:, :18] = 0
    shown = np.where(where[..., None], 0, truth).astype(np.float32)
    solved = PoissonSystem(where).solved(shown, [left, right])
    assert np.abs(solved - truth[where]).max() < 0.05


def test_a_hole_at_the_edge_of_the_picture_has_fewer_neighbours() -> None:
    truth = surface()
    where = np.zeros((30, 40), np.bool_)
    where[:10, :40] = True
    shown = np.where(where[..., None], 0, truth).astype(np.float32)
    assert np.abs(PoissonSystem(where).solved(shown, [slopes_of(truth)]) - truth[where]).max() < 0.05


def test_an_edge_that_one_side_does_not_show_tinges_little_of_the_hole() -> None:
    """The source has an edge where the picture has none any more: slopes alone would carry it through the hole."""
    rows, columns = 40, 90
    flat = np.full((rows, columns, 3), 100, np.float32)
    where = np.zeros((rows, columns), np.bool_)
    where[10:30, 10:80] = True
    edge = flat.copy()
    edge[:, 45:] += 60
    source = slopes_of(edge)
    source.colour[...] = flat
    solved = flat.copy()
    solved[where] = PoissonSystem(where).solved(flat, [source])
    off = np.abs(solved - flat)[..., 0]
    assert off[20, 40:50].max() > 15
    assert max(off[20, 12:30].max(), off[20, 60:78].max()) < 6
