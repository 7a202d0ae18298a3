"""Small windows of a picture, and where another picture shows them.

Windows are put where there is texture and are looked up one by one, each in a light of its own, from coarse to fine:
Lucas and Kanade's iteration (1981) with the gradients of the picture that is sought (Baker and Matthews, Lucas-Kanade
20 years on, 2004), on all windows at once. A window counts along the directions in which it has texture: along an edge
it does not move and has no say.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import FloatArray, Points
from overlaycut.vision.filters import FloatPlane, Samples, blurred

REACH = 7
"""Pixels from a window's middle to its edge."""

_SOFTNESS = 1.0
"""Sigma of what is taken off noise before anything is looked up."""

_LEVELS, _TURNS, _LONGEST = 3, 5, 1.5
"""Sizes, each half of the one before, steps at each of them, and pixels of a step at most."""

_MOST, _SETTLED = 90, 0.03
"""Percentage of the windows whose step must be shorter than that for a size to be done with, in its pixels."""

_SOFT_GRADIENT = 25.0
"""Squared levels per pixel at which a window is half as sure of a direction as it can be."""

_LEAST_TEXTURE = 0.3
"""Squared levels per pixel of its poorer direction, and a fifth of its richer, that a window must have."""

_BLURS = np.array([0.0, 0.35, 0.7, 1.2, 2.0, 3.2, 5.0, 8.0])
"""Variances of blur, in squared pixels, that are tried on what is sought."""

_GAINS = (0.5, 2.0)
_FALLOFF = 0.7 * REACH


@dataclass(frozen=True, slots=True, eq=False)
class WindowMatches:
    """Where a picture shows the windows of another."""

    shifts: Points
    """(n, 2), pixels; nothing along directions in which a window has no texture."""
    alike: FloatArray
    """(n,), correlation of what was found with what was sought, -1..1."""
    softer: FloatArray
    """(n,), variance of the blur that what was sought lacks, in squared pixels, across its edges; 0 or more."""


class TrackedWindows:
    """Windows on `luma`, (rows, columns), whose middles lie in one of `parts`.

    parts: where windows may be put, and about how many; every part is covered evenly.
    """

    def __init__(self, luma: FloatPlane, *parts: tuple[Mask, int]) -> None:
        pyramid = _pyramid(luma)
        xx, xy, yy = _structure(pyramid[0])
        half, root = (xx + yy) / 2, np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
        # Corners first, then edges: an edge says half as much.
        merit = half - root + 0.2 * (half + root)
        self.part = np.zeros(0, np.intp)
        """Number of the part that each window belongs to, (n,)."""
        self.middles: Points = np.zeros((0, 2))
        """(n, 2), in pixel indices."""
        for number, (where, count) in enumerate(parts):
            chosen = _spread_out(np.where(where, merit, 0), max(int((where.sum() / count) ** 0.5), 5))
            self.middles = np.concatenate([self.middles, chosen])
            self.part = np.concatenate([self.part, np.full(len(chosen), number)])
        column, row = self.middles.astype(int).T
        tensor = np.array([[xx[row, column], xy[row, column]], [xy[row, column], yy[row, column]]])
        values, vectors = np.linalg.eigh(tensor.transpose(2, 0, 1).astype(np.float64))
        values = np.clip(values, 0, None)
        self.certainty = (vectors * (values / (values + _SOFT_GRADIENT))[:, None]) @ vectors.transpose(0, 2, 1)
        """(n, 2, 2), 0..1 along each direction."""
        y, x = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1].reshape(2, -1)
        weight = np.exp(-(x**2 + y**2) / (2 * _FALLOFF**2))
        self._weight = (weight / weight.sum()).astype(np.float32)
        self._around = np.stack([x, y], axis=1).astype(np.float32)
        self._sought = [self._patterns(picture, level) for level, picture in enumerate(pyramid)]
        at_rest = self._places(0, np.zeros(self.middles.shape, np.float32))
        self._softer = [self._centred(blurred(pyramid[0], variance**0.5), at_rest) for variance in _BLURS]

    def found_in(self, luma: FloatPlane, *, near: Points) -> WindowMatches:
        """Where `luma`, of the same shape, shows the windows, sought `near` where they were: by (n, 2) pixels."""
        pyramid = _pyramid(luma)
        shifts = near.astype(np.float32)
        alike = np.zeros(len(shifts))
        for level in reversed(range(len(pyramid))):
            pattern, across, down = self._sought[level]
            xx, xy, yy = ((a * b) @ self._weight for a, b in ((across, across), (across, down), (down, down)))
            xx, yy = xx + 1, yy + 1
            whole = xx * yy - xy * xy
            energy = (pattern * pattern) @ self._weight
            for _ in range(_TURNS):
                seen = self._centred(pyramid[level], self._places(level, shifts))
                common, own = (pattern * seen) @ self._weight, np.maximum((seen * seen) @ self._weight, 1e-3)
                off = np.clip(common / own, *_GAINS)[:, None] * seen - pattern
                by_x, by_y = (across * off) @ self._weight, (down * off) @ self._weight
                step = np.stack([xy * by_y - yy * by_x, xy * by_x - xx * by_y], axis=1) / whole[:, None]
                length = np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-6)
                shifts += 2**level * step * np.minimum(_LONGEST / length, 1)
                if np.percentile(length, _MOST) < _SETTLED:
                    break
            alike = common / np.sqrt(np.maximum(energy * own, 1e-3))
        softer = self._softness(self._centred(pyramid[0], self._places(0, shifts)))
        return WindowMatches(shifts.astype(np.float64), alike.astype(np.float64), softer)

    def _softness(self, seen: Samples) -> FloatArray:
        """The blur that brings what was sought nearest to what is `seen`, between those that are tried."""
        alike = []
        for sought in self._softer:
            scale = ((sought * sought) @ self._weight) * ((seen * seen) @ self._weight)
            alike.append(((sought * seen) @ self._weight) / np.sqrt(np.maximum(scale, 1e-3)))
        likeness = np.array(alike, np.float64)
        best = likeness.argmax(axis=0)
        # A parabola through the best and its neighbours, in the number of the blur.
        inner, windows = np.clip(best, 1, len(_BLURS) - 2), np.arange(len(best))
        before, here, after = (likeness[inner + step, windows] for step in (-1, 0, 1))
        curve = before - 2 * here + after
        off = np.where(curve < 0, np.clip(0.5 * (before - after) / np.minimum(curve, -1e-9), -1, 1), best - inner)
        return np.asarray(np.interp(inner + off, np.arange(len(_BLURS)), _BLURS))

    def _patterns(self, picture: FloatPlane, level: int) -> tuple[Samples, Samples, Samples]:
        places = self._places(level, np.zeros((len(self.middles), 2), np.float32))
        across, down = (_sampled(slope, places) for slope in _slopes(picture))
        return self._centred(picture, places), across, down

    def _places(self, level: int, shifts: Samples) -> Samples:
        """Indices of every window's pixels in the picture of a level: (n, pixels, 2)."""
        middles = (self.middles.astype(np.float32) + 0.5 + shifts) / 2**level - 0.5
        return np.asarray(middles[:, None] + self._around, np.float32)

    def _centred(self, picture: FloatPlane, places: Samples) -> Samples:
        seen = _sampled(picture, places)
        return np.asarray(seen - (seen @ self._weight)[:, None], np.float32)


