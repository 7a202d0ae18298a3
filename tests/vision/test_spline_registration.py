"""Pictures on surfaces that bend are registered by splines."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.vision.spline_registration import SplineRegistration, looked_up

ROWS, COLUMNS, SCALE = 70, 190, 40.0
GRID = np.dstack(np.meshgrid(np.arange(COLUMNS), np.arange(ROWS))).astype(np.float32)


def word() -> np.ndarray:
    picture = np.full((ROWS, COLUMNS), 60, np.uint8)
    cv2.putText(picture, "HARBOUR", (18, 48), cv2.FONT_HERSHEY_DUPLEX, 1.1, 220, 2, cv2.LINE_AA)
    return cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 0.7)


def registration(reference: np.ndarray) -> SplineRegistration:
    return SplineRegistration(reference, scale=SCALE, weight=np.ones_like(reference))


def bent(reference: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """What shows each pixel of the reference `shift` further on, to first order."""
    back = shift.copy()
    for _ in range(20):
        back = looked_up(shift[..., 0], GRID - back), looked_up(shift[..., 1], GRID - back)
        back = np.dstack(back)
    return looked_up(reference, GRID - back)


@pytest.mark.parametrize("height", [1.5, 4.0])
def test_a_wave_is_found_to_a_fraction_of_a_pixel(height: float) -> None:
    reference = word()
    wave = 2 * np.pi * GRID[..., 0] / 150
    shift = np.dstack([0.6 * height * np.sin(wave), height * np.cos(wave)]).astype(np.float32)
    spline = registration(reference)
    found = spline.places(spline.fitted(bent(reference, shift), spline.at_rest)) - GRID
    strokes = reference > 140
    assert np.median(np.linalg.norm((found - shift)[strokes], axis=1)) < 0.35


def test_light_that_falls_on_one_side_moves_nothing() -> None:
    reference = word()
    lit = reference * np.linspace(0.7, 1.2, COLUMNS, dtype=np.float32)
    spline = registration(reference)
    found = spline.places(spline.fitted(lit, spline.at_rest)) - GRID
    assert np.abs(found[reference > 140]).max() < 0.6


def test_strokes_that_run_are_not_followed() -> None:
    reference, rng = word(), np.random.default_rng(3)
    run = [cv2.GaussianBlur(rng.normal(0, 1, (ROWS, COLUMNS)).astype(np.float32), (0, 0), 5.0) for _ in range(2)]
    across, down = (5.0 * one / one.std() for one in run)
    melted = cv2.remap(reference, GRID[..., 0] + across, GRID[..., 1] + down, cv2.INTER_LINEAR)
    spline = registration(reference)
    flat = looked_up(melted, spline.places(spline.fitted(melted, spline.at_rest)))
    assert np.corrcoef(flat.ravel(), reference.ravel())[0, 1] < 0.85


@given(st.lists(st.floats(-0.15, 0.15), min_size=4, max_size=4), st.floats(-9, 9), st.floats(-9, 9))
def test_affine_maps_are_splines(linear: list[float], x: float, y: float) -> None:
    spline = registration(word())
    matrix = np.eye(2) + np.reshape(linear, (2, 2))
    places = (GRID @ matrix.T + (x, y)).astype(np.float32)
    assert np.allclose(spline.places(spline.coefficients(places)), places, atol=2e-3)


def test_the_origin_is_the_place_of_the_first_pixel() -> None:
    reference = word()
    wide = cv2.copyMakeBorder(reference, 12, 9, 7, 15, cv2.BORDER_REPLICATE)
    spline = SplineRegistration(reference, scale=SCALE, weight=np.ones_like(reference), origin=(7, 12))
    assert np.allclose(looked_up(wide, spline.places(spline.at_rest)), reference, atol=1e-3)
