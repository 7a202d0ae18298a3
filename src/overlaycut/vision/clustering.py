"""Clusters of vectors."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.vision.filters import Samples
from overlaycut.vision.random_state import with_seed

_ATTEMPTS = 2
"""Starts of which the one with the most compact clusters is kept."""
_SETTLED = 0.5
"""Units of the vectors by which centres move, at most, in the last round."""
_SEED = 1


def k_means(vectors: Samples, count: int, *, rounds: int) -> tuple[NDArray[np.intp], Samples]:
    """The cluster of each of `vectors`, (n, dimensions), and the centres of the clusters, (count, dimensions).

    Lloyd's algorithm from k-means++ starts (Arthur and Vassilvitskii, 2007) with a fixed seed, in at most `rounds`.
    There are at least `count` vectors.
    """
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, rounds, _SETTLED)
    none = np.zeros((0, 1), np.int32)
    _, labels, centres = with_seed(
        _SEED, lambda: cv2.kmeans(vectors, count, none, stop, _ATTEMPTS, cv2.KMEANS_PP_CENTERS)
    )
    return np.asarray(labels, np.intp).ravel(), np.asarray(centres, np.float32)
