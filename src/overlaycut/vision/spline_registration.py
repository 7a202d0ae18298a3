"""Registration of a picture on a surface that bends: cloth, a body that turns, a balloon.

Places move by a tensor product of uniform cubic B-splines, whose coefficients are found by Gauss-Newton steps on the
difference of the two pictures (Szeliski and Coughlan, "Spline-based image registration", IJCV 1997), from coarse to
fine, held by the bending energy of the displacement (Rueckert et al., "Nonrigid registration using free-form
deformations", IEEE Trans. Medical Imaging 1999), which affine maps do not have. Pictures are normalised in a window
around each pixel, so that light falling on a body costs nothing, and differences count by Cauchy weights, so that what
passes in front of the surface costs little. Coordinates are pixels of the reference, OpenCV's convention.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.geometry import FloatArray
from overlaycut.vision.filters import FloatPlane, FlowField


@dataclass(frozen=True, slots=True, kw_only=True)
class SplineParameters:
    """The spline and how it is fitted; lengths in units of the registration's `scale`, the height of a letter.

    Set by part 8 of benchmarks/lettering.py: prints on bodies that turn, intact, melting and redrawn.
    """

    spacing: float = 0.45
    """Distance of control points: less follows strokes that melt, more does not follow wrinkles."""
    most_controls: int = 18
    """Control points along a side, at most."""
    stiffness: float = 0.05
    """Weight of the bending energy, per control point, against squared normalised differences of pixels."""
    magnitude: float = 0.05
    """Weight of the squared displacement of control points, in pixels, which holds those that no stroke is near."""
    damping: float = 1.0
    """Added to the diagonal of the normal equations."""
    blurs_px: tuple[float, ...] = (3.0, 1.5, 0.8)
    """Gaussian sigmas of the pictures, coarse to fine."""
    most_steps: tuple[int, ...] = (4, 5, 4)
    """Gauss-Newton steps with each, at most."""
    close_level: int = 1
    """The first of them where the start is close."""
    enough_px: float = 0.05
    """Largest change of a coefficient at which a level ends."""
    window: float = 1.7
    """Side of the window in which pictures are normalised."""
    noise_variance: float = 40.0
    """Squared levels that are added to the variance there."""
    outlier: float = 0.8
    """Normalised difference at which a pixel counts half."""
    most_pixels: int = 2500
    """Pixels with the strongest gradients that are compared."""


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """The reference at one blur, at the pixels that are compared."""

    blur: float
    most_steps: int
    pixels: NDArray[np.intp]
    """Places in the flattened picture, (n,)."""
    values: FloatPlane
    """Normalised levels there, (n,)."""
    basis: FloatPlane
    """What the sixteen control points around each adds to its displacement, (n, 16)."""
    controls: NDArray[np.intp]
    """Which of all coefficients, x and then y, those of each cell between control points are, (cells, 32)."""
    slots: NDArray[np.intp]
    """The place of each pixel in a table of its cell, cells after one another, (n,)."""
    pairs: NDArray[np.intp]
    """Where products of coefficients of each cell, x and y, lie in the normal matrix, (cells, 32, 32)."""
    most: int
    """Pixels in the cell with the most."""


class SplineRegistration:
    """Registers pictures with `reference`, (rows, columns), luma.

    scale: height of a letter, in pixels. weight: how much each pixel counts when pixels are chosen, of the same shape.
    origin: place of the reference's first pixel, x and y, in the pictures that are registered.
    """

    def __init__(
        self,
        reference: FloatPlane,
        *,
        scale: float,
        weight: FloatPlane,
        origin: tuple[float, float] = (0.0, 0.0),
        parameters: SplineParameters = SplineParameters(),
    ) -> None:
        self._parameters, self._scale = parameters, scale
        rows, columns = reference.shape
        counts = [self._intervals(side) for side in (rows, columns)]
        self._down, self._across = _basis(rows, counts[0]), _basis(columns, counts[1])
        grid = np.dstack(np.meshgrid(np.arange(columns), np.arange(rows))) + np.array(origin)
        self._grid: FlowField = grid.astype(np.float32)
        controls = (self._down.shape[1], self._across.shape[1])
        bending = parameters.stiffness * _bending_energy(*controls)
        self._energy = bending + parameters.magnitude * np.eye(len(bending))
        held = np.kron(np.eye(2), self._energy + parameters.damping * np.eye(len(bending)))
        self._held: FloatPlane = held.astype(np.float32)
        levels = zip(parameters.blurs_px, parameters.most_steps, strict=True)
        self._levels = [self._level(reference, weight, *level) for level in levels]

    @property
    def at_rest(self) -> FloatArray:
        """The coefficients of no displacement, (2, rows, columns): x and y of the control points."""
        return np.zeros((2, self._down.shape[1], self._across.shape[1]))

    def places(self, coefficients: FloatArray) -> FlowField:
        """Where each pixel of the reference lies, (rows, columns, 2), x and y."""
        moved = np.stack([self._down @ one @ self._across.T for one in coefficients], axis=-1)
        return self._grid + moved.astype(np.float32)

    def coefficients(self, places: FlowField) -> FloatArray:
        """The spline through `places`, (rows, columns, 2), by least squares."""
        moved = np.moveaxis(places - self._grid, -1, 0).astype(np.float64)
        down, across = np.linalg.pinv(self._down), np.linalg.pinv(self._across)
        return np.asarray(down @ moved @ across.T)

    def fitted(self, picture: FloatPlane, start: FloatArray, *, closely: bool = False) -> FloatArray:
        """The coefficients by which `picture` shows the reference, from `start` on.

        closely: whether `start` is close, so that the pictures need not be blurred much.
        """
        found = start
        for level in self._levels[self._parameters.close_level if closely else 0 :]:
            for _ in range(level.most_steps):
                step = self._step(level, picture, found)
                if step is None:
                    return found
                found = found + step
                if np.abs(step).max() < self._parameters.enough_px:
                    break
        return found

    def _step(self, level: _Level, picture: FloatPlane, at: FloatArray) -> FloatArray | None:
        """One Gauss-Newton step; None where there is no solution."""
        places = self.places(at)
        now = self._normalised(looked_up(picture, places), level.blur)
        slopes = self._slopes(now, places, level.pixels)
        off = level.values - now.ravel()[level.pixels]
        trust = 1 / (1 + (off / self._parameters.outlier) ** 2)
        jacobian = np.hstack([level.basis * (np.sqrt(trust) * slope)[:, None] for slope in slopes])
        normal, right = self._products(level, jacobian, np.sqrt(trust) * off)
        normal += self._held
        right -= np.concatenate([self._energy @ one.ravel() for one in at])
        solved, step = cv2.solve(normal, right[:, None], flags=cv2.DECOMP_CHOLESKY)
        return np.asarray(step, dtype=np.float64).reshape(at.shape) if solved else None

    def _products(self, level: _Level, jacobian: FloatPlane, off: FloatPlane) -> tuple[FloatArray, FloatArray]:
        """The normal matrix of `jacobian`, (n, 32), and its product with `off`, (n,).

        They are summed cell by cell, since pixels of one share their controls.
        """
        cells, size = len(level.pairs), len(self._held)
        tables = np.zeros((cells * level.most, 33), dtype=np.float32)
        tables[level.slots, :32], tables[level.slots, 32] = jacobian, off
        blocks = tables.reshape(cells, -1, 33)
        products = blocks[..., :32].transpose(0, 2, 1) @ blocks
        normal = np.bincount(level.pairs.ravel(), products[..., :32].ravel(), minlength=size * size)
        right = np.bincount(level.controls.ravel(), products[..., 32].ravel(), minlength=size)
        return np.asarray(normal.reshape(size, size), np.float64), np.asarray(right, np.float64)

    def _slopes(self, now: FloatPlane, places: FlowField, pixels: NDArray[np.intp]) -> tuple[FloatPlane, FloatPlane]:
        """The picture's gradient along its own x and y at `pixels` of the reference, (n,) each."""
        of_reference = [one.ravel()[pixels] for one in _derivatives(now)]
        (xx, xy), (yx, yy) = ([d.ravel()[pixels] for d in _derivatives(places[..., axis])] for axis in (0, 1))
        determinant = np.maximum(xx * yy - xy * yx, 0.2)
        along_x = (yy * of_reference[0] - yx * of_reference[1]) / determinant
        along_y = (xx * of_reference[1] - xy * of_reference[0]) / determinant
        return np.asarray(along_x, np.float32), np.asarray(along_y, np.float32)

    def _level(self, reference: FloatPlane, weight: FloatPlane, blur: float, most_steps: int) -> _Level:
        normalised = self._normalised(reference, blur)
        strength = (np.hypot(*_derivatives(normalised)) * weight).ravel()
        pixels = np.sort(np.argsort(-strength, kind="stable")[: self._parameters.most_pixels])
        rows, columns = np.divmod(pixels, reference.shape[1])
        (top, down), (left, across) = _nonzero(self._down[rows]), _nonzero(self._across[columns])
        basis = (down[:, :, None] * across[:, None, :]).reshape(-1, 16).astype(np.float32)
        width = self._across.shape[1]
        corners, cell = np.unique(top * width + left, return_inverse=True)
        around = (np.arange(4)[:, None] * width + np.arange(4)).ravel()
        count = self._down.shape[1] * width
        of_cells = _both(corners[:, None] + around, count)
        pairs = of_cells[:, :, None] * len(self._held) + of_cells[:, None, :]
        in_order = np.argsort(cell, kind="stable")
        rank = np.empty(len(cell), dtype=np.intp)
        counts = np.bincount(cell)
        rank[in_order] = np.arange(len(cell)) - np.repeat(np.cumsum(counts) - counts, counts)
        slots = cell * counts.max() + rank
        values = normalised.ravel()[pixels]
        return _Level(blur, most_steps, pixels, values, basis, of_cells, slots, pairs, int(counts.max()))

    def _normalised(self, picture: FloatPlane, blur: float) -> FloatPlane:
        soft = cv2.GaussianBlur(picture, (0, 0), blur)
        side = round(self._parameters.window * self._scale) | 1
        mean = cv2.boxFilter(soft, -1, (side, side))
        variance = np.maximum(cv2.boxFilter(soft * soft, -1, (side, side)) - mean * mean, 0)
        return np.asarray((soft - mean) / np.sqrt(variance + self._parameters.noise_variance), dtype=np.float32)

    def _intervals(self, side: int) -> int:
        return int(np.clip(round(side / (self._parameters.spacing * self._scale)), 1, self._parameters.most_controls))


