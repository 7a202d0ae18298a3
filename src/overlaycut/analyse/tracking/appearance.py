"""How alike text on two rectified patches is, whatever their gain and blur."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.tracking.parameters import AppearanceParameters
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import Points


class LocalStatistics:
    """A picture with mean and variance of the square window around every pixel."""

    def __init__(self, picture: cv2.typing.MatLike, window_px: int) -> None:
        self.picture = np.asarray(picture, dtype=np.float32)
        self._window = (window_px, window_px)
        self.mean = cv2.boxFilter(self.picture, -1, self._window)
        self.variance = np.maximum(cv2.boxFilter(self.picture**2, -1, self._window) - self.mean**2, 0)

    def ncc(self, other: LocalStatistics, *, noise_variance: float) -> NDArray[np.float32]:
        """Normalised cross-correlation with `other` in the window around every pixel, -1..1."""
        both = cv2.boxFilter(self.picture * other.picture, -1, self._window) - self.mean * other.mean
        result: NDArray[np.float32] = both / np.sqrt(
            (self.variance + noise_variance) * (other.variance + noise_variance)
        )
        return result


class TextAppearance:
    """The text of a reference patch, with whose strokes other patches are compared.

    reference: rectified luma; corners: the text's, (4, 2), an upright rectangle on it.
    """

    def __init__(self, reference: Plane, corners: Points, *, parameters: AppearanceParameters) -> None:
        x, y = np.floor(corners[0]).astype(int)
        right, bottom = np.ceil(corners[2]).astype(int)
        self._noise = parameters.noise_variance
        self._part = (slice(max(y - 1, 0), bottom + 1), slice(max(x - 1, 0), right + 1))
        least, most = parameters.least_window_px, parameters.most_window_px
        self._window = int(np.clip(round(parameters.window * (bottom - y)), least, most)) | 1
        part = reference[self._part].astype(np.float32)
        self._references = [
            LocalStatistics(cv2.GaussianBlur(part, (0, 0), sigma) if sigma else part, self._window)
            for sigma in parameters.blurs_px
        ]
        self._energy = self._references[0].variance

    def compared(self, patch: Plane, occluded: NDArray[np.bool_]) -> tuple[float | None, float | None]:
        """NCC with the reference, -1..1, and contrast energy relative to it, outside of the `occluded` pixels."""
        weight = np.where(occluded[self._part], 0.0, self._energy)
        total = float(weight.sum())
        if total <= 0:
            return None, None
        now = LocalStatistics(patch[self._part].astype(np.float32), self._window)
        best = max(
            float((now.ncc(known, noise_variance=self._noise) * weight).sum()) / total for known in self._references
        )
        energy = float((now.variance * (weight > 0)).sum()) / max(float((self._energy * (weight > 0)).sum()), 1e-6)
        return best, energy
