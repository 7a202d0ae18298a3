"""Seams: repeated frames, colours, and what counts as one scene."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from overlaycut.assemble import ColourMatch, Seam, colour_match, seam_between
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box

SIZE = (180, 320)


def texture(seed: int, size: tuple[int, int] = (400, 600)) -> NDArray[np.float32]:
    """A smooth coloured picture, (rows, columns, 3)."""
    noise = np.random.default_rng(seed).standard_normal((size[1], size[0], 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 14)
    return np.asarray(128 + smooth / smooth.std() * 40, np.float32)


def shown(world: NDArray[np.float32], left: float, *, gain: float = 1.0, add: float = 0.0, tint: float = 0.0) -> Frame:
    """What a camera `left` pixels along sees of a world, in other light."""
    matrix = np.array([[1, 0, -left], [0, 1, -100]], np.float32)
    rgb = cv2.warpAffine(world, matrix, SIZE)
    rgb = (rgb - 128) * gain + 128 + add + np.array([tint, 0, -tint])
    picture = np.clip(np.rint(rgb), 0, 255).astype(np.uint8)
    return Frame.from_rgb(picture, index=0, at=Fraction(0), lasts=Fraction(1, 24))


def redrawn(frame: Frame, seed: int) -> Frame:
    """A frame as a generator returns it: soft, with other grain, a little lighter."""
    rgb = cv2.GaussianBlur(frame.rgb(), (0, 0), 1.2).astype(np.float32)
    rgb += np.random.default_rng(seed).standard_normal(rgb.shape) * 4 + 3
    return Frame.from_rgb(np.clip(rgb, 0, 255).astype(np.uint8), index=0, at=Fraction(0), lasts=Fraction(1, 24))


@pytest.mark.parametrize("pan", [2.0, 4.0, 8.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_frame_that_is_there_twice_is_found_and_a_moving_camera_is_not(pan: float, seed: int) -> None:
    world = texture(seed)
    ends = [shown(world, 20 - pan), shown(world, 20)]
    again = seam_between(ends, [redrawn(shown(world, 20), seed), redrawn(shown(world, 20 + pan), seed + 1)])
    goes_on = seam_between(ends, [redrawn(shown(world, 20 + pan), seed), redrawn(shown(world, 20 + 2 * pan), seed + 1)])
    assert again.repeats and not goes_on.repeats
    assert again.continues and goes_on.continues and min(again.continuity, goes_on.continuity) > 0.8


@pytest.mark.parametrize("seed", range(4))
def test_another_scene_does_not_continue(seed: int) -> None:
    first, second = texture(seed), texture(seed + 100)
    seam = seam_between([shown(first, 0), shown(first, 4)], [shown(second, 0), shown(second, 4)])
    assert not seam.repeats and not seam.continues and seam.continuity < 0.5


def test_a_picture_in_which_nothing_moves_repeats_nothing() -> None:
    still = shown(texture(0), 10)
    assert not seam_between([still, still], [still, still]).repeats


def test_frames_of_other_shapes_are_compared_where_both_are() -> None:
    world = texture(5)
    tall = shown(world, 20)
    rows = slice(60, 260)
    square = Frame(0, Fraction(0), Fraction(1), tall.y[rows], tall.u[30:130], tall.v[30:130])
    assert seam_between([tall], [square]).continues


def matched(seam: Seam, how: str, frame: Frame, **changed: object) -> Frame:
    match = colour_match(seam, how, **changed)  # type: ignore[arg-type]
    assert match is not None
    return next(match.stage(iter([frame])))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("gain", "add", "tint"), [(0.9, 12.0, 0.0), (1.1, -10.0, 8.0), (1.0, 0.0, -8.0)])
def test_light_and_colour_are_matched_in_full_and_by_half(seed: int, gain: float, add: float, tint: float) -> None:
    world = texture(seed)
    old, new = shown(world, 20), shown(world, 22, gain=gain, add=add, tint=tint)
    truth = shown(world, 22)
    seam = seam_between([old], [new])

    def off(frame: Frame) -> float:
        pairs = zip(frame.planes, truth.planes, strict=True)
        return float(np.mean([np.abs(a.astype(int) - b).mean() for a, b in pairs]))

    # A contrast of 0.9 takes saturation along, which is not matched.
    full, gentle = off(matched(seam, "full", new)), off(matched(seam, "gentle", new))
    assert full < 0.35 * off(new) and full < gentle < 0.7 * off(new)
    assert colour_match(seam, "off") is None


def test_what_came_into_the_picture_hardly_counts() -> None:
    world = texture(1)
    new = shown(world, 20).rgb()
    new[200:300, 40:140] = (250, 250, 240)
    boxed = Frame.from_rgb(new, index=0, at=Fraction(0), lasts=Fraction(1))
    plain = seam_between([shown(world, 20)], [boxed])
    told = seam_between([shown(world, 20)], [boxed], lettering=((), (Box(40, 200, 100, 100),)))
    assert abs(told.offset[0]) < 2 and abs(told.offset[0]) <= abs(plain.offset[0]) < 14


def test_a_correction_stays_within_its_limits() -> None:
    world = texture(2)
    seam = seam_between([shown(world, 20, add=90)], [shown(world, 20, add=-60)])
    match = colour_match(seam, "full")
    assert match is not None and match.offset[0] == 24 and 1 / 1.2 <= match.gain <= 1.2


def test_a_chain_of_shots_is_matched_to_its_first() -> None:
    world = texture(3)
    first, second, third = (shown(world, 20, add=add) for add in (0.0, 8.0, 16.0))
    one = colour_match(seam_between([first], [second]), "full")
    two = colour_match(seam_between([second], [third]), "full", before=one)
    assert two is not None
    (back,) = two.stage(iter([third]))
    assert abs(float(back.y.mean()) - float(first.y.mean())) < 1.5


def test_a_brands_colour_keeps_its_values() -> None:
    red = (214, 30, 60)
    picture = np.full((320, 180, 3), 120, np.uint8)
    picture[100:200, 40:140] = red
    frame = Frame.from_rgb(picture, index=0, at=Fraction(0), lasts=Fraction(1))
    match = ColourMatch(gain=1.0, centre=120, offset=(20.0, 4.0, -4.0))
    (plain,) = match.stage(iter([frame]))
    seam = replace(seam_between([frame], [frame]), gain=1.0, centre=120, offset=(20.0, 4.0, -4.0))
    kept = matched(seam, "full", frame, brand=(red,))
    inside, outside = (slice(110, 190), slice(50, 130)), (slice(0, 80), slice(0, 180))
    assert not np.array_equal(plain.y[inside], frame.y[inside])
    for new, old, step in zip(kept.planes, frame.planes, (1, 2, 2), strict=True):
        place = tuple(slice(side.start // step, side.stop // step) for side in inside)
        assert np.array_equal(new[place], old[place])
    assert np.array_equal(kept.y[outside], plain.y[outside]) and kept.y[0, 0] == frame.y[0, 0] + 20
