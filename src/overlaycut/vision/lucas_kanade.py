"""Small windows of a picture, located in other pictures.

Windows are placed where there is texture and located one by one, each with its own gain, from coarse to fine: the
iteration of Lucas and Kanade (1981) with the gradients of the reference (the inverse compositional form of Baker and
Matthews, Lucas-Kanade 20 years on, 2004), on all windows at once. Along directions without texture, as along an edge, a
window is not moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import FloatArray, Points
from overlaycut.vision.filters import FloatPlane, Samples, blurred
from overlaycut.vision.structure_tensor import StructureTensor, best_per_cell, gradients

_Places: TypeAlias = tuple[Samples, Samples]
"""Indices of pixels along x and along y, (n, pixels) each."""

REACH = 7
"""Pixels from a window's centre to its edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LucasKanadeParameters:
    """How windows are placed and located; checked by benchmarks/repair.py."""

    presmoothing: float = 1.0
    """Sigma, in pixels, of the blur that takes noise off both pictures."""
    levels: int = 3
    """Levels of the pyramid, each half the size of the one before."""
    iterations: int = 5
    """Steps on each level, at most."""
    longest_step: float = 1.5
    """Pixels of the level that a step may have."""
    settled_percentage: float = 90
    """Percentage of the windows whose step must be shorter than `settled_step` for a level to be finished."""
    settled_step: float = 0.03
    """Pixels of the level."""
    half_sure_gradient: float = 25.0
    """Squared levels per pixel at which a window has a certainty of 0.5 along a direction."""
    gains: tuple[float, float] = (0.5, 2.0)
    """Least and largest gain of a window."""
    window_sigma: float = 0.7 * REACH
    """Sigma, in pixels, of the Gaussian weight over a window."""
    blur_variances: tuple[float, ...] = (0.0, 0.35, 0.7, 1.2, 2.0, 3.2, 5.0, 8.0)
    """Variances of blur, in squared pixels and rising, that the reference is compared under."""
    smallest_cell: int = 5
    """Pixels between windows, at least."""


@dataclass(frozen=True, slots=True, eq=False)
class WindowMatches:
    """Where a picture shows the windows of another."""

    shifts: Points
    """Displacements in pixels, (n, 2); 0 along directions in which a window has no texture."""
    correlation: FloatArray
    """Weighted correlation of what was found with the reference, -1..1: (n,)."""
    extra_blur: FloatArray
    """Variance, in squared pixels, of the blur that the picture has and the reference has not: (n,), 0 or more."""


