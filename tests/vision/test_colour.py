"""Colours of designed elements: exact, and legible."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.vision.colour import LEGIBLE, colour_of, contrast, legible_on, rgb, samples_of, set_off

colours = st.tuples(*[st.integers(0, 255)] * 3)


@given(colours)
def test_a_colour_survives_the_frame_within_rounding(colour: tuple[int, int, int]) -> None:
    # Half a level of chroma is up to 0.93 of blue (BT.709-6), and luma adds its own half.
    assert np.abs(np.subtract(colour_of(samples_of(colour)), colour)).max() <= 2


@given(colours, st.none() | colours)
def test_text_can_be_read_on_every_colour(ground: tuple[int, int, int], liked: tuple[int, int, int] | None) -> None:
    assert contrast(legible_on(ground, liked=liked), ground) >= LEGIBLE


@given(colours)
def test_what_is_set_off_stands_out(surface: tuple[int, int, int]) -> None:
    assert contrast(set_off(surface), surface) >= LEGIBLE


def test_contrast_is_wcag_s() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
    assert contrast((10, 20, 30), (10, 20, 30)) == 1


def test_a_liked_colour_that_can_be_read_is_kept() -> None:
    assert legible_on((255, 255, 255), liked=rgb("#8b0000")) == (139, 0, 0)
    assert legible_on((255, 255, 255), liked=(250, 240, 200)) == (0, 0, 0)
