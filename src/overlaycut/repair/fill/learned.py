"""A trained model as one more fill of what no frame shows, weighed with those of `plate`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from overlaycut.core.frame import Frame, Mask, Picture
from overlaycut.core.geometry import Box
from overlaycut.repair.fill.inpainting import Fill
from overlaycut.vision.filters import FloatImage, bytes_of, scaled


@dataclass(frozen=True, slots=True)
class FillModel:
    """A fill, and the name by which estimates refer to it."""

    name: str
    fill: Fill


def learned_fill(inpainter: Callable[[Picture, Mask], Picture]) -> Fill:
    """A fill of luma and chroma from one of RGB pictures.

    inpainter: takes an RGB picture, (rows, columns, 3) bytes, and a hole in it, (rows, columns), and returns the
    picture with the hole filled. It is not called where the hole is everything or nothing. What it raises is raised.
    """

    def fill(picture: FloatImage, hole: Mask) -> FloatImage:
        if hole.all() or not hole.any():
            return picture
        made = _samples(inpainter(_rgb(picture), hole))
        return np.where(hole[..., None], made, picture).astype(np.float32)

    return fill


def _rgb(picture: FloatImage) -> Picture:
    rows, columns = picture.shape[:2]
    whole = np.pad(picture, ((0, rows % 2), (0, columns % 2), (0, 0)), mode="edge")
    half = whole.shape[1] // 2, whole.shape[0] // 2
    y, u, v = (whole[..., 0], *(scaled(whole[..., plane], half, area=True) for plane in (1, 2)))
    rgb = Frame(0, Fraction(0), Fraction(1), bytes_of(y), bytes_of(u), bytes_of(v)).rgb()
    return np.ascontiguousarray(rgb[:rows, :columns])


def _samples(picture: Picture) -> FloatImage:
    rows, columns = picture.shape[:2]
    whole = np.pad(picture, ((0, rows % 2), (0, columns % 2), (0, 0)), mode="edge")
    frame = Frame.from_rgb(whole, index=0, at=Fraction(0), lasts=Fraction(1))
    return frame.yuv(Box(0, 0, frame.width, frame.height))[:rows, :columns]