class TrackedWindows:
    """Windows on `luma`, (rows, columns), whose centres lie in one of `parts`.

    parts: where windows may be placed, and about how many; every part is covered evenly.
    """

    def __init__(
        self,
        luma: FloatPlane,
        *parts: tuple[Mask, int],
        parameters: LucasKanadeParameters = LucasKanadeParameters(),
    ) -> None:
        self._parameters = parameters
        pyramid = self._pyramid(luma)
        tensor = StructureTensor.of(pyramid[0], 2 * REACH + 1)
        self._place(tensor.merit(), parts)
        self.certainty = tensor.certainty(self.centres, half_sure=parameters.half_sure_gradient)
        """0..1 along each direction: (n, 2, 2)."""
        y, x = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1].reshape(2, -1)
        weight = np.exp(-(x**2 + y**2) / (2 * parameters.window_sigma**2))
        self._weight = (weight / weight.sum()).astype(np.float32)
        self._offsets = np.stack([x, y], axis=1).astype(np.float32)
        self._references = [self._reference(picture, level) for level, picture in enumerate(pyramid)]
        at_rest = self._places(0, np.zeros(self.centres.shape, np.float32))
        self._blurred = [
            self._centred(blurred(pyramid[0], variance**0.5), at_rest) for variance in parameters.blur_variances
        ]

    def _place(self, merit: FloatPlane, parts: tuple[tuple[Mask, int], ...]) -> None:
        """Choose the windows: the best place in every cell of a grid, where the window lies within the picture."""
        self.part = np.zeros(0, np.intp)
        """Number of the part that each window belongs to: (n,)."""
        self.centres: Points = np.zeros((0, 2))
        """In pixel indices: (n, 2)."""
        rim = REACH + 2
        for number, (where, count) in enumerate(parts):
            inner = np.zeros_like(merit)
            inner[rim:-rim, rim:-rim] = np.where(where, merit, 0)[rim:-rim, rim:-rim]
            chosen = best_per_cell(inner, max(int((where.sum() / count) ** 0.5), self._parameters.smallest_cell))
            self.centres = np.concatenate([self.centres, chosen])
            self.part = np.concatenate([self.part, np.full(len(chosen), number)])

    def keep(self, chosen: NDArray[np.bool_]) -> None:
        """Drop all windows but the `chosen` ones, (n,)."""
        self.centres, self.part, self.certainty = self.centres[chosen], self.part[chosen], self.certainty[chosen]
        self._references = [tuple(part[chosen] for part in level) for level in self._references]
        self._blurred = [pixels[chosen] for pixels in self._blurred]

    def found_in(self, luma: FloatPlane, *, near: Points) -> WindowMatches:
        """Where `luma`, of the same shape, shows the windows, sought around displacements `near`, (n, 2) pixels."""
        pyramid = self._pyramid(luma)
        shifts = near.astype(np.float32)
        correlation: Samples = np.zeros(len(shifts), np.float32)
        for level in reversed(range(len(pyramid))):
            correlation = self._refined(pyramid[level], level, shifts)
        extra_blur = self._extra_blur(self._centred(pyramid[0], self._places(0, shifts)))
        return WindowMatches(shifts.astype(np.float64), correlation.astype(np.float64), extra_blur)

    def _refined(self, picture: FloatPlane, level: int, shifts: Samples) -> Samples:
        """Move `shifts`, in place, to where one level's picture agrees best, and return the correlation there, (n,)."""
        parameters = self._parameters
        pattern, across, down = self._references[level]
        xx, xy, yy = ((a * b) @ self._weight for a, b in ((across, across), (across, down), (down, down)))
        xx, yy = xx + 1, yy + 1
        determinant = xx * yy - xy * xy
        energy = (pattern * pattern) @ self._weight
        for _ in range(parameters.iterations):
            seen = self._centred(picture, self._places(level, shifts))
            common, own = (pattern * seen) @ self._weight, np.maximum((seen * seen) @ self._weight, 1e-3)
            residual = np.clip(common / own, *parameters.gains)[:, None] * seen - pattern
            by_x, by_y = (across * residual) @ self._weight, (down * residual) @ self._weight
            step = np.stack([xy * by_y - yy * by_x, xy * by_x - xx * by_y], axis=1) / determinant[:, None]
            length = np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-6)
            shifts += 2**level * step * np.minimum(parameters.longest_step / length, 1)
            if np.percentile(length, parameters.settled_percentage) < parameters.settled_step:
                break
        return np.asarray(common / np.sqrt(np.maximum(energy * own, 1e-3)), np.float32)

    def _extra_blur(self, seen: Samples) -> FloatArray:
        """The variance of blur under which the reference is most like `seen`, between those that are tried: (n,)."""
        correlations = []
        for reference in self._blurred:
            scale = ((reference * reference) @ self._weight) * ((seen * seen) @ self._weight)
            correlations.append(((reference * seen) @ self._weight) / np.sqrt(np.maximum(scale, 1e-3)))
        likeness = np.array(correlations, np.float64)
        variances = self._parameters.blur_variances
        best = likeness.argmax(axis=0)
        # A parabola through the best and its neighbours, in the number of the blur.
        inner, windows = np.clip(best, 1, len(variances) - 2), np.arange(len(best))
        before, here, after = (likeness[inner + step, windows] for step in (-1, 0, 1))
        curve = before - 2 * here + after
        off = np.where(curve < 0, np.clip(0.5 * (before - after) / np.minimum(curve, -1e-9), -1, 1), best - inner)
        return np.asarray(np.interp(inner + off, np.arange(len(variances)), variances))

    def _reference(self, picture: FloatPlane, level: int) -> tuple[Samples, ...]:
        """The windows' pixels less their mean, and their gradients: (n, pixels) each."""
        places = self._places(level, np.zeros((len(self.centres), 2), np.float32))
        across, down = (_sampled(gradient, places) for gradient in gradients(picture))
        return self._centred(picture, places), across, down

    def _places(self, level: int, shifts: Samples) -> _Places:
        """Indices of every window's pixels in the picture of a level: along x and along y, (n, pixels) each."""
        x, y = ((self.centres.astype(np.float32) + 0.5 + shifts) / 2**level - 0.5).astype(np.float32).T
        return x[:, None] + self._offsets[:, 0], y[:, None] + self._offsets[:, 1]

    def _centred(self, picture: FloatPlane, places: _Places) -> Samples:
        """The windows' pixels less their weighted mean: (n, pixels)."""
        seen = _sampled(picture, places)
        return np.asarray(seen - (seen @ self._weight)[:, None], np.float32)

    def _pyramid(self, luma: FloatPlane) -> list[FloatPlane]:
        pictures = [blurred(luma, self._parameters.presmoothing)]
        while len(pictures) < self._parameters.levels:
            pictures.append(np.asarray(cv2.pyrDown(pictures[-1]), np.float32))
        return pictures


def _sampled(picture: FloatPlane, places: _Places) -> Samples:
    """`picture` at indices along x and along y, (n, pixels) each, interpolated linearly: (n, pixels)."""
    x, y = places
    if not x.size:
        return x
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
