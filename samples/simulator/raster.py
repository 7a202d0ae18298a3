"""Pixel arithmetic the rest is made of: warps, area filtering, blurs, smooth noise.

Pictures are float32, shape (height, width, channels), nominally 0..1; a pixel's centre lies at +0.5.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.scene import Homography, Points

Image: TypeAlias = NDArray[np.float32]
"""float32 picture or plane: (height, width) or (height, width, channels)."""
Real: TypeAlias = NDArray[np.floating[Any]]
"""The same in any precision, as arithmetic on the way may give it."""


def scaling(sx: float, sy: float) -> Homography:
    """The homography that multiplies x by `sx` and y by `sy`; shape (3, 3)."""
    return np.diag([sx, sy, 1.0])


def shift(dx: float, dy: float) -> Homography:
    """The homography that adds (`dx`, `dy`) pixels; shape (3, 3)."""
    return np.array([[1.0, 0.0, dx], [0.0, 1.0, dy], [0.0, 0.0, 1.0]])


def rotation(degrees: float) -> Homography:
    """The homography that turns clockwise, as seen on screen, about the origin; shape (3, 3)."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def mapped(matrix: Homography, points: ArrayLike) -> Points:
    """Points (n, 2) sent through a homography (3, 3); float64, shape (n, 2)."""
    xy = np.asarray(points, dtype=np.float64)
    lifted = np.column_stack([xy, np.ones(len(xy))]) @ matrix.T
    result: Points = lifted[:, :2] / lifted[:, 2:]
    return result


def warped(source: Image, matrix: Homography, width: int, height: int, *, mirror: bool = False) -> Image:
    """`source` seen through `matrix` (source pixels → target pixels), Catmull-Rom-like cubic.

    Returns (height, width, channels). Outside of the source lies zero, or its mirror image if `mirror`.
    """
    # OpenCV puts a pixel's centre on whole numbers.
    centred = shift(-0.5, -0.5) @ matrix @ shift(0.5, 0.5)
    border = cv2.BORDER_REFLECT_101 if mirror else cv2.BORDER_CONSTANT
    return np.asarray(
        cv2.warpPerspective(source, centred, (width, height), flags=cv2.INTER_CUBIC, borderMode=border), np.float32
    )


def reduced(picture: Real, width: int, height: int) -> Image:
    """`picture` area-averaged down to `width` x `height`."""
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def enlarged(picture: Real, width: int, height: int) -> Image:
    """`picture` interpolated up to `width` x `height`, cubic."""
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def looked_up(picture: Image, x: Real, y: Real) -> Image:
    """`picture` at array positions (`x`, `y`), counted from the first pixel's centre; bilinear, edges repeated."""
    return np.asarray(
        cv2.remap(
            picture,
            np.asarray(x, np.float32),
            np.asarray(y, np.float32),
            interpolation=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )


def blurred(picture: Real, sigma: float, sigma_y: float | None = None) -> Image:
    """`picture` after a Gaussian of `sigma` pixels (`sigma_y` along columns); mirrored edges, radius 3 sigma."""
    if sigma <= 0:
        return np.asarray(picture, np.float32)
    vertical = sigma if sigma_y is None else sigma_y
    size = (2 * int(np.ceil(3 * sigma)) + 1, 2 * int(np.ceil(3 * vertical)) + 1)
    return np.asarray(
        cv2.GaussianBlur(picture, size, sigma, sigmaY=vertical, borderType=cv2.BORDER_REFLECT_101), np.float32
    )


def noise(width: int, height: int, cell: float, rng: np.random.Generator, *, stretch: float = 1.0) -> Image:
    """Smooth random plane (height, width), 0..1, whose blobs are `cell` pixels wide, `stretch` times that high."""
    rows, columns = max(int(height / (cell * stretch)), 1) + 3, max(int(width / cell), 1) + 3
    coarse = rng.random((rows, columns), dtype=np.float32)
    big = enlarged(coarse, int(columns * cell) + 1, int(rows * cell * stretch) + 1)
    margin_y, margin_x = int(cell * stretch), int(cell)
    return np.clip(big[margin_y : margin_y + height, margin_x : margin_x + width], 0, 1)


def smoothstep(low: float, high: float, values: Real) -> Image:
    """0 below `low`, 1 above `high`, and a cubic with flat ends between; same shape as `values`."""
    t: Image = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1).astype(np.float32)
    result: Image = t * t * (3 - 2 * t)
    return result


def grid(width: int, height: int) -> tuple[Image, Image]:
    """The x (1, width) and y (height, 1) of pixel centres."""
    return (
        (np.arange(width, dtype=np.float32) + np.float32(0.5))[None, :],
        (np.arange(height, dtype=np.float32) + np.float32(0.5))[:, None],
    )


def over(below: Real, colour: ArrayLike, alpha: Real) -> Image:
    """`colour` (3,) or (height, width, 3) laid over `below` (height, width, 3); `alpha` is (height, width)."""
    weight = alpha[..., None]
    return np.asarray(below * (1 - weight) + np.asarray(colour, np.float32) * weight, np.float32)
