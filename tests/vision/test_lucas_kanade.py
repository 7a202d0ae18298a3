"""Windows are found where they went, and say nothing of what they cannot see."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from overlaycut.vision.filters import FloatPlane, blurred
from overlaycut.vision.lucas_kanade import TrackedWindows

SHAPE = 160, 220
EVERYWHERE = np.ones(SHAPE, np.bool_)


def texture(seed: int = 0) -> FloatPlane:
    rough = np.random.default_rng(seed).normal(128, 60, SHAPE).astype(np.float32)
    soft = blurred(rough, 1.6)
    return np.asarray(128 + 40 * (soft - soft.mean()) / soft.std(), np.float32)


def moved(picture: FloatPlane, dx: float, dy: float) -> FloatPlane:
    matrix = np.array([[1, 0, dx], [0, 1, dy]])
    size = (picture.shape[1], picture.shape[0])
    shown = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(shown, np.float32)


def inner(windows: TrackedWindows) -> np.ndarray:
    """Windows that are still within the picture after a move of a few pixels."""
    room = 20
    return np.asarray(((windows.centres > room) & (windows.centres < (SHAPE[1] - room, SHAPE[0] - room))).all(axis=1))


def nowhere(windows: TrackedWindows) -> np.ndarray:
    return np.zeros_like(windows.centres)


@pytest.mark.parametrize("by", [(0.0, 0.0), (0.4, -0.3), (2.3, 1.7), (-4.6, 3.2)])
def test_a_move_is_found_to_a_tenth_of_a_pixel_whatever_the_light(by: tuple[float, float]) -> None:
    windows = TrackedWindows(texture(), (EVERYWHERE, 120))
    found = windows.found_in(1.3 * moved(texture(), *by) - 30, near=nowhere(windows))
    off = np.linalg.norm(found.shifts - by, axis=1)[inner(windows)]
    assert np.median(off) < 0.07
    assert np.mean(off < 0.3) > 0.9
    assert np.median(found.correlation[inner(windows)]) > 0.98


def test_what_went_far_is_found_from_where_it_was_last() -> None:
    windows = TrackedWindows(texture(), (EVERYWHERE, 120))
    picture = moved(texture(), 13.5, 0.0)
    lost, known = (windows.found_in(picture, near=nowhere(windows) + start) for start in ((0.0, 0.0), (13.0, 0.5)))
    off = [np.median(np.linalg.norm(found.shifts - (13.5, 0), axis=1)[inner(windows)]) for found in (lost, known)]
    assert off[1] < 0.1 < 3 < off[0]


def test_an_edge_is_sure_across_itself_only_and_does_not_slide_along() -> None:
    edge = np.where(np.arange(SHAPE[1]) < 110, 60, 180).astype(np.float32)
    picture = np.tile(blurred(edge[None], 1.0), (SHAPE[0], 1))
    windows = TrackedWindows(picture, (EVERYWHERE, 60))
    assert len(windows.centres) > 5
    across, along = windows.certainty[:, 0, 0], windows.certainty[:, 1, 1]
    assert across.min() > 0.5 and along.max() < 0.05
    found = windows.found_in(moved(picture, 1.5, 2.0), near=nowhere(windows))
    assert found.shifts[:, 0] == pytest.approx(1.5, abs=0.1)
    assert np.abs(found.shifts[:, 1]).max() < 0.2


def test_where_there_is_no_texture_there_are_no_windows() -> None:
    assert len(TrackedWindows(np.full(SHAPE, 90, np.float32), (EVERYWHERE, 50)).centres) == 0


def test_windows_lie_in_their_parts() -> None:
    left = EVERYWHERE & (np.arange(SHAPE[1]) < 80)
    windows = TrackedWindows(texture(), (left, 40), (~left, 90))
    assert (windows.centres[windows.part == 0, 0] < 80).all() and (windows.centres[windows.part == 1, 0] >= 80).all()
    assert 25 < np.count_nonzero(windows.part == 0) < np.count_nonzero(windows.part == 1) < 130


@pytest.mark.parametrize("sigma", [0.0, 0.6, 1.0, 1.6])
def test_how_much_softer_a_picture_is_is_told_in_pixels(sigma: float) -> None:
    rough = np.random.default_rng(4).integers(0, 2, (SHAPE[0] // 8, SHAPE[1] // 8 + 1)).astype(np.float32)
    sharp = blurred(40 + 150 * np.kron(rough, np.ones((8, 8), np.float32))[:, : SHAPE[1]], 0.5)
    windows = TrackedWindows(sharp, (np.ones(sharp.shape, np.bool_), 120))
    found = windows.found_in(np.roll(blurred(sharp, sigma), (1, 2), axis=(0, 1)), near=nowhere(windows))
    assert float(np.median(found.extra_blur)) ** 0.5 == pytest.approx(sigma, abs=0.25)
