"""Connected components of masks."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_fill_holes
from skimage.morphology import reconstruction

from overlaycut.vision.components import Components, connected_to, enclosed, larger_than, without_pinholes
from overlaycut.vision.filters import blurred


def blobs(seed: int, level: float) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(90, 140)).astype(np.float32)
    return np.asarray(blurred(noise, 2.0) > level)


def test_components_are_counted_and_chosen() -> None:
    mask = np.zeros((6, 8), np.bool_)
    mask[1, 1] = mask[2, 2] = mask[4, 5:8] = True
    parts = Components.of(mask)
    assert sorted(parts.sizes.tolist()) == [2, 3, 43]
    assert len(Components.of(mask, diagonal=False).sizes) == 4
    assert parts.pixels_in(mask)[1:].tolist() == parts.sizes[1:].tolist()
    assert (parts.chosen(np.ones(3, np.bool_)) == mask).all()
    assert larger_than(mask, 3).sum() == 3 and not larger_than(mask, 4).any()
    assert not larger_than(np.zeros_like(mask), 1).any()


def test_what_is_connected_to_seeds_is_their_morphological_reconstruction() -> None:
    for seed in range(3):
        mask, seeds = blobs(seed, 0.05), blobs(seed, 0.2)
        expected = reconstruction((seeds & mask).astype(np.uint8), mask.astype(np.uint8), footprint=np.ones((3, 3)))
        assert (connected_to(mask, seeds) == (expected > 0)).all()
    assert not connected_to(mask, ~mask).any()


def test_what_is_enclosed_does_not_reach_the_edge() -> None:
    mask = blobs(4, 0.0)
    assert (enclosed(mask) == binary_fill_holes(mask) & ~mask).all()


def test_pinholes_are_filled_and_larger_gaps_are_not() -> None:
    mask = np.ones((40, 40), np.bool_)
    mask[10, 10] = False
    mask[20:32, 20:32] = False
    filled = without_pinholes(mask, 2)
    assert filled[10, 10] and not filled[25, 25]
