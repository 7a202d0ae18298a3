"""How like the plain surface of a label or a garment every pixel is, whatever lies behind or in front of it.

An outline mixes with the ground behind: where that moves, the levels of the outline change although the outline does
not. Likeness to the surface is high on one side and low on the other, with nearly any ground.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box, FloatArray
from overlaycut.vision.filters import FloatImage, FloatPlane

_FITS = 4
"""Rounds of the robust fit of the surface's colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceLikenessParameters:
    """How colours are compared; set by benchmarks/repair.py --labels (errors of corners)."""

    tolerance: float = 16.0
    """Difference, in levels, at which the likeness has fallen to 0.61."""
    chroma: float = 1.5
    """Weight of a level of chroma beside one of luma."""
    least_pixels: int = 400
    """Pixels of bare surface without which its colour is unknown."""
    most_spread: float = 6.0
    """Median distance of these pixels from the fitted colour, in levels, beyond which the surface is not plain."""


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceColour:
    """The colour of a plain surface, linear across a part of a rectified plane, in the light of its reference."""

    box: Box
    """The part of the plane."""
    colour: FloatImage
    """Luma, Cb and Cr that the bare surface has, or would have, (rows, columns, 3) of the box."""
    bare: Mask
    """Pixels of the box that show it in the reference."""
    parameters: SurfaceLikenessParameters

    @classmethod
    def of(
        cls,
        picture: FloatImage,
        box: Box,
        near: Mask,
        parameters: SurfaceLikenessParameters = SurfaceLikenessParameters(),
    ) -> SurfaceColour | None:
        """The surface that most pixels of `near` show in `picture`, (rows, columns, 3); None where it is not plain.

        near: pixels of the plane inside `box`.
        """
        rows, columns = np.nonzero(near[box.slices])
        if len(rows) < parameters.least_pixels:
            return None
        terms = np.column_stack([np.ones(len(rows)), 2 * columns / box.w - 1, 2 * rows / box.h - 1])
        colours = picture[box.slices][rows, columns].astype(np.float64)
        # The most frequent colour, coarsely, is where the fit begins: the surface, not its lettering.
        found: FloatArray = np.zeros((3, 3), np.float64)
        found[0] = _most_frequent(colours)
        scale = 2 * parameters.tolerance
        for _ in range(_FITS):
            off = _distance(colours - terms @ found, parameters.chroma)
            agrees = 1 / (1 + (off / scale) ** 2) ** 2
            weighed = terms * agrees[:, None]
            found = np.asarray(np.linalg.solve(terms.T @ weighed + 1e-3 * np.eye(3), weighed.T @ colours), np.float64)
            scale = max(scale / 2, parameters.tolerance)
        off = _distance(colours - terms @ found, parameters.chroma)
        plain = off < parameters.tolerance
        if plain.sum() < parameters.least_pixels or float(np.median(off[plain])) > parameters.most_spread:
            return None
        y, x = np.indices((box.h, box.w), np.float32)
        colour = (
            found[0] + np.multiply.outer(2 * x / box.w - 1, found[1]) + np.multiply.outer(2 * y / box.h - 1, found[2])
        )
        bare = np.zeros((box.h, box.w), np.bool_)
        bare[rows[plain], columns[plain]] = True
        return cls(box, np.asarray(colour, np.float32), bare, parameters)

    def part(self, box: Box) -> SurfaceColour:
        """The part of it in `box`, which lies inside its own."""
        cut = Box(box.x - self.box.x, box.y - self.box.y, box.w, box.h).slices
        return replace(self, box=box, colour=np.ascontiguousarray(self.colour[cut]), bare=self.bare[cut].copy())

    def likeness(self, picture: FloatImage) -> FloatPlane:
        """How like the surface each pixel of `picture`, of the box, is, (rows, columns), 0..1.

        A change of light is taken for one offset per channel: the median over the pixels that were bare.
        """
        off = picture - self.colour
        off -= np.median(off[self.bare][::7], axis=0)
        far = off[..., 0] ** 2 + self.parameters.chroma**2 * (off[..., 1] ** 2 + off[..., 2] ** 2)
        return np.asarray(np.exp(far / (-2 * self.parameters.tolerance**2)), np.float32)


def _distance(difference: FloatArray, chroma: float) -> FloatArray:
    return np.asarray(np.sqrt(difference[:, 0] ** 2 + chroma**2 * (difference[:, 1] ** 2 + difference[:, 2] ** 2)))


def _most_frequent(colours: FloatArray) -> FloatArray:
    """The mean of the fullest cell of a coarse histogram of colours, (n, 3)."""
    cells = np.floor(colours / 16).astype(np.int64) @ np.array([1, 32, 1024])
    values, counts = np.unique(cells, return_counts=True)
    return np.asarray(colours[cells == values[counts.argmax()]].mean(axis=0))