def _pyramid(luma: FloatPlane) -> list[FloatPlane]:
    pictures = [blurred(luma, _SOFTNESS)]
    while len(pictures) < _LEVELS:
        pictures.append(np.asarray(cv2.pyrDown(pictures[-1]), np.float32))
    return pictures


def _slopes(picture: FloatPlane) -> tuple[FloatPlane, FloatPlane]:
    slopes = (cv2.Scharr(picture, cv2.CV_32F, *order, scale=1 / 32) for order in ((1, 0), (0, 1)))
    across, down = (np.asarray(slope, np.float32) for slope in slopes)
    return across, down


def _structure(picture: FloatPlane) -> tuple[FloatPlane, FloatPlane, FloatPlane]:
    """The structure tensor of the window around every pixel."""
    across, down = _slopes(picture)
    side = (2 * REACH + 1, 2 * REACH + 1)
    xx, xy, yy = (np.asarray(cv2.boxFilter(p, -1, side), np.float32) for p in (across**2, across * down, down**2))
    return xx, xy, yy


def _spread_out(merit: FloatPlane, cell: int) -> Points:
    """The best place of every cell, (n, 2), where there is one whose window lies within the picture."""
    inner = np.zeros_like(merit)
    rim = REACH + 2
    inner[rim:-rim, rim:-rim] = merit[rim:-rim, rim:-rim]
    rows, columns = -(-inner.shape[0] // cell), -(-inner.shape[1] // cell)
    padded = np.pad(inner, ((0, rows * cell - inner.shape[0]), (0, columns * cell - inner.shape[1])))
    cells = padded.reshape(rows, cell, columns, cell).swapaxes(1, 2).reshape(rows * columns, cell * cell)
    best = cells.argmax(axis=1)
    good = cells[np.arange(len(cells)), best] > _LEAST_TEXTURE
    number = np.flatnonzero(good)
    x = number % columns * cell + best[good] % cell
    y = number // columns * cell + best[good] // cell
    return np.stack([x, y], axis=1).astype(np.float64)


def _sampled(picture: FloatPlane, places: Samples) -> Samples:
    x, y = (np.ascontiguousarray(places[..., axis]) for axis in (0, 1))
    if not x.size:
        return x
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
