"""Surfaces drawn with a known path, so that every corner is known to the hundredth of a pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlaycut.analyse.tracking import SurfaceTracker, TrackObservation, camera_motion, fit_trajectory
from overlaycut.analyse.tracking.edges import EdgePoints
from overlaycut.analyse.tracking.illumination import _median
from overlaycut.analyse.tracking.occlusion import OcclusionDetector
from overlaycut.analyse.tracking.parameters import TrackerParameters

ROWS, COLUMNS = 640, 360
CORNERS = np.array([[110, 300], [250, 300], [250, 334], [110, 334]], dtype=np.float64)
BODY = np.array([[70, 200], [290, 200], [290, 460], [70, 460]], dtype=np.float64)
"""The thing that carries the lettering, in front of a backdrop."""
FRAMES = 40


def _noise(seed: int, size: tuple[int, int], coarse: int, low: float, high: float) -> np.ndarray:
    rough = np.random.default_rng(seed).uniform(low, high, (size[0] // coarse, size[1] // coarse))
    return cv2.resize(rough, size[::-1], interpolation=cv2.INTER_CUBIC)


BACKDROP = _noise(1, (ROWS, COLUMNS), 16, 120, 200)
SURFACE = _noise(2, (ROWS, COLUMNS), 8, 40, 75)


def lettered(words: str = "COLD BREW", shade: float = 220, shown: float = 1.0) -> np.ndarray:
    """The body's own picture, with words that fill the quad."""
    ink = np.zeros((ROWS, COLUMNS), dtype=np.uint8)
    if words:
        (w, h), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 3)
        scale = min(136 / w, 30 / h)
        cv2.putText(ink, words, (112, 331), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 2, cv2.LINE_AA)
    alpha = cv2.GaussianBlur(ink, (0, 0), 0.7) / 255.0 * shown
    return SURFACE * (1 - alpha) + shade * alpha


def path(index: int) -> np.ndarray:
    """Where the body goes: a drift, a turn, a slow approach."""
    t = index / FRAMES
    angle, scale = np.radians(5 * np.sin(2 * t)), 1 + 0.08 * t
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    centre = np.array([[1, 0, 180 + 18 * t], [0, 1, 320 - 12 * np.sin(3 * t)], [0, 0, 1]])
    return (
        centre
        @ np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
        @ np.array([[1, 0, -180], [0, 1, -320], [0, 0, 1.0]])
    )


