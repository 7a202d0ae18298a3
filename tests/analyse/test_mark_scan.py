"""Marks are read in and around a place, in a few frames, and in no others."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from overlaycut.analyse.mark_scan import ProtectedMark, scan_marks, scanned_frames
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, Span
from overlaycut.models import DetectedText, Reading

WIDTH, HEIGHT = 320, 180
PLACE = Box(200, 150, 100, 20)


class Finds:
    """A reader that finds `text` where the picture is white."""

    def __init__(self, text: str, confidence: float = 0.9) -> None:
        self.seen: list[tuple[int, ...]] = []
        self._text, self._confidence = text, confidence

    def find(self, picture: np.ndarray, *, long_side: int) -> list[DetectedText]:
        self.seen.append(picture.shape)
        white = picture[..., 0] > 200
        return [DetectedText(Box.of(white).quad(), self._text, self._confidence)] if white.any() else []

    def read(self, lines: Sequence[np.ndarray]) -> list[Reading]:
        raise AssertionError("marks are searched for")


def frames(box: Box, shown: Span = Span(0, 20)) -> list[Frame]:
    pictures = []
    for index in range(20):
        rgb = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
        if index in shown:
            rgb[box.slices] = 240
        pictures.append(Frame.from_rgb(rgb, index=index, at=Fraction(index, 10), lasts=Fraction(1, 10)))
    return pictures


def scanned(reader: Finds, box: Box, span: Span = Span(0, 20), **shown: Span) -> tuple[ProtectedMark, ...]:
    return scan_marks(frames(box, **shown), [(span, dict.fromkeys(span, PLACE.quad()))], reader)


def test_first_and_last_frame_are_among_those_that_are_read() -> None:
    assert scanned_frames(Span(5, 25)) == (5, 11, 18, 24)
    assert scanned_frames(Span(3, 4)) == (3,)
    assert scanned_frames(Span(3, 5)) == (3, 4)


def test_a_mark_in_the_place_is_found_where_it_stands() -> None:
    (mark,) = scanned(Finds("PixelDance @2023-11-18"), Box(210, 154, 80, 12))
    assert (mark.name, mark.box) == ("pixeldance", Box(210, 154, 80, 12))


def test_a_mark_that_shows_for_a_part_of_the_span_is_found() -> None:
    assert scanned(Finds("AI-generated"), Box(210, 154, 80, 12), shown=Span(17, 20))


def test_a_mark_that_reaches_out_of_the_place_is_read_whole() -> None:
    reader = Finds("Kling")
    (mark,) = scanned(reader, Box(196, 154, 60, 12))
    assert mark.box.x == 196
    assert all(shape[1] > PLACE.w for shape in reader.seen)


def test_other_words_and_doubtful_readings_are_no_marks() -> None:
    assert scanned(Finds("OPEN DAILY"), Box(210, 154, 80, 12)) == ()
    assert scanned(Finds("Kling", confidence=0.3), Box(210, 154, 80, 12)) == ()


def test_nothing_is_read_after_the_span() -> None:
    reader = Finds("Kling")
    assert scanned(reader, Box(210, 154, 80, 12), Span(0, 5), shown=Span(6, 20)) == ()
    assert len(reader.seen) == 4
