"""Least-squares smoothing of a per-frame parameter vector."""

from __future__ import annotations

import numpy as np

from overlaycut.core.geometry import FloatArray

_LEAST_INFORMATION = 1e-9
"""Added to the diagonal of every frame's information, so that the system is regular."""

_SECOND_DIFFERENCE = (1.0, -2.0, 1.0)

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
    pairs, size = (frames + 1) // 2, 2 * numbers
    # Blocks between every frame and itself, the next one, and the one after that.
    apart = np.zeros((3, 2 * pairs, numbers, numbers))
    apart[0, :frames] = information
    apart[0] += _LEAST_INFORMATION * np.eye(numbers)
    for i, a in enumerate(_SECOND_DIFFERENCE):
        for j, b in enumerate(_SECOND_DIFFERENCE[i:]):
            apart[j, i : i + max(frames - 2, 0)] += a * b * acceleration_precision
    # Frames two by two make the system block tridiagonal.
    own, next_ones = np.zeros((2, pairs, 2, numbers, 2, numbers))
    own[:, 0, :, 0], own[:, 1, :, 1] = apart[0, 0::2], apart[0, 1::2]
    own[:, 0, :, 1], own[:, 1, :, 0] = apart[1, 0::2], apart[1, 0::2].transpose(0, 2, 1)
    next_ones[:, 0, :, 0], next_ones[:, 1, :, 0], next_ones[:, 1, :, 1] = apart[2, 0::2], apart[1, 1::2], apart[2, 1::2]
    right = np.zeros((pairs, size, 1))
    right.reshape(2 * pairs, numbers)[:frames] = information_vector
    own, next_ones = (blocks.reshape(pairs, size, size) for blocks in (own, next_ones))
    solution = _solved(own, next_ones, right).reshape(2 * pairs, numbers)[:frames]
    return np.ascontiguousarray(solution)


def _solved(own: FloatArray, next_ones: FloatArray, right: FloatArray) -> FloatArray:
    """The solution of a symmetric block tridiagonal system: (blocks, size).

    By Gaussian elimination of one block after another (Golub and Van Loan, Matrix Computations, section 4.5).

    own: blocks on the diagonal, (blocks, size, size). next_ones: those beside them, the same. right: (blocks, size, 1).
    """
    blocks, size = own.shape[:2]
    eliminated = np.empty((blocks, size, size + 1))  # the next block's share in each one's solution, and the rest of it
    for block in range(blocks):
        diagonal, rest = own[block], right[block]
        if block:
            before, carried = next_ones[block - 1].T, eliminated[block - 1]
            diagonal, rest = diagonal - before @ carried[:, :-1], rest - before @ carried[:, -1:]
        eliminated[block] = np.linalg.solve(diagonal, np.hstack([next_ones[block], rest]))
    solution = eliminated[:, :, -1].copy()
    for block in range(blocks - 2, -1, -1):
        solution[block] -= eliminated[block, :, :-1] @ solution[block + 1]
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
    for i, a in enumerate(_SECOND_DIFFERENCE):
        for j, b in enumerate(_SECOND_DIFFERENCE):
            matrix[middle + i, :, middle + j, :] += a * b * acceleration_precision
    return matrix.reshape(frames * numbers, frames * numbers)
