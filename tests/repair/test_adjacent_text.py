"""Lettering that comes before or after a subtitle, in its place, told apart from the picture."""

from fractions import Fraction

import cv2
import numpy as np

from overlaycut.core.frame import Frame, Mask
from overlaycut.core.geometry import Box, Span
from overlaycut.repair.estimates import RepairEstimates
from overlaycut.repair.fill.flow_guided import FlowGuidedFill
from overlaycut.repair.segment.adjacent_text import AdjacentText
from overlaycut.repair.segment.static_text import MaskRun
from overlaycut.vision.filters import FloatImage, blurred, dilated

WIDTH, HEIGHT = 320, 120
BOX = Box(0, 0, WIDTH, HEIGHT)
LENGTH = 8
"""Frames that each subtitle shows."""


def ground() -> FloatImage:
    noise = np.random.default_rng(7).normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    return np.clip(100 + 150 * blurred(noise, 5.0), 40, 160).astype(np.float32)


def lettered(*lines: str) -> Mask:
    drawn = np.zeros((HEIGHT, WIDTH), np.uint8)
    for number, line in enumerate(lines):
        down = 72 + round(28 * (number - (len(lines) - 1) / 2))
        cv2.putText(drawn, line, (30, down), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 3, cv2.LINE_AA)
    return drawn > 100


def picture(ink: Mask, luma: int = 235) -> np.ndarray:
    plane = np.where(ink, luma, ground())
    return np.dstack([plane, *np.full((2, HEIGHT, WIDTH), 128)]).astype(np.uint8)


def frame(ink: Mask, index: int) -> Frame:
    grey = np.where(ink, 250, ground())
    rgb = np.repeat(np.rint(grey).astype(np.uint8)[..., None], 3, axis=2)
    return Frame.from_rgb(rgb, index=index, at=Fraction(index, 24), lasts=Fraction(1, 24))


def test_the_next_subtitle_is_found_in_one_line_or_two() -> None:
    own = lettered("and weak pulse.")
    for following in (lettered("the next one"), lettered("It is a sign of", "much weakness")):
        watch = AdjacentText(picture(own), dilated(own, 1))
        for _ in range(3):
            found = watch.see(picture(following))
        assert found[following].mean() > 0.97
        assert (found & ~dilated(following, 4)).sum() < 0.1 * following.sum()


def test_lettering_of_another_colour_and_a_bare_picture_are_picture() -> None:
    own = lettered("and weak pulse.")
    for after in (picture(lettered("on a sign"), luma=20), picture(np.zeros_like(own))):
        assert not AdjacentText(picture(own), dilated(own, 1)).see(after).any()


def test_lettering_that_goes_is_forgotten() -> None:
    own, following = lettered("and weak pulse."), lettered("the next one")
    watch = AdjacentText(picture(own), dilated(own, 1))
    assert watch.see(picture(following)).any()
    assert not watch.see(picture(np.zeros_like(own))).any()


def test_no_ghost_of_the_lettering_before_and_after_is_left_in_a_locked_picture() -> None:
    inks = [lettered("thin and weak"), lettered("and white tongue"), lettered("Let me give you")]
    clip = [frame(ink, LENGTH * turn + index) for turn, ink in enumerate(inks) for index in range(LENGTH)]
    span = Span(LENGTH, 2 * LENGTH)
    fill = FlowGuidedFill(box=BOX, runs=(MaskRun.of(span, dilated(inks[1], 1)),), limit=None, span=span)
    made = RepairEstimates({"r": (fill,)})
    truth = frame(np.zeros_like(inks[0]), 0).y.astype(float)
    for after in made.over(clip):
        if after.before.index in span:
            assert float(np.abs(after.frame.y - truth)[inks[1]].max()) < 60
