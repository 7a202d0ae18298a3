"""Clusters of vectors."""

from __future__ import annotations

import numpy as np

from overlaycut.vision.clustering import k_means


def test_clusters_are_found_and_are_the_same_every_time() -> None:
    rng = np.random.default_rng(3)
    truth = np.array([[20, 0, 0], [120, 40, 0], [200, 0, 90]], np.float32)
    vectors = (truth[rng.integers(0, 3, 600)] + rng.normal(0, 3, (600, 3))).astype(np.float32)
    labels, centres = k_means(vectors, 3, rounds=20)
    assert labels.shape == (600,) and centres.shape == (3, 3)
    assert np.linalg.norm(centres[:, None] - truth, axis=2).min(axis=0).max() < 1
    assert np.linalg.norm(vectors - centres[labels], axis=1).max() < 20
    again, _ = k_means(vectors, 3, rounds=20)
    assert (labels == again).all()
