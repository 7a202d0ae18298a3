"""Alignment of a region's plane by all pixels that go with it, but the lettering.

Windows see what is around them: beside the rim of a label they see the ground behind as well, which moves by itself. So
where windows are too few, single pixels are chosen that keep their level while the lettering is intact; afterwards the
plane is aligned by these alone: Gauss-Newton steps of a planar motion, gain and offset with robust weights (inverse
compositional, Baker and Matthews, Lucas-Kanade 20 years on, 2004).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import FloatArray, Quad
from overlaycut.vision.components import connected_to
from overlaycut.vision.deformation import PLANAR, beside, modes
from overlaycut.vision.filters import FloatPlane, blurred, dilated
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
    blur_variances: tuple[float, ...] = (0.0, 0.5, 1.2, 2.2, 3.6, 5.5, 8.0)
    """Variances of blur, in squared pixels, around which the frame's is sought."""
    near_by: float = 0.6
    """Distance from the lettering, in its longer sides, at which a pixel counts by half."""
    steps_px: tuple[float, ...] = (4.0, 1.0, 1.0, 0.4) * 2
    """Standard deviation of each planar mode between where a frame is sought and where it is, in pixels."""
    bounds_px: int = 5
    """Width of the edges that bound the plain surface on which the lettering stands: its rim, or its outline."""
    beyond: float = 0.05
    """Weight of pixels beyond these: much of a ground goes with the surface for a while."""
    memory: float = 0.8
    """Share of a pixel's trust that its agreement in one more frame leaves as it was: what moves by itself, but no
    farther than allowed while the lettering was intact, loses it frame by frame."""
    clear_px: int = 4
    """Distance from what moves by itself within which a pixel tells nothing of blur."""
    alike: float = 20.0
    """Neighbouring pixels whose errors are one: by these the information is divided."""


@dataclass(frozen=True, slots=True, eq=False)
class PlaneFit:
    """How one frame shows the plane."""

    strengths: FloatArray
    """Planar modes by which it lies off its track, (8,)."""
    information: FloatArray
    """Inverse covariance of these, (8, 8)."""
    likeness: float
    """Correlation of the pixels with the reference, -1..1."""
    blur: float | None
    """Variance, in squared pixels, of the blur that the frame has beside the reference; None where too few pixels
    tell."""


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
        plain = connected_to(~tells | lettering, lettering)
        self._bounds = dilated(plain, parameters.bounds_px)
        self._anchor = self._pixels(tells & lettering)
        self._chosen: _Pixels | None = None
        self._trust: FloatArray | None = None
        self._blur = 0.0
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
        softer = []
        for variance in self._parameters.blur_variances:
            plane = blurred(self._reference, variance**0.5)
            # A Gaussian of a little variance more adds half of that times the Laplacian (the heat equation).
            more = cv2.Laplacian(plane, cv2.CV_32F, ksize=1) / 2
            softer.append((variance, plane[rows, columns].astype(np.float64), more[rows, columns].astype(np.float64)))
        near = 1 / (1 + (beside(points, self._rectangle) / self._parameters.near_by) ** 2)
        near[~self._bounds[rows, columns]] *= self._parameters.beyond
        moving = np.einsum("ni,nij->nj", slopes, moves)
        return _Pixels((rows, columns), due, moving, tuple(softer), near, np.ones(len(due), np.bool_))

    def learn(self, read: Callable[[FloatArray], FloatPlane], starts: Sequence[FloatArray]) -> PlaneFit | None:
        """Align a frame with intact lettering by that, and take in which pixels go with it. See `aligned`."""
        if self._anchor is None:
            return None
        fit, _ = self._fitted(self._anchor, read, starts, np.ones(len(self._anchor.due)))
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
            steady = change < self._tolerance() ** 2 * self._energy
            self._chosen = self._pixels(self._beside & steady)
            if self._chosen is not None:
                # A pixel beside another surface mixes with that where the frame is soft: it does not tell how soft.
                clear = ~dilated(self._beside & ~steady, self._parameters.clear_px)
                self._chosen = replace(self._chosen, clear=clear[self._chosen.at])
            self._learnt = 0
        return self._chosen is not None

    def _tolerance(self) -> FloatPlane:
        """Movement of its own that a patch may have, in pixels: the farther from the lettering, the less is known."""
        rows, columns = self._reference.shape
        x, y = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
        away = beside(np.column_stack([x.ravel(), y.ravel()]), self._rectangle).reshape(rows, columns)
        limits = self._parameters
        return np.asarray(limits.steady_px * (1 + limits.steady_growth * away), np.float32)

    def aligned(self, read: Callable[[FloatArray], FloatPlane], starts: Sequence[FloatArray]) -> PlaneFit:
        """How a frame shows the plane.

        read: the plane as the frame shows it under given strengths. starts: strengths from which it may be sought; the
        one under which the frame is most like the reference is.
        """
        assert self._chosen is not None  # `choose` found pixels
        trust = np.ones(len(self._chosen.due)) if self._trust is None else self._trust
        fit, agrees = self._fitted(self._chosen, read, starts, trust)
        kept = self._parameters.memory
        self._trust = kept * trust + (1 - kept) * agrees
        return fit

    def _fitted(
        self,
        pixels: _Pixels,
        read: Callable[[FloatArray], FloatPlane],
        starts: Sequence[FloatArray],
        trust: FloatArray,
    ) -> tuple[PlaneFit, FloatArray]:
        """The fit of one frame, and how far each pixel agrees with it, (n,), 0..1."""
        limits, jacobian = self._parameters, pixels.jacobian
        prior = pixels.near * trust**2

        def levels(strengths: FloatArray) -> FloatArray:
            return np.asarray(blurred(read(strengths), limits.presmoothing)[pixels.at], np.float64)

        start, now = max(
            ((one, levels(one)) for one in starts), key=lambda found: _correlation(found[1], pixels.due, prior)
        )
        strengths, agrees, information, blur = start, np.ones(len(pixels.due)), np.eye(PLANAR), self._blur
        held = np.diag(1 / np.square(limits.steps_px))
        for _ in range(limits.iterations):
            off, blur = pixels.errors(now, prior * agrees, blur)
            # 1.4826 times the median absolute deviation is the standard deviation of a normal distribution.
            scale = max(limits.scale * 1.4826 * _weighted_median(np.abs(off), prior), limits.least_scale)
            agrees = 1 / (1 + (off / scale) ** 2) ** 2
            weight = prior * agrees
            noise = float((weight * off**2).sum() / max(weight.sum(), 1)) + 1.0
            weight = weight / (noise * limits.alike)
            information = jacobian.T @ (weight[:, None] * jacobian)
            pull = jacobian.T @ (weight * off) + held @ (strengths - start)
            step = -np.linalg.solve(information + held, pull)
            strengths = strengths + step
            now = levels(strengths)
            if np.abs(self._corners @ step).max() < limits.settled_px:
                break
        self._blur = blur
        likeness = _correlation(now, pixels.due, prior)
        return PlaneFit(strengths, information, likeness, pixels.blur_of(now, prior * agrees, blur)), agrees


