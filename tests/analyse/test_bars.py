"""Bars of padding are found to the row, and dark rooms are none."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlaycut.analyse import BarsAnalyser
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box


def found(top: int, bottom: int, left: int, right: int, *, level: int = 16, count: int = 11) -> Box:
    analyser = BarsAnalyser()
    rng = np.random.default_rng(4)
    for index in range(count):
        y = rng.integers(30, 220, (160, 120), dtype=np.uint8)
        y[:top], y[160 - bottom :], y[:, :left], y[:, 120 - right :] = level, level, level, level
        chroma = np.full((80, 60), 128, np.uint8)
        analyser.see(Frame(index, Fraction(index, 24), Fraction(1, 24), y, chroma, chroma))
    return analyser.result()


@settings(deadline=None, max_examples=25)
@given(st.integers(4, 60), st.integers(4, 60), st.sampled_from([0, 8, 20]), st.sampled_from([16, 60, 235]))
def test_bars_are_found_to_the_row(top: int, bottom: int, side: int, level: int) -> None:
    assert found(top, bottom, side, side, level=level) == Box(side, top, 120 - 2 * side, 160 - top - bottom)


def test_without_bars_the_picture_is_whole() -> None:
    assert found(0, 0, 0, 0) == Box(0, 0, 120, 160)
    assert found(2, 0, 0, 1) == Box(0, 0, 120, 160)


def test_a_bar_that_something_crosses_is_none() -> None:
    analyser = BarsAnalyser()
    for index in range(11):
        y = np.random.default_rng(index).integers(30, 220, (160, 120), dtype=np.uint8)
        y[:30] = 16
        if index == 10:
            y[10:20, 40:60] = 200
        chroma = np.full((80, 60), 128, np.uint8)
        analyser.see(Frame(index, Fraction(index, 24), Fraction(1, 24), y, chroma, chroma))
    assert analyser.result() == Box(0, 10, 120, 150)


def test_a_black_clip_has_no_bars_and_no_frame_no_answer() -> None:
    assert found(160, 0, 0, 0) == Box(0, 0, 120, 160)
    with pytest.raises(ValueError, match="no frame"):
        BarsAnalyser().result()
