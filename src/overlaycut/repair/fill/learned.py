"""Trained models as fills of what no frame shows, weighed with those of `plate`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from overlaycut.core.colour import YcbcrMatrix
from overlaycut.core.frame import Frame, Mask, Picture
from overlaycut.core.geometry import Box
from overlaycut.models.thin_holes import ThinHoleFill
from overlaycut.repair.fill.inpainting import Fill
from overlaycut.vision.filters import FloatImage, bytes_of, scaled
from overlaycut.vision.illumination import spread

_SURROUND_PX = 48
"""Pixels around a hole that the network is shown; it looks no further than about 60 (training/fill_network.py)."""


@dataclass(frozen=True, slots=True)
class FillModel:
    """A fill, and the name by which estimates refer to it."""

    name: str
    fill: Fill


def improved(structure: FloatImage, pattern: FloatImage, hole: Mask, network: ThinHoleFill) -> FloatImage:
    """What a network makes of a picture whose hole is filled by `structure_fill`, and by `pattern_fill`.

    What `network` raises is raised.
    """
    if hole.all() or not hole.any():
        return structure
    box = Box.of(hole)
    part = (box.grown(_SURROUND_PX).clipped(hole.shape[1], hole.shape[0]) or box).slices
    near, inside = structure[part], hole[part]
    smooth = np.where(inside[..., None], spread(near, (~inside).astype(np.float32)), near)
    made = structure.copy()
    made[part] = network(near, pattern[part], smooth, inside)
    return made


def learned_fill(inpainter: Callable[[Picture, Mask], Picture], *, matrix: YcbcrMatrix = "bt709") -> Fill:
    """A fill of luma and chroma from one of RGB pictures.

    inpainter: takes an RGB picture, (rows, columns, 3) bytes, and a hole in it, (rows, columns), and returns the
    picture with the hole filled. It is not called where the hole is everything or nothing. matrix: that of luma and
    chroma. What `inpainter` raises is raised.
    """

    def fill(picture: FloatImage, hole: Mask) -> FloatImage:
        if hole.all() or not hole.any():
            return picture
        made = _samples(inpainter(_rgb(picture, matrix), hole), matrix)
        return np.where(hole[..., None], made, picture).astype(np.float32)

    return fill


def _rgb(picture: FloatImage, matrix: YcbcrMatrix) -> Picture:
    rows, columns = picture.shape[:2]
    whole = np.pad(picture, ((0, rows % 2), (0, columns % 2), (0, 0)), mode="edge")
    half = whole.shape[1] // 2, whole.shape[0] // 2
    y, u, v = (whole[..., 0], *(scaled(whole[..., plane], half, area=True) for plane in (1, 2)))
    rgb = Frame(0, Fraction(0), Fraction(1), bytes_of(y), bytes_of(u), bytes_of(v), matrix).rgb()
    return np.ascontiguousarray(rgb[:rows, :columns])


def _samples(picture: Picture, matrix: YcbcrMatrix) -> FloatImage:
    rows, columns = picture.shape[:2]
    whole = np.pad(picture, ((0, rows % 2), (0, columns % 2), (0, 0)), mode="edge")
    frame = Frame.from_rgb(whole, index=0, at=Fraction(0), lasts=Fraction(1), matrix=matrix)
    return frame.yuv(Box(0, 0, frame.width, frame.height))[:rows, :columns]
