"""Holes in surfaces whose truth is known."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.restoration import inpaint_biharmonic

from overlaycut.core.frame import Mask
from overlaycut.repair.estimate.plate_estimation import estimated_plate
from overlaycut.repair.fill.inpainting import biharmonic
from overlaycut.repair.fill.plate import borrowed, filled
from overlaycut.vision.filters import FloatImage

ROWS, COLUMNS = 72, 150


def letters() -> Mask:
    """Strokes of six pixels."""
    mask = np.zeros((ROWS, COLUMNS), np.bool_)
    for left in range(30, 120, 18):
        mask[26:48, left : left + 6] = mask[26:32, left : left + 13] = True
    return mask


HOLE = letters()
ALL = np.ones_like(HOLE)


def canvas(luma: np.ndarray) -> FloatImage:
    return np.dstack([luma, np.full_like(luma, 120), np.full_like(luma, 135)]).astype(np.float32)


def gradient() -> FloatImage:
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS]
    return canvas(60 + 0.8 * rows + 0.5 * columns)


def stripes() -> FloatImage:
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS]
    return canvas(120 + 50 * np.sin((rows + columns) * 2 * np.pi / 12))


def noise() -> FloatImage:
    return canvas(np.random.default_rng(2).normal(120, 30, (ROWS, COLUMNS)).clip(16, 235))


def inked(picture: FloatImage) -> FloatImage:
    return np.where(HOLE[..., None], np.float32(16), picture).astype(np.float32)


def error(made: FloatImage, truth: FloatImage) -> float:
    return float(np.sqrt(np.mean(np.square(made - truth)[HOLE][:, 0])))


def test_a_gradient_runs_on() -> None:
    made, off = filled(inked(gradient()), HOLE, usable=ALL)
    assert error(made, gradient()) < 0.5
    assert off is not None and off < 0.8


def test_what_repeats_is_repeated() -> None:
    made, _ = filled(inked(stripes()), HOLE, usable=ALL)
    flat = float(np.std(stripes()[HOLE][:, 0]))
    assert error(made, stripes()) < 0.5 * flat


@settings(max_examples=8, deadline=None, derandomize=True)
@given(ink=st.floats(0, 255))
def test_what_lies_in_the_hole_does_not_matter_and_what_lies_outside_stays(ink: float) -> None:
    picture = np.where(HOLE[..., None], np.float32(ink), noise()).astype(np.float32)
    made, _ = filled(picture, HOLE, usable=ALL)
    assert (made == filled(inked(noise()), HOLE, usable=ALL)[0]).all()
    assert (made[~HOLE] == noise()[~HOLE]).all()


def test_a_guess_that_rebuilds_the_surface_nearby_is_believed() -> None:
    def knows(picture: FloatImage, hole: Mask) -> FloatImage:
        return np.where(hole[..., None], noise(), picture).astype(np.float32)

    made, off = filled(inked(noise()), HOLE, usable=ALL, guess=knows)
    assert error(made, noise()) < 1.0 < error(filled(inked(noise()), HOLE, usable=ALL)[0], noise())
    assert off is not None and off < 1.0


def test_a_guess_that_does_not_is_hardly_heard() -> None:
    def white(picture: FloatImage, hole: Mask) -> FloatImage:
        return np.where(hole[..., None], np.float32(235), picture).astype(np.float32)

    made, _ = filled(inked(gradient()), HOLE, usable=ALL, guess=white)
    assert error(made, gradient()) < 0.5


def test_a_hole_too_large_for_detail_is_filled_too() -> None:
    wide = np.zeros((420, 420), np.bool_)
    wide[60:360, 60:360] = True
    rows, columns = np.mgrid[0:420, 0:420]
    truth = canvas(50 + 0.2 * rows + 0.2 * columns)
    made, _ = filled(np.where(wide[..., None], 0, truth).astype(np.float32), wide, usable=np.ones_like(wide))
    assert np.abs(made - truth)[wide].mean() < 6


def test_nothing_to_fill_is_no_work() -> None:
    none = np.zeros_like(HOLE)
    assert filled(noise(), none, usable=ALL)[1] is None


def test_sizes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="one size"):
        filled(noise(), HOLE[:-1], usable=ALL)


def test_other_frames_lend_what_enough_of_them_show() -> None:
    """Five frames show all but a column of the hole, which three of them hide."""
    truth = np.clip(np.rint(noise()), 0, 255).astype(np.uint8)
    hidden = [np.zeros_like(HOLE) for _ in range(5)]
    for mask in hidden[:3]:
        mask[:, 32] = True
    found, known = borrowed([truth] * 5, hidden, hole=HOLE, least=3)
    assert (known == (HOLE & (np.arange(COLUMNS) != 32))).all()
    assert (found[known] == truth[known]).all()


def test_lines_run_on_through_a_hole_that_is_thicker_than_what_a_block_sees() -> None:
    """Posts forty pixels apart, and a hole of forty rows over all of them."""
    rows, columns = np.mgrid[0:200, 0:240]
    truth = canvas(130.0 - 60 * (columns % 40 < 8) + 0 * rows)
    hole = np.zeros((200, 240), np.bool_)
    hole[80:120, 20:220] = True
    made, _ = filled(np.where(hole[..., None], 200, truth).astype(np.float32), hole, usable=np.ones_like(hole))
    off = float(np.sqrt(np.mean(np.square(made - truth)[hole][:, 0])))
    assert off < 0.5 * float(np.std(truth[hole][:, 0]))


def test_the_biharmonic_surface_is_scikit_image_s() -> None:
    picture = inked(gradient()) + np.float32(0.5) * noise()
    due = inpaint_biharmonic(picture.astype(np.float64), HOLE, channel_axis=-1)
    assert np.abs(biharmonic(picture, HOLE) - due)[HOLE].max() < 1e-4


def test_a_region_that_is_nothing_but_lettering_stays_and_is_forecast_to_fail() -> None:
    """Its rule then takes the next method; the whole command does not fail for it."""
    picture = gradient()
    geometry: Any = SimpleNamespace(fine_size=(COLUMNS, ROWS), coarse_size=(COLUMNS, ROWS), own=ALL)
    appearance = SimpleNamespace(residue_limit=1.0, text_in=lambda *_, **__: ALL)
    source: Any = SimpleNamespace(picture=picture, surface=0 * picture, bare=~ALL, appearance=appearance)
    plate = estimated_plate(geometry, source, SimpleNamespace(samples=()), ALL)  # type: ignore[arg-type]
    assert (plate.picture == picture).all() and plate.seen == 0
    assert plate.fill_error is not None and plate.fill_error > 100
