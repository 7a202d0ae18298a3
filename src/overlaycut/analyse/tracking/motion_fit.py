"""Planar motion of a patch from the displacements of its feature points.

To first order a homography moves points by eight modes: shift, two stretches and keystone for x, and the same for y
(`core.geometry.planar_modes`). They are fitted by iteratively reweighted least squares with Cauchy weights whose scale
shrinks, under a weak prior that holds shear and perspective to the prediction where points are few.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.tracking.parameters import MotionFitParameters
from overlaycut.analyse.tracking.patch import PatchLayout, ReferencePatch
from overlaycut.analyse.tracking.plane_geometry import jacobian, texture_length
from overlaycut.analyse.tracking.point_weights import PointWeights
from overlaycut.core.geometry import FloatArray, Homography, Points, planar_modes
from overlaycut.vision.statistics import weighted_median

_SQUEEZE, _SHEAR = np.array([0, 1, 0, 0, 0, 0, -1, 0]) / np.sqrt(2), np.array([0, 0, 1, 0, 0, 1, 0, 0]) / np.sqrt(2)
"""Unit combinations of the eight modes."""


@dataclass(frozen=True, slots=True, eq=False)
class MotionFit:
    """One fitted planar motion."""

    corner_shifts: Points
    """Displacements of the text's corners, (4, 2)."""
    residuals: FloatArray
    """Distance of each point from the fit along its texture, (n,)."""
    normal_matrix: FloatArray
    """Normal equations of the eight modes, (8, 8)."""
    coherence: float
    """How far the text's points move as one, 0..1."""


class PlanarMotionModel:
    """Fits planar motion to displacements of a reference's feature points."""

    def __init__(self, layout: PatchLayout, reference: ReferencePatch, *, parameters: MotionFitParameters) -> None:
        self._parameters = parameters
        self._layout, self._reference = layout, reference
        self._at_points, self._at_corners = self._basis(reference.points), self._basis(layout.corners)
        self._weighed = reference.texture @ self._at_points
        """The modes under the metric of each point's certainty, (n, 2, 8)."""
        self._products = (self._at_points.transpose(0, 2, 1) @ self._weighed).reshape(-1, 64)
        """What each point adds to the normal equations at full weight, (n, 64)."""
        self._prior = np.diag([*parameters.prior, *parameters.prior])
        self._stiff_prior = (
            self._prior
            + parameters.aspect_prior * (np.outer(_SQUEEZE, _SQUEEZE) + np.outer(_SHEAR, _SHEAR))
            + np.diag([0, 0, 0, parameters.keystone_prior, 0, 0, 0, parameters.keystone_prior])
        )

    def fit(self, shifts: Points, found: NDArray[np.bool_], weights: PointWeights) -> MotionFit | None:
        """The motion that explains the `shifts`, (n, 2), of the points that were `found`, (n,); None without enough.

        What is beside the text may be another surface that moves at its own pace; strokes may melt, but then they part.
        So the text leads while its points move as one, and the points beside it gain or lose weight by that; once the
        strokes part, the points that have kept their weight lead.
        """
        limits, on_text = self._parameters, self._reference.on_text
        if found.sum() < limits.least_points:
            return None
        weight = weights.values**2 * found
        coherence = self._coherence(shifts, found)
        text_leads = weights.text_leads(coherence)
        if text_leads:
            weight[on_text] = limits.lead_weight * found[on_text]
        elif weight[~on_text].sum() > limits.least_surface_weight:
            weight[on_text] *= limits.led_weight
        solution = self._modes(shifts, weight, self._prior if text_leads else self._stiff_prior)
        if solution is None:
            return None
        modes, normal = solution
        return MotionFit(self._at_corners @ modes, self._residuals(shifts, modes), normal, coherence)

    def information(self, to_picture: Homography, normal_matrix: FloatArray) -> FloatArray:
        """Inverse covariance of the corners in the picture, (8, 8), from the modes' normal equations on the patch."""
        basis = self._at_corners.reshape(8, 8)
        turn = np.zeros((8, 8))
        for k, (x, y) in enumerate(self._layout.corners):
            turn[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = jacobian(to_picture, x, y)
        forward = turn @ basis
        try:
            back = np.linalg.inv(forward)
        except np.linalg.LinAlgError:
            return np.zeros((8, 8))
        return np.asarray(back.T @ (normal_matrix / self._parameters.point_sigma_px**2) @ back)

    def _coherence(self, shifts: Points, found: NDArray[np.bool_]) -> float:
        """Share of the text's points that one planar motion of their own explains; 0 when few were found."""
        on_text = np.where(self._reference.on_text, found, 0.0)
        if on_text.sum() < self._parameters.lead_points:
            return 0.0
        alone = self._modes(shifts, on_text, self._prior)
        if alone is None:
            return 0.0
        off = self._residuals(shifts, alone[0])
        agreeing = (on_text / (1 + (off / self._parameters.agreement_px) ** 2)).sum()
        return float(agreeing / max(np.count_nonzero(self._reference.on_text), 1))

    def _modes(self, shifts: Points, weight: FloatArray, prior: FloatArray) -> tuple[FloatArray, FloatArray] | None:
        """The eight modes that explain `shifts` best, and their normal equations."""
        modes: FloatArray = np.zeros(8)
        right_sides = (self._weighed.transpose(0, 2, 1) @ shifts[..., None])[..., 0]
        modes[0], modes[4] = (weighted_median(shifts[:, k], weight) for k in (0, 1))
        normal = np.zeros((8, 8))
        for scale in self._parameters.scales_px:
            robust = weight / (1 + (self._residuals(shifts, modes) / scale) ** 2)
            normal = (robust @ self._products).reshape(8, 8)
            # A tenth of the time that NumPy takes over so small a system, which the prior makes positive definite.
            solved, found = cv2.solve(
                normal + prior * self._parameters.point_sigma_px**2,
                (robust @ right_sides)[:, None],
                flags=cv2.DECOMP_CHOLESKY,
            )
            if not solved:
                return None
            modes = np.asarray(found, dtype=np.float64).ravel()
        return modes, np.asarray(normal)

    def _residuals(self, shifts: Points, modes: FloatArray) -> FloatArray:
        return texture_length(shifts - self._at_points @ modes, self._reference.texture)

    def _basis(self, points: Points) -> FloatArray:
        """The eight modes at `points`, (n, 2, 8), in units of the text's half width or height."""
        corners = self._layout.corners
        centre, half = corners.mean(axis=0), np.array(self._layout.text_size) / 2
        reach = max(half)
        return planar_modes(*((points - centre) / reach).T)
