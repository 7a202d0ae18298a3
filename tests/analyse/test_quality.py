"""What is measured of a moving picture: each fault drawn, each found, and none in a clean clip."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from skimage import data

from overlaycut.analyse.quality import QualityAnalyser, sharpness
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.quality import QualityReport
from people import facts

SIZE = (320, 192)
RATE = Fraction(24)


def ground(seed: int = 3) -> Picture:
    """A textured picture larger than the frame."""
    rng = np.random.default_rng(seed)
    rough = cv2.resize(rng.integers(40, 215, (40, 64, 3), dtype=np.uint8), (640, 400), interpolation=cv2.INTER_CUBIC)
    fine = rng.integers(-18, 19, (400, 640, 1))
    return np.clip(rough.astype(int) + fine, 20, 235).astype(np.uint8)


def panned(count: int = 48, *, step: float = 2.0, seed: int = 3) -> list[Picture]:
    """A camera that pans evenly."""
    whole = ground(seed)
    shown = []
    for n in range(count):
        shift = np.array([[1, 0, -step * n], [0, 1, -20]], dtype=np.float64)
        shown.append(np.asarray(cv2.warpAffine(whole, shift, SIZE, flags=cv2.INTER_LINEAR), dtype=np.uint8))
    return shown


def measured(pictures: list[Picture], *, still: Picture | None = None) -> QualityReport:
    analyser = QualityAnalyser(facts(SIZE), still=still)
    for index, one in enumerate(pictures):
        analyser.see(Frame.from_rgb(one, index=index, at=index / RATE, lasts=1 / RATE))
    return analyser.result()


def test_a_clean_pan_has_no_fault() -> None:
    report = measured(panned())
    assert (report.black, report.flashes, report.cuts, report.jumps, report.repeats) == ((), (), (), (), ())
    assert report.still_share == 0 and report.cadence == pytest.approx(24)
    assert report.motion == pytest.approx(2 * 24 / np.hypot(*SIZE), rel=0.2)
    assert report.jerk < 0.3 and report.flicker < 0.5 and report.softened == pytest.approx(1, abs=0.1)
    assert report.fidelity is None and report.palette is None


def test_a_frozen_clip_is_still() -> None:
    report = measured([panned(1)[0]] * 30)
    assert report.still_share == 1 and report.cadence is None and report.motion < 0.001


@pytest.mark.parametrize("every", [2, 3, 4])
def test_repeated_frames_tell_the_cadence(every: int) -> None:
    moving = panned(48, step=2)
    report = measured([moving[n // every * every] for n in range(48)])
    assert report.cadence == pytest.approx(24 / every, rel=0.1)
    assert report.repeats and all(n % every for n in report.repeats)


def test_a_flash_and_black_frames() -> None:
    pictures = panned()
    pictures[20] = np.full_like(pictures[20], 235)
    pictures[40:43] = [np.zeros_like(pictures[0])] * 3
    report = measured(pictures)
    assert report.flashes == (20,)
    assert report.black == (40, 41, 42)
    assert report.last_clean_frame == 47 and report.best_frame not in (20, 21, 40, 41, 42)


def test_a_hard_cut_is_no_flash() -> None:
    report = measured(panned(24) + [255 - one // 2 for one in panned(24, seed=9)])
    assert report.cuts == (24,) and report.flashes == ()


def test_a_jump_within_the_shot() -> None:
    pictures = panned(48, step=0.5)
    bent = pictures[30:]
    rows, columns = np.indices((SIZE[1], SIZE[0]), dtype=np.float32)
    for n, one in enumerate(bent):
        pictures[30 + n] = np.asarray(
            cv2.remap(one, columns + 14 * np.sin(rows / 9), rows + 14 * np.cos(columns / 11), cv2.INTER_LINEAR),
            np.uint8,
        )
    assert 30 in {*measured(pictures).jumps, *measured(pictures).cuts}


@pytest.mark.parametrize(("levels", "least"), [(2, 1), (6, 3)])
def test_flicker_is_measured_in_levels(levels: int, least: float) -> None:
    pictures = [
        np.clip(one.astype(int) + levels * (-1) ** n, 0, 255).astype(np.uint8) for n, one in enumerate(panned())
    ]
    assert least < measured(pictures).flicker < 2.2 * levels


def test_exposure_that_wanders() -> None:
    brighter = [np.clip(one.astype(int) + n, 0, 255).astype(np.uint8) for n, one in enumerate(panned())]
    assert measured(brighter).exposure_drift > measured(panned()).exposure_drift + 20


def test_sharpness_falls_with_every_blur() -> None:
    plane = ground()[..., 1]
    values = [sharpness(plane)] + [sharpness(cv2.GaussianBlur(plane, (0, 0), s)) for s in (0.7, 1.4, 2.8, 5.6)]
    assert values == sorted(values, reverse=True) and values[0] > 2 * values[2] > 0
    assert sharpness(np.full((40, 40), 90, np.uint8)) == 0


def test_a_picture_that_melts_ends_softer() -> None:
    pictures = [cv2.GaussianBlur(one, (0, 0), 0.3 + n / 12) for n, one in enumerate(panned())]
    assert measured([np.asarray(p, np.uint8) for p in pictures]).softened < 0.7


def test_fidelity_to_the_still() -> None:
    pictures = panned()
    own = measured(pictures, still=pictures[0])
    other = measured(pictures, still=ground(8)[:192, :320])
    assert own.fidelity is not None and own.fidelity > 0.9 and own.palette is not None and own.palette > 0.9
    assert other.fidelity is not None and other.fidelity < 0.4
    tinted = [np.clip(p * np.array([1.0, 0.6, 0.4]), 0, 255).astype(np.uint8) for p in pictures[24:]]
    assert (measured(pictures[:24] + tinted, still=pictures[0]).palette or 0) < own.palette


def test_one_frame_and_none() -> None:
    report = measured(panned(1))
    assert report.frames == 1 and report.still_share == 1 and report.best_frame == report.last_clean_frame == 0
    with pytest.raises(ValueError, match="no frame"):
        QualityAnalyser(replace(facts(SIZE))).result()


def test_a_black_clip() -> None:
    report = measured([np.zeros((192, 320, 3), np.uint8)] * 12)
    assert len(report.black) == 12 and report.sharpness is None


def photographed(count: int = 3) -> list[Picture]:
    """A photograph at its own size, panned over."""
    whole = np.asarray(data.astronaut())
    return [np.ascontiguousarray(whole[20 : 20 + SIZE[1], 60 + 4 * n : 60 + 4 * n + SIZE[0]]) for n in range(count)]


@pytest.mark.parametrize("filter_of_enlargement", [cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4])
@pytest.mark.parametrize("times", [2.0, 3.0])
def test_pictures_that_were_enlarged_are_told(times: float, filter_of_enlargement: int) -> None:
    def enlarged(one: Picture) -> Picture:
        small = cv2.resize(one, (round(SIZE[0] / times), round(SIZE[1] / times)), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, SIZE, interpolation=filter_of_enlargement), np.uint8)

    assert measured([enlarged(one) for one in photographed()]).enlarged == times
    report = measured(photographed())
    assert report.enlarged == 1 and (report.width, report.height) == SIZE


def test_a_flat_picture_says_nothing_of_its_enlargement() -> None:
    assert measured([np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)] * 3).enlarged == 1


@pytest.mark.parametrize("held", [6, 18])
def test_a_part_that_stands_still_is_frozen_and_a_slow_one_is_not(held: int) -> None:
    frames = panned(48)
    stuck = measured([*frames[: 48 - held], *[frames[47 - held]] * held])
    assert len({*stuck.frozen, *stuck.repeats}) == held and stuck.stuck_share == pytest.approx(held / 48)
    slow = [*frames[: 48 - held], *panned(held, step=0.3)]
    assert measured(slow).frozen == () and measured(frames).stuck_share == 0
