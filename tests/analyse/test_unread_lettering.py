"""Lettering that is found and cannot be read, and lettering that enters: drawn, with readers that say what is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from overlaycut.analyse import LetteringAnalyser
from overlaycut.core.facts import ClipFacts, Colour
from overlaycut.core.findings import LetteringReport
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.models import DetectedText, Reading, text_segmenter
from overlaycut.resources import folder

WIDTH, HEIGHT, FPS = 480, 360, 24
SIGN = Box(120, 120, 220, 80)
"""A plain board with lettering on it."""
WORDS = Box(140, 135, 180, 50)
ROUGH = cv2.resize(np.random.default_rng(5).uniform(60, 120, (45, 60)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


class Unsure:
    """A reader that finds lines where it is told to, and reads nonsense."""

    def __init__(self, finds: Callable[[int], list[Box]], text: str = "XR", confidence: float = 0.3) -> None:
        self.now, self._finds, self._text, self._confidence = 0, finds, text, confidence

    def find(self, picture: np.ndarray, *, long_side: int) -> list[DetectedText]:
        assert picture.ndim == 3 and long_side > 0
        return [DetectedText(box.quad(), self._text, self._confidence) for box in self._finds(self.now)]

    def read(self, lines: Sequence[np.ndarray]) -> list[Reading]:
        return [Reading(self._text, self._confidence)] * len(lines)


def moved(box: Box, by: int) -> Box:
    return Box(box.x + by, box.y, box.w, box.h)


def picture(
    words: str, *, by: int = 0, mirrored: bool = False, boiled: float = 0.0, opacity: float = 1.0
) -> np.ndarray:
    """A board that is shifted `by` pixels, in front of a backdrop that moves along."""
    grey = np.roll(ROUGH, by, axis=1).clip(0, 255).astype(np.uint8)
    board = np.full((SIGN.h, SIGN.w), 205, np.uint8)
    cv2.rectangle(board, (3, 3), (SIGN.w - 4, SIGN.h - 4), 150, 1)
    for x, y in ((12, 12), (SIGN.w - 13, 12), (12, SIGN.h - 13), (SIGN.w - 13, SIGN.h - 13)):
        cv2.circle(board, (x, y), 3, 70, -1)
    inked = board.copy()
    if words:
        (w, h), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_DUPLEX, 1.0, 3)
        scale = min(170 / w, 36 / h)
        base = ((SIGN.w - round(w * scale)) // 2, (SIGN.h + round(h * scale)) // 2)
        cv2.putText(inked, words, base, cv2.FONT_HERSHEY_DUPLEX, scale, 40, 3, cv2.LINE_AA)
    if mirrored:
        inked = inked[:, ::-1]
    if boiled:
        ys, xs = np.mgrid[: SIGN.h, : SIGN.w].astype(np.float32)
        noise = np.random.default_rng(3).normal(0, 1, (4, SIGN.h, SIGN.w))
        slow = np.stack([cv2.GaussianBlur(one, (0, 0), 7) for one in noise]).astype(np.float32)
        bend = slow[:2] * np.sin(boiled) + slow[2:] * np.sin(1.7 * boiled)
        bend = (bend * 14 / np.abs(slow).max()).astype(np.float32)
        warped = cv2.remap(inked, xs + bend[0], ys + bend[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        inked[20:-20, 20:-20] = warped[20:-20, 20:-20]
    place = moved(SIGN, by)
    shown = cv2.addWeighted(inked, opacity, board, 1 - opacity, 0)[:, max(-place.x, 0) :]
    if shown.size:
        grey[place.y : place.bottom, place.right - shown.shape[1] : place.right] = shown
    return np.repeat(grey[..., None], 3, axis=2)


def facts(frames: int) -> ClipFacts:
    return ClipFacts(
        path=Path("drawn.mp4"), container="mp4", codec="h264", coded_width=WIDTH, coded_height=HEIGHT, width=WIDTH,
        height=HEIGHT, pix_fmt="yuv420p", bits=8, colour=Colour("bt709", "bt709", "bt709", "tv"), rotation=0,
        pixel_aspect=Fraction(1), tick=Fraction(1, FPS), rate_in_header=Fraction(FPS), frames_in_header=frames,
        duration_in_header=Fraction(frames, FPS), audio=None, streams=("video:h264",),
    )  # fmt: skip


def report(reader: Unsure, frames: int, drawn: Callable[[int], np.ndarray], **more: object) -> LetteringReport:
    analyser = LetteringAnalyser(reader, facts(frames), segmenter=text_segmenter(threads=1), **more)
    for index in range(frames):
        reader.now = index
        analyser.see(Frame.from_rgb(drawn(index), index=index, at=Fraction(index, FPS), lasts=Fraction(1, FPS)))
    return analyser.result()


def test_mirrored_lettering_is_found_and_held_to_its_shape() -> None:
    said = report(Unsure(lambda i: [WORDS]), 30, lambda i: picture("HARBOUR", mirrored=True))
    (region,) = said.regions
    assert (region.state, region.expected, region.judged) == ("stable", None, True)
    assert said.coverage == 1.0
    near = region.quads[0].box()
    assert abs(near.x - WORDS.x) < 12 and abs(near.right - WORDS.right) < 12


def test_mirrored_lettering_that_melts_is_warped_and_the_first_frame_shows_how_it_was() -> None:
    def drawn(i: int) -> np.ndarray:
        return picture("HARBOUR", mirrored=True, by=i // 4, boiled=0.1 * max(i - 13, 0))

    said = report(Unsure(lambda i: [moved(WORDS, i // 4)]), 60, drawn)
    (region,) = said.regions
    assert region.state == "warped" and region.reference_is_clean and region.expected is None
    assert region.onset is not None and 12 <= region.onset <= 20


def test_one_large_letter_is_found_in_a_box_that_is_much_too_large() -> None:
    sheet = Image.new("RGB", (WIDTH, HEIGHT), (222, 214, 196))
    font = ImageFont.truetype(str(folder("fonts") / "Vollkorn-ExtraBold.ttf"), 120)
    ImageDraw.Draw(sheet).text((WIDTH / 2, HEIGHT / 2), "M", fill=(28, 26, 30), font=font, anchor="mm")
    left, top, right, bottom = ImageDraw.Draw(sheet).textbbox((WIDTH / 2, HEIGHT / 2), "M", font=font, anchor="mm")
    around = Box(round(left) - 40, round(top) - 40, round(right - left) + 80, round(bottom - top) + 80)
    assert around.h > 0.35 * HEIGHT
    said = report(Unsure(lambda i: [around], text="M", confidence=0.99), 20, lambda i: np.asarray(sheet))
    (region,) = said.regions
    near = region.quads[0].box()
    assert region.state == "stable"
    assert abs(near.x - left) < 14 and abs(near.right - right) < 14


def test_what_has_no_strokes_is_no_lettering_and_does_not_count_as_unjudged() -> None:
    said = report(Unsure(lambda i: [Box(20, 230, 160, 60)]), 30, lambda i: picture(""))
    assert said.regions == () and said.coverage is None


def test_the_still_shows_lettering_that_cannot_be_read_too() -> None:
    still = picture("HARBOUR", mirrored=True)
    said = report(Unsure(lambda i: [WORDS]), 30, lambda i: picture("HARBOUR", mirrored=True), still=still)
    (region,) = said.regions
    assert region.state == "stable" and region.reference_quad is not None


def entering(i: int) -> int:
    """Shift of a board that comes in from the left and stops."""
    return min(8 * i - 240, 0)


def test_lettering_that_comes_in_and_boils_is_invented() -> None:
    said = report(
        Unsure(lambda i: [moved(WORDS, entering(i))] if 24 <= i <= 40 else []),
        66,
        lambda i: picture("HARBOUR", by=entering(i), boiled=0.06 * i),
    )
    assert [(region.state, region.onset == region.span.start) for region in said.regions] == [("invented", True)]


def test_lettering_that_comes_in_and_holds_is_not_invented() -> None:
    reader = Unsure(lambda i: [moved(WORDS, entering(i))] if i >= 24 else [])
    said = report(reader, 66, lambda i: picture("HARBOUR", by=entering(i)))
    assert [region.state for region in said.regions] == ["stable"]


@pytest.mark.parametrize(("step", "state"), [(1, "invented"), (0, "stable")])
def test_lettering_that_comes_out_of_a_moving_surface_is_invented_and_a_title_is_not(step: int, state: str) -> None:
    def drawn(i: int) -> np.ndarray:
        return picture("HARBOUR", by=step * i, opacity=float(np.clip((i - 6) / 3, 0, 1)))

    reader = Unsure(lambda i: [moved(WORDS, step * i)] if i >= 9 else [], "HARBOUR", 0.97)
    (region,) = report(reader, 48, drawn).regions
    assert region.state == state
    if state == "invented":
        assert region.onset is not None and 6 <= region.onset <= 9 and region.confidence < 0.5


def test_lettering_that_something_in_front_uncovers_is_not_invented() -> None:
    passing = cv2.resize(np.random.default_rng(9).uniform(60, 150, (6, 16)), (190, 44), interpolation=cv2.INTER_CUBIC)

    def drawn(i: int) -> np.ndarray:
        shown = picture("HARBOUR")
        left = 135 + 22 * max(i - 2, 0)
        part = passing[:, : max(0, min(190, WIDTH - left))].clip(0, 255).astype(np.uint8)
        shown[138:182, left : left + part.shape[1]] = part[..., None]
        return shown

    class Seeing(Unsure):
        def read(self, lines: Sequence[np.ndarray]) -> list[Reading]:
            return [Reading("HARBOUR", 0.97) if np.median(line) > 180 else Reading("", 0.0) for line in lines]

    reader = Seeing(lambda i: [WORDS] if i >= 12 else [], "HARBOUR", 0.97)
    assert [region.state for region in report(reader, 40, drawn).regions] == ["stable"]
