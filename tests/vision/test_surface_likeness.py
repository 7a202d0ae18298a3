"""Likeness to a plain surface has the same outline before any ground."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box
from overlaycut.vision.filters import FloatImage, FloatPlane, blurred
from overlaycut.vision.surface_likeness import SurfaceColour

ROWS, COLUMNS = 120, 200
WHOLE = Box(0, 0, COLUMNS, ROWS)
NEAR: Mask = np.zeros((ROWS, COLUMNS), np.bool_)
NEAR[40:80, 60:140] = True


def shown(ground: FloatPlane | float, *, lift: float = 0.0, ink: bool = True) -> FloatImage:
    """A card with a gradient, from (40, 20) to (160, 100), with a word in the middle, before a ground."""
    x = np.arange(COLUMNS, dtype=np.float32)
    luma = np.broadcast_to(100 + 0.1 * x, (ROWS, COLUMNS)).copy()
    if ink:
        word = cv2.putText(np.zeros((ROWS, COLUMNS), np.uint8), "OAT", (64, 74), 0, 1.2, 255, 5)
        luma += (20 - luma) * (word / 255)
    inside = np.zeros((ROWS, COLUMNS), np.float32)
    inside[20:100, 40:160] = 1
    alpha = blurred(inside, 0.7)
    picture = np.full((ROWS, COLUMNS, 3), 128, np.float32)
    picture[..., 0] = ground + (luma - ground) * alpha + lift
    return picture


def surface() -> SurfaceColour:
    found = SurfaceColour.of(shown(190.0), WHOLE, NEAR)
    assert found is not None
    return found


def test_the_surface_is_like_itself_and_neither_lettering_nor_ground_is() -> None:
    like = surface().likeness(shown(190.0))
    assert like[25:35, 45:155].min() > 0.95
    assert like[:16].max() < 0.05
    assert like[60, 60:140].min() < 0.05, "a stroke"


@pytest.mark.parametrize("level", [20.0, 60.0, 230.0])
def test_the_outline_lies_within_a_pixel_of_its_place_before_another_ground(level: float) -> None:
    rows = [surface().likeness(shown(ground))[30, 30:60].sum() for ground in (190.0, level)]
    assert rows[0] == pytest.approx(rows[1], abs=0.8)


def test_another_light_makes_no_difference() -> None:
    dim = surface().likeness(shown(190.0, lift=-25))
    assert np.abs(dim - surface().likeness(shown(190.0))).max() < 0.1


def test_the_part_of_a_surface_is_the_surface_of_the_part() -> None:
    box = Box(30, 10, 90, 60)
    part = surface().part(box).likeness(shown(190.0)[box.slices])
    assert np.abs(part - surface().likeness(shown(190.0))[box.slices]).max() < 0.02


def test_what_is_not_plain_is_no_surface() -> None:
    noise = np.random.default_rng(1).uniform(0, 255, (ROWS, COLUMNS, 3)).astype(np.float32)
    assert SurfaceColour.of(noise, WHOLE, NEAR) is None
    assert SurfaceColour.of(shown(190.0), WHOLE, np.zeros_like(NEAR)) is None
