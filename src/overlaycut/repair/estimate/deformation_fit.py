"""One deformation per frame that explains the displacements of tracked windows, robustly and smoothly over time.

Iteratively reweighted least squares with Cauchy weights (Holland and Welsch, Robust regression using iteratively
reweighted least-squares, 1977) while their scale shrinks; all frames are solved together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import FloatArray
from overlaycut.vision.deformation import BENT, PLANAR
from overlaycut.vision.smoothing import smooth_trajectory


@dataclass(frozen=True, slots=True, kw_only=True)
class FitParameters:
    """Scales of the fit, in pixels of the region's plane; checked by benchmarks/repair.py."""

    window_error_px: float = 0.6
    """Standard deviation of one window's displacement; its neighbours' errors are alike, which this allows for."""
    scales_px: tuple[float, ...] = (4.0, 2.0, 1.2, 0.8, 0.6, 0.6, 0.6, 0.6)
    """Disagreement at which a window's weight is halved, iteration by iteration."""
    intact_scale_px: float = 0.3
    """The same for what has to move with lettering that is intact."""
    membership: tuple[float, float] = (0.4, 0.8)
    """Mean agreement at which a window is taken to lie on the surface not at all and for certain, 0..1."""
    distorted_weight: float = 0.01
    """Weight of a window on lettering that is distorted: it may still tell two surfaces apart."""
    near_by: float = 0.6
    """Distance from the lettering, in its longer sides, at which a window counts by half."""
    bending_reach: float = 0.35
    """Distance from the lettering, in its longer sides, within which windows decide whether it bends."""
    bending_gain: float = 0.8
    """Share of the disagreement of withheld windows that bending must leave, at most, to be believed."""
    parts: int = 6
    """Parts of the clip in each of which a window must agree."""
    least_part: int = 6
    """Frames of such a part, at least."""
    mode_changes: tuple[float, ...] = (*(0.06, 0.02, 0.02, 0.008) * 2, *(0.02,) * BENT)
    """Standard deviation of each mode's acceleration, in pixels per frame²."""
    mode_sizes: tuple[float, ...] = (*(15.0, 8.0, 8.0, 5.0) * 2, *(5.0,) * BENT)
    """Standard deviation of each mode: the error of a track and the deformation of a surface, in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class WindowEvidence:
    """Displacements of n windows over some frames, on the region's plane."""

    basis: FloatArray
    """Displacement of each window by each mode of strength 1, (n, 2, modes)."""
    certainty: FloatArray
    """Texture of each window, (n, 2, 2)."""
    shifts: FloatArray
    """(frames, n, 2), pixels."""
    trust: FloatArray
    """(frames, n), 0..1."""
    intact: Mask
    """Which windows show in which frames what the reference shows, (frames, n)."""
    own: Mask
    """Which windows lie on the lettering itself, (n,)."""
    beside: FloatArray
    """Distance of each window from the lettering, (n,), in its longer sides."""


