"""Marks by their form: drawn pans and locked shots with lettering in a corner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from overlaycut.analyse import LetteringAnalyser
from overlaycut.core.facts import ClipFacts, Colour
from overlaycut.core.findings import Lettering
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.models import DetectedText, Reading

WIDTH, HEIGHT, FPS, FRAMES = 480, 360, 24, 36
CORNER, MIDDLE, WIDE = Box(380, 325, 84, 22), Box(200, 170, 84, 22), Box(120, 330, 240, 22)
SCENE = cv2.resize(
    np.random.default_rng(5).uniform(40, 200, (60, 120)), (2 * WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC
).clip(0, 255).astype(np.uint8)  # fmt: skip


class Fixed:
    """A reader that finds one word where it is told to."""

    def __init__(self, place: Callable[[int], Box]) -> None:
        self.now, self._place = 0, place

    def find(self, picture: np.ndarray, *, long_side: int) -> list[DetectedText]:
        assert picture.ndim == 3 and long_side > 0
        return [DetectedText(self._place(self.now).quad(), "NOVELLA", 0.98)]

    def read(self, lines: Sequence[np.ndarray]) -> list[Reading]:
        return [Reading("NOVELLA", 0.98)] * len(lines)


def written(grey: np.ndarray, box: Box) -> np.ndarray:
    shown = grey.copy()
    cv2.rectangle(shown, (box.x, box.y), (box.right, box.bottom), 60, -1)
    cv2.putText(shown, "NOVELLA", (box.x + 4, box.bottom - 5), cv2.FONT_HERSHEY_DUPLEX, 0.6, 235, 1, cv2.LINE_AA)
    return shown


def judged(place: Callable[[int], Box], drawn: Callable[[int], np.ndarray]) -> Lettering:
    facts = ClipFacts(
        path=Path("drawn.mp4"), container="mp4", codec="h264", coded_width=WIDTH, coded_height=HEIGHT, width=WIDTH,
        height=HEIGHT, pix_fmt="yuv420p", bits=8, colour=Colour("bt709", "bt709", "bt709", "tv"), rotation=0,
        pixel_aspect=Fraction(1), tick=Fraction(1, FPS), rate_in_header=Fraction(FPS), frames_in_header=FRAMES,
        duration_in_header=Fraction(FRAMES, FPS), audio=None, streams=("video:h264",),
    )  # fmt: skip
    reader = Fixed(place)
    analyser = LetteringAnalyser(reader, facts)
    for index in range(FRAMES):
        reader.now = index
        rgb = np.repeat(drawn(index)[..., None], 3, axis=2)
        analyser.see(Frame.from_rgb(rgb, index=index, at=Fraction(index, FPS), lasts=Fraction(1, FPS)))
    (region,) = analyser.result().regions
    return region


def pan(index: int, step: int = 2) -> np.ndarray:
    return SCENE[:, step * index : step * index + WIDTH]


@pytest.mark.parametrize(("box", "protected"), [(CORNER, True), (MIDDLE, False), (WIDE, False)])
def test_what_stands_still_in_a_corner_of_a_pan_is_a_mark(box: Box, protected: bool) -> None:
    region = judged(lambda i: box, lambda i: written(pan(i), box))
    assert region.protected is protected and region.state == "stable"
    assert (region.kind == "mark") is protected and ("stands still" in region.reason) is protected


def test_a_sign_in_a_corner_of_a_locked_shot_is_none() -> None:
    assert not judged(lambda i: CORNER, lambda i: written(SCENE[:, :WIDTH], CORNER)).protected


def test_a_sign_that_moves_with_the_camera_is_none() -> None:
    wide = written(SCENE, Box(420, 325, 84, 22))
    region = judged(lambda i: Box(420 - i, 325, 84, 22), lambda i: wide[:, i : i + WIDTH])
    assert not region.protected


def test_a_sign_in_a_locked_shot_through_which_something_large_passes_is_none() -> None:
    bus = SCENE[:270, WIDTH:].copy()

    def drawn(i: int) -> np.ndarray:
        grey = written(SCENE[:, :WIDTH], CORNER)
        grey[20:290] = np.roll(bus, 3 * i, axis=1)
        return grey

    assert not judged(lambda i: CORNER, drawn).protected


def test_a_title_that_comes_and_goes_is_none() -> None:
    region = judged(lambda i: CORNER, lambda i: written(pan(i), CORNER) if i < 18 else pan(i))
    assert not region.protected
