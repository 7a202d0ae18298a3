"""Shapes of letters compared after alignment."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from overlaycut.analyse.lettering.shape import LineShape, ShapeParameters
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, Quad

LINE = Box(60, 60, 200, 44)


def drawn(words: str = "CAFE", *, face: int = cv2.FONT_HERSHEY_SIMPLEX, ink: int = 230, thick: int = 4) -> np.ndarray:
    ground = cv2.resize(np.random.default_rng(3).uniform(70, 90, (9, 16)), (320, 160), interpolation=cv2.INTER_CUBIC)
    grey = np.clip(ground, 0, 255).astype(np.uint8)
    (w, h), _ = cv2.getTextSize(words, face, 1.0, thick)
    scale = min((LINE.w - 8) / w, (LINE.h - 10) / h)
    cv2.putText(grey, words, (LINE.x + 4, LINE.bottom - 5), face, scale, ink, thick, cv2.LINE_AA)
    return np.repeat(grey[..., None], 3, axis=2)


def shape(picture: np.ndarray, quad: Quad | None = None) -> LineShape:
    frame = Frame.from_rgb(picture, index=0, at=Fraction(0), lasts=Fraction(1, 24))
    found = LineShape.of(frame, quad or LINE.quad(), parameters=ShapeParameters())
    assert found is not None
    return found


def test_the_same_letters_are_alike_under_other_light_blur_and_track() -> None:
    reference = shape(drawn())
    for picture in (drawn(ink=170), cv2.GaussianBlur(drawn(), (0, 0), 1.5)):
        assert reference.compared(shape(picture))[1] > 0.85
    off = Quad.of(LINE.quad().array() + np.array([6.0, -4.0]))
    assert reference.compared(shape(drawn(), off))[1] > 0.85


@pytest.mark.parametrize("picture", [drawn("OATE"), drawn("MIXQ"), drawn("WGAR")])
def test_other_letters_are_not(picture: np.ndarray) -> None:
    assert shape(drawn()).compared(shape(picture))[1] < 0.7


def test_a_line_outside_of_the_picture_has_no_shape() -> None:
    frame = Frame.from_rgb(drawn(), index=0, at=Fraction(0), lasts=Fraction(1, 24))
    assert LineShape.of(frame, Box(400, 300, 60, 20).quad(), parameters=ShapeParameters()) is None
