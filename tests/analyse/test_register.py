from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlaycut.analyse import register as registering
from overlaycut.analyse.register import register, registered_in
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Homography, mapped


def drawn(seed: int, width: int = 600, height: int = 800) -> np.ndarray:
    """A picture with corners enough to be recognised: overlapping shapes of many sizes."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 120, dtype=np.uint8)
    for _ in range(140):
        x, y, r = int(rng.integers(width)), int(rng.integers(height)), int(rng.integers(8, 60))
        colour = tuple(int(c) for c in rng.integers(0, 255, 3))
        if rng.random() < 0.5:
            cv2.circle(picture, (x, y), r, colour, -1, cv2.LINE_AA)
        else:
            corners = np.int32([[x, y], [x + r, y + r // 3], [x + r // 2, y + r]])
            cv2.fillPoly(picture, [corners], colour, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), 0.8)


STILL = drawn(1)


def laid(matrix: Homography, width: int, height: int) -> np.ndarray:
    """The still under `matrix`, which speaks of pixel corners; OpenCV speaks of centres."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return cv2.warpPerspective(STILL, np.linalg.inv(half) @ matrix @ half, (width, height), flags=cv2.INTER_AREA)


def worst(found: Homography, truth: Homography, width: int = 10_000, height: int = 10_000) -> float:
    """Largest error, in pixels, over the parts of the still that a picture of that size shows."""
    points = np.stack(np.meshgrid(np.linspace(0, 600, 25), np.linspace(0, 800, 25)), axis=-1).reshape(-1, 2)
    there = mapped(truth, points)
    shown = (there >= 0).all(axis=1) & (there <= (width, height)).all(axis=1)
    return float(np.linalg.norm(mapped(found, points) - there, axis=1)[shown].max())


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    scale=st.floats(0.55, 1.4),
    squeeze=st.floats(0.94, 1.06),
    x=st.floats(-60, 60),
    y=st.floats(-60, 60),
    light=st.floats(0.7, 1.2),
)
def test_scaling_cropping_padding_and_squeezing_are_recovered_to_a_pixel(
    scale: float, squeeze: float, x: float, y: float, light: float
) -> None:
    truth = np.array([[scale * squeeze, 0, x], [0, scale / squeeze, y], [0, 0, 1]])
    first = np.clip(laid(truth, 480, 640) * light, 0, 255).astype(np.uint8)
    found = register(STILL, first)
    assert found is not None
    assert worst(found.matrix, truth, 480, 640) < 1
    assert found.error_px < 1 and found.inliers >= 15