def composed(index: int, body: np.ndarray, *, slide: float = 0.5, noise: float = 1.5) -> np.ndarray:
    """A frame: the body over a backdrop that slides by at a pace of its own."""
    matrix = path(index)
    back = cv2.warpAffine(
        BACKDROP, np.float64([[1, 0, slide * index], [0, 1, 0]]), (COLUMNS, ROWS), borderMode=cv2.BORDER_REFLECT
    )
    mask = np.zeros((ROWS, COLUMNS), dtype=np.float64)
    cv2.fillConvexPoly(mask, BODY.astype(np.int32), 1.0)
    front = cv2.warpPerspective(body, matrix, (COLUMNS, ROWS), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.GaussianBlur(cv2.warpPerspective(mask, matrix, (COLUMNS, ROWS)), (0, 0), 0.7)
    picture = back * (1 - alpha) + front * alpha
    picture = picture + np.random.default_rng(1000 + index).normal(0, noise, picture.shape)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def truth(index: int) -> np.ndarray:
    return cv2.perspectiveTransform(CORNERS[None], path(index))[0]


def melted(body: np.ndarray, strength: float) -> np.ndarray:
    """The body with its strokes, and nothing else, displaced smoothly and differently everywhere."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float32)
    dx = strength * np.sin(x / 9 + y / 7)
    dy = strength * np.cos(x / 11 - y / 5)
    inside = cv2.GaussianBlur(((x > 106) & (x < 254) & (y > 297) & (y < 337)).astype(np.float32), (0, 0), 2)
    return cv2.remap(body.astype(np.float32), x + dx * inside, y + dy * inside, cv2.INTER_CUBIC)


def followed(pictures: list[np.ndarray], **settings: object) -> list[TrackObservation]:
    tracker = SurfaceTracker(pictures[0], CORNERS, **settings)
    sights = [tracker.reference_observation(0)]
    for index in range(1, len(pictures)):
        before, now = pictures[index - 1], pictures[index]
        sights.append(tracker.track(index, now, lambda before=before, now=now: camera_motion(before, now)))
    return sights


def errors(sights: list[TrackObservation]) -> np.ndarray:
    corners = fit_trajectory(sights)
    return np.array([np.linalg.norm(corners[i] - truth(s.index), axis=1).mean() for i, s in enumerate(sights)])


def clip(body: Callable[[int], np.ndarray], **settings: float) -> list[np.ndarray]:
    return [composed(i, body(i), **settings) for i in range(FRAMES)]


def test_a_moving_surface_is_followed_to_a_fraction_of_a_pixel_without_drift() -> None:
    off = errors(followed(clip(lambda i: lettered())))
    assert off.mean() < 0.15 and off[-5:].mean() < 0.25


def test_melting_strokes_do_not_pull_the_quad_and_bend_and_likeness_tell_of_them() -> None:
    sights = followed(clip(lambda i: melted(lettered(), 3.0 * min(max(i - 10, 0) / 8, 1))))
    assert errors(sights).max() < 0.8
    assert max(s.nonrigid_residual for s in sights[1:10] if s.nonrigid_residual is not None) < 0.02
    assert np.median([s.nonrigid_residual for s in sights[22:] if s.nonrigid_residual is not None]) > 0.04
    assert np.median([s.ncc for s in sights[22:] if s.ncc is not None]) < 0.7
    assert min(s.ncc for s in sights[:10] if s.ncc is not None) > 0.9


def test_strokes_that_fade_away_leave_the_track_on_the_surface_and_no_ink() -> None:
    sights = followed(clip(lambda i: lettered(shown=1 - min(max(i - 10, 0) / 8, 1))))
    assert errors(sights).max() < 0.8
    assert max(s.contrast_energy for s in sights[24:] if s.contrast_energy is not None) < 0.2
    assert sights[30].visible > 0.9


def test_a_backdrop_that_slides_by_does_not_carry_good_lettering_along() -> None:
    plain = np.full((ROWS, COLUMNS), 60.0)
    ink = lettered() - SURFACE
    off = errors(followed(clip(lambda i: plain + ink, slide=1.5)))
    assert off.max() < 0.6


def test_words_that_lie_over_a_moving_picture_stay_where_they_are() -> None:
    blurred = cv2.GaussianBlur(lettered() - SURFACE, (0, 0), 1.2)

    def overlaid(index: int) -> np.ndarray:
        slid = cv2.warpAffine(BACKDROP, np.float64([[1, 0, 1.2 * index], [0, 1, 0.6 * index]]), (COLUMNS, ROWS))
        slid[290:345] = 30
        noise = np.random.default_rng(index).normal(0, 4, slid.shape)
        return np.clip(slid + 0.5 * blurred + noise, 0, 255).astype(np.uint8)

    sights = followed([overlaid(i) for i in range(FRAMES)])
    assert np.abs(fit_trajectory(sights) - CORNERS).max() < 1


def test_what_passes_in_front_lowers_visibility_and_not_accuracy() -> None:
    pictures = clip(lambda i: lettered())
    for index, picture in enumerate(pictures):
        cv2.circle(picture, (60 + 8 * index, 318), 46, 30, -1, cv2.LINE_AA)
    sights = followed(pictures)
    middle = [s for s in sights if 10 <= s.index <= 18]
    assert min(s.visible for s in middle) < 0.5
    assert sights[2].visible > 0.999 and sights[-1].visible > 0.9
    assert errors(sights).max() < 1.2


def test_neighbouring_lettering_that_appears_changes_neither_light_nor_ink() -> None:
    other = np.array([[100, 250], [260, 250], [260, 288], [100, 288]], dtype=np.float64)

    def body(i: int) -> np.ndarray:
        drawn = lettered()
        if i >= 12:
            drawn[252:286, 105:255:6] = 235
            drawn[252:286, 106:255:6] = 235
        return drawn

    for others, least in (((), 0.7), ((other,), 0.85)):
        sights = followed(clip(body), neighbours=others)
        inks = [s.contrast_energy for s in sights if s.contrast_energy is not None]
        assert min(inks) > least * inks[0] and max(inks) < 1.25 * inks[0]
        assert errors(sights).max() < 0.5


@pytest.mark.parametrize("gain", [0.6, 1.25])
def test_light_that_changes_is_allowed_for(gain: float) -> None:
    pictures = clip(lambda i: lettered())
    lit = [np.clip(p * (1 + (gain - 1) * i / FRAMES), 0, 255).astype(np.uint8) for i, p in enumerate(pictures)]
    sights = followed(lit)
    assert errors(sights).max() < 0.6
    assert min(s.ncc for s in sights if s.ncc is not None) > 0.85


def test_a_surface_that_leaves_the_picture_is_said_to_be_out_of_it() -> None:
    def gone(index: int) -> np.ndarray:
        return cv2.warpAffine(composed(index, lettered()), np.float64([[1, 0, 12 * index], [0, 1, 0]]), (COLUMNS, ROWS))

    sights = followed([gone(i) for i in range(FRAMES)])
    assert sights[3].visible > 0.95
    assert sights[-1].visible < 0.1
    assert all(a.visible >= b.visible - 0.15 for a, b in zip(sights[5:], sights[8:], strict=False))


def test_going_back_in_time_is_the_same_as_going_forth() -> None:
    pictures = clip(lambda i: lettered())
    tracker = SurfaceTracker(pictures[-1], truth(FRAMES - 1))
    sights = [tracker.reference_observation(FRAMES - 1)]
    for index in range(FRAMES - 2, -1, -1):
        sights.append(tracker.track(index, pictures[index], lambda: np.eye(3)))
    assert errors(sights).max() < 0.4


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    start=st.floats(-50, 50), speed=st.floats(-3, 3), noise=st.floats(0, 0.4), count=st.integers(3, 40),
    missing=st.lists(st.integers(1, 38), max_size=8),
)  # fmt: skip
def test_a_straight_path_is_kept_through_noise_and_gaps(
    start: float, speed: float, noise: float, count: int, missing: list[int]
) -> None:
    rng = np.random.default_rng(4)
    paths = [CORNERS + np.array([start + speed * i, 0.5 * i]) for i in range(count)]
    sure = np.eye(8) / max(noise, 0.02) ** 2
    sights = []
    for i, corners in enumerate(paths):
        lost = i in missing and 0 < i < count - 1
        sight = TrackObservation(i, corners + rng.normal(0, noise, (4, 2)), sure, 1.0, 1.0, None, None, None)
        sights.append(replace(sight, corners=corners + 30, information=np.zeros((8, 8))) if lost else sight)
    result = fit_trajectory(sights)
    assert result.shape == (count, 4, 2)
    assert np.abs(result - np.array(paths)).max() < 6 * noise + 0.2


def test_a_path_without_any_measurement_stays_as_it_is() -> None:
    sights = [TrackObservation(i, CORNERS + i, np.zeros((8, 8)), 0.0, 0.0, None, None, None) for i in range(5)]
    assert np.array_equal(fit_trajectory(sights), np.array([s.corners for s in sights]))


def test_the_motion_of_the_whole_picture_is_measured_and_unclear_pictures_do_not_move() -> None:
    picture = np.clip(_noise(7, (ROWS, COLUMNS), 10, 20, 235), 0, 255).astype(np.uint8)
    shifted = cv2.warpAffine(
        picture, np.float64([[1, 0, 6], [0, 1, -4]]), (COLUMNS, ROWS), borderMode=cv2.BORDER_REFLECT
    )
    motion = camera_motion(picture, shifted)
    assert motion is not None
    assert np.allclose(motion[:2, 2] + (motion[:2, :2] - np.eye(2)) @ (180, 320), (6, -4), atol=0.3)
    plain = np.full_like(picture, 90)
    assert camera_motion(plain, plain) is None


def test_what_covers_a_line_does_not_depend_on_the_margin_around_it() -> None:
    wide = _noise(4, (400, 300), 6, 60, 200).astype(np.uint8)
    inner = (slice(100, 200), slice(80, 320))
    columns = wide[inner].shape[1]
    corners = np.array([[40.0, 40.0], [columns - 40.0, 40.0], [columns - 40.0, 60.0], [40.0, 60.0]])
    none = np.zeros(wide.shape, dtype=bool)
    limits, offset = TrackerParameters().occlusion, np.array([80.0, 100.0])
    far = OcclusionDetector(wide, corners + offset, none, parameters=limits)
    near = OcclusionDetector(wide[inner], corners, none[inner], parameters=limits)
    points = np.array([[45.0, 50.0], [120.0, 50.0], [190.0, 50.0], [10.0, 10.0]])
    covered = 0
    for edge in range(0, columns, 12):
        now = wide.copy()
        now[100:200, 80 : 80 + edge] = 255 - now[100:200, 80 : 80 + edge]
        one, other = far.occluded(now), near.occluded(now[inner])
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(far.mask(one)[inner], near.mask(other))
        np.testing.assert_array_equal(far.at(points + offset, one), near.at(points, other))
        np.testing.assert_array_equal(
            near.at(points, other), near.mask(other)[points[:, 1].astype(int), points[:, 0].astype(int)]
        )
        covered += int(one.sum())
    assert covered


@given(st.lists(st.integers(0, 255), min_size=1, max_size=9))
def test_the_median_of_bytes_is_that_of_their_histogram(levels: list[int]) -> None:
    assert _median(np.array(levels, dtype=np.uint8)) == np.median(levels)


def test_points_on_edges_shift_alike_whatever_lies_around_them() -> None:
    bars = np.tile(np.where(np.arange(240) % 40 < 20, 60, 200).astype(np.uint8), (160, 1))
    bars = cv2.GaussianBlur(bars, (0, 0), 1.5)
    moved = cv2.warpAffine(bars, np.array([[1, 0, 0.8], [0, 1, 0]]), bars.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    points, offset = np.array([[60.0, 80.0], [100.0, 70.0], [140.0, 90.0]]), np.array([70.0, 90.0])
    texture = np.tile(np.array([[1.0, 0.0], [0.0, 0.0]]), (3, 1, 1))
    texture[1] = np.eye(2)
    wide = [cv2.copyMakeBorder(one, 90, 90, 70, 70, cv2.BORDER_REFLECT) for one in (bars, moved)]
    limits = TrackerParameters().edges
    near, far = (
        EdgePoints(one, at, texture, window_px=11, parameters=limits).shifts(now)
        for one, now, at in ((bars, moved, points), (wide[0], wide[1], points + offset))
    )
    np.testing.assert_allclose(near[0], far[0], atol=1e-3)
    np.testing.assert_array_equal(near[1], far[1])
    assert (
        np.abs(near[0][[0, 2], 0] - 0.8).max() < 0.3
        and not near[0][1].any()
        and near[1].tolist() == [True, False, True]
    )
