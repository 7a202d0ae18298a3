"""Small print is looked at closely: a reader that sees nothing in whole pictures, and something in enlarged crops."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from overlaycut.analyse.lettering.close_look import CloseLook
from overlaycut.core.geometry import Box
from overlaycut.models import DetectedText, Reading, text_segmenter

SMALL = Box(200, 100, 92, 14)


def picture(words: str = "SEA SALT") -> np.ndarray:
    ground = cv2.resize(np.random.default_rng(2).uniform(150, 190, (9, 16)), (640, 360), interpolation=cv2.INTER_CUBIC)
    grey = ground.clip(0, 255).astype(np.uint8)
    if words:
        cv2.putText(grey, words, (SMALL.x, SMALL.bottom - 2), cv2.FONT_HERSHEY_DUPLEX, 0.55, 30, 1, cv2.LINE_AA)
    return np.repeat(grey[..., None], 3, axis=2)


class Magnified:
    """Finds what is dark in pictures below a size, and reads it as it was told to."""

    def __init__(self, text: str, confidence: float) -> None:
        self._text, self._confidence, self.asked = text, confidence, 0

    def find(self, picture: np.ndarray, *, long_side: int) -> list[DetectedText]:
        self.asked += 1
        assert max(picture.shape) <= long_side
        ys, xs = np.nonzero(picture[..., 0] < 100)
        box = Box(int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1)
        return [DetectedText(box.quad(), self._text, self._confidence)]

    def read(self, lines: Sequence[np.ndarray]) -> list[Reading]:
        return [Reading(self._text, self._confidence)] * len(lines)


def test_small_print_is_found_where_it_stands() -> None:
    look = CloseLook(Magnified("SEA SALT", 0.9), text_segmenter(threads=1))
    (line,) = look.lines(picture(), [])
    assert line.text == "SEA SALT"
    place, dark = line.quad.box(), np.argwhere(picture()[..., 0] < 100)
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0) + 1
    assert max(abs(place.x - left), abs(place.y - top), abs(place.right - right), abs(place.bottom - bottom)) <= 2


@pytest.mark.parametrize(("text", "confidence"), [("SE", 0.99), ("SEA SALT", 0.4), ("—", 0.99)])
def test_what_hardly_reads_is_texture(text: str, confidence: float) -> None:
    assert CloseLook(Magnified(text, confidence), text_segmenter(threads=1)).lines(picture(), []) == []


def test_what_is_known_is_not_looked_at_again() -> None:
    reader = Magnified("SEA SALT", 0.9)
    known = [DetectedText(SMALL.grown(3).quad(), "SEA SALT", 0.9)]
    assert CloseLook(reader, text_segmenter(threads=1)).lines(picture(), known) == [] and reader.asked == 0


def test_a_picture_without_strokes_costs_no_reading() -> None:
    reader = Magnified("SEA SALT", 0.9)
    assert CloseLook(reader, text_segmenter(threads=1)).lines(picture(""), []) == [] and reader.asked == 0
