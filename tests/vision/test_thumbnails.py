"""Smaller pictures for analysis."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from overlaycut.core.frame import Frame
from overlaycut.vision.thumbnails import reduced, reduced_size, small_rgb


def test_a_size_keeps_the_shape_and_its_limits() -> None:
    assert reduced_size(1920, 1080, 96) == (96, 54)
    assert reduced_size(40, 30, 96) == (40, 30)
    assert reduced_size(4000, 10, 96, least=16) == (96, 16)


def test_samples_are_means_of_areas() -> None:
    assert (reduced(np.tile(np.array([[10, 30]], np.uint8), (8, 4)), (4, 4)) == 20).all()


def test_a_small_picture_has_about_the_colours_of_the_frame() -> None:
    red = np.full((40, 60, 3), (180, 40, 40), np.uint8)
    small = small_rgb(Frame.from_rgb(red, index=0, at=Fraction(0), lasts=Fraction(1)), (15, 10))
    assert small.shape == (10, 15, 3)
    assert (small[..., 0] > 2 * small[..., 1]).all()
