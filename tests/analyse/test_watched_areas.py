"""Areas that a person named: a thing without letters that melts, and one that only moves, turns or is lit."""

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
from overlaycut.core.watch import Watch
from overlaycut.errors import InvalidValue, UsageError
from overlaycut.models import DetectedText, Reading

WIDTH, HEIGHT, FPS, FRAMES = 360, 480, 24, 60
JAR = Box(120, 150, 120, 170)
ROOM = cv2.resize(
    np.random.default_rng(5).uniform(60, 150, (24, 18, 3)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC
)


class Blind:
    """A reader that finds nothing."""

    def find(self, picture: np.ndarray, *, long_side: int) -> list[DetectedText]:
        return []

    def read(self, lines: Sequence[np.ndarray]) -> list[Reading]:
        return [Reading("", 0.0)] * len(lines)


def jar() -> tuple[np.ndarray, np.ndarray]:
    """A jar with a lid, a band and a leaf: its picture and its coverage, both of the frame's size."""
    picture, cover = np.zeros((HEIGHT, WIDTH, 3)), np.zeros((HEIGHT, WIDTH))
    x, y, w, h = JAR.x, JAR.y, JAR.w, JAR.h
    cv2.rectangle(picture, (x + 6, y + 34), (x + w - 6, y + h - 4), (215, 205, 190), -1)
    cv2.rectangle(picture, (x + 2, y + 4), (x + w - 2, y + 34), (60, 110, 70), -1)
    cv2.rectangle(picture, (x + 6, y + 80), (x + w - 6, y + 92), (190, 90, 60), -1)
    cv2.ellipse(picture, (x + w // 2, y + 125), (30, 14), 35, 0, 360, (70, 130, 80), -1)
    cv2.circle(picture, (x + 40, y + 60), 9, (60, 60, 120), -1)
    for column in range(x + 10, x + w - 4, 10):
        cv2.line(picture, (column, y + 6), (column, y + 32), (30, 70, 40), 2)
    cover[y + 4 : y + h - 3, x + 3 : x + w - 2] = 1
    return picture, cv2.GaussianBlur(cover, (0, 0), 1)


THING, COVER = jar()
GRID = np.stack(np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT)), axis=-1).astype(np.float32)


def shown(matrix: np.ndarray, *, bend: float = 0.0, colour: float = 0.0, seed: int = 3) -> np.ndarray:
    """The jar moved by `matrix`, (2, 3), its surface bent by about `bend` pixels, its band turned to another colour."""
    rng = np.random.default_rng(seed)
    away = np.stack([cv2.resize(rng.normal(0, 1, (14, 11)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
                     for _ in range(2)], axis=-1).astype(np.float32)  # fmt: skip
    place = GRID + np.float32(bend) * away
    thing = cv2.remap(THING, place[..., 0], place[..., 1], cv2.INTER_LINEAR)
    if colour:
        thing = thing * (1 - colour) + colour * thing[..., ::-1]
    thing, cover = (cv2.warpAffine(one, matrix, (WIDTH, HEIGHT)) for one in (thing, COVER))
    grain = np.random.default_rng(seed + 1).normal(0, 2, ROOM.shape)
    return ROOM * (1 - cover[..., None]) + thing * cover[..., None] + grain


def moved(i: int) -> np.ndarray:
    matrix = cv2.getRotationMatrix2D(JAR.quad().centre, 4 * np.sin(i / 15), 1 + 0.002 * i)
    matrix[:, 2] += (0.6 * i, 6 * np.sin(i / 9))
    return matrix


def judged(picture: Callable[[int], np.ndarray], still: np.ndarray | None = None) -> Lettering:
    facts = ClipFacts(
        path=Path("drawn.mp4"), container="mp4", codec="h264", coded_width=WIDTH, coded_height=HEIGHT, width=WIDTH,
        height=HEIGHT, pix_fmt="yuv420p", bits=8, colour=Colour("bt709", "bt709", "bt709", "tv"), rotation=0,
        pixel_aspect=Fraction(1), tick=Fraction(1, FPS), rate_in_header=Fraction(FPS), frames_in_header=FRAMES,
        duration_in_header=Fraction(FRAMES, FPS), audio=None, streams=("video:h264",),
    )  # fmt: skip
    analyser = LetteringAnalyser(Blind(), facts, still=still, watch=[Watch(JAR, "cream jar")])
    for index in range(FRAMES):
        rgb = np.clip(picture(index), 0, 255).astype(np.uint8)
        analyser.see(Frame.from_rgb(rgb, index=index, at=Fraction(index, FPS), lasts=Fraction(1, FPS)))
    (region,) = analyser.result().regions
    assert region.kind == "watched" and region.name == "cream jar" and region.id == "r1"
    return region


def lit(i: int) -> np.ndarray:
    light = 1 + 0.35 * np.sin(i / 20) * (1 + 0.4 * (GRID[..., :1] / WIDTH - 0.5))
    return shown(moved(i), seed=i) * light * np.array([1 + 0.002 * i, 1.0, 1 - 0.002 * i])


def beamed(i: int) -> np.ndarray:
    beam = np.exp(-(((GRID[..., :1] - 60 - 5 * i) / 18) ** 2))
    return shown(moved(i), seed=i) + 45 * beam


@pytest.mark.parametrize("picture", [lambda i: shown(moved(i), seed=i), lit, beamed])
def test_a_thing_that_moves_turns_and_is_lit_is_stable(picture: Callable[[int], np.ndarray]) -> None:
    region = judged(picture)
    assert region.state == "stable" and region.judged and region.onset is None, region.reason


def test_a_thing_that_melts_is_warped_from_about_when_it_begins() -> None:
    region = judged(lambda i: shown(moved(i), bend=0.0 if i < 20 else min((i - 19) * 0.8, 11)))
    assert region.state == "warped" and region.reference_is_clean, region.reason
    assert region.onset is not None and abs(region.onset - 20) <= 6
    assert "cream jar" in region.reason


def test_a_thing_whose_colours_change_is_warped() -> None:
    region = judged(lambda i: shown(moved(i), colour=float(np.clip((i - 20) / 10, 0, 1)), seed=i))
    assert region.state == "warped", region.reason


def test_an_area_outside_of_the_picture_is_noted() -> None:
    facts = ClipFacts(
        path=Path("drawn.mp4"), container="mp4", codec="h264", coded_width=WIDTH, coded_height=HEIGHT, width=WIDTH,
        height=HEIGHT, pix_fmt="yuv420p", bits=8, colour=Colour("bt709", "bt709", "bt709", "tv"), rotation=0,
        pixel_aspect=Fraction(1), tick=Fraction(1, FPS), rate_in_header=Fraction(FPS), frames_in_header=1,
        duration_in_header=Fraction(1, FPS), audio=None, streams=("video:h264",),
    )  # fmt: skip
    analyser = LetteringAnalyser(Blind(), facts, watch=[Watch(Box(900, 900, 40, 40), "lid")])
    rgb = np.clip(shown(moved(0)), 0, 255).astype(np.uint8)
    analyser.see(Frame.from_rgb(rgb, index=0, at=Fraction(0), lasts=Fraction(1, FPS)))
    report = analyser.result()
    assert not report.regions and any("'lid'" in note for note in report.notes)


def test_what_is_no_area_is_refused() -> None:
    assert Watch.parse("10, 20,30,40", "lid") == Watch(Box(10, 20, 30, 40), "lid")
    with pytest.raises(UsageError):
        Watch.parse("10,20,30", "lid")
    with pytest.raises(InvalidValue):
        Watch.parse("10,20,30,4", "lid")
    with pytest.raises(InvalidValue):
        Watch.parse("10,20,30,40", " ")
