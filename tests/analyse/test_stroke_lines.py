"""Rows of strokes that a detector passes over are read at once, and only what reads for certain is taken."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from overlaycut.analyse.lettering.stroke_lines import StrokeLines
from overlaycut.analyse.lettering.unread import UnreadLettering
from overlaycut.core.geometry import Box
from overlaycut.models import DetectedText, Reading, TextProbabilities

WIDTH, HEIGHT = 480, 320
ROW = Box(160, 120, 140, 26)


def strokes(angle: float = 0.0, box: Box = ROW) -> np.ndarray:
    """Probabilities: bars of letters in a row, turned around its middle."""
    map_ = np.zeros((HEIGHT, WIDTH), np.float32)
    for x in range(box.x, box.right - 8, 18):
        map_[box.y : box.bottom, x : x + 8] = 0.9
    matrix = cv2.getRotationMatrix2D(box.quad().centre, -angle, 1.0)
    return cv2.warpAffine(map_, matrix, (WIDTH, HEIGHT))


class Told:
    """Reads every line as it is told to."""

    def __init__(self, text: str, confidence: float) -> None:
        self._reading, self.crops = Reading(text, confidence), []

    def find(self, picture: np.ndarray, *, long_side: int) -> list[DetectedText]:
        raise AssertionError("no detector is needed")

    def read(self, lines: Sequence[np.ndarray]) -> list[Reading]:
        self.crops += [line.shape for line in lines]
        return [self._reading] * len(lines)


class Drawn:
    """Takes what is dark for strokes."""

    def segment(self, pictures: Sequence[np.ndarray], heights: Sequence[float]) -> list[TextProbabilities]:
        letters = [np.clip((150 - one[..., 0].astype(np.float32)) / 60, 0, 0.9) for one in pictures]
        none = [np.zeros_like(one) for one in letters]
        return [TextProbabilities(1 - a, a, b, b, b) for a, b in zip(letters, none, strict=True)]


def lines(
    reader: Told, likely: np.ndarray, scale: float = 1.0, known: Sequence[DetectedText] = ()
) -> list[DetectedText]:
    grey = 200 - 160 * cv2.resize(likely, (round(WIDTH / scale), round(HEIGHT / scale)), interpolation=cv2.INTER_AREA)
    picture = np.repeat(np.asarray(grey, np.uint8)[..., None], 3, axis=2)
    lettering = UnreadLettering(Drawn())
    return StrokeLines(reader, lettering).lines(picture, likely, scale, known)


@pytest.mark.parametrize("angle", [0.0, 18.0, -18.0])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_a_row_of_strokes_is_a_line_along_its_own_direction(angle: float, scale: float) -> None:
    (line,) = lines(Told("BURGER", 0.9), strokes(angle), scale)
    assert line.text == "BURGER"
    assert np.allclose(line.quad.centre, np.array(ROW.quad().centre) / scale, atol=5)
    (ax, ay), (bx, by) = line.quad.a, line.quad.b
    assert np.degrees(np.arctan2(by - ay, bx - ax)) == pytest.approx(angle, abs=3)
    assert 3 < line.quad.size[0] / line.quad.size[1] < 5


@pytest.mark.parametrize(("text", "confidence", "taken"), [
    ("1910", 0.85, True), ("1910", 0.7, False), ("IL", 0.99, False), ("大吉", 0.98, True), ("心口", 0.88, False),
    ("大", 0.99, False), ("", 0.0, False),
])  # fmt: skip
def test_only_what_reads_for_certain_is_taken(text: str, confidence: float, taken: bool) -> None:
    assert bool(lines(Told(text, confidence), strokes())) is taken


def test_strokes_of_a_known_line_are_not_read_again() -> None:
    reader = Told("BURGER", 0.9)
    assert not lines(reader, strokes(), known=[DetectedText(ROW.grown(4).quad(), "BURGER", 0.9)]) and not reader.crops


def test_two_rows_of_an_emblem_are_two_lines() -> None:
    both = np.maximum(strokes(), strokes(box=Box(170, 156, 120, 26)))
    assert len(lines(Told("BURGER", 0.9), both)) == 2


def test_blots_and_long_edges_are_no_lines() -> None:
    likely = np.zeros((HEIGHT, WIDTH), np.float32)
    likely[40:90, 40:90] = 0.9
    likely[200:212, 10:470] = 0.9
    reader = Told("BURGER", 0.9)
    assert not lines(reader, likely) and not reader.crops


def test_a_row_among_strokes_of_its_own_kind_is_a_texture() -> None:
    bricks = np.zeros((HEIGHT, WIDTH), np.float32)
    for y in range(-6, HEIGHT, 14):
        for x in range(140 + 6 * (y % 5), 310, 40):
            bricks[max(y, 0) : y + 12, x : x + 34] = 0.9
    reader = Told("59H", 0.9)
    assert not lines(reader, bricks) and reader.crops
