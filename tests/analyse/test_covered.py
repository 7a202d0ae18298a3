"""What covers lettering: told by its colours, from when to when, and what is judged beside it and after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from overlaycut.analyse import LetteringAnalyser
from overlaycut.analyse.lettering.covered import Front, covered_spans
from overlaycut.analyse.lettering.glyphs import GlyphParameters, GlyphSheet
from overlaycut.analyse.lettering.in_front import InFront
from overlaycut.analyse.lettering.shape import LineShape, ShapeParameters
from overlaycut.analyse.tracking import TrackObservation
from overlaycut.core.facts import ClipFacts, Colour
from overlaycut.core.findings import Lettering
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.models import DetectedText, Reading

WIDTH, HEIGHT, FPS, FRAMES = 360, 240, 24, 48
LINE = Box(40, 100, 250, 44)
SKIN, GREEN, CREAM = (205, 150, 120), (36, 70, 48), (235, 226, 200)
ROUGH = cv2.resize(np.random.default_rng(3).uniform(-9, 9, (30, 45)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def sign(words: str = "HARBOUR", *, melted: float = 0.0, light: float = 0.0) -> np.ndarray:
    """Cream letters on a green sign, in RGB; `melted` runs its strokes by that share of their height."""
    picture = np.full((HEIGHT, WIDTH, 3), GREEN, dtype=np.float32) + ROUGH[..., None]
    ink = np.zeros((HEIGHT, WIDTH), np.uint8)
    for number, letter in enumerate(words):
        place = (LINE.x + 8 + number * 34, LINE.bottom - 7)
        cv2.putText(ink, letter, place, cv2.FONT_HERSHEY_SIMPLEX, 1.15, 255, 5, cv2.LINE_AA)
    if melted:
        noise = np.random.default_rng(8).normal(0, 1, (2, HEIGHT, WIDTH)).astype(np.float32)
        bend = [cv2.GaussianBlur(one, (0, 0), 7) for one in noise]
        by = [melted * LINE.h * one / one.std() for one in bend]
        x, y = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
        ink = cv2.remap(ink, x + by[0], y + by[1], cv2.INTER_LINEAR)
    alpha = ink[..., None] / np.float32(255)
    picture = picture * (1 - alpha) + np.array(CREAM, np.float32) * alpha
    glow = light * np.exp(-(((np.arange(WIDTH) - 120) / 90.0) ** 2))
    return np.asarray(np.clip(picture + glow[None, :, None], 0, 255), np.uint8)


def with_arm(picture: np.ndarray, x: int, *, top: int = 60, colour: tuple[int, int, int] = SKIN) -> np.ndarray:
    """An arm that reaches up into the picture at `x`."""
    covered = picture.copy()
    cv2.ellipse(covered, (x, top + 30), (28, 34), 0, 0, 360, colour, -1, cv2.LINE_AA)
    cv2.rectangle(covered, (x - 26, top + 30), (x + 26, HEIGHT), colour, -1)
    return covered


def shape(picture: np.ndarray) -> LineShape:
    found = LineShape.of(framed(picture, 0), LINE.quad(), parameters=ShapeParameters())
    assert found is not None
    return found


def framed(picture: np.ndarray, index: int) -> Frame:
    return Frame.from_rgb(picture, index=index, at=Fraction(index, FPS), lasts=Fraction(1, FPS))


def sheet() -> GlyphSheet:
    made = GlyphSheet.of(shape(sign()), "HARBOUR", GlyphParameters())
    assert made is not None
    return made


def front(picture: np.ndarray, *, doubtful: bool = True) -> InFront:
    found = sheet().in_front(shape(picture), doubtful=doubtful)
    assert found is not None
    return found


def test_an_arm_is_in_front_and_its_colour_and_side_are_told() -> None:
    found = front(with_arm(sign(), 160, top=95))
    assert 0.12 < found.share < 0.4 and found.is_skin and found.side == "below"


def test_what_has_no_colour_of_skin_is_another_thing() -> None:
    found = front(with_arm(sign(), 160, colour=(40, 60, 190)))
    assert found.share > 0.12 and not found.is_skin


@pytest.mark.parametrize("picture", [
    sign(), sign(melted=0.15), sign(melted=0.3), sign(light=45), sign("XXXXXXX"),
    cv2.GaussianBlur(sign(), (0, 0), 2.5), (sign() * 0.75).astype(np.uint8),
])  # fmt: skip
def test_melting_other_letters_light_and_blur_are_nothing_in_front(picture: np.ndarray) -> None:
    assert front(picture).share == 0


def test_a_thing_in_the_surface_s_own_colour_is_told_by_the_surface_where_the_track_is_in_doubt() -> None:
    picture = with_arm(sign(), 160, colour=(126, 160, 138))
    assert front(picture).share > 0.05


def test_letters_beside_an_arm_and_what_is_left_of_covered_ones_are_compared() -> None:
    picture = with_arm(sign(), 160, top=118)
    seen = sheet().seen(6, shape(picture), front(picture), doubtful=True)
    assert seen.seen.sum() >= 5 and seen.likeness[seen.seen].min() > 0.9


def test_melted_letters_over_an_arm_are_others() -> None:
    picture = with_arm(sign(melted=0.3), 160, top=118)
    seen = sheet().seen(6, shape(picture), front(picture), doubtful=True)
    assert seen.seen.sum() >= 5 and np.median(seen.likeness[seen.seen]) < 0.75


def seen(index: int, *, visible: float = 1.0, inside: float = 1.0, support: float = 0.9) -> TrackObservation:
    return TrackObservation(index, np.zeros((4, 2)), np.eye(8), support, visible, 0.0, 0.9, 1.0, inside)


TIMES = [Fraction(i, 24) if i < 10 else Fraction(i - 5, 12) for i in range(31)]
"""Frames that last twice as long from the tenth on."""


def test_times_are_exact_and_half_open_at_a_rate_that_changes() -> None:
    fronts: dict[int, Front | None] = {i: Front(0.4, True, "left") for i in range(6, 14)}
    (found,) = covered_spans([seen(i) for i in range(30)], fronts, TIMES)
    assert (found.span.start, found.span.end) == (6, 14)
    assert (found.start, found.end) == (Fraction(1, 4), Fraction(3, 4))
    assert (found.by, found.side, found.most) == ("skin", "left", 0.4)


def test_a_look_at_the_colours_goes_before_what_the_track_holds_for_covered() -> None:
    observations = [seen(i, visible=0.3 if i >= 10 else 1.0) for i in range(30)]
    free: dict[int, Front | None] = {i: Front(0.0, False, None) for i in range(10, 30)}
    assert covered_spans(observations, free, TIMES) == ()
    (found,) = covered_spans(observations, dict.fromkeys(free), TIMES)
    assert found.span.start == 10 and found.by == "object" and found.most == pytest.approx(0.7)


def test_the_edge_of_the_picture_is_told_from_a_thing() -> None:
    observations = [seen(i, visible=min(1.0, (30 - i) / 10), inside=min(1.0, (30 - i) / 10)) for i in range(30)]
    (found,) = covered_spans(observations, {}, TIMES)
    assert found.by == "edge" and found.span.start == 21 and found.end == TIMES[30]


@pytest.mark.parametrize("fronts", [
    {4: Front(0.5, True, "left")},
    {i: Front(0.02, True, "left") for i in range(4, 20)},
])  # fmt: skip
def test_a_single_frame_and_a_touch_are_no_span(fronts: dict[int, Front | None]) -> None:
    assert covered_spans([seen(i) for i in range(30)], fronts, TIMES) == ()


def test_light_that_is_taken_off_covers_no_letters() -> None:
    found = front(sign())
    columns = np.arange(found.light.shape[1], dtype=np.float32)
    uneven = replace(found, light=80 * np.sign(np.sin(columns / 25))[None])
    assert sheet().seen(6, shape(sign()), uneven, doubtful=True).seen.all()


class Reader:
    """Finds the line in the first frame; what is covered or melted reads as what was there."""

    def __init__(self) -> None:
        self._lines = [DetectedText(LINE.quad(), "HARBOUR", 0.98)]

    def find(self, picture: np.ndarray, *, long_side: int) -> list[DetectedText]:
        found, self._lines = self._lines, []
        return found

    def read(self, lines: Sequence[np.ndarray]) -> list[Reading]:
        return [Reading("HARBOUR", 0.9)] * len(lines)


def judged(picture: Callable[[int], np.ndarray]) -> Lettering:
    facts = ClipFacts(
        path=Path("drawn.mp4"), container="mp4", codec="h264", coded_width=WIDTH,
        coded_height=HEIGHT, width=WIDTH, height=HEIGHT, pix_fmt="yuv420p", bits=8,
        colour=Colour("bt709", "bt709", "bt709", "tv"), rotation=0, pixel_aspect=Fraction(1), tick=Fraction(1, FPS),
        rate_in_header=Fraction(FPS), frames_in_header=FRAMES, duration_in_header=Fraction(FRAMES, FPS), audio=None,
        streams=("video:h264",),
    )  # fmt: skip
    analyser = LetteringAnalyser(Reader(), facts)
    for index in range(FRAMES):
        analyser.see(framed(picture(index), index))
    (region,) = analyser.result().regions
    return region


def arm_at(index: int) -> int:
    """Where the arm is: it comes in from the left at frame 8 and is past the line at frame 30."""
    return -60 + 17 * (index - 6)


def test_an_arm_over_a_word_is_no_melting_and_is_told_with_its_times() -> None:
    region = judged(lambda index: with_arm(sign(), arm_at(index)))
    assert region.state == "stable"
    (found,) = region.covered
    assert found.by == "skin" and 8 <= found.span.start <= 14 and 24 <= found.span.end <= 32
    assert "colours of skin" in region.reason
    assert found.start == Fraction(found.span.start, FPS) and found.end == Fraction(found.span.end, FPS)


def test_melting_behind_an_arm_that_stays_below_the_word_is_found() -> None:
    def picture(index: int) -> np.ndarray:
        melted = sign(melted=0.14 * min(max(index - 12, 0) / 10, 1.0))
        arm = with_arm(melted, arm_at(index))
        if index > 16:
            arm[LINE.bottom + 4 : LINE.bottom + 50] = SKIN
        return arm

    region = judged(picture)
    assert region.state == "warped" and region.onset is not None and 10 <= region.onset <= 24
    assert region.covered and region.covered[0].by == "skin"