class DeformationFit:
    """A fit of deformation modes to windows."""

    def __init__(self, evidence: WindowEvidence, parameters: FitParameters = FitParameters()) -> None:
        self.evidence, self._parameters = evidence, parameters
        basis, certainty = evidence.basis, evidence.certainty
        self._weighed = np.einsum("nij,njk->nik", certainty, basis)
        self._products = np.einsum("nji,njk->nik", basis, self._weighed)
        self._close = np.flatnonzero(evidence.beside < parameters.bending_reach)
        nearness = 1 / (1 + (evidence.beside / parameters.near_by) ** 2)
        intact = np.where(evidence.intact, 1.0, parameters.distorted_weight)
        self.information = nearness * evidence.trust * intact / parameters.window_error_px**2
        """How much each window counts before the fit, (frames, n)."""

    def fitted(self, count: int, *, without: NDArray[np.intp] | None = None) -> tuple[FloatArray, FloatArray]:
        """The first `count` modes' strengths, (frames, count), and how surely each window is on the surface, 0..1.

        without: windows that are withheld.
        """
        own = self.evidence.own
        member = np.where(own, 1.0, 0.5)
        strengths = np.zeros((len(self.evidence.shifts), count))
        for step, scale in enumerate(self._parameters.scales_px):
            residuals = self._residuals(strengths)
            if step:
                member = self._membership(residuals, scale)
            weights = member.copy()
            if without is not None:
                weights[without] = 0
            strengths = self._solved(weights / (1 + (residuals / scale) ** 2), count)
        return strengths, member

    def bends(self, *, own_only: bool = False) -> bool:
        """Whether bending that half of the windows ask for explains the other half better, on it or beside.

        Only what is intact is asked, and beside the lettering what goes with it: letters that melt together, or a
        ground, would pass for a surface that bends. own_only: ask the windows on the lettering alone.
        """
        left = np.zeros((2, 2))
        asked = self.information * self.evidence.intact
        for withheld in (self._close[::2], self._close[1::2]):
            flat, member = self.fitted(PLANAR, without=withheld)
            bent, _ = self.fitted(PLANAR + BENT, without=withheld)
            for place, strengths in enumerate((flat, bent)):
                residuals = self._residuals(strengths)[:, withheld] / self._parameters.scales_px[-1]
                misses = (asked[:, withheld] * np.log1p(residuals**2)).sum(axis=0)
                left[place] += misses[self.evidence.own[withheld]].sum(), misses @ member[withheld]
        gains = left[1] < self._parameters.bending_gain * left[0]
        return bool(gains[0] if own_only else gains.any())

    def _membership(self, residuals: FloatArray, scale: float) -> FloatArray:
        """How surely each window lies on the surface: at all times, and tightly while the lettering is intact."""
        evidence, limits = self.evidence, self._parameters
        anchored = evidence.trust * evidence.intact[:, evidence.own].any(axis=1, keepdims=True)
        tight = self._agreement(anchored, residuals, min(scale, limits.intact_scale_px))
        agreement = np.minimum(tight, self._agreement(evidence.trust, residuals, scale))
        low, high = limits.membership
        return np.where(evidence.own, 1.0, np.clip((agreement - low) / (high - low), 0.01, 1) ** 2)

    def _agreement(self, trust: FloatArray, residuals: FloatArray, scale: float) -> FloatArray:
        """How far each window agrees, (n,), in the part of the clip in which it does least."""
        length = max(len(residuals) // self._parameters.parts, self._parameters.least_part)
        parts = np.arange(0, len(residuals), length)
        weight = np.add.reduceat(trust, parts, axis=0)
        agreed = np.add.reduceat(trust / (1 + (residuals / scale) ** 2), parts, axis=0)
        return np.asarray(np.where(weight > 1, agreed / np.maximum(weight, 1e-3), 1.0).min(axis=0))

    def _residuals(self, strengths: FloatArray) -> FloatArray:
        """Distance of every window from where `strengths` put it, in the directions of its texture: (frames, n)."""
        evidence = self.evidence
        left = evidence.shifts - np.einsum("nij,tj->tni", evidence.basis[..., : strengths.shape[1]], strengths)
        return np.asarray(np.sqrt(np.maximum(np.einsum("tni,nij,tnj->tn", left, evidence.certainty, left), 0)))

    def _solved(self, agreement: FloatArray, count: int) -> FloatArray:
        weight = self.information * agreement
        information = np.einsum("tn,nij->tij", weight, self._products[:, :count, :count])
        vector = np.einsum("tn,nij,tni->tj", weight, self._weighed[..., :count], self.evidence.shifts)
        changes, sizes = (
            np.array(values[:count]) for values in (self._parameters.mode_changes, self._parameters.mode_sizes)
        )
        return smooth_trajectory(
            information + np.diag(1 / sizes**2), vector, acceleration_precision=np.diag(1 / changes**2)
        )
