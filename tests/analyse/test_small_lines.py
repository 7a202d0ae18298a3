"""Small lines: several frames fused into one finer picture, and the camera that says where a line is that melted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from overlaycut.analyse import LetteringAnalyser
from overlaycut.analyse.judge import LetterMatch, Letters, OcrReading, Shapes, TextObservation, Verdict, judge
from overlaycut.analyse.judge.parameters import JudgeParameters
from overlaycut.analyse.lettering.fusion import FusionParameters, LineFusion
from overlaycut.analyse.lettering.shape import LineShape, ShapeParameters
from overlaycut.core.facts import ClipFacts, Colour
from overlaycut.core.findings import Lettering
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, Quad
from overlaycut.models import DetectedText, Reading

WIDTH, HEIGHT, FPS, FINE = 320, 240, 24, 4
LINE = Box(118, 112, 84, 16)
"""Where the line stands in the first frame; its capitals are 11 pixels high."""
AROUND = cv2.resize(np.random.default_rng(3).uniform(60, 200, (30, 40)), (WIDTH + 40, HEIGHT + 40))


def drawn(
    words: str, shift: tuple[float, float] = (0.0, 0.0), seed: int = 0, own: float = 0.0, wide: float = 1.0
) -> np.ndarray:
    """Words on a bare board before a rough wall, `wide` times as wide as usual.

    All are moved by `shift`, the board by `own` pixels more.
    """
    ink = np.zeros((HEIGHT * FINE, WIDTH * FINE), np.uint8)
    for number, letter in enumerate(words):
        place = ((LINE.x + 3 + number * 11) * FINE, (LINE.bottom - 3) * FINE)
        cv2.putText(ink, letter, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5 * FINE, 255, 2 * FINE - 2, cv2.LINE_AA)
    middle = LINE.quad().centre[0] * FINE
    squeezed = np.array([[wide, 0, middle * (1 - wide)], [0, 1, 0]], np.float32)
    ink = cv2.warpAffine(ink, squeezed, ink.shape[::-1])
    cover = cv2.resize(ink, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    wall = AROUND.astype(np.float32).copy()
    board = np.full((HEIGHT, WIDTH), 70, np.float32) * (1 - cover) + 220 * cover
    onto = np.array([[1, 0, own], [0, 1, 0]], np.float32)
    part = (slice(34, 206), slice(34, 286))
    moved = cv2.warpAffine(board, onto, (WIDTH, HEIGHT), borderValue=70)
    wall[part[0].start + 20 : part[0].stop + 20, part[1].start + 20 : part[1].stop + 20] = moved[part]
    matrix = np.array([[1, 0, shift[0] - 20], [0, 1, shift[1] - 20]], np.float32)
    grey = cv2.warpAffine(wall, matrix, (WIDTH, HEIGHT)) + np.random.default_rng(seed).normal(0, 2.0, (HEIGHT, WIDTH))
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def fine(picture: np.ndarray, box: Box = LINE) -> LineShape:
    frame = Frame.from_rgb(picture, index=0, at=Fraction(0), lasts=Fraction(1, FPS))
    shape = LineShape.fine(frame, box.quad(), parameters=ShapeParameters())
    assert shape is not None
    return shape


def fusion(shapes: Sequence[LineShape]) -> LineFusion:
    made = LineFusion(FPS, FusionParameters())
    for index, shape in enumerate(shapes):
        made.add(index, shape, 16.0)
    return made


def off(shape: LineShape) -> float:
    clean = drawn("HARBOUR").astype(np.float64)
    return float(np.abs(shape.luma - fine(clean.astype(np.uint8)).luma).mean())


def noisy(seed: int, shift: float = 0.0) -> LineShape:
    picture = drawn("HARBOUR", (shift, 0.0))
    noise = np.random.default_rng(seed).normal(0, 14, (*picture.shape[:2], 1))
    return fine(np.clip(picture + noise, 0, 255).astype(np.uint8))


def test_frames_that_are_fused_show_more_than_any_of_them() -> None:
    shapes = [noisy(seed, shift) for seed, shift in enumerate((0.0, 0.6, -0.7, 0.4, -0.3))]
    fused = fusion(shapes).reference()
    assert off(fused) < 0.65 * off(shapes[0])


def test_one_frame_with_something_in_front_does_not_count() -> None:
    shapes = [noisy(seed) for seed in range(5)]
    hidden = shapes[3].luma.copy()
    hidden[:, hidden.shape[1] // 2 :] = 255
    shapes[3] = LineShape(hidden, shapes[3].parameters, shapes[3].chroma)
    latest = fusion(shapes).latest()
    assert latest is not None and float(np.abs(latest.luma - noisy(9).luma).max()) < 110


def test_the_reference_is_made_of_frames_that_look_like_the_first() -> None:
    shapes = [fine(drawn("HARBOUR", seed=n)) for n in range(3)] + [fine(drawn("QXNWEJS", seed=n)) for n in range(2)]
    assert off(fusion(shapes).reference()) < 4


def test_a_line_that_comes_much_nearer_is_not_held_against_its_reference() -> None:
    made = fusion([noisy(0)])
    assert made.is_comparable(36.0) and not made.is_comparable(54.0) and not made.is_comparable(7.0)


# The judge.


def said(likeness: Callable[[int], float], *, fused: bool) -> Verdict:
    matches = [
        LetterMatch(i, np.full(5, likeness(i)), np.full(5, 0.98), np.ones(5, dtype=bool)) for i in range(0, 60, 6)
    ]
    limits = JudgeParameters()
    letters = Letters.of(matches, tuple("PANDA"), 14.0, limits.of_letters(fused=fused), fused=fused)
    looks = [TextObservation(i, 1.0, 0.9, 14.0, 0.95, 0.005, 1.0) for i in range(60)]
    readings = [OcrReading(i, "PANDA", 0.97) for i in range(0, 60, 6)]
    return judge(
        looks, readings, Shapes((), letters), expected="PANDA", expected_confidence=1.0, fps=24.0, source="first frame"
    )


def test_what_the_noise_of_a_codec_would_hide_is_told_where_frames_are_fused() -> None:
    def melts(i: int) -> float:
        return 0.99 if i < 24 else 0.86

    assert said(melts, fused=True).state == "warped" and said(melts, fused=False).state == "stable"


@pytest.mark.parametrize(("later", "acted_on"), [(0.86, False), (0.78, True)])
def test_a_slight_change_of_a_line_that_still_reads_right_is_said_and_not_acted_on(
    later: float, acted_on: bool
) -> None:
    verdict = said(lambda i: 0.99 if i < 24 else later, fused=True)
    assert verdict.state == "warped" and (verdict.confidence >= 0.5) is acted_on


def test_a_small_line_is_not_judged_by_its_track_alone() -> None:
    strayed = [
        TextObservation(i, 1.0, 0.4, 14.0, 0.95 if i < 20 else 0.1, 0.005 if i < 20 else 0.5, 1.0) for i in range(60)
    ]
    matches = [LetterMatch(i, np.full(5, 0.98), np.full(5, 0.98), np.ones(5, dtype=bool)) for i in range(0, 20, 6)]
    for fused, state in ((True, "stable"), (False, "warped")):
        limits = JudgeParameters().of_letters(fused=fused)
        letters = Letters.of(matches, tuple("PANDA"), 14.0, limits, fused=fused)
        verdict = judge(
            strayed, [], Shapes((), letters), expected="PANDA", expected_confidence=1.0, fps=24.0, source="first frame"
        )
        assert verdict.state == state


@pytest.mark.parametrize(("ncc", "judged"), [(0.1, False), (0.95, True)])
def test_letters_that_hold_only_until_the_line_is_lost_prove_nothing(ncc: float, judged: bool) -> None:
    looks = [TextObservation(i, 1.0, 0.4, 14.0, 0.95 if i < 20 else ncc, 0.005, 1.0) for i in range(60)]
    matches = [LetterMatch(i, np.full(5, 0.98), np.full(5, 0.98), np.ones(5, dtype=bool)) for i in range(0, 20, 6)]
    letters = Letters.of(matches, tuple("PANDA"), 14.0, JudgeParameters().fused, fused=True)
    readings = [OcrReading(i, "PANDA", 0.97) for i in range(0, 60, 6)]  # readers correct small words that melt
    verdict = judge(
        looks, readings, Shapes((), letters), expected="PANDA", expected_confidence=1.0, fps=24.0, source="first frame"
    )
    assert verdict.state == "stable" and verdict.judged is judged


def test_a_line_that_is_unclear_from_the_start_is_no_melting() -> None:
    assert said(lambda i: 0.92 if i < 24 else 0.86, fused=True).state == "stable"


def test_fused_letters_that_neither_hold_nor_break_are_not_judged() -> None:
    verdict = said(lambda i: 0.86, fused=True)
    assert verdict.state == "stable" and not verdict.judged and "do not keep their shapes" in verdict.reason


# Whole clips.


class Right:
    """Finds the line in the first frame alone, and reads it right whatever it has become."""

    def __init__(self) -> None:
        self.first = True

    def find(self, picture: np.ndarray, *, long_side: int) -> list[DetectedText]:
        found = [DetectedText(LINE.quad(), "HARBOUR", 0.98)] if self.first else []
        return found

    def read(self, lines: Sequence[np.ndarray]) -> list[Reading]:
        return [Reading("HARBOUR", 0.98)] * len(lines)


def place(index: int) -> tuple[float, float]:
    return 0.7 * index, 3 * float(np.sin(index / 6))


def judged(
    words: Callable[[int], str],
    own: Callable[[int], float] = lambda i: 0.0,
    wide: Callable[[int], float] = lambda i: 1.0,
) -> Lettering:
    frames, reader = 36, Right()
    facts = ClipFacts(
        path=Path("drawn.mp4"), container="mp4", codec="h264", coded_width=WIDTH, coded_height=HEIGHT, width=WIDTH,
        height=HEIGHT, pix_fmt="yuv420p", bits=8, colour=Colour("bt709", "bt709", "bt709", "tv"), rotation=0,
        pixel_aspect=Fraction(1), tick=Fraction(1, FPS), rate_in_header=Fraction(FPS), frames_in_header=frames,
        duration_in_header=Fraction(frames, FPS), audio=None, streams=("video:h264",),
    )  # fmt: skip
    analyser = LetteringAnalyser(reader, facts)
    for index in range(frames):
        picture = drawn(words(index), place(index), seed=index, own=own(index), wide=wide(index))
        analyser.see(Frame.from_rgb(picture, index=index, at=Fraction(index, FPS), lasts=Fraction(1, FPS)))
        reader.first = False
    (region,) = analyser.result().regions
    return region


def test_a_small_line_that_keeps_its_letters_is_stable() -> None:
    region = judged(lambda i: "HARBOUR")
    assert region.state == "stable" and region.judged


def test_a_small_line_on_a_bare_board_that_becomes_another_is_told_where_the_camera_has_it() -> None:
    region = judged(lambda i: "HARBOUR", wide=lambda i: 1.0 if i < 12 else 0.6)
    assert region.state == "warped" and region.onset is not None and 9 <= region.onset <= 18
    (dx, dy), last = place(30), region.quads[30]
    there = np.add(LINE.quad().centre, (dx, dy))
    assert np.linalg.norm(np.array(last.centre) - there) < 2.0
    assert region.visibility[30] == 1


def test_a_board_that_leaves_is_not_sought_where_the_camera_has_it() -> None:
    region = judged(lambda i: "HARBOUR" if i < 14 else "", own=lambda i: 1.5 * i)
    assert region.state != "warped"


@pytest.mark.parametrize("size", [None, (150, 82)])
def test_a_fine_picture_of_a_line_lies_as_the_line_does(size: tuple[int, int] | None) -> None:
    frame = Frame.from_rgb(drawn("HARBOUR"), index=0, at=Fraction(0), lasts=Fraction(1, FPS))
    shape = LineShape.fine(frame, LINE.quad(), size=size, parameters=ShapeParameters())
    assert shape is not None and shape.luma.shape[0] == 82
    assert size is None or shape.luma.shape == size[::-1]
    ink = np.argwhere(shape.luma > 150)
    scale = shape.luma.shape[0] / (LINE.h * 1.7)
    inked = np.argwhere(drawn("HARBOUR")[LINE.y : LINE.bottom, LINE.x : LINE.right, 0] > 150)
    middle = inked.mean(axis=0) + 0.5
    expected = (middle + 0.35 * LINE.h) * scale
    assert abs(ink.mean(axis=0)[0] + 0.5 - expected[0]) < 2.5
    assert shape.rgb.shape[0] == 48


def test_a_line_out_of_the_picture_has_no_fine_picture() -> None:
    frame = Frame.from_rgb(drawn("HARBOUR"), index=0, at=Fraction(0), lasts=Fraction(1, FPS))
    away = Quad((-90.0, 10.0), (-20.0, 10.0), (-20.0, 24.0), (-90.0, 24.0))
    assert LineShape.fine(frame, away, parameters=ShapeParameters()) is None