@dataclass(frozen=True, slots=True, eq=False)
class _Pixels:
    """Pixels by which the plane is aligned."""

    at: tuple[NDArray[np.intp], NDArray[np.intp]]
    """Rows and columns."""
    due: FloatArray
    """Their levels in the reference, (n,)."""
    jacobian: FloatArray
    """Change of the level by each mode, (n, 8)."""
    softer: tuple[tuple[float, FloatArray, FloatArray], ...]
    """Variances of blur, in squared pixels; the levels under each, and their change with the variance: (n,) each."""
    near: FloatArray
    """Weight of each pixel by its place, (n,), 0..1."""
    clear: NDArray[np.bool_]
    """Which tell of blur, (n,)."""

    def errors(self, now: FloatArray, weight: FloatArray, blur: float) -> tuple[FloatArray, float]:
        """How far `now`, (n,), is off the reference under the best gain, offset and blur, in its levels; that blur.

        weight: of each pixel, (n,). blur: a variance that is about right.
        """
        variance, levels, more = min(self.softer, key=lambda one: abs(one[0] - blur))
        columns = np.column_stack([levels, more, np.ones_like(levels)])
        weighed = weight[:, None] * columns
        products = columns.T @ weighed + 1e-6 * np.eye(3)
        gain, change, offset = np.linalg.solve(products, weighed.T @ now)
        gain = min(max(float(gain), 0.5), 2.0)
        beyond = min(max(float(change) / gain, -0.6), 1.5)
        return np.asarray((now - offset) / gain - levels - beyond * more), max(variance + beyond, 0.0)

    def blur_of(self, now: FloatArray, weight: FloatArray, blur: float) -> float | None:
        """The variance of blur by which the levels in the reference come nearest to `now`, as `errors` takes them.

        Least squares have no bias from the noise of `now`, as the largest correlation has. None where too few pixels
        tell.
        """
        weight = weight * self.clear
        return None if weight.sum() < 10 * PLANAR else self.errors(now, weight, blur)[1]


def _local_mean(plane: FloatPlane, parameters: AlignmentParameters) -> FloatPlane:
    return np.asarray(cv2.boxFilter(plane, -1, (parameters.patch_px,) * 2), np.float32)


def _weighted_median(values: FloatArray, weight: FloatArray) -> float:
    order = np.argsort(values)
    total = np.cumsum(weight[order])
    return float(values[order[min(int(np.searchsorted(total, total[-1] / 2)), len(values) - 1)]])


def _correlation(now: FloatArray, due: FloatArray, weight: FloatArray) -> float:
    """Weighted correlation of two lists of levels, -1..1; 0 where one of them is even."""
    total = max(float(weight.sum()), 1e-6)
    a, b = now - float(weight @ now) / total, due - float(weight @ due) / total
    spread = float(weight @ a**2) * float(weight @ b**2)
    return float(weight @ (a * b)) / spread**0.5 if spread > 1e-6 else 0.0
