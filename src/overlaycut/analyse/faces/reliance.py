"""How far the vector of a face is relied on."""

from __future__ import annotations

import cv2
import numpy as np

from overlaycut.analyse.faces.parameters import RelianceParameters
from overlaycut.core.cast import Face
from overlaycut.core.frame import Picture


def reliance(face: Face, chip: Picture, *, parameters: RelianceParameters = RelianceParameters()) -> float:
    """Weight of a face's vector, 0..1: less when it is tiny, turned away or blurred. `chip` is its aligned picture."""
    points = face.array()
    eyes = points[1] - points[0]
    distance = float(np.linalg.norm(eyes))
    height = float(np.linalg.norm(points[3:].mean(axis=0) - points[:2].mean(axis=0)))
    # In profile the eyes close up on each other while the height of the face stays.
    width = max(distance, 0.6 * height, 1e-6)
    middle = (points[:2].mean(axis=0) + points[3:].mean(axis=0)) / 2
    off = abs(float((points[2] - middle) @ eyes)) / max(distance, 1e-6) / width
    size = _ramp(width, parameters.tiny_px, parameters.large_px)
    frontal = min(
        1 - _ramp(off, parameters.frontal_offset, parameters.profile_offset),
        _ramp(distance / max(height, 1e-6), parameters.profile_eyes, parameters.frontal_eyes),
    )
    sharp = 0.3 + 0.7 * _ramp(_detail(chip), parameters.blurred, parameters.sharp)
    return float(size * frontal * sharp)


def _detail(chip: Picture) -> float:
    """Variance of the finest detail over that of the whole."""
    grey = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 1.5)
    return float(fine.var()) / max(float(grey.var()), 1.0)


def _ramp(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high` on, linear in between."""
    return min(max((value - low) / (high - low), 0.0), 1.0)
