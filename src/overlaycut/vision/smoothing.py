"""Least-squares smoothing of a per-frame parameter vector."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from overlaycut.core.geometry import FloatArray

_LEAST_INFORMATION = 1e-9
"""Added to the diagonal of every frame's information, so that the system is regular."""


def smooth_trajectory(
    information: FloatArray, information_vector: FloatArray, *, acceleration_precision: FloatArray
) -> FloatArray:
    """The trajectory that measurements and smoothness agree on best: (frames, numbers).

    Minimises the sum over frames of `c' N c - 2 c' b`, the squared distances from the measured values weighted by their
    information N, plus the squared second differences of c weighted by `acceleration_precision` (a Gauss-Markov
    smoother in information form). Frames without information are interpolated; beyond the first and the last with any,
    the trajectory is extrapolated linearly.

    information: N, symmetric, (frames, numbers, numbers). information_vector: b, N times the measured values, (frames,
    numbers). acceleration_precision: inverse covariance of the second differences, (numbers, numbers).
    """
    frames, numbers = information_vector.shape
    row, column = np.indices((numbers, numbers))
    values, rows, columns = [], [], []

    def add(first: int, apart: int, blocks: FloatArray) -> None:
        """Add one block per frame from `first` on, between the frame and the one `apart` frames later."""
        at = numbers * (first + np.arange(len(blocks)))[:, None, None]
        values.append(blocks.ravel())
        rows.append((at + row).ravel())
        columns.append((at + numbers * apart + column).ravel())

    add(0, 0, information + _LEAST_INFORMATION * np.eye(numbers))
    for i, a in enumerate((1.0, -2.0, 1.0)):
        for j, b in enumerate((1.0, -2.0, 1.0)):
            add(i, j - i, np.broadcast_to(a * b * acceleration_precision, (max(frames - 2, 0), numbers, numbers)))
    places = np.concatenate(rows), np.concatenate(columns)
    matrix = csc_matrix((np.concatenate(values), places), shape=(information_vector.size, information_vector.size))
    # The system is banded: SuperLU needs no ordering, and unlike LAPACK's band solver it keeps to one thread.
    solver = splu(matrix, permc_spec="NATURAL", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    solution: FloatArray = solver.solve(information_vector.ravel()).reshape(frames, numbers)
    return solution
