"""Frames and layers: exact where exactness is promised, near an independent implementation elsewhere."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from overlaycut.core.frame import Frame, Layer, Picture
from overlaycut.core.geometry import Box


def frame_of(y: NDArray[np.uint8], u: NDArray[np.uint8], v: NDArray[np.uint8]) -> Frame:
    return Frame(0, Fraction(0), Fraction(1, 25), y, u, v)


@pytest.fixture
def noise() -> Frame:
    rng = np.random.default_rng(3)
    planes = [rng.integers(16, 236, size, dtype=np.uint8) for size in ((48, 64), (24, 32), (24, 32))]
    return frame_of(*planes)


def rgba(height: int, width: int, seed: int = 0) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)


@given(st.tuples(*[st.integers(0, 255)] * 3))
@settings(max_examples=60)
def test_a_uniform_colour_comes_back(colour: tuple[int, int, int]) -> None:
    rgb = np.full((8, 8, 3), colour, dtype=np.uint8)
    back = Frame.from_rgb(rgb, index=0, at=Fraction(0), lasts=Fraction(1)).rgb()
    # 219 levels of luma and 224 of chroma carry 256 of each primary: two levels is the rounding of BT.709.
    assert np.abs(back.astype(int) - rgb).max() <= 2


def test_black_white_and_grey_are_exact() -> None:
    for level, luma in ((0, 16), (255, 235)):
        frame = Frame.from_rgb(np.full((4, 4, 3), level, np.uint8), index=0, at=Fraction(0), lasts=Fraction(1))
        assert (frame.y == luma).all()
        assert (frame.u == 128).all() and (frame.v == 128).all()


def test_conversion_agrees_with_libswscale() -> None:
    y, x = np.mgrid[0:96, 0:128]
    rgb = np.stack([x * 2, y * 2, 255 - x], axis=2).astype(np.uint8)
    ours = Frame.from_rgb(rgb, index=0, at=Fraction(0), lasts=Fraction(1))
    theirs = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
        format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
    )
    for plane, other in zip(ours.planes, theirs.planes, strict=True):
        peer = np.frombuffer(memoryview(other), np.uint8).reshape(-1, other.line_size)[: other.height, : other.width]
        assert np.abs(plane.astype(int) - peer).max() <= 2


@given(st.data())
@settings(max_examples=60)
def test_a_patch_is_the_same_part_of_the_whole(data: st.DataObject) -> None:
    rng = np.random.default_rng(5)
    frame = frame_of(*(rng.integers(16, 236, s, dtype=np.uint8) for s in ((20, 26), (10, 13), (10, 13))))
    x, y = data.draw(st.integers(0, 25)), data.draw(st.integers(0, 19))
    box = Box(x, y, data.draw(st.integers(1, 26 - x)), data.draw(st.integers(1, 20 - y)))
    assert (frame.patch(box) == frame.rgb()[box.slices]).all()


def test_a_patch_outside_is_refused(noise: Frame) -> None:
    with pytest.raises(ValueError, match="outside"):
        noise.patch(Box(60, 0, 10, 10))


def test_planes_that_are_not_420_are_refused() -> None:
    odd = np.zeros((5, 6), np.uint8)
    with pytest.raises(ValueError, match="4:2:0"):
        frame_of(odd, odd, odd)
    with pytest.raises(ValueError, match="4:2:0"):
        frame_of(np.zeros((6, 6), np.uint8), np.zeros((2, 3), np.uint8), np.zeros((3, 3), np.uint8))


@given(st.integers(-20, 70), st.integers(-20, 60), st.integers(1, 30), st.integers(1, 30), st.integers(0, 9))
@settings(max_examples=80)
def test_samples_where_alpha_is_zero_are_never_written(x: int, y: int, w: int, h: int, seed: int) -> None:
    rng = np.random.default_rng(1)
    frame = frame_of(*(rng.integers(0, 256, s, dtype=np.uint8) for s in ((48, 64), (24, 32), (24, 32))))
    picture = rgba(h, w, seed)
    picture[rng.random((h, w)) < 0.5, 3] = 0
    after = frame.with_layers(Layer.from_rgba(picture, x=x, y=y))
    alpha = np.zeros((48 + 200, 64 + 200), np.uint8)
    alpha[y + 100 : y + 100 + h, x + 100 : x + 100 + w] = picture[..., 3]
    alpha = alpha[100:148, 100:164]
    assert (after.y == frame.y)[alpha == 0].all()
    block = alpha.reshape(24, 2, 32, 2).any(axis=(1, 3))
    assert (after.u == frame.u)[~block].all()
    assert (after.v == frame.v)[~block].all()


def test_an_opaque_layer_replaces_luma_exactly(noise: Frame) -> None:
    picture = rgba(10, 12)
    picture[..., 3] = 255
    layer = Layer.from_rgba(picture, x=4, y=6)
    after = noise.with_layers(layer)
    assert (after.y[6:16, 4:16] == layer.y).all()
    inner = (slice(3, 8), slice(3, 8))  # chroma of the first column still sees its neighbour on the left
    assert (after.u[inner] == layer.u[:, 1:]).all()


def test_blending_is_the_nearest_level(noise: Frame) -> None:
    picture = rgba(16, 16, 4)
    layer = Layer.from_rgba(picture, x=8, y=8)
    after = noise.with_layers(layer).y[8:24, 8:24]
    weight = layer.alpha / 255
    exact = noise.y[8:24, 8:24] * (1 - weight) + layer.y * weight
    assert np.abs(after - exact).max() <= 0.5 + 1e-9


def test_transparent_colour_does_not_bleed() -> None:
    picture = np.zeros((8, 8, 4), np.uint8)
    picture[..., :3] = (255, 0, 0)
    picture[:, 4:, :3] = (0, 0, 255)
    picture[:, 4:, 3] = 255
    plain = picture.copy()
    plain[:, :4, :3] = (0, 255, 0)  # another colour where nothing shows
    one, other = (Layer.from_rgba(p, x=0, y=0) for p in (picture, plain))
    shown = one.chroma_alpha > 0
    assert (one.u[shown] == other.u[shown]).all() and (one.v[shown] == other.v[shown]).all()


def test_the_original_is_left_alone(noise: Frame) -> None:
    before = [plane.copy() for plane in noise.planes]
    noise.with_layers(Layer.from_rgba(rgba(20, 20), x=0, y=0))
    assert all((a == b).all() for a, b in zip(before, noise.planes, strict=True))
    assert noise.with_layers() is noise


def test_an_odd_picture_is_padded_by_its_edge() -> None:
    rgb = rgba(5, 7)[..., :3]
    frame = Frame.from_rgb(rgb, index=0, at=Fraction(0), lasts=Fraction(1))
    assert (frame.height, frame.width) == (6, 8)
    assert (frame.y[5] == frame.y[4]).all() and (frame.y[:, 7] == frame.y[:, 6]).all()


def test_fading_ends_in_nothing(noise: Frame) -> None:
    layer = Layer.from_rgba(rgba(8, 8), x=0, y=0)
    assert layer.faded(1.0) is layer
    assert (noise.with_layers(layer.faded(0.0)).y == noise.y).all()


@given(st.floats(0, 1), st.integers(0, 99))
@settings(max_examples=80)
def test_a_faded_layer_writes_no_chroma_where_it_writes_no_luma(share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    picture = rgba(16, 20, seed)
    # Faint beside strong: their chroma samples share a filter.
    picture[..., 3] = rng.choice(np.array([0, 1, 2, 255], np.uint8), (16, 20))
    layer = Layer.from_rgba(picture, x=4, y=6).faded(share)
    covered = layer.alpha.reshape(8, 2, 10, 2).any(axis=(1, 3))
    assert (layer.chroma_alpha[~covered] == 0).all()


@given(st.integers(-9, 40), st.integers(-9, 40), st.integers(1, 20), st.integers(1, 20))
@settings(max_examples=80)
def test_opaque_luma_is_exact_wherever_the_layer_lies(x: int, y: int, w: int, h: int) -> None:
    rng = np.random.default_rng(2)
    frame = frame_of(*(rng.integers(0, 256, s, dtype=np.uint8) for s in ((32, 32), (16, 16), (16, 16))))
    picture = rgba(h, w)
    picture[..., 3] = 255
    after = frame.with_layers(Layer.from_rgba(picture, x=x, y=y))
    expected = frame.y.astype(float)
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + w, 32), min(y + h, 32)
    if right > left and bottom > top:
        part = picture[top - y : bottom - y, left - x : right - x, :3].astype(float)
        # BT.709-6: 16 + 219 (0.2126 R + 0.7152 G + 0.0722 B)
        expected[top:bottom, left:right] = 16 + part @ np.array([0.2126, 0.7152, 0.0722]) * 219 / 255
    assert np.abs(after.y - expected).max() <= 0.5 + 1e-3


@pytest.mark.parametrize(("x", "y"), [(-20, 0), (0, -20), (64, 0), (0, 48), (200, 200)])
def test_a_layer_outside_the_frame_changes_nothing(noise: Frame, x: int, y: int) -> None:
    picture = rgba(8, 8)
    picture[..., 3] = 255
    after = noise.with_layers(Layer.from_rgba(picture, x=x, y=y))
    assert all((a == b).all() for a, b in zip(after.planes, noise.planes, strict=True))


def test_a_patch_laid_back_opaque_is_the_picture_again(noise: Frame) -> None:
    smooth = Frame.from_rgb(
        np.dstack([np.linspace(40, 200, 64 * 48).reshape(48, 64)] * 3).astype(np.uint8),
        index=0, at=Fraction(0), lasts=Fraction(1),
    )  # fmt: skip
    box = Box(9, 7, 21, 15)
    patch = np.dstack([smooth.patch(box), np.full((box.h, box.w), 255, np.uint8)])
    after = smooth.with_layers(Layer.from_rgba(patch, x=box.x, y=box.y))
    for ours, theirs in zip(after.planes, smooth.planes, strict=True):
        assert np.abs(ours.astype(int) - theirs).max() <= 1


def test_a_patch_agrees_with_libswscale() -> None:
    y, x = np.mgrid[0:96, 0:128]
    rgb = np.stack([40 + x, 60 + y, 220 - x], axis=2).astype(np.uint8)
    frame = Frame.from_rgb(rgb, index=0, at=Fraction(0), lasts=Fraction(1))
    picture = av.VideoFrame.from_ndarray(
        np.concatenate([p.reshape(-1) for p in frame.planes]).reshape(-1, 128), "yuv420p"
    )
    picture.colorspace, picture.color_range = 1, 1
    theirs = picture.reformat(format="rgb24", interpolation="BICUBIC").to_ndarray()
    inner = (slice(4, -4), slice(4, -4))  # libswscale repeats the edge another way
    assert np.abs(frame.rgb()[inner].astype(int) - theirs[inner]).max() <= 4
    assert np.abs(frame.rgb()[inner].astype(int) - rgb[inner]).max() <= 2


def test_chroma_is_read_from_where_it_is_sited(noise: Frame) -> None:
    """ITU-T H.264 Annex E, type 0: on the even columns, halfway between two rows; linear in between."""
    rows, columns = (np.arange(48) - 0.5) / 2, np.arange(64) / 2

    def at_luma(plane: NDArray[np.uint8]) -> NDArray[np.float64]:
        wide = np.array([np.interp(columns, np.arange(32), row) for row in plane.astype(float)])
        return np.array([np.interp(rows, np.arange(24), column) for column in wide.T]).T

    y, cb, cr = (noise.y - 16.0) / 219, (at_luma(noise.u) - 128) / 224, (at_luma(noise.v) - 128) / 224
    red, blue = y + 1.5748 * cr, y + 1.8556 * cb
    green = (y - 0.2126 * red - 0.0722 * blue) / 0.7152
    expected = np.clip(np.stack([red, green, blue], axis=2) * 255, 0, 255)
    assert np.abs(noise.rgb() - expected).max() <= 0.5 + 1e-3


@given(st.integers(-9, 70), st.integers(-9, 50), st.integers(1, 40), st.integers(1, 30))
@settings(max_examples=80, deadline=None)
def test_nothing_is_written_where_a_layer_is_left_out(x: int, y: int, w: int, h: int) -> None:
    grey = Frame.from_rgb(np.full((48, 64, 3), 90, np.uint8), index=0, at=Fraction(0), lasts=Fraction(1))
    opaque = np.full((30, 41, 4), 255, np.uint8)
    layer, box = Layer.from_rgba(opaque, x=7, y=9), Box(x, y, w, h)
    left_out, whole = grey.with_layers(layer.without([box])), grey.with_layers(layer)
    kept = box.clipped(64, 48)
    if kept is not None:
        even = kept.even()
        assert (left_out.y[kept.slices] == grey.y[kept.slices]).all()
        for before, after in ((grey.u, left_out.u), (grey.v, left_out.v)):
            part = slice(even.y // 2, even.bottom // 2), slice(even.x // 2, even.right // 2)
            assert (after[part] == before[part]).all()
    outside = np.ones((48, 64), np.bool_)
    if kept is not None:
        outside[kept.slices] = False
    assert (left_out.y[outside] == whole.y[outside]).all()
