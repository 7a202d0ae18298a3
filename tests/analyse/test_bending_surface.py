"""Prints on a body that turns are followed, and laid flat before they are compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from overlaycut.analyse.judge import OcrReading, TextObservation, judge
from overlaycut.analyse.lettering.shape import LineShape, ShapeParameters
from overlaycut.analyse.tracking import SurfaceTracker, TrackObservation
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, Quad
from overlaycut.resources import folder

SIDE, RADIUS, FRAMES, ONSET = 320, 110.0, 40, 12
SHEET = (480, 160)
"""Columns and rows of the drawing that is laid around the body, three of its pixels in two of the picture's."""


def ink() -> np.ndarray:
    sheet = Image.new("L", SHEET)
    face = ImageFont.truetype(str(folder("fonts") / "BebasNeue-Bold.otf"), 78)
    ImageDraw.Draw(sheet).text((SHEET[0] / 2, SHEET[1] / 2), "KESTREL", fill=255, font=face, anchor="mm")
    return np.asarray(sheet, np.float32) / 255


def melted(sheet: np.ndarray, share: float) -> np.ndarray:
    rng = np.random.default_rng(4)
    noise = [cv2.GaussianBlur(rng.normal(0, 1, sheet.shape).astype(np.float32), (0, 0), 12) for _ in range(2)]
    x, y = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in SHEET))
    across, down = (share * 5 * one / one.std() for one in noise)
    return cv2.remap(sheet, x + across, y + down, cv2.INTER_LINEAR)


def pictures(*, melts: bool) -> Iterator[np.ndarray]:
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    rng, whole = np.random.default_rng(1), ink()
    weave = cv2.GaussianBlur(rng.normal(0, 3, (SIDE, SIDE)).astype(np.float32), (0, 0), 1)
    for index in range(FRAMES):
        sheet = melted(whole, min(max(index - ONSET, 0) / 8, 1)) if melts else whole
        u = (x - SIDE / 2 - 0.6 * index) / RADIUS
        inside = np.abs(u) < 0.99
        around = RADIUS * (np.arcsin(np.clip(u, -0.99, 0.99)) + 0.5 * np.sin(index / 9))
        v = y - SIDE / 2 + 3 * np.sin(around / 18 + index / 6)
        places = (1.5 * one + side / 2 for one, side in zip((around, v), SHEET, strict=True))
        cover = cv2.remap(sheet, *(one.astype(np.float32) for one in places), cv2.INTER_LINEAR)
        body = (40 + 190 * cover) * (0.8 + 0.2 * np.sqrt(1 - np.clip(u, -0.99, 0.99) ** 2)) + weave
        shown = np.where(inside, body, 120) + np.random.default_rng(index).normal(0, 1.5, (SIDE, SIDE))
        yield np.clip(cv2.GaussianBlur(shown, (0, 0), 0.7), 0, 255).astype(np.uint8)


def line(picture: np.ndarray) -> Box:
    rows, columns = np.nonzero(picture > 170)
    return Box(int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)


def tracked(*, melts: bool) -> tuple[SurfaceTracker, list[TrackObservation], list[np.ndarray]]:
    shown = list(pictures(melts=melts))
    tracker = SurfaceTracker(shown[0], line(shown[0]).quad().array() - 0.5)
    return tracker, [tracker.track(i, one, lambda: None) for i, one in enumerate(shown[1:], 1)], shown


def test_an_intact_print_stays_like_its_reference() -> None:
    _, seen, shown = tracked(melts=False)
    bent = [one.ncc or 0 for one in seen if one.bent]
    assert len(bent) > 20 and min(bent) > 0.85 and np.median(bent) > 0.95
    assert min(one.ncc or 0 for one in seen) > 0.7
    for one in seen:
        box = line(shown[one.index])
        middle = np.array([box.x + box.w / 2, box.y + box.h / 2]) - 0.5
        assert np.linalg.norm(one.corners.mean(axis=0) - middle) < 5


def test_a_print_that_melts_does_not() -> None:
    _, seen, _ = tracked(melts=True)
    assert np.median([one.ncc or 0 for one in seen[: ONSET - 2]]) > 0.95
    late = [one for one in seen[-12:] if one.support > 0 and one.ncc is not None]
    assert len(late) >= 8 and np.median([one.ncc or 0 for one in late]) < 0.75


def test_a_line_is_laid_flat_before_its_letters_are_compared() -> None:
    tracker, seen, shown = tracked(melts=False)
    last, limits = seen[-1], ShapeParameters()
    assert last.bent
    frames = [Frame.from_rgb(np.repeat(one[..., None], 3, axis=2), index=0, at=0, lasts=1) for one in shown]
    reference = LineShape.of(frames[0], line(shown[0]).quad(), parameters=limits)
    quad = Quad.of(last.corners + 0.5)
    flat = LineShape.of(frames[-1], quad, parameters=limits, bend=tracker.bend(limits.margin))
    as_seen = LineShape.of(frames[-1], quad, parameters=limits)
    assert reference is not None and flat is not None and as_seen is not None

    def likeness(one: LineShape) -> float:
        now = cv2.resize(one.luma, reference.luma.shape[::-1])
        return float(np.corrcoef(now.ravel(), reference.luma.ravel())[0, 1])

    assert likeness(flat) > 0.93 and likeness(flat) > likeness(as_seen) + 0.03


def test_a_ground_without_the_print_is_no_print() -> None:
    shown = list(pictures(melts=False))
    tracker = SurfaceTracker(shown[0], line(shown[0]).quad().array() - 0.5)
    rng = np.random.default_rng(2)
    ground = cv2.resize(rng.uniform(30, 220, (40, 40)).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    bare = np.clip(ground, 0, 255).astype(np.uint8)
    assert not any(tracker.track(index, bare, lambda: None).bent for index in range(1, 6))


GOOD = TextObservation(0, 1.0, 0.48, 40.0, 0.97, None, 1.0, bent=True)


@pytest.mark.parametrize(
    ("ncc", "bent", "state"), [(0.65, True, "warped"), (0.65, False, "stable"), (0.9, True, "stable")]
)
def test_lettering_that_became_another_on_a_surface_that_bends_is_warped(ncc: float, bent: bool, state: str) -> None:
    looks = [replace(GOOD, index=i) if i < 20 else replace(GOOD, index=i, ncc=ncc, bent=bent) for i in range(60)]
    verdict = judge(looks, [], expected=None, expected_confidence=0.0, fps=15, source=None)
    assert verdict.state == state and (verdict.onset in range(18, 23)) is (state == "warped")


def test_what_reads_on_is_not_called_another_there() -> None:
    looks = [replace(GOOD, index=i, ncc=0.97 if i < 20 else 0.7) for i in range(60)]
    readings = [OcrReading(i, "KESTREL", 0.95) for i in range(0, 60, 5)]
    verdict = judge(looks, readings, expected="KESTREL", expected_confidence=0.95, fps=15, source="first frame")
    assert verdict.state == "stable"
