"""Crops, and pictures shown whole."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.render import Interest, crop_box, reframed

SIDES = st.integers(8, 400).map(lambda n: 2 * n)
SHAPES = st.sampled_from([(1080, 1920), (1080, 1080), (1080, 1350), (1920, 1080), (720, 1280)])


def frame_of(rgb: np.ndarray, index: int = 0) -> Frame:
    return Frame.from_rgb(rgb, index=index, at=Fraction(index, 24), lasts=Fraction(1, 24))


def spotted(width: int, height: int, x: int, y: int) -> Frame:
    """A dull picture with one busy spot."""
    rgb = np.full((height, width, 3), 90, np.uint8)
    rng = np.random.default_rng(1)
    rgb[y - 20 : y + 20, x - 20 : x + 20] = rng.integers(0, 255, (40, 40, 3))
    return frame_of(rgb)


@settings(max_examples=150, deadline=None)
@given(width=SIDES, height=SIDES, shape=SHAPES, data=st.data())
def test_a_crop_is_inside_has_the_shape_and_keeps_what_fits(
    width: int, height: int, shape: tuple[int, int], data: st.DataObject
) -> None:
    w = data.draw(st.integers(1, width))
    h = data.draw(st.integers(1, height))
    box = Box(data.draw(st.integers(0, width - w)), data.draw(st.integers(0, height - h)), w, h)
    crop = crop_box(width, height, *shape, keep=[box])
    assert crop.clipped(width, height) == crop
    assert crop.even() == crop
    exact_w, exact_h = crop.h * shape[0] / shape[1], crop.w * shape[1] / shape[0]
    assert abs(crop.w - exact_w) <= 1 or abs(crop.h - exact_h) <= 1
    assert crop.w >= width - 1 or crop.h >= height - 1
    if w <= crop.w - 2 and h <= crop.h - 2:
        assert crop.overlap(box) == box.area


def test_without_evidence_the_middle_is_cut_out() -> None:
    assert crop_box(1920, 1080, 1080, 1080) == Box(420, 0, 1080, 1080)


def test_a_crop_follows_the_interest() -> None:
    for x in (60, 580):
        interest = Interest(640, 360)
        interest.see(spotted(640, 360, x, 180))
        crop = crop_box(640, 360, 1080, 1920, interest=interest)
        assert crop.x < x < crop.right


def test_boxes_are_not_cut_through_when_one_of_two_must_go() -> None:
    boxes = [Box(0, 0, 150, 40), Box(460, 0, 180, 40)]
    crop = crop_box(640, 360, 1080, 1920, keep=boxes)
    assert all(crop.overlap(box) in (0, box.area) for box in boxes)
    assert any(crop.overlap(box) == box.area for box in boxes)


def test_interest_without_frames_leans_to_the_middle() -> None:
    found = Interest(640, 360).map
    assert found.sum() == pytest.approx(1)
    middle = found[found.shape[0] // 2, found.shape[1] // 2]
    assert middle == found.max()


@pytest.mark.parametrize("mode", ["auto", "centre", "pad"])
def test_reframed_frames_have_the_size_and_the_times(mode: str) -> None:
    source = [frame_of(np.full((180, 320, 3), 100, np.uint8), i) for i in range(3)]
    out = list(reframed(320, 180, 108, 192, mode=mode)(iter(source)))  # type: ignore[arg-type]
    assert [(f.width, f.height) for f in out] == [(108, 192)] * 3
    assert [(f.index, f.at, f.lasts) for f in out] == [(f.index, f.at, f.lasts) for f in source]


def test_a_padded_picture_is_shown_whole_on_a_darker_ground() -> None:
    rgb = np.full((180, 320, 3), 200, np.uint8)
    rgb[:, :4] = rgb[:, -4:] = (250, 20, 20)
    (out,) = reframed(320, 180, 320, 640, mode="pad")(iter([frame_of(rgb)]))
    top = (640 - 180) // 2
    assert np.array_equal(out.y[top : top + 180], frame_of(rgb).y)
    assert out.y[:100].mean() < 0.75 * out.y[top + 90].mean()


def test_the_same_shape_is_only_scaled_and_the_same_size_not_even_that() -> None:
    frame = spotted(320, 180, 160, 90)
    (out,) = reframed(320, 180, 320, 180, mode="auto")(iter([frame]))
    assert np.array_equal(out.y, frame.y)
    (half,) = reframed(320, 180, 160, 90, mode="centre")(iter([frame]))
    assert (half.width, half.height) == (160, 90)


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="even"):
        reframed(320, 180, 107, 192)
    with pytest.raises(ValueError, match="cannot cut"):
        crop_box(320, 180, 0, 10)
    with pytest.raises(ValueError, match="nothing to see"):
        Interest(1, 1)