def looked_up(picture: cv2.typing.MatLike, places: FlowField) -> FloatPlane:
    """The levels of `picture` at `places`, (rows, columns, 2); beyond its border those of the border."""
    x, y = (np.ascontiguousarray(places[..., axis]) for axis in (0, 1))
    found = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, dtype=np.float32)


def _derivatives(plane: cv2.typing.MatLike) -> tuple[FloatPlane, FloatPlane]:
    """Along x and along y, per pixel, by Sobel's kernels."""
    contiguous = np.ascontiguousarray(plane, dtype=np.float32)
    x, y = (cv2.Sobel(contiguous, cv2.CV_32F, dx, 1 - dx, ksize=3, scale=1 / 8) for dx in (1, 0))
    return np.asarray(x, np.float32), np.asarray(y, np.float32)


def _both(controls: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """The places of coefficients, x and then y, of `controls`, (..., 16), of which there are `count`; (..., 32)."""
    return np.concatenate([controls, controls + count], axis=-1)


def _nonzero(basis: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """The first of the four control points that act on each of `basis`, (n, controls), and how much they do, (n, 4)."""
    first = np.clip((basis > 0).argmax(axis=1), 0, basis.shape[1] - 4)
    return first, np.take_along_axis(basis, first[:, None] + np.arange(4), axis=1)


def _basis(samples: int, intervals: int) -> FloatArray:
    """Values of uniform cubic B-splines over `samples` pixels, (samples, intervals + 3)."""
    at = np.linspace(0, intervals, samples)
    first = np.minimum(at.astype(int), intervals - 1)
    t = at - first
    values = np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=1) / 6
    basis = np.zeros((samples, intervals + 3))
    for k in range(4):
        basis[np.arange(samples), first + k] = values[:, k]
    return basis


def _bending_energy(down: int, across: int) -> FloatArray:
    """Second differences of a grid of coefficients as a quadratic form, (down * across, down * across)."""
    once, twice = ([np.diff(np.eye(n), order, axis=0) for n in (down, across)] for order in (1, 2))
    grams = [[d.T @ d for d in each] for each in (once, twice)]
    (slope_down, slope_across), (bend_down, bend_across) = grams
    energy = np.kron(np.eye(down), bend_across) + np.kron(bend_down, np.eye(across))
    return np.asarray(energy + 2 * np.kron(slope_down, slope_across), dtype=np.float64)
