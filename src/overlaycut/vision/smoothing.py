"""Least-squares smoothing of a per-frame parameter vector."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from overlaycut.core.geometry import FloatArray

_LEAST_INFORMATION = 1e-9
"""Added to the diagonal of every frame's information, so that the system is regular."""

_WINDOW = 48
"""Frames over which the covariance of a trajectory is worked out at a time; that of half of them is kept."""


def smooth_trajectory(
    information: FloatArray, information_vector: FloatArray, *, acceleration_precision: FloatArray
) -> FloatArray:
    """The trajectory that measurements and smoothness agree on best: (frames, numbers).

    Minimises the sum over frames of `c' N c - 2 c' b`, the squared distances from the measured values weighted by their
    information N, plus the squared second differences of c weighted by `acceleration_precision` (a Gauss-Markov
    smoother in information form). Frames without information are interpolated; beyond the first and the last with any,
    the trajectory is extrapolated linearly.

    information: N, symmetric, (frames, numbers, numbers). information_vector: b, N times the measured values, (frames,
    numbers). acceleration_precision: inverse covariance of the second differences, (numbers, numbers), or of each of
    them, (frames - 2, numbers, numbers).
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


def trajectory_covariances(information: FloatArray, *, acceleration_precision: FloatArray) -> FloatArray:
    """Covariance of each frame of `smooth_trajectory`'s solution, given the same arguments: (frames, numbers, numbers).

    What frames farther away than a quarter of a window add to a frame is left out.
    """
    frames, numbers = information.shape[:2]
    precision = np.broadcast_to(acceleration_precision, (max(frames - 2, 0), numbers, numbers))
    found = np.empty((frames, numbers, numbers))
    for middle in range(0, frames, _WINDOW // 2):
        first, last = max(middle - _WINDOW // 4, 0), min(middle + 3 * _WINDOW // 4, frames)
        inverse = np.linalg.inv(_system(information[first:last], precision[first : max(last - 2, first)]))
        for frame in range(middle, min(middle + _WINDOW // 2, frames)):
            at = slice(numbers * (frame - first), numbers * (frame - first + 1))
            found[frame] = inverse[at, at]
    return found


def _system(information: FloatArray, acceleration_precision: FloatArray) -> FloatArray:
    """The matrix of a few frames' normal equations, (frames * numbers, frames * numbers)."""
    frames, numbers = information.shape[:2]
    matrix = np.zeros((frames, numbers, frames, numbers))
    steps = np.arange(frames)
    matrix[steps, :, steps, :] = information + _LEAST_INFORMATION * np.eye(numbers)
    middle = np.arange(max(frames - 2, 0))
    for i, a in enumerate((1.0, -2.0, 1.0)):
        for j, b in enumerate((1.0, -2.0, 1.0)):
            matrix[middle + i, :, middle + j, :] += a * b * acceleration_precision
    return matrix.reshape(frames * numbers, frames * numbers)
