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
        self._noise, self._least_strokes = parameters.noise_variance, parameters.least_strokes
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

    def by_parts(self, patch: Plane) -> tuple[float, float]:
        """NCC with the reference over the most that it can be, -1..1: of the whole text, and of its weakest part.

        Parts are as wide as the text is high and overlap by half; those with few strokes do not count.
        """
        now = LocalStatistics(patch[self._part].astype(np.float32), self._window)
        weight, own = self._summed(self._energy), self._references[0]
        most = np.maximum(self._summed(self._energy * own.ncc(own, noise_variance=self._noise)), 1e-6)
        counts = weight >= self._least_strokes * weight.max()
        best = (-1.0, -1.0)
        for known in self._references:
            found = self._summed(self._energy * now.ncc(known, noise_variance=self._noise))
            best = max(best, (float(found.sum() / most.sum()), float((found / most)[counts].min())))
        return best

    def _summed(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """The sum of `values` over each part, (parts,)."""
        columns = values.sum(axis=0, dtype=np.float64)
        side = min(values.shape)
        starts = np.unique(np.clip(np.arange(0, len(columns), max(side // 2, 1)), 0, max(len(columns) - side, 0)))
        return np.array([columns[at : at + side].sum() for at in starts])
