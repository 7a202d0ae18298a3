"""Pictures in the picture are found by their edges and their own motion; windows, screens and foliage are not."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from overlaycut.analyse import InsetAnalyser
from overlaycut.core.cues import KeepOut
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box

SIZE = (640, 360)
RATE = 12


def ground(seed: int, size: tuple[int, int] = (900, 500)) -> Picture:
    """A soft picture in colours of its own, larger than the frame, so that a camera can move over it."""
    width, height = size
    noise = np.random.default_rng(seed).normal(0, 1, (height, width, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 9)
    return np.asarray(np.clip(110 + 40 * np.random.default_rng(seed).random(3) + 700 * soft, 0, 255), np.uint8)


def clip(outer: float, inner: float | None, box: Box, *, count: int = 24) -> list[Picture]:
    """A camera that moves by `outer` pixels a frame and an inset whose own moves by `inner`; None for no inset."""
    around, within = ground(1), ground(2)
    pictures = []
    for n in range(count):
        picture = around[40 : 40 + SIZE[1], round(outer * n) : round(outer * n) + SIZE[0]].copy()
        if inner is not None:
            picture[box.slices] = within[20 : 20 + box.h, 200 + round(inner * n) :][:, : box.w] // 2 + 115
        pictures.append(picture)
    return pictures


def found(pictures: list[Picture]) -> tuple[KeepOut, ...]:
    height, width = pictures[0].shape[:2]
    analyser = InsetAnalyser(width, height)
    grain = np.random.default_rng(5)
    for n, picture in enumerate(pictures):
        noisy = np.clip(picture + grain.normal(0, 1.5, picture.shape), 0, 255).astype(np.uint8)
        analyser.see(Frame.from_rgb(noisy, index=n, at=Fraction(n, RATE), lasts=Fraction(1, RATE)))
    return analyser.result()


def alike(one: Box, other: Box) -> float:
    overlap = one.overlap(other)
    return overlap / (one.area + other.area - overlap)


@pytest.mark.parametrize("box", [Box(40, 30, 180, 120), Box(460, 200, 180, 160)], ids=["free", "in the corner"])
@pytest.mark.parametrize(("outer", "inner"), [(3, 0), (0, 3), (3, -4)], ids=["still", "moving", "both move"])
def test_an_inset_is_found_where_it_is(box: Box, outer: float, inner: float) -> None:
    (place,) = found(clip(outer, inner, box))
    assert alike(place.box, box) > 0.88
    assert place.required and place.firm and place.what == "an inset"
    assert (place.start, place.end) == (0, Fraction(24, RATE))


@pytest.mark.parametrize("outer", [0, 3])
def test_a_picture_without_an_inset_has_none(outer: float) -> None:
    assert found(clip(outer, None, Box(0, 0, 1, 1))) == ()


def test_a_window_in_the_scene_is_none() -> None:
    pictures = clip(0, 0, Box(200, 60, 180, 120))
    assert found(pictures) == (), "nothing moves"
    for n, picture in enumerate(pictures):
        picture[230:340, 100 + 8 * n : 160 + 8 * n] = (200, 180, 150)
    assert found(pictures) == (), "somebody walks past below it"


def test_a_picture_that_moves_with_the_scene_is_none() -> None:
    around, box = ground(1), Box(200, 60, 180, 120)
    around[box.y : box.bottom, box.x : box.right] = ground(2)[: box.h, : box.w]
    assert found([around[: SIZE[1], 2 * n : 2 * n + SIZE[0]].copy() for n in range(24)]) == ()


def test_bars_and_a_divided_screen_are_no_insets() -> None:
    bars = clip(3, None, Box(0, 0, 1, 1))
    for picture in bars:
        picture[:50] = picture[-50:] = 16
    assert found(bars) == ()
    assert found(clip(3, 0, Box(0, 0, 300, 360))) == ()


def test_an_inset_ends_with_its_shot() -> None:
    box = Box(40, 30, 180, 120)
    after = [np.asarray(255 - picture, np.uint8) for picture in clip(3, None, box)]
    (place,) = found([*clip(3, 0, box), *after])
    assert (place.start, place.end) == (0, Fraction(24, RATE))
