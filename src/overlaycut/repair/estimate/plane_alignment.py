"""Alignment of a region's plane by all pixels that go with it, but the lettering.

Windows see what is around them: beside the rim of a label they see the ground behind as well, which moves by itself. So
where windows are too few, single pixels are chosen that keep their level while the lettering is intact; afterwards the
plane is aligned by these alone: Gauss-Newton steps of a planar motion, gain and offset with robust weights (inverse
compositional, Baker and Matthews, Lucas-Kanade 20 years on, 2004).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import FloatArray, Quad
from overlaycut.vision.deformation import PLANAR, beside, modes
from overlaycut.vision.filters import FloatPlane, blurred
from overlaycut.vision.structure_tensor import gradients


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignmentParameters:
    """Pixels, steps and weights of an alignment; set by benchmarks/repair.py --labels (errors of corners)."""

    presmoothing: float = 1.0
    """Sigma, in pixels, of the blur that takes noise off both pictures."""
    least_gradient: float = 3.0
    """Levels per pixel from which a pixel tells of a motion."""
    patch_px: int = 5
    """Side of the patch over which the change of a pixel is averaged."""
    steady_px: float = 0.3
    """Movement of its own, while the lettering is intact, at which a patch no longer goes with it."""
    steady_growth: float = 1.0
    """Growth of that with the distance from the lettering, per longer side of it."""
    steady_levels: float = 2.0
    """Change in levels that is taken for noise."""
    most_pixels: int = 12_000
    """Pixels that are used, at most."""
    least_frames: int = 3
    """Frames with intact lettering, at least."""
    iterations: int = 4
    """Steps per frame, at most."""
    settled_px: float = 0.02
    """Movement of a corner in a step below which a frame is done."""
    scale: float = 3.0
    """Standard deviations at which a pixel's weight is a quarter."""
    least_scale: float = 3.0
    """The same in levels, at least."""
    alike: float = 20.0
    """Neighbouring pixels whose errors are one: by these the information is divided."""


@dataclass(frozen=True, slots=True, eq=False)
class PlaneFit:
    """How one frame shows the plane."""

    strengths: FloatArray
    """Planar modes by which it lies off its track, (8,)."""
    information: FloatArray
    """Inverse covariance of these, (8, 8)."""