def test_a_compressed_and_darkened_first_frame_is_recognised() -> None:
    truth = np.diag([0.9, 0.9, 1.0])
    ok, packed = cv2.imencode(".jpg", laid(truth, 540, 720) // 2, [cv2.IMWRITE_JPEG_QUALITY, 25])
    found = register(STILL, cv2.imdecode(packed, cv2.IMREAD_COLOR))
    assert ok and found is not None and worst(found.matrix, truth) < 2


@pytest.mark.parametrize("other", [drawn(2), np.full((700, 500, 3), 90, dtype=np.uint8)])
def test_another_picture_is_not_recognised(other: np.ndarray) -> None:
    assert register(STILL, other) is None


def test_a_mirrored_picture_is_not_taken_for_the_still() -> None:
    assert register(STILL, STILL[:, ::-1].copy()) is None


@pytest.mark.parametrize(
    ("matrix", "size", "said"),
    [
        (np.eye(3), (600, 800), "the same"),
        (np.diag([0.5, 0.5, 1.0]), (300, 400), "scaled to 50"),
        (np.diag([0.9, 0.8, 1.0]), (540, 640), "squeezed"),
        (np.array([[1, 0, -60], [0, 1, 0], [0, 0, 1.0]]), (480, 800), "cropped by 20% at left and right"),
        (np.array([[1, 0, 0], [0, 1, 100], [0, 0, 1.0]]), (600, 1000), "padded by 20% at top and bottom"),
    ],
)
def test_what_the_provider_did_is_said_in_words(matrix: Homography, size: tuple[int, int], said: str) -> None:
    found = register(STILL, laid(matrix, *size))
    assert found is not None and said in found.note


def furthest(found: Homography, truth: Homography, corners: np.ndarray) -> float:
    return float(np.linalg.norm(mapped(found, corners) - mapped(truth, corners), axis=1).max())


@settings(max_examples=10, deadline=None, derandomize=True)
@given(scale=st.floats(0.6, 1.3), left=st.integers(0, 60), top=st.integers(0, 60))
def test_the_corners_of_a_padded_still_are_found_to_a_pixel(scale: float, left: int, top: int) -> None:
    truth = np.array([[scale, 0, left], [0, scale, top], [0, 0, 1]])
    found = register(STILL, laid(truth, round(600 * scale) + 2 * left, round(800 * scale) + 2 * top))
    assert found is not None
    assert furthest(found.matrix, truth, np.array([[0, 0], [600, 0], [600, 800], [0, 800]], dtype=np.float64)) < 1


@settings(max_examples=10, deadline=None, derandomize=True)
@given(
    x=st.integers(0, 120),
    y=st.integers(0, 120),
    width=st.integers(360, 480),
    height=st.integers(480, 680),
    scale=st.floats(0.7, 1.4),
)
def test_the_corners_of_a_cropped_and_scaled_still_are_found_to_a_pixel(
    x: int, y: int, width: int, height: int, scale: float
) -> None:
    size = round(width * scale), round(height * scale)
    across, down = size[0] / width, size[1] / height
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    found = register(STILL, cv2.resize(STILL[y : y + height, x : x + width], size, interpolation=method))
    assert found is not None
    truth = np.array([[across, 0, -x * across], [0, down, -y * down], [0, 0, 1]])
    right, bottom = x + width, y + height
    assert furthest(found.matrix, truth, np.array([[x, y], [right, y], [right, bottom], [x, bottom]], float)) < 1


@settings(max_examples=6, deadline=None, derandomize=True)
@given(st.integers(2, 10_000))
def test_no_other_picture_of_the_same_kind_is_recognised(seed: int) -> None:
    assert register(STILL, drawn(seed)) is None


# With a prior: the map by which the still was prepared for the provider.


def tiled(width: int = 600, height: int = 800) -> np.ndarray:
    """A wall of one tile: every feature is there many times."""
    tile = drawn(5, 50, 50)
    return np.tile(tile, (height // 50, width // 50, 1))


def soft(width: int = 600, height: int = 800) -> np.ndarray:
    """A product on a plain ground, all edges out of focus: hardly a feature."""
    picture = np.full((height, width, 3), 170, dtype=np.uint8)
    cv2.rectangle(picture, (220, 260), (390, 640), (60, 70, 150), -1)
    cv2.rectangle(picture, (245, 380), (365, 470), (225, 225, 215), -1)
    return cv2.GaussianBlur(picture, (0, 0), 9)


def seen(still: np.ndarray, matrix: Homography, size: tuple[int, int], seed: int = 3) -> np.ndarray:
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    made = cv2.warpPerspective(still, np.linalg.inv(half) @ matrix @ half, size, flags=cv2.INTER_AREA)
    noise = np.random.default_rng(seed).normal(0, 2, made.shape)
    return np.clip(made * 0.95 + noise, 0, 255).astype(np.uint8)


def test_repeated_features_are_told_apart_by_the_prior() -> None:
    truth = np.array([[0.8, 0, 0], [0, 0.8, -60.0], [0, 0, 1]])
    first = seen(tiled(), truth, (480, 520))
    near = truth + np.array([[0, 0, 5], [0, 0, -6], [0, 0, 0]])
    alone, guided = register(tiled(), first), register(tiled(), first, prior=near)
    assert alone is None or worst(alone.matrix, truth, 480, 520) > 20
    assert guided is not None and guided.inliers >= 15
    assert worst(guided.matrix, truth, 480, 520) < 1


def test_a_still_without_features_is_placed_by_the_prior() -> None:
    truth = np.array([[0.9, 0, 12], [0, 0.9, 0], [0, 0, 1]])
    first = seen(soft(), truth, (564, 720))
    assert register(soft(), first) is None
    found = register(soft(), first, prior=truth)
    assert found is not None and found.inliers == 0
    assert worst(found.matrix, truth, 564, 720) < 1
    near = truth + np.array([[0.01, 0, -4], [0, 0.01, 5], [0, 0, 0]])
    refined = register(soft(), first, prior=near)
    assert refined is not None and worst(refined.matrix, truth, 564, 720) < 1


@pytest.mark.parametrize(
    ("still", "first", "prior"),
    [
        (
            soft(),
            seen(soft(), np.diag([0.9, 0.9, 1.0]), (540, 720)),
            np.array([[0.9, 0, 90], [0, 0.9, 120], [0, 0, 1]]),
        ),
        (soft(), seen(drawn(2), np.diag([0.9, 0.9, 1.0]), (540, 720)), np.diag([0.9, 0.9, 1.0])),
        (STILL, seen(drawn(2), np.eye(3), (600, 800)), np.eye(3)),
        (STILL, np.full((800, 600, 3), 90, dtype=np.uint8), np.eye(3)),
        (STILL, seen(STILL[:, ::-1], np.eye(3), (600, 800)), np.diag([-1.0, 1.0, 1.0])),
    ],
    ids=["wrong place", "another clip", "another still", "plain", "mirrored prior"],
)
def test_a_wrong_prior_is_not_believed(still: np.ndarray, first: np.ndarray, prior: Homography) -> None:
    assert register(still, first, prior=prior) is None


def test_a_wrong_prior_does_not_hide_what_features_tell() -> None:
    truth = np.array([[0.8, 0, -30], [0, 0.8, -40], [0, 0, 1]])
    found = register(STILL, seen(STILL, truth, (420, 560)), prior=np.diag([0.7, 0.7, 1.0]))
    assert found is not None and worst(found.matrix, truth, 420, 560) < 1


def test_analysers_of_a_pass_share_one_registration(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[np.ndarray] = []

    def counted(still: np.ndarray, first: np.ndarray, **settings: object) -> None:
        asked.append(still)

    monkeypatch.setattr(registering, "register", counted)
    still, other = drawn(1, 60, 80), drawn(2, 60, 80)
    first, next_clip = (
        Frame.from_rgb(drawn(seed, 60, 80), index=0, at=Fraction(0), lasts=Fraction(1)) for seed in (1, 3)
    )
    for one, frame in ((still, first), (still, first), (other, first), (other, next_clip), (still, first)):
        registered_in(one, frame)
    registered_in(still, first, prior=np.eye(3))
    assert len(asked) == 5
