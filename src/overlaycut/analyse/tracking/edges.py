"""Displacements of points on straight edges, which Lucas–Kanade proper cannot solve for."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.tracking.parameters import EdgeParameters
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import FloatArray, Points
from overlaycut.vision.structure_tensor import gradients


class EdgePoints:
    """Normal flow at edge points: one Gauss–Newton step on blurred pictures.

    It reaches two or three pixels, which is enough around a prediction, and leaves the direction along the edge open;
    there the point's certainty is low anyway.
    """

    def __init__(
        self,
        reference: Plane,
        points: Points,
        texture: FloatArray,
        *,
        window_px: int,
        parameters: EdgeParameters,
    ) -> None:
        self._parameters = parameters
        self._window = (window_px, window_px)
        weak, strong = np.linalg.eigvalsh(texture).T if len(texture) else (np.zeros(0), np.zeros(0))
        self.mask = np.asarray(weak < parameters.anisotropy * np.maximum(strong, 1e-9), dtype=np.bool_)
        """Which of the points lie on edges, (n,)."""
        self._blurred = cv2.GaussianBlur(reference.astype(np.float32), (0, 0), parameters.blur_px)
        self._gx, self._gy = gradients(np.asarray(self._blurred, np.float32))
        self._column, self._row = points.astype(int).T
        products = (self._gx * self._gx, self._gx * self._gy, self._gy * self._gy)
        xx, xy, yy = (self._window_mean(np.asarray(product)) for product in products)
        tensor = np.array([[xx, xy], [xy, yy]]).transpose(2, 0, 1)
        self._solver = np.linalg.inv(tensor + parameters.regularisation * np.eye(2))

    def shifts(self, picture: Plane) -> tuple[Points, NDArray[np.bool_]]:
        """Displacement of each point normal to its edge, (n, 2), and for which points it explains the picture, (n,)."""
        if not self.mask.any():
            return np.zeros((len(self.mask), 2)), self.mask
        limits = self._parameters
        change = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), limits.blur_px) - self._blurred
        right = np.stack([self._window_mean(self._gx * change), self._window_mean(self._gy * change)], axis=1)
        shifts = -(self._solver @ right[..., None])[..., 0]
        energy = self._window_mean(change * change)
        left = energy + (right * shifts).sum(axis=1)
        clear = (left < limits.unexplained * energy) | (left < limits.noise**2)
        near = np.abs(shifts).max(axis=1) < limits.farthest_px
        return np.asarray(shifts, dtype=np.float64), np.asarray(clear & near, dtype=np.bool_)

    def _window_mean(self, picture: NDArray[np.float32]) -> FloatArray:
        mean = cv2.boxFilter(picture, -1, self._window)
        return np.asarray(mean[self._row, self._column], dtype=np.float64)
