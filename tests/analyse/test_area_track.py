"""Areas that a person draws follow what they lie on, forward and backward in time."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np
import pytest

from overlaycut.analyse import track_area
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, Span

SIZE = (320, 240)


def moving(count: int, matrix_at: object) -> Iterator[Frame]:
    """A card with texture on a plain ground; `matrix_at(n)` is where it is in frame n."""
    card = np.random.default_rng(5).integers(0, 255, (60, 100), dtype=np.uint8)
    card = cv2.resize(cv2.GaussianBlur(card, (0, 0), 1.5), (100, 60))
    for n in range(count):
        ground = np.full((SIZE[1], SIZE[0]), 120, np.uint8)
        cv2.warpAffine(card, matrix_at(n), SIZE, ground, borderMode=cv2.BORDER_TRANSPARENT)  # type: ignore[operator]
        rgb = np.repeat(ground[..., None], 3, axis=2)
        yield Frame.from_rgb(rgb, index=n, at=Fraction(n, 24), lasts=Fraction(1, 24))


@pytest.mark.parametrize("at", [0, 10, 19])
def test_an_area_follows_a_shift_and_a_growth(at: int) -> None:
    def matrix(n: int) -> np.ndarray:
        scale = 1 + 0.01 * n
        return np.array([[scale, 0, 60 + 3 * n], [0, scale, 80 + n]], dtype=np.float64)

    corners = np.array([[20, 15], [80, 15], [80, 45], [20, 45]], dtype=np.float64)

    def truth(n: int) -> np.ndarray:
        return corners @ matrix(n)[:, :2].T + matrix(n)[:, 2]

    x, y = truth(at)[0]
    w, h = truth(at)[2] - truth(at)[0]
    found = track_area(moving(20, matrix), Box(round(x), round(y), round(w), round(h)), at, Span(0, 20))
    assert sorted(found) == list(range(20))
    worst = max(float(np.abs(found[n].array() - truth(n)).max()) for n in found)
    assert worst < 2.5


def test_an_area_on_nothing_stays_where_it_is() -> None:
    plain = (
        Frame.from_rgb(np.full((240, 320, 3), 90, np.uint8), index=n, at=Fraction(n), lasts=Fraction(1))
        for n in range(5)
    )
    box = Box(10, 20, 30, 40)
    found = track_area(plain, box, 2, Span(1, 4))
    assert sorted(found) == [1, 2, 3] and all(quad.box() == box for quad in found.values())
