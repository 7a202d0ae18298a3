"""One smooth trajectory of the corners through all observations of a surface."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from overlaycut.analyse.tracking.observation import TrackObservation
from overlaycut.analyse.tracking.parameters import TrajectoryParameters
from overlaycut.core.geometry import FloatArray
from overlaycut.vision.smoothing import smooth_trajectory

_PATTERNS = np.array([[1, 1, 1, 1], [-1, 1, 1, -1], [-1, -1, 1, 1], [1, -1, 1, -1]]) / 2
"""Patterns of the corners a, b, c, d: shift, two stretches, keystone."""
_MODES = np.kron(_PATTERNS, np.eye(2))
"""Orthonormal modes of the eight corner coordinates, one per row."""


def fit_trajectory(
    observations: Sequence[TrackObservation], *, parameters: TrajectoryParameters = TrajectoryParameters()
) -> FloatArray:
    """The corners over consecutive frames, (n, 4, 2), smoothed by weighted least squares.

    Minimises the squared distances from the observed corners, weighted by their information, plus squared accelerations
    weighted by how much this surface is seen to accelerate: loosely for its shift, tightly for its shape, because hands
    shake but labels keep their form. Observations that contradict their neighbours are down-weighted.
    """
    count = len(observations)
    values = np.array([one.corners.reshape(8) for one in observations])
    information = np.array([one.information for one in observations])
    if count < 3 or not information.any():
        return values.reshape(count, 4, 2)
    precision = _acceleration_precision(values, information, parameters)
    weight = np.ones(count)
    result = values
    for _ in range(parameters.rounds):
        known = information * weight[:, None, None]
        result = smooth_trajectory(known, np.einsum("tij,tj->ti", known, values), acceleration_precision=precision)
        off = result - values
        sigmas = np.sqrt(np.maximum(np.einsum("ti,tij,tj->t", off, information, off), 0) / 8)
        weight = 1 / (1 + (sigmas / parameters.outlier_sigmas) ** 2)
    return result.reshape(count, 4, 2)


def _acceleration_precision(
    values: FloatArray, information: FloatArray, parameters: TrajectoryParameters
) -> FloatArray:
    """Inverse covariance of the corners' second differences, (8, 8), estimated from the observations themselves."""
    measured = np.trace(information, axis1=1, axis2=2) > 1e-6
    good = measured[:-2] & measured[1:-1] & measured[2:]
    modes = values @ _MODES.T
    second = (modes[2:] - 2 * modes[1:-1] + modes[:-2])[good]
    sigma = np.repeat(parameters.least_acceleration_px, 2)
    if len(second) >= parameters.least_samples:
        # 1.4826 × the median absolute deviation is the standard deviation of a normal distribution.
        spread = 1.4826 * np.median(np.abs(second), axis=0)
        # Independent errors of three observations add up to six times their variance.
        noise = np.array(
            [np.median(np.diag(_MODES @ np.linalg.pinv(one) @ _MODES.T)) for one in information[measured][:5]]
        ).mean()
        sigma = np.sqrt(np.maximum(sigma**2, spread**2 - 6 * noise))
    return np.asarray(_MODES.T @ np.diag(1 / sigma**2) @ _MODES)
