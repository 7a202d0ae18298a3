"""Text on a surface that bends: a print on a body that turns, cloth in waves.

Where a flat surface explains what is seen badly, the reference patch is registered with the frame by a spline that goes
on from the frame before (`vision.spline_registration`). Its place is accepted when the text as a whole, its strokes
blurred, is where it should be: strokes that melt are still there, and so show against the reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.analyse.tracking.parameters import BendingParameters
from overlaycut.analyse.tracking.patch import PatchLayout
from overlaycut.analyse.tracking.plane_geometry import projected
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import FloatArray, Homography
from overlaycut.vision.filters import FloatPlane, FlowField, blurred, pearson_correlation
from overlaycut.vision.spline_registration import SplineRegistration, looked_up


@dataclass(frozen=True, slots=True, eq=False)
class Bent:
    """A reference patch found on a surface that bends."""

    to_picture: Homography
    """The plane that the text lies along most closely, patch to picture."""
    displacement: FlowField
    """How far each pixel of the patch lies from its place on that plane, in pixels of the patch, (rows, columns, 2)."""
    coefficients: FloatArray
    """Of the spline that says so."""
    likeness: float
    """Correlation of the text with the reference, both blurred, -1..1."""

    def beside(self, layout: PatchLayout, margin: float) -> FlowField:
        """The displacement over the text with a margin, in heights of the text, as is the displacement."""
        height = layout.text_size[1]
        left, top = np.maximum(np.rint(layout.corners[0] - margin * height), 0).astype(int)
        right, bottom = np.rint(layout.corners[2] + margin * height).astype(int)
        return self.displacement[top:bottom, left:right] / np.float32(height)

    def flattened(self, patch: Plane) -> Plane:
        """The patch of that plane, (rows, columns), with its surface laid flat."""
        rows, columns = patch.shape
        grid = np.dstack(np.meshgrid(np.arange(columns), np.arange(rows))).astype(np.float32)
        return np.asarray(np.rint(looked_up(patch, grid + self.displacement)), dtype=np.uint8)


class BendingSurface:
    """Finds the text of a reference patch in pictures, whatever way its surface bends."""

    def __init__(self, reference: Plane, layout: PatchLayout, *, parameters: BendingParameters) -> None:
        self._layout, self._parameters = layout, parameters
        width, height = layout.text_size
        self._scale = min(parameters.height_px / height, parameters.longest_px / width)
        small = self._reduced(reference)
        letter = self._scale * height
        (left, top), (right, bottom) = self._scale * layout.corners[0], self._scale * layout.corners[2]
        beside = parameters.margin * letter
        rows = slice(max(int(top - beside), 0), min(int(np.ceil(bottom + beside)), small.shape[0]))
        columns = slice(max(int(left - beside), 0), min(int(np.ceil(right + beside)), small.shape[1]))
        self._origin = np.array([columns.start, rows.start], dtype=np.float32)
        self._window = small[rows, columns]
        self._text = (
            slice(int(top) - rows.start, int(np.ceil(bottom)) - rows.start),
            slice(int(left) - columns.start, int(np.ceil(right)) - columns.start),
        )
        weight = np.zeros(self._window.shape, dtype=np.float32)
        weight[self._text] = 1
        weight = parameters.surround + (1 - parameters.surround) * blurred(weight, 0.1 * letter)
        self._registration = SplineRegistration(
            self._window, scale=letter, weight=weight, origin=(columns.start, rows.start), parameters=parameters.spline
        )
        self._softness = parameters.softness * letter
        self._soft = blurred(self._window, self._softness)[self._text]
        self._coefficients, self._last_likeness = self._registration.at_rest, 1.0

    def find(self, picture: Plane, guesses: Sequence[Homography]) -> Bent | None:
        """The text in `picture`, from the likeliest of `guesses` (patch to picture) on; None where it is not found."""
        starts = [(guess, self._reduced(self._layout.rectified(picture, guess))) for guess in guesses]
        guess, now = max(starts, key=lambda start: self._likeness(start[1], self._coefficients))
        found, likeness = self._fitted(now)
        if likeness < self._parameters.least_likeness:
            return None
        places = self._registration.places(found)
        matrix = self._nearest_plane(places)
        if matrix is None:
            return None
        from_plane: Homography = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
        there = projected(places.reshape(-1, 2).astype(np.float64), from_plane)
        bent = there.reshape(places.shape).astype(np.float32)
        to_patch = np.diag([self._scale, self._scale, 1.0])
        to_picture = guess @ np.linalg.inv(to_patch) @ matrix @ to_patch
        return Bent(
            np.asarray(to_picture / to_picture[2, 2], dtype=np.float64),
            self._displacement(bent),
            self._registration.coefficients(bent),
            likeness,
        )

    def accept(self, bent: Bent) -> None:
        """Go on from there."""
        self._coefficients, self._last_likeness = bent.coefficients, bent.likeness

    def forget(self) -> None:
        """Take the surface for flat again."""
        self._coefficients, self._last_likeness = self._registration.at_rest, 1.0

    def _fitted(self, now: FloatPlane) -> tuple[FloatArray, float]:
        """The coefficients by which the reduced patch `now` shows the text, and how like it that is."""
        close = self._registration.fitted(now, self._coefficients, closely=True)
        likeness = self._likeness(now, close)
        if likeness >= self._last_likeness - self._parameters.steady:
            return close, likeness
        starts = (self._coefficients, self._registration.at_rest)
        found = [close, *(self._registration.fitted(now, start) for start in starts)]
        return max(((one, self._likeness(now, one)) for one in found), key=lambda one: one[1])

    def _reduced(self, patch: Plane) -> FloatPlane:
        size = [max(round(self._scale * side), 1) for side in reversed(patch.shape)]
        how = cv2.INTER_AREA if self._scale < 1 else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(patch, size, interpolation=how), dtype=np.float32)

    def _likeness(self, now: FloatPlane, coefficients: FloatArray) -> float:
        seen = looked_up(now, self._registration.places(coefficients))
        return pearson_correlation(blurred(seen, self._softness)[self._text].ravel(), self._soft.ravel())

    def _nearest_plane(self, places: FlowField) -> Homography | None:
        """The homography from the reduced patch at rest to `places` of the text, by least squares."""
        rows, columns = self._text
        step = max((columns.stop - columns.start) // 24, 1)
        there = places[rows, columns][::step, ::step].reshape(-1, 2)
        at_rest = self._registration.places(self._registration.at_rest)[rows, columns][::step, ::step].reshape(-1, 2)
        matrix, _ = cv2.findHomography(at_rest, there, 0)
        return None if matrix is None or abs(np.linalg.det(matrix)) < 1e-6 else np.asarray(matrix, dtype=np.float64)

    def _displacement(self, bent: FlowField) -> FlowField:
        """The displacement of every pixel of the whole patch; beyond the window that of its border fades away."""
        (columns, rows), (left, top) = self._layout.size, self._origin.astype(int)
        small = np.zeros((round(self._scale * rows), round(self._scale * columns), 2), dtype=np.float32)
        height, width = self._window.shape
        at_rest = self._registration.places(self._registration.at_rest)
        small[top : top + height, left : left + width] = bent - at_rest
        whole = cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR) / np.float32(self._scale)
        return np.asarray(whole, dtype=np.float32)
