"""Displacements of points on straight edges, which Lucas–Kanade proper cannot solve for."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.tracking.parameters import EdgeParameters
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import FloatArray, Points
from overlaycut.vision.structure_tensor import gradients

_BLUR_REACH = 4
"""Radius of OpenCV's Gaussian for floats, in its sigmas."""


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
        blurred = cv2.GaussianBlur(reference.astype(np.float32), (0, 0), parameters.blur_px)
        # Only what their windows and the blur reach is looked at.
        places = points[self.mask].astype(int)
        reach = window_px // 2 + int(np.ceil(_BLUR_REACH * parameters.blur_px)) + 1
        within = places if len(places) else np.zeros((1, 2), dtype=int)
        left, top = np.maximum(within.min(axis=0) - reach, 0)
        right, bottom = within.max(axis=0) + reach + 1
        self._part = (slice(top, bottom), slice(left, right))
        self._column, self._row = (places - (left, top)).T
        self._blurred = blurred[self._part]
        self._gx, self._gy = (plane[self._part] for plane in gradients(np.asarray(blurred, np.float32)))
        products = (self._gx * self._gx, self._gx * self._gy, self._gy * self._gy)
        xx, xy, yy = (self._window_mean(np.asarray(product)) for product in products)
        tensor = np.array([[xx, xy], [xy, yy]]).transpose(2, 0, 1)
        self._solver = np.linalg.inv(tensor + parameters.regularisation * np.eye(2))

    def shifts(self, picture: Plane) -> tuple[Points, NDArray[np.bool_]]:
        """Displacement of each point normal to its edge, (n, 2), and for which points it explains the picture, (n,).

        Points that lie on no edge have neither.
        """
        shifts, explained = np.zeros((len(self.mask), 2)), self.mask.copy()
        if self.mask.any():
            shifts[self.mask], explained[self.mask] = self._of_edges(picture)
        return shifts, explained

    def _of_edges(self, picture: Plane) -> tuple[Points, NDArray[np.bool_]]:
        """The same for the points on edges alone."""
        limits = self._parameters
        part = picture[self._part].astype(np.float32)
        change = cv2.GaussianBlur(part, (0, 0), limits.blur_px) - self._blurred
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