class PlaneAlignment:
    """Alignment with one reference.

    reference: luma on the plane, (rows, columns). rectangle: of the lettering on it. excluded: pixels on which nothing
    is relied once it breaks, those of lettering.
    """

    def __init__(
        self,
        reference: FloatPlane,
        rectangle: Quad,
        *,
        lettering: Mask,
        excluded: Mask,
        parameters: AlignmentParameters = AlignmentParameters(),
    ) -> None:
        self._parameters = parameters
        self._reference = blurred(reference, parameters.presmoothing)
        self._corners = modes(rectangle.array(), rectangle)[..., :PLANAR]
        across, down = gradients(self._reference)
        steep = np.hypot(across, down)
        tells = steep >= parameters.least_gradient
        self._rectangle, self._slopes = rectangle, (across, down)
        self._beside = tells & ~excluded
        self._energy = _local_mean(steep**2, parameters)
        self._anchor = self._pixels(tells & lettering)
        self._chosen: _Pixels | None = None
        self._change = np.zeros_like(self._reference)
        self._learnt = 0.0

    def _pixels(self, mask: Mask) -> _Pixels | None:
        """Those of `mask`, or every so many of them; None where there are hardly any."""
        rows, columns = np.nonzero(mask)
        if len(rows) < 10 * PLANAR:
            return None
        step = -(-len(rows) // self._parameters.most_pixels)
        rows, columns = rows[::step], columns[::step]
        points = np.column_stack([columns, rows]).astype(np.float64) + 0.5
        moves = modes(points, self._rectangle)[..., :PLANAR]
        slopes = np.column_stack([plane[rows, columns] for plane in self._slopes]).astype(np.float64)
        due = self._reference[rows, columns].astype(np.float64)
        return _Pixels((rows, columns), due, np.einsum("ni,nij->nj", slopes, moves))

    def learn(self, read: Callable[[FloatArray], FloatPlane], start: FloatArray) -> PlaneFit | None:
        """Align a frame with intact lettering by that, and take in which pixels go with it. See `aligned`."""
        if self._anchor is None:
            return None
        fit = self._fitted(self._anchor, read, start)
        now = blurred(read(fit.strengths), self._parameters.presmoothing)
        due = self._reference
        off = now - due - (np.median((now - due)[self._anchor.at]))
        # What moves by itself is farthest off in the end.
        self._learnt += 1
        self._change += self._learnt * _local_mean(off**2, self._parameters)
        return fit

    def choose(self) -> bool:
        """Choose the pixels that went with the lettering; whether there are any."""
        limits, count = self._parameters, self._learnt
        if self._chosen is None and count >= limits.least_frames:
            change = self._change / (count * (count + 1) / 2) - limits.steady_levels**2
            self._chosen = self._pixels(self._beside & (change < self._tolerance() ** 2 * self._energy))
            self._learnt = 0
        return self._chosen is not None

    def _tolerance(self) -> FloatPlane:
        """Movement of its own that a patch may have, in pixels: the farther from the lettering, the less is known."""
        rows, columns = self._reference.shape
        x, y = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
        away = beside(np.column_stack([x.ravel(), y.ravel()]), self._rectangle).reshape(rows, columns)
        limits = self._parameters
        return np.asarray(limits.steady_px * (1 + limits.steady_growth * away), np.float32)

    def aligned(self, read: Callable[[FloatArray], FloatPlane], start: FloatArray) -> PlaneFit:
        """How a frame shows the plane. read: the plane as the frame shows it under given strengths."""
        assert self._chosen is not None  # `choose` found pixels
        return self._fitted(self._chosen, read, start)

    def _fitted(self, pixels: _Pixels, read: Callable[[FloatArray], FloatPlane], start: FloatArray) -> PlaneFit:
        limits, jacobian = self._parameters, pixels.jacobian
        strengths, weight = start.copy(), np.ones(len(pixels.due))
        noise, information = 1.0, np.eye(PLANAR)
        for _ in range(limits.iterations):
            now = blurred(read(strengths), limits.presmoothing)[pixels.at].astype(np.float64)
            off = _relit(now, pixels.due, weight) - pixels.due
            # 1.4826 times the median absolute deviation is the standard deviation of a normal distribution.
            scale = max(limits.scale * 1.4826 * float(np.median(np.abs(off))), limits.least_scale)
            weight = 1 / (1 + (off / scale) ** 2) ** 2
            information = jacobian.T @ (weight[:, None] * jacobian)
            held = information + 1e-6 * np.trace(information) * np.eye(PLANAR)
            step = -np.linalg.solve(held, jacobian.T @ (weight * off))
            strengths = strengths + step
            noise = float((weight * off**2).sum() / max(weight.sum(), 1)) + 1.0
            if np.abs(self._corners @ step).max() < limits.settled_px:
                break
        return PlaneFit(strengths, information / (noise * limits.alike))


@dataclass(frozen=True, slots=True, eq=False)
class _Pixels:
    """Pixels by which the plane is aligned."""

    at: tuple[NDArray[np.intp], NDArray[np.intp]]
    """Rows and columns."""
    due: FloatArray
    """Their levels in the reference, (n,)."""
    jacobian: FloatArray
    """Change of the level by each mode, (n, 8)."""


def _local_mean(plane: FloatPlane, parameters: AlignmentParameters) -> FloatPlane:
    return np.asarray(cv2.boxFilter(plane, -1, (parameters.patch_px,) * 2), np.float32)


def _relit(now: FloatArray, due: FloatArray, weight: FloatArray) -> FloatArray:
    """`now` under the gain and offset that bring it nearest to `due`."""
    total = max(float(weight.sum()), 1e-6)
    mean, wanted = float(weight @ now) / total, float(weight @ due) / total
    spread = float(weight @ (now - mean) ** 2)
    gain = float(weight @ ((now - mean) * (due - wanted))) / max(spread, 1e-6)
    return np.asarray(min(max(gain, 0.5), 2.0) * (now - mean) + wanted)
