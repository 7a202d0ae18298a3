"""Words around a circle are read in its unrolled rim; circles without strokes cost no reading."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from overlaycut.analyse.lettering.round_emblems import RoundEmblems
from overlaycut.core.geometry import Box
from overlaycut.models import DetectedText, Reading, rapid_reader
from overlaycut.resources import folder

WIDTH, HEIGHT, CENTRE = 480, 360, (240, 180)


def emblem(words: str, *, radius: int = 90, size: int = 24, turn: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A ring with words around it, and the probabilities of their strokes; `turn` is where they stand, from the top."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), (42, 62, 92))
    strokes = Image.new("L", (WIDTH, HEIGHT))
    face = ImageFont.truetype(str(folder("fonts") / "Inter-Bold.otf"), size)
    for number, letter in enumerate(words):
        angle = turn + (number - (len(words) - 1) / 2) * 0.78 * size / radius
        glyph = Image.new("L", (WIDTH, HEIGHT))
        ImageDraw.Draw(glyph).text((CENTRE[0], CENTRE[1] - radius), letter, fill=255, font=face, anchor="mm")
        turned = glyph.rotate(-np.degrees(angle), center=CENTRE, resample=Image.Resampling.BICUBIC)
        strokes.paste(255, mask=turned)
    picture.paste((240, 236, 224), mask=strokes)
    for edge in (radius - size, radius + size):
        box = (CENTRE[0] - edge, CENTRE[1] - edge, CENTRE[0] + edge, CENTRE[1] + edge)
        ImageDraw.Draw(picture).ellipse(box, outline=(240, 236, 224), width=4)
    return np.asarray(picture), np.asarray(strokes, np.float32) / 255


class Silent:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def find(self, picture: np.ndarray, *, long_side: int) -> list[DetectedText]:
        self.asked += 1
        return []

    def read(self, lines: Sequence[np.ndarray]) -> list[Reading]:
        return [Reading("", 0.0)] * len(lines)


@pytest.mark.parametrize("turn", [0.0, np.pi])
def test_words_around_a_ring_are_read_and_surrounded(turn: float) -> None:
    picture, likely = emblem("MOUNTAIN TEA", turn=turn)
    (line,) = RoundEmblems(rapid_reader(threads=1)).lines(picture, likely, 1.0, [])
    assert "MOUNTAIN" in line.text.replace(" ", "") or "TEA" in line.text
    ys, xs = np.nonzero(likely > 0.5)
    ink, box = Box(int(xs.min()), int(ys.min()), int(np.ptp(xs)), int(np.ptp(ys))), line.quad.box()
    inside = (xs >= box.x) & (xs < box.right) & (ys >= box.y) & (ys < box.bottom)
    assert inside.mean() > 0.9 and box.w * box.h < 2.5 * ink.w * ink.h


def test_a_ring_without_strokes_costs_no_reading() -> None:
    reader = Silent()
    picture, likely = emblem("")
    assert RoundEmblems(reader).lines(picture, likely, 1.0, []) == [] and reader.asked == 0


def test_a_ring_whose_words_are_known_is_not_unrolled() -> None:
    reader = Silent()
    picture, likely = emblem("HARBOUR")
    known = [DetectedText(Box(120, 60, 240, 140).quad(), "HARBOUR", 0.9)]
    assert RoundEmblems(reader).lines(picture, likely, 1.0, known) == [] and reader.asked == 0
    assert RoundEmblems(reader).lines(picture, likely, 1.0, []) == [] and reader.asked == 2


def test_what_a_circle_has_beyond_the_picture_is_no_stroke() -> None:
    reader = Silent()
    picture, likely = emblem("")
    part, bare = picture[:200, :250].copy(), likely[:200, :250].copy()
    for _ in range(3):
        np.full((200, 200), 1e30, np.float32)  # memory that a picture may be made in
        assert RoundEmblems(reader).lines(part, bare, 1.0, []) == [] and reader.asked == 0
