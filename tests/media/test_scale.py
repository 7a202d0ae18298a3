"""Cut and scaled frames."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from draw import QUARTERS, colour_planes, frame_of, quarter_means, quarters, scene
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.media import Scaler

SMOOTH = Frame.from_rgb(
    np.dstack([np.linspace(30, 220, 64)[None, :].repeat(96, axis=0)] * 3).astype(np.uint8),
    index=0, at=Fraction(0), lasts=Fraction(1),
)  # fmt: skip


@pytest.mark.parametrize("box", [Box(0, 0, 64, 96), Box(10, 20, 30, 40), Box(62, 94, 2, 2)])
def test_a_cut_that_is_not_scaled_is_exact(box: Box) -> None:
    frame = frame_of(scene(3), index=7, at=Fraction(7, 25))
    cut = Scaler(box, box.w, box.h)(frame)
    assert (cut.y == frame.y[box.slices]).all()
    half = (slice(box.y // 2, box.bottom // 2), slice(box.x // 2, box.right // 2))
    assert (cut.u == frame.u[half]).all() and (cut.v == frame.v[half]).all()
    assert (cut.index, cut.at, cut.lasts) == (frame.index, frame.at, frame.lasts)


@pytest.mark.parametrize("size", [(128, 192), (32, 48), (50, 200), (2, 2), (1080, 64)])
def test_the_size_is_what_was_asked_and_colours_stay(size: tuple[int, int]) -> None:
    frame = frame_of(colour_planes(quarters(), "yuv420p"))
    scaled = Scaler(Box(0, 0, 64, 96), *size)(frame)
    assert (scaled.width, scaled.height) == size
    if min(size) > 8:
        assert np.abs(quarter_means(scaled.rgb()) - QUARTERS).max() <= 3


def test_scaling_does_not_shift_the_picture() -> None:
    """A ramp scaled by two is the ramp at half its steps, sample centres kept."""
    wide = Scaler(Box(0, 0, 64, 96), 128, 192)(SMOOTH).y.astype(float)
    expected = np.interp((np.arange(128) + 0.5) / 2 - 0.5, np.arange(64), SMOOTH.y[0])
    assert np.abs(wide[96, 8:-8] - expected[8:-8]).max() <= 1.5


def test_a_scaler_serves_frame_after_frame() -> None:
    scaler = Scaler(Box(0, 0, 64, 96), 32, 48)
    out = [scaler(frame_of(scene(n), index=n, at=Fraction(n, 25))) for n in (0, 1, 0)]
    assert (out[0].y == out[2].y).all() and not (out[0].y == out[1].y).all()
    assert [frame.at for frame in out] == [0, Fraction(1, 25), 0]


@pytest.mark.parametrize(
    ("box", "width", "height"), [(Box(1, 0, 4, 4), 4, 4), (Box(0, 0, 4, 4), 5, 4), (Box(0, 0, 3, 4), 4, 4)]
)
def test_odd_pixels_are_refused(box: Box, width: int, height: int) -> None:
    with pytest.raises(ValueError, match="even"):
        Scaler(box, width, height)


def test_a_box_outside_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        Scaler(Box(0, 0, 80, 96), 40, 48)(frame_of(scene(0)))


def test_what_is_made_smaller_is_averaged_and_not_thinned_out() -> None:
    y = np.full((96, 64), 40, np.uint8)
    y[:, ::2] = 200
    grey = np.full((48, 32), 128, np.uint8)
    small = Scaler(Box(0, 0, 64, 96), 32, 48)(frame_of((y, grey, grey))).y
    assert np.abs(small[:, 4:-4].astype(int) - 120).max() <= 25
