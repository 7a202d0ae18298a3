"""Motion behind letters that do not move."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlaycut.core.frame import Mask
from overlaycut.vision.filters import FloatPlane, blurred, dilated
from overlaycut.vision.masked_flow import MaskedPicture, motion, moved

ROWS, COLUMNS = 130, 420
LINE = slice(45, 90)
"""Rows that the lettering takes."""


def texture(seed: int) -> FloatPlane:
    noise = np.random.default_rng(seed).normal(0, 1, (ROWS + 80, COLUMNS + 80)).astype(np.float32)
    return np.clip(120 + 300 * blurred(noise, 4.0), 10, 245).astype(np.float32)


def shifted(picture: FloatPlane, x: float, y: float) -> np.ndarray:
    """What a camera sees that has moved by that much to the right and down."""
    where = np.float64([[1, 0, -40 - x], [0, 1, -40 - y]])
    seen = cv2.warpAffine(picture, where, (COLUMNS, ROWS), flags=cv2.INTER_CUBIC)
    return np.clip(np.rint(seen), 0, 255).astype(np.uint8)


def letters() -> Mask:
    drawn = np.zeros((ROWS, COLUMNS), np.uint8)
    cv2.putText(drawn, "STANDS STILL", (20, 82), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 255, 7, cv2.LINE_AA)
    return drawn > 60


HOLE = dilated(letters(), 2)


def inked(luma: np.ndarray) -> MaskedPicture:
    luma = luma.copy()
    luma[letters()] = 250
    return MaskedPicture.of(luma, HOLE)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(x=st.floats(-6, 6), y=st.floats(-4, 4))
def test_a_picture_that_moves_as_one_is_followed_under_the_letters(x: float, y: float) -> None:
    ground = texture(3)
    found = motion(inked(shifted(ground, x, y)), inked(shifted(ground, 0, 0)))
    assert found is not None
    there, back = found
    assert np.abs(there[HOLE] - (x, y)).mean() < 0.25
    assert np.abs(back[HOLE] + (x, y)).mean() < 0.25


def test_what_moves_behind_the_line_alone_is_seen_between_its_letters() -> None:
    """All that is seen above and below stands still; a flow spread from there would be three pixels off."""
    wall, passing = texture(5), texture(6)
    first, second = shifted(wall, 0, 0), shifted(wall, 0, 0)
    first[LINE], second[LINE] = shifted(passing, 3, 0)[LINE], shifted(passing, 0, 0)[LINE]
    found = motion(inked(first), inked(second))
    assert found is not None
    inner = HOLE.copy()
    inner[: LINE.start + 8] = inner[LINE.stop - 8 :] = False
    assert np.median(np.abs(found[0][inner] - (3, 0)).max(axis=1)) < 0.8


def test_what_stands_is_said_to_stand_exactly() -> None:
    noise = np.random.default_rng(1).normal(0, 1.5, (2, ROWS, COLUMNS))
    ground = shifted(texture(7), 0, 0)
    frames = [inked(np.clip(np.rint(ground + grain), 0, 255).astype(np.uint8)) for grain in noise]
    found = motion(*frames)
    assert found is not None
    assert (np.hypot(*np.moveaxis(found[0][HOLE], 1, 0)) < 0.05).mean() > 0.97


def test_light_that_passes_over_a_faint_surface_is_not_motion() -> None:
    """A lamp swings along a wall that stands: brightness alone would have the wall follow it."""
    wall = 120 + 0.15 * (shifted(texture(11), 0, 0).astype(np.float32) - 120)
    columns = np.arange(COLUMNS, dtype=np.float32)
    lit = [inked(np.clip(np.rint(wall + 40 * np.sin((columns - at) / 60)), 0, 255).astype(np.uint8)) for at in (0, 5)]
    found = motion(*lit)
    assert found is not None
    assert np.hypot(*np.moveaxis(found[0][HOLE], 1, 0)).mean() < 1.0


def test_across_a_cut_nothing_is_followed() -> None:
    night, day = shifted(texture(8), 0, 0) // 3, 150 + shifted(texture(9), 0, 0) // 3
    assert motion(inked(night), inked(day)) is None


@pytest.mark.parametrize("shape", [(16, 16), (17, 400), (3, 9)])
def test_small_and_narrow_crops_and_such_that_are_all_lettering(shape: tuple[int, int]) -> None:
    luma = np.full(shape, 90, np.uint8)
    whole = MaskedPicture.of(luma, np.ones(shape, np.bool_))
    found = motion(whole, whole)
    assert found is not None
    assert found[0].shape == (*shape, 2) and not found[0].any()


def test_moved_shows_what_lies_where_motion_ends() -> None:
    ground = texture(10)
    flow = np.zeros((ROWS, COLUMNS, 2), np.float32)
    flow[...] = (2, 1)
    seen = moved(shifted(ground, 0, 0), flow)
    assert (seen[5:-5, 5:-5] == shifted(ground, 2, 1)[5:-5, 5:-5]).mean() > 0.99
