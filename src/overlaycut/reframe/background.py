"""What surrounds a picture that is shown whole in a frame of another shape."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

import cv2
import numpy as np

from overlaycut.core.colour import BLACK
from overlaycut.core.frame import Frame, Plane
from overlaycut.vision.filters import FloatPlane, bytes_of

Background: TypeAlias = Literal["blur", "mirror", "colour"]
"""The picture itself enlarged and out of focus, its edges mirrored, or the mean colour of its edges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackgroundParameters:
    """How a background recedes behind its picture; checked by tests/reframe."""

    luma_gain: float = 0.55
    """Gain of its luma about black."""
    chroma_gain: float = 0.8
    """Gain of its chroma about grey."""
    shrink: int = 16
    """Times that a blurred background is smaller than the frame while it is blurred."""
    blur: Fraction = Fraction(1, 24)
    """Sigma of that blur, as a share of the small picture's shorter side."""
    mirror_blur: Fraction = Fraction(1, 90)
    """Sigma of the blur of mirrored edges, as a share of the picture's shorter side."""
    least_sigma: float = 0.8
    """Least sigma of both, in samples."""


def edge_colour(top: Frame, *, across: bool) -> tuple[int, int, int]:
    """Mean luma, Cb and Cr of the edges that the background touches: the left and right ones when `across`."""
    means = []
    for plane in top.planes:
        edges = (plane[:, :2], plane[:, -2:]) if across else (plane[:2], plane[-2:])
        means.append(round(float(np.mean([np.mean(edge) for edge in edges]))))
    return means[0], means[1], means[2]


def mirrored(
    plane: Plane, shape: tuple[int, int], x: int, y: int, *, luma: bool, parameters: BackgroundParameters
) -> Plane:
    """A plane that lies at column `x`, row `y` of a (rows, columns) one, reflected around itself and dimmed."""
    rows, columns = plane.shape
    right, bottom = shape[1] - columns - x, shape[0] - rows - y
    wide = cv2.copyMakeBorder(plane, y, bottom, x, right, cv2.BORDER_REFLECT_101)
    soft = cv2.GaussianBlur(wide, (0, 0), _sigma(plane, parameters.mirror_blur, parameters))
    return _dimmed(soft.astype(np.float32), luma=luma, parameters=parameters)


def enlarged(small: Plane, shape: tuple[int, int], *, luma: bool, parameters: BackgroundParameters) -> Plane:
    """A small plane blurred, brought to (rows, columns) and dimmed."""
    soft = cv2.GaussianBlur(small.astype(np.float32), (0, 0), _sigma(small, parameters.blur, parameters))
    wide = cv2.resize(soft, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return _dimmed(wide.astype(np.float32), luma=luma, parameters=parameters)


def _sigma(plane: Plane, share: Fraction, parameters: BackgroundParameters) -> float:
    return max(float(min(plane.shape) * share), parameters.least_sigma)


def _dimmed(plane: FloatPlane, *, luma: bool, parameters: BackgroundParameters) -> Plane:
    about, gain = (int(BLACK[0]), parameters.luma_gain) if luma else (int(BLACK[1]), parameters.chroma_gain)
    return bytes_of(about + gain * (plane - about))
