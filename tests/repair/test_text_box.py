"""Boxes behind lettering: found by their edges, measured, and taken out again."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box
from overlaycut.repair.fill.unblending import recovered
from overlaycut.repair.segment.text_box import Stack, TextBox, text_boxes
from overlaycut.resources import folder
from overlaycut.vision.filters import FloatImage, blurred, bytes_of, dilated

WIDTH, HEIGHT, FRAMES, LINE = 360, 120, 6, 36.0
BOX = Box(60, 38, 240, 48)
DARK = (30.0, 120.0, 132.0)


def ground(index: int, speed: float) -> FloatImage:
    """A cloudy picture that moves by `speed` pixels a frame, with the noise of a codec."""
    noise = np.random.default_rng(7).normal(0, 1, (HEIGHT, WIDTH + 160)).astype(np.float32)
    left = 20 + round(speed * index)
    luma = np.clip(120 + 300 * blurred(noise, 6.0), 30, 220)[:, left : left + WIDTH]
    picture = np.dstack([luma, 0.1 * luma + 116, 140 - 0.1 * luma])
    return np.asarray(picture + np.random.default_rng(index).normal(0, 1.2, picture.shape), np.float32)


def lettering(text: str = "soft hands") -> Mask:
    font = ImageFont.truetype(str(folder("fonts") / "Inter-Bold.otf"), 34)
    drawn = Image.new("L", (WIDTH, HEIGHT))
    ImageDraw.Draw(drawn).text((180, 62), text, fill=255, font=font, anchor="mm")
    return np.asarray(drawn) > 40


def clip(alpha: float, *, speed: float, box: Box | None = BOX, radius: int = 0, text: str = "soft hands") -> Stack:
    """Lettering on a box of which `alpha` covers the picture."""
    cover = Image.new("L", (WIDTH, HEIGHT))
    if box is not None:
        place = (box.x, box.y, box.right - 1, box.bottom - 1)
        ImageDraw.Draw(cover).rounded_rectangle(place, radius, fill=255)
    share = alpha * np.asarray(cover, np.float32)[..., None] / 255
    pictures = []
    for index in range(FRAMES):
        bare = ground(index, speed)
        picture = bare + share * (np.float32(DARK) - bare)
        picture[lettering(text)] = (235, 128, 128)
        pictures.append(bytes_of(picture))
    return np.stack(pictures)


def found(samples: Stack, text: str = "soft hands") -> tuple[TextBox, ...]:
    ink = lettering(text)
    return text_boxes(samples, ink, dilated(ink, 2), LINE)


@pytest.mark.parametrize("speed", [0.0, 3.0])
@pytest.mark.parametrize("alpha", [0.4, 0.5, 0.7])
def test_a_half_transparent_box_is_measured_and_the_picture_under_it_recovered(alpha: float, speed: float) -> None:
    samples = clip(alpha, speed=speed)
    (one,) = found(samples)
    for side in ("x", "y", "right", "bottom"):
        assert abs(getattr(one.box, side) - getattr(BOX, side)) <= 1
    assert one.transmission == pytest.approx(1 - alpha, abs=0.04)
    text = dilated(lettering(), 2)
    made, shown, open_ = recovered(samples[2], [one], text)
    assert shown.sum() > 0.8 * BOX.area and not (shown & open_).any()
    off = (made.astype(np.float32) - ground(2, speed))[shown & ~text]
    assert np.sqrt(np.mean(np.square(off[:, 0]))) < 8
    assert (made[~shown & ~open_] == samples[2][~shown & ~open_]).all()


@pytest.mark.parametrize("speed", [0.0, 3.0])
def test_an_opaque_box_lets_nothing_through(speed: float) -> None:
    (one,) = found(clip(1.0, speed=speed))
    assert one.transmission == 0
    assert abs(one.box.area - BOX.area) < 0.05 * BOX.area


@pytest.mark.parametrize("speed", [0.0, 3.0])
def test_lettering_without_a_box_has_none(speed: float) -> None:
    assert found(clip(0.0, speed=speed, box=None)) == ()


def test_an_edge_of_the_picture_beside_lettering_is_no_box() -> None:
    samples = clip(0.0, speed=0.0, box=None)
    samples[:, :40] = samples[:, :40] // 3
    assert found(samples) == ()


def test_edges_along_which_the_inside_follows_the_outside_loosely_are_no_box() -> None:
    samples = clip(0.0, speed=0.0, box=None).astype(np.float32)
    inside = np.s_[:, BOX.y : BOX.bottom, BOX.x : BOX.right, 0]
    streaks = np.random.default_rng(4).normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    samples[inside] = 20 + 0.5 * samples[inside] + 100 * blurred(streaks, 3.0)[inside[1:3]]
    samples[:, lettering()] = (235, 128, 128)
    assert found(bytes_of(samples)) == ()


def test_one_word_of_a_line_has_a_box() -> None:
    text = "let us go"
    columns = np.flatnonzero(lettering(text).any(axis=0))
    word = Box(int(columns[0]) - 5, 40, 50, 46)
    (one,) = found(clip(1.0, speed=0.0, box=word, text=text), text)
    assert one.box.overlap(word) > 0.9 * word.area and one.box.area < 1.15 * word.area


def test_round_corners_are_not_brightened() -> None:
    samples = clip(0.5, speed=2.0, radius=16)
    (one,) = found(samples)
    assert one.radius_px == pytest.approx(16, abs=9)
    made, shown, _ = recovered(samples[1], [one], dilated(lettering(), 2))
    corner = np.zeros((HEIGHT, WIDTH), np.bool_)
    corner[BOX.y : BOX.y + 8, BOX.x : BOX.x + 8] = True
    off = (made.astype(np.float32) - ground(1, 2.0))[corner & shown, 0]
    assert len(off) == 0 or np.abs(off).mean() < 12


def test_a_box_that_a_frame_does_not_show_is_filled_and_not_recovered() -> None:
    (one,) = found(clip(0.5, speed=2.0))
    faded = clip(0.15, speed=2.0)[3]
    made, shown, open_ = recovered(faded, [one], dilated(lettering(), 2))
    assert not shown.any() and (made == faded).all()
    assert open_[BOX.slices].all()
