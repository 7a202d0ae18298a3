"""Where a frame shows the feature points of a reference patch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.tracking.motion_fit import PlanarMotionModel
from overlaycut.analyse.tracking.optical_flow import forward_backward_flow
from overlaycut.analyse.tracking.parameters import TrackerParameters
from overlaycut.analyse.tracking.patch import PatchLayout, ReferencePatch
from overlaycut.analyse.tracking.plane_geometry import (
    four_point_homography,
    is_plausible,
    projected,
    texture_length,
)
from overlaycut.analyse.tracking.point_weights import PointWeights
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import FloatArray, Homography, Points


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """A reference patch found in a picture."""

    to_picture: Homography
    support: float
    """Share of the weighted points that agree, 0..1."""
    agreeing: float
    """Sum of the points' agreement."""
    moved_px: float
    """Largest corner displacement from the guess, patch pixels."""
    inside: NDArray[np.bool_]
    """Which points are inside the picture, (n,)."""
    agreement: FloatArray
    """How far each point agrees with the motion, (n,), 0..1."""
    residuals: FloatArray
    """Distance of each point from the motion, (n,), patch pixels."""
    normal_matrix: FloatArray
    """Normal equations of the eight modes, (8, 8)."""
    coherence: float
    """How far the text's points move as one, 0..1."""


class PatchMatcher:
    """Looks a reference's feature points up in pictures, always against the reference, so that nothing drifts."""

    def __init__(
        self, layout: PatchLayout, reference: ReferencePatch, weights: PointWeights, *, parameters: TrackerParameters
    ) -> None:
        self._layout, self._reference, self._weights = layout, reference, weights
        self._parameters = parameters
        self.model = PlanarMotionModel(layout, reference, parameters=parameters.fit)

    def match(self, picture: Plane, guess: Homography) -> Match | None:
        """The patch in `picture` around `guess` (patch to picture), matched twice when that was far off."""
        found = self._match_once(picture, guess, self._parameters.flow.levels)
        if (
            found is not None
            and found.moved_px > self._parameters.refine_from_px
            and found.support >= self._parameters.least_support
        ):
            again = self._match_once(picture, found.to_picture, 1)
            found = again if again is not None and again.support >= found.support - 0.05 else found
        return found

    def chained(self, picture: Plane, last: Plane, guess: Homography) -> Homography | None:
        """A guess refined against the `last` patch rather than the reference, for when light or view changed much.

        None when there is nothing to look up.
        """
        if not self._can_match(picture, guess):
            return None
        shifts, error, _ = self._flow(last, self._reference.relit(picture, guess), self._parameters.flow.levels)
        found = texture_length(error, self._reference.texture) < self._parameters.flow.backward_error_px
        fit = self.model.fit(shifts - self._reference.points, found, self._weights)
        return guess if fit is None else self._corrected(guess, fit.corner_shifts)

    def _match_once(self, picture: Plane, guess: Homography, levels: int) -> Match | None:
        if not self._can_match(picture, guess):
            return None
        reference, flow = self._reference, self._parameters.flow
        patch = reference.relit(picture, guess)
        positions, error, difference = self._flow(reference.luma, patch, levels)
        inside = _inside(projected(positions, guess), picture.shape)
        limit = flow.window_difference * reference.contrast + flow.difference_noise
        found = inside & (texture_length(error, reference.texture) < flow.backward_error_px) & (difference < limit)
        normal_flow, clear = reference.edges.shifts(patch)
        on_edge = reference.edges.mask
        positions = np.where(on_edge[:, None], reference.points + normal_flow, positions)
        found = np.where(on_edge, inside & clear, found)
        fit = self.model.fit(positions - reference.points, found, self._weights)
        if fit is None:
            return None
        agreement = np.where(found, 1 / (1 + (fit.residuals / self._parameters.fit.agreement_px) ** 2), 0.0)
        weights = self._weights.values * inside
        return Match(
            to_picture=self._corrected(guess, fit.corner_shifts),
            support=float((weights * agreement).sum() / max(weights.sum(), 1e-6)),
            agreeing=float(agreement.sum()),
            moved_px=float(np.abs(fit.corner_shifts).max()),
            inside=inside,
            agreement=agreement,
            residuals=np.where(found, fit.residuals, np.maximum(fit.residuals, 2 * flow.backward_error_px)),
            normal_matrix=fit.normal_matrix,
            coherence=fit.coherence,
        )

    def _can_match(self, picture: Plane, guess: Homography) -> bool:
        enough = len(self._reference.points) >= self._parameters.least_points
        return enough and is_plausible(self._layout.corners, guess, picture.shape)

    def _flow(self, reference: Plane, patch: Plane, levels: int) -> tuple[Points, Points, FloatArray]:
        return forward_backward_flow(
            reference,
            patch,
            self._reference.points,
            levels=levels,
            window_px=self._parameters.features.window_px,
            parameters=self._parameters.flow,
        )

    def _corrected(self, guess: Homography, corner_shifts: Points) -> Homography:
        """`guess` with the text's corners moved on the patch."""
        own = self._layout.corners
        matrix: Homography = guess @ four_point_homography(own, own + corner_shifts)
        return np.asarray(matrix / matrix[2, 2], dtype=np.float64)


def _inside(points: Points, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which of `points`, (n, 2), lie in a picture, a pixel or two from its border."""
    limit = (shape[1] - 2, shape[0] - 2)
    return np.asarray((points > 1).all(axis=1) & (points < limit).all(axis=1), dtype=np.bool_)
