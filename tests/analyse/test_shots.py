from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from overlaycut.analyse.shots import CutDetector

ROWS, COLUMNS = 160, 90


def scene(seed: int) -> np.ndarray:
    """A picture with large shapes of its own, larger than what is looked at."""
    rng = np.random.default_rng(seed)
    rough = cv2.resize(rng.uniform(20, 235, (7, 5)), (3 * COLUMNS, 3 * ROWS), interpolation=cv2.INTER_CUBIC)
    return np.clip(rough, 0, 255)


def window(picture: np.ndarray, x: float = 0, y: float = 0, light: float = 1, noise: int | None = None) -> np.ndarray:
    moved = cv2.warpAffine(picture, np.float64([[1, 0, -x - 60], [0, 1, -y - 60]]), (COLUMNS, ROWS))
    if noise is not None:
        moved = moved + np.random.default_rng(noise).normal(0, 3, moved.shape)
    return np.clip(moved * light, 0, 255).astype(np.uint8)


def cuts(pictures: Sequence[np.ndarray]) -> list[int]:
    detector = CutDetector()
    return [index for index, picture in enumerate(pictures) if detector.see(picture)]


def test_every_hard_cut_is_found_on_its_frame() -> None:
    shots = [(1, 20), (2, 9), (3, 30), (4, 12)]
    clip = [window(scene(seed), x=i, noise=100 * seed + i) for seed, length in shots for i in range(length)]
    assert cuts(clip) == [20, 29, 59]


def test_a_pan_a_zoom_and_noise_are_not_cuts() -> None:
    picture = scene(5)
    assert cuts([window(picture, x=2 * i, y=1.5 * i, noise=i) for i in range(40)]) == []


def test_a_change_of_light_is_not_a_cut() -> None:
    picture = scene(6)
    slow = [window(picture, light=1 + 0.4 * np.sin(i / 6), noise=i) for i in range(40)]
    assert cuts(slow) == []


def test_a_dissolve_is_not_a_hard_cut() -> None:
    one, other = window(scene(7)).astype(float), window(scene(8)).astype(float)
    mix = [((1 - t) * one + t * other).astype(np.uint8) for t in np.linspace(0, 1, 24)]
    assert cuts([one.astype(np.uint8)] * 8 + mix + [other.astype(np.uint8)] * 8) == []


def test_a_still_picture_has_no_cuts() -> None:
    assert cuts([window(scene(9))] * 30) == []


def test_a_cut_between_two_views_of_one_place_is_found() -> None:
    place = np.clip(cv2.resize(np.random.default_rng(3).uniform(90, 165, (40, 24)), (3 * COLUMNS, 3 * ROWS)), 0, 255)
    near = [window(place, x=0.3 * i, noise=i) for i in range(20)]
    far = [window(place, x=110 + 0.3 * i, y=170, noise=50 + i) for i in range(20)]
    assert cuts(near + far) == [20]


def test_something_that_flashes_by_or_jumps_in_is_not_a_cut() -> None:
    clip = [window(scene(11), x=0.5 * i, noise=i) for i in range(30)]
    for picture in clip[12:]:
        cv2.circle(picture, (45, 80), 28, 30, -1)
    clip[20] = np.clip(clip[20].astype(int) + 70, 0, 255).astype(np.uint8)
    assert cuts(clip) == []


def test_a_fade_to_black_and_back_is_not_a_cut() -> None:
    light = np.concatenate([np.ones(8), np.linspace(1, 0, 12), np.zeros(4), np.linspace(0, 1, 12), np.ones(4)])
    assert cuts([window(scene(11), x=0.5 * i, light=one, noise=i) for i, one in enumerate(light)]) == []


def test_a_cut_after_a_fade_is_still_found() -> None:
    fading = [window(scene(12), light=one, noise=i) for i, one in enumerate(np.linspace(0.4, 1, 20))]
    assert cuts([*fading, *(window(scene(13), noise=50 + i) for i in range(15))]) == [20]
