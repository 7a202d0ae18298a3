"""Coding loss: SSIM against the reference implementation, and bounded memory of what is compared."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage.metrics import structural_similarity

from draw import scene_frames
from overlaycut.deliver.quality import QualityParameters, QualityProbe, ssim


@pytest.mark.parametrize("noise", [0, 2, 8, 30])
def test_ssim_is_that_of_the_reference_implementation(noise: float) -> None:
    rng = np.random.default_rng(7)
    shape = (240, 200)
    plane = cv2.GaussianBlur(rng.integers(16, 236, shape).astype(np.uint8), (9, 9), 2)
    noisy = np.clip(plane + rng.normal(0, noise, shape), 0, 255).astype(np.uint8)
    _, expected = structural_similarity(
        plane, noisy, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=219, full=True
    )
    assert ssim(plane, noisy) == pytest.approx(float(expected.mean()), abs=3e-4)


def test_a_few_frames_spread_over_the_clip_are_compared() -> None:
    probe = QualityProbe(QualityParameters(max_planes=4))
    assert len(list(probe.watch(scene_frames(50)))) == 50
    compared = []

    def decoded():  # type: ignore[no-untyped-def]
        for frame in scene_frames(50):
            compared.append(frame.index)
            yield frame

    assert probe.ssim(decoded()) == 1.0
    assert len(compared) == 50
    assert probe.ssim(iter(())) is None
