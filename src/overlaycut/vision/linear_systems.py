"""Sparse linear systems of pixels and their neighbours."""

from __future__ import annotations

from scipy.sparse import csc_matrix
from scipy.sparse.linalg import SuperLU, splu


def factorised(system: csc_matrix) -> SuperLU:
    """The factors of a system, (n, n), in which neighbours are each other's, and the diagonal holds enough to pivot on.

    Its pattern is symmetric: minimum degree on that of A' + A fills in less than SuperLU's own ordering of columns, and
    takes half of its time or less (benchmarks/cost.py).
    """
    return splu(system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
