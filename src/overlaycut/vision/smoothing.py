"""One course through what every frame says of a few numbers."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from overlaycut.core.geometry import FloatArray

_LEAST = 1e-9
"""Information that every number of every frame has, so that the equations have one solution."""


def smooth_trajectory(information: FloatArray, told: FloatArray, *, acceleration_precision: FloatArray) -> FloatArray:
    """The numbers of every frame that measurements and smoothness agree on best: (frames, numbers).

    Minimises the sum over frames of `c' N c - 2 c' b`, which is what measured values cost as squared distances weighed
    by their information N, plus the squared second differences of c, weighed by
    `acceleration_precision`. Frames that say nothing
    are bridged, and beyond the first and the last that say something the course goes on as it went.

    information: N, symmetric, (frames, numbers, numbers). told: b, which is N times the measured values, (frames,
    numbers). acceleration_precision: inverse covariance of the second differences, (numbers, numbers).
    """
    frames, numbers = told.shape
    row, column = np.indices((numbers, numbers))
    values, rows, columns = [], [], []

    def add(first: int, apart: int, blocks: FloatArray) -> None:
        """Add one block per frame from `first` on, between the frame and the one that is `apart` after it."""
        at = numbers * (first + np.arange(len(blocks)))[:, None, None]
        values.append(blocks.ravel())
        rows.append((at + row).ravel())
        columns.append((at + numbers * apart + column).ravel())

    add(0, 0, information + _LEAST * np.eye(numbers))
    for i, a in enumerate((1.0, -2.0, 1.0)):
        for j, b in enumerate((1.0, -2.0, 1.0)):
            add(i, j - i, np.broadcast_to(a * b * acceleration_precision, (max(frames - 2, 0), numbers, numbers)))
    places = np.concatenate(rows), np.concatenate(columns)
    matrix = csc_matrix((np.concatenate(values), places), shape=(told.size, told.size))
    # A band already: SuperLU need not look for an order, and unlike LAPACK's band solver it keeps to one thread.
    solver = splu(matrix, permc_spec="NATURAL", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    solution: FloatArray = solver.solve(told.ravel()).reshape(frames, numbers)
    return solution
