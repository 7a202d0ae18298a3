"""Where the main subject is, of whatever kind: drawn figures, heads from behind, things, and pictures without any."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from overlaycut.analyse import SubjectSpotter
from overlaycut.core.cues import KeepOut
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box

RATE = 16


def room(size: tuple[int, int], *, shift: int = 0, seed: int = 3) -> Picture:
    """A wall in soft light with a faint pattern, shifted by some pixels."""
    width, height = size
    noise = np.random.default_rng(seed).normal(0, 6, (height, width + 200, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 6) * 8
    shade = np.linspace(-20, 20, width)[None, :, None]
    wall = np.array([150, 140, 120]) + soft[:, 100 + shift : 100 + shift + width] + shade
    return np.asarray(np.clip(wall, 0, 255), np.uint8)


def with_head(picture: Picture, x: int, y: int, side: int) -> Picture:
    """Dark hair without a face, on shoulders that reach the lower edge."""
    cv2.ellipse(picture, (x, y + side * 2), (side, side + side // 3), 0, 180, 360, (60, 90, 150), -1)
    cv2.ellipse(picture, (x, y), (side // 2, side * 2 // 3), 0, 0, 360, (52, 36, 28), -1)
    return picture


def seen(pictures: list[Picture]) -> tuple[KeepOut, ...]:
    height, width = pictures[0].shape[:2]
    spotter = SubjectSpotter(width, height)
    for n, picture in enumerate(pictures):
        spotter.see(Frame.from_rgb(picture, index=n, at=Fraction(n, RATE), lasts=Fraction(1, RATE)))
    return spotter.result()


def covered(places: tuple[KeepOut, ...], box: Box) -> float:
    """Share of the subject's weight that a box covers, over all of the time."""
    total = sum(one.weight for one in places)
    return sum(one.weight * one.box.overlap(box) / one.box.area for one in places) / total


@pytest.mark.parametrize("size", [(360, 640), (640, 360)])
def test_a_head_from_behind_weighs_more_than_the_back_under_it(size: tuple[int, int]) -> None:
    width, height = size
    side = height // 5
    x, y = width // 2, height // 3
    places = seen([with_head(room(size), x, y, side) for _ in range(16)])
    assert {one.what for one in places} == {"the subject"} and not any(one.firm for one in places)
    head = Box(x - side // 2, y - side * 2 // 3, side, side * 4 // 3)
    foot = Box(0, height - head.h, width, head.h)
    assert covered(places, head) > 0.4
    assert covered(places, head) > 3 * covered(places, foot)


def test_what_walks_against_the_camera_is_the_subject_and_is_followed() -> None:
    size = (640, 360)
    pictures = []
    for n in range(48):
        picture = room(size, shift=n)
        x = 120 + 8 * n
        spots = np.random.default_rng(7).integers(90, 190, (60, 90, 1), np.uint8)
        picture[220:280, x : x + 90] = np.repeat(spots, 3, axis=2)  # a grey dog: no colour of its own
        pictures.append(picture)
    places = seen(pictures)
    starts = {one.start for one in places}
    assert len(starts) > 4
    for start in starts:
        now = tuple(one for one in places if one.start == start)
        first, last = round(start * RATE), min(round(now[0].end * RATE), 47)
        assert covered(now, Box(120 + 8 * first - 40, 190, 90 + 8 * (last - first) + 80, 120)) > 0.6


def test_small_things_and_empty_rooms_have_no_subject() -> None:
    size = (360, 640)
    assert seen([np.full((640, 360, 3), 120, np.uint8)] * 8) == ()
    picture = np.full((640, 360, 3), 120, np.uint8)
    picture[300:340, 160:200] = (200, 30, 30)
    assert seen([picture] * 8) == ()
    assert size == picture.shape[1::-1]


def test_places_hold_for_the_shot_in_which_they_were_seen() -> None:
    size = (360, 640)
    before = with_head(room(size), 120, 150, 110)
    after = with_head(room(size, seed=9)[::-1].copy() // 2 + 90, 240, 420, 110)
    places = seen([before] * 12 + [after] * 12)
    cut = Fraction(12, RATE)
    assert all(one.end <= cut or one.start >= cut for one in places)
    assert min(one.start for one in places) == 0 and max(one.end for one in places) == Fraction(24, RATE)
    assert all((one.box.x + one.box.w / 2 < 180) == (one.end <= cut) for one in places)
