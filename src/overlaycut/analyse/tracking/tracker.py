"""Follows one planar surface through a clip, and measures how well its position is known.

The surface is rectified to a *patch*: a rectangle around the text with a margin, at the resolution of the reference
picture. Every frame is rectified through the predicted homography, and feature points on text and surface are looked up
in it by pyramidal Lucas–Kanade, always against the reference, so that errors do not accumulate. Each point counts along
the directions in which it has texture, weighted by how well it has agreed with the surface so far.
`trajectory.fit_trajectory` then smooths the corners over all frames.

All coordinates are pixels of the reduced luma picture in OpenCV's convention (pixel centres on whole numbers).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.tracking.appearance import TextAppearance
from overlaycut.analyse.tracking.bending import BentText
from overlaycut.analyse.tracking.matching import Match, PatchMatcher
from overlaycut.analyse.tracking.observation import TrackObservation
from overlaycut.analyse.tracking.occlusion import Cells, OcclusionDetector
from overlaycut.analyse.tracking.parameters import TrackerParameters
from overlaycut.analyse.tracking.patch import PatchLayout, ReferencePatch
from overlaycut.analyse.tracking.plane_geometry import (
    edge_lengths,
    four_point_homography,
    is_plausible,
    projected,
    quad_size,
    share_inside,
)
from overlaycut.analyse.tracking.point_weights import PointWeights
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import Homography, Points
from overlaycut.vision.polygons import polygon_mask


class SurfaceTracker:
    """Tracks the surface around a quad from the picture in which it was given.

    `picture` is the reduced luma of the reference frame, `corners` the text's, (4, 2). Call `track` with the pictures
    that follow, in either direction of time. `neighbours` are the corners of other text, `points` the most feature
    points, `appearance` a picture in the same geometry that shows the text as it should look, where the reference frame
    does not.
    """

    def __init__(
        self,
        picture: Plane,
        corners: Points,
        *,
        neighbours: Sequence[Points] = (),
        points: int = 160,
        appearance: Plane | None = None,
        parameters: TrackerParameters = TrackerParameters(),
    ) -> None:
        self._parameters = parameters
        self._shape, self._most_points = picture.shape, points
        self._given, self._overlay_checks = corners, parameters.overlay_checks
        self._layout: PatchLayout
        self._to_picture: Homography
        for margin in parameters.patch.margins:
            self._layout = PatchLayout.of(
                corners,
                neighbours,
                margin,
                least_surface=parameters.features.window_px**2,
                patch=parameters.patch,
            )
            self._to_picture = four_point_homography(self._layout.corners, corners)
            self._set_reference(picture)
            if self._reference.surface_texture >= parameters.patch.enough_texture:
                break
        self._velocity: Points = np.zeros((4, 2))
        self._lost_frames = 0
        own = self._layout.corners
        self._text = (
            self._reference.luma if appearance is None else self._layout.rectified(appearance, self._to_picture)
        )
        self._appearance = TextAppearance(self._text, own, parameters=parameters.appearance)
        self._bent = BentText(
            self._text, self._layout, self._appearance, self._to_picture, parameters=parameters.bending
        )
        self.corners = corners

    def track(
        self, index: int, picture: Plane, camera: Callable[[], Homography | None], *, closely: bool = True
    ) -> TrackObservation:
        """Follow the surface into the next picture.

        `camera` gives the whole picture's motion since the last one, None where it is unclear; then it counts as none.
        closely: whether the shape of the text counts in every picture where it has to be laid flat.
        """
        seen = self._tracked(index, picture, camera)
        bent = self._bent.compared(picture, self._to_picture, seen.ncc, camera, closely=closely)
        return replace(seen, bent=bent)

    def _tracked(self, index: int, picture: Plane, camera: Callable[[], Homography | None]) -> TrackObservation:
        limits = self._parameters
        inside = share_inside(self.corners, picture.shape)
        if inside < limits.least_inside:
            return self._coast(index, picture, camera, inside)
        if self._lost_frames > limits.most_lost_frames and index % limits.lost_stride:
            return self._coast(index, picture, camera, inside)
        found = self._matcher.match(picture, self._predicted())
        if found is None or found.support < limits.good_support:
            found = _better(found, self._matcher.match(picture, self._chained(picture, _known(camera))))
        if (found is None or found.support < limits.good_support) and (place := self._searched(picture)) is not None:
            found = _better(found, self._matcher.match(picture, place))
        if found is None or not self._is_accepted(found, picture):
            return self._coast(index, picture, camera, inside)
        return self._advance(index, picture, *self._or_fixed_on_screen(found, picture))

    def reacquire(self, index: int, picture: Plane, corners: Points, *, align: bool = True) -> TrackObservation:
        """Continue from `corners` at which a text detector found the text, where this tracker had lost it.

        align: whether to align the place with the text's appearance, which takes text that has kept its shape.
        Where the reference is not recognised there, the picture becomes the new reference for tracking, though not for
        the text's appearance.
        """
        self._velocity[:] = 0
        self._lost_frames = 0
        found = self._matcher.match(picture, self._at(corners))
        if found is not None and found.support >= self._parameters.good_support and self._is_accepted(found, picture):
            return self._advance(index, picture, found, self._reference.relit(picture, found.to_picture))
        self._to_picture = self._aligned(picture, self._at(corners)) if align else self._at(corners)
        self.corners = corners = projected(self._layout.corners, self._to_picture)
        self._set_reference(picture)
        observation = self.reference_observation(index)
        sigma = self._parameters.reader_sigma * quad_size(corners)[1]
        return replace(observation, information=np.eye(8) / sigma**2, nonrigid_residual=None)

    def place(self, corners: Points) -> None:
        """Continue from `corners`, where something else than the surface itself says that it is."""
        self._velocity[:] = 0
        self._to_picture, self.corners = self._at(corners), corners

    def reference_observation(self, index: int) -> TrackObservation:
        """The observation of the reference frame itself, whose corners are given and not measured."""
        ncc, energy = self._appearance.compared(self._reference.luma, self._occlusion.mask(self._occlusion.none))
        certain = np.eye(8) / self._parameters.given_sigma_px**2
        inside = share_inside(self.corners, self._shape)
        return TrackObservation(index, self.corners, certain, 1.0, inside, 0.0, ncc, energy, inside)

    def confirm_visible(self) -> None:
        """Take the text for visible in full: what changed suddenly is a lasting change, not an occluder."""
        self._occlusion.reset(self._last)

    # Reference.

    def _set_reference(self, picture: Plane) -> None:
        """Make what `picture` shows at the present place the reference for tracking."""
        self._reference = ReferencePatch(
            picture, self._to_picture, self._layout, most_points=self._most_points, parameters=self._parameters
        )
        self._last = self._reference.luma
        self._weights = PointWeights(self._reference, parameters=self._parameters)
        self._matcher = PatchMatcher(self._layout, self._reference, self._weights, parameters=self._parameters)
        self._occlusion = OcclusionDetector(
            self._reference.luma,
            self._layout.corners,
            self._layout.neighbours,
            parameters=self._parameters.occlusion,
        )

    def _at(self, corners: Points) -> Homography:
        """Patch to picture, where the text's corners are at `corners`."""
        return four_point_homography(self._layout.corners, corners)

    # Guesses.

    def _predicted(self) -> Homography:
        """The next place at a decaying velocity, so that nothing runs away where nothing is measured."""
        at = self._at(self.corners + self._parameters.velocity_decay * self._velocity)
        return at if is_plausible(self._layout.corners, at, self._shape) else self._to_picture

    def _chained(self, picture: Plane, camera: Homography) -> Homography:
        guess = self._matcher.chained(picture, self._last, camera @ self._to_picture)
        return self._to_picture if guess is None else guess

    def _searched(self, picture: Plane) -> Homography | None:
        """The place near the expected one with the highest NCC, or None when it is too low."""
        if not is_plausible(self._layout.corners, self._to_picture, picture.shape):
            return None
        step, reach = 2, self._parameters.search_px
        around = self._to_picture @ np.array([[step, 0, -reach], [0, step, -reach], [0, 0, 1.0]])
        columns, rows = self._layout.size
        wide = cv2.warpPerspective(
            picture,
            around,
            ((columns + 2 * reach) // step, (rows + 2 * reach) // step),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        small = cv2.GaussianBlur(self._reference.luma, (0, 0), 1.0)[::step, ::step]
        soft = cv2.GaussianBlur(wide, (0, 0), 0.7)
        score = cv2.matchTemplate(soft, small, cv2.TM_CCOEFF_NORMED, mask=self._surface_mask(step))
        score = np.where(np.isfinite(score), score, -1.0)
        _, best, _, (x, y) = cv2.minMaxLoc(score)
        if best < self._parameters.least_ncc:
            return None
        shifted = np.array([[1, 0, step * x - reach], [0, 1, step * y - reach], [0, 0, 1.0]])
        return np.asarray(self._to_picture @ shifted, dtype=np.float64)

    def _surface_mask(self, step: int) -> NDArray[np.float32]:
        """Weights of every `step`th patch pixel: 1 on the surface, the points' mean weight on the text."""
        columns, rows = self._layout.size
        mask = np.ones(((rows + step - 1) // step, (columns + step - 1) // step), dtype=np.float32)
        mask[polygon_mask(self._layout.corners / step, mask.shape, whole_pixels=True)] = self._weights.of_text
        return mask

    def _aligned(self, picture: Plane, at: Homography) -> Homography:
        """A detector's rough place, aligned with the text's appearance; `at` itself where that does not converge.

        Enhanced correlation maximisation (Evangelidis and Psarakis, 2008), invariant to gain and offset.
        """
        height = self._layout.text_size[1]
        own, reach = self._layout.corners, 0.3 * height
        x, y = np.floor(np.maximum(own[0] - reach, 0)).astype(int)
        right, bottom = np.ceil(np.minimum(own[2] + reach, self._layout.size)).astype(int)
        part = (slice(y, bottom), slice(x, right))
        affine = np.eye(2, 3, dtype=np.float32)
        stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-4)
        known, now = self._text[part], self._layout.rectified(picture, at)[part]
        try:
            everywhere = np.full(known.shape, 255, dtype=np.uint8)
            ncc, moved = cv2.findTransformECC(known, now, affine, cv2.MOTION_AFFINE, stop, everywhere, 5)
        except cv2.error:  # it did not converge
            return at
        to_part, from_part = np.eye(3), np.eye(3)
        to_part[:2, 2], from_part[:2, 2] = (-x, -y), (x, y)
        better: Homography = at @ from_part @ np.vstack([moved, [0, 0, 1]]) @ to_part
        there = projected(own, np.linalg.inv(at) @ better)
        near = np.linalg.norm(there - own, axis=1).max() < self._parameters.reacquire_shift * height
        return better / better[2, 2] if ncc >= self._parameters.least_ncc and near else at

    # Acceptance.

    def _is_accepted(self, found: Match, picture: Plane) -> bool:
        """Whether enough points agree on a quad of a plausible shape; after a loss, whether it looks alike too."""
        limits = self._parameters
        if (
            found.support < limits.least_support
            or found.agreeing < limits.least_agreement
            or not self._keeps_shape(found.to_picture)
        ):
            return False
        if self._lost_frames < 3:
            return True
        soft = cv2.GaussianBlur(self._layout.rectified(picture, found.to_picture), (0, 0), 1.0)
        wanted = cv2.GaussianBlur(self._reference.luma, (0, 0), 1.0)
        ncc = cv2.matchTemplate(soft, wanted, cv2.TM_CCOEFF_NORMED, mask=self._surface_mask(1))
        return float(ncc[0, 0]) >= limits.least_ncc

    def _keeps_shape(self, at: Homography) -> bool:
        """Whether aspect and opposite edges of the text's quad are within what a turn of 60 degrees makes of them."""
        edge = edge_lengths(projected(self._layout.corners, at))
        own_width, own_height = self._layout.text_size
        width, height = (edge[0] + edge[2]) / 2, (edge[1] + edge[3]) / 2
        aspect = (width / max(height, 1e-6)) / (own_width / own_height)
        ratios = (aspect, edge[0] / max(edge[2], 1e-6), edge[1] / max(edge[3], 1e-6))
        most = self._parameters.most_turned
        return bool(all(1 / most < ratio < most for ratio in ratios))

    def _or_fixed_on_screen(self, found: Match, picture: Plane) -> tuple[Match, Plane]:
        """The match, or the first place where the text stays there while the picture beside it moves; and its patch.

        Overlays such as status bars and captions have no surface that moves with them.
        """
        limits = self._parameters
        patch = self._reference.relit(picture, found.to_picture)
        moved = projected(self._layout.corners, found.to_picture) - self._given
        if self._overlay_checks == 0 or np.abs(moved).max() < limits.overlay_least_px:
            return found, patch
        rest = self._at(self._given)
        patch_at_rest = self._reference.relit(picture, rest)
        nothing = np.zeros(patch.shape, dtype=np.bool_)
        at_rest, here = (self._appearance.compared(one, nothing)[0] or 0.0 for one in (patch_at_rest, patch))
        if at_rest >= limits.overlay_ncc and at_rest >= here + limits.overlay_ncc_gain:
            return replace(found, to_picture=rest), patch_at_rest
        # Text that has clearly left its first place is not tested for ever.
        self._overlay_checks -= at_rest < limits.overlay_ncc - limits.overlay_ncc_gain
        return found, patch

    # State.

    def _advance(self, index: int, picture: Plane, found: Match, patch: Plane) -> TrackObservation:
        """Take a match over, learn from it, and measure the text in its patch."""
        self._move(found)
        occluded = self._occlusion.occluded(patch)
        covered = self._occlusion.at(self._reference.points, occluded)
        self._weights.learn(found.agreement, found.inside & ~covered, found.coherence)
        self._last = patch
        return self._observation(index, picture, found, patch, occluded)

    def _move(self, found: Match) -> None:
        limits = self._parameters
        self._to_picture = found.to_picture
        before, self.corners = self.corners, projected(self._layout.corners, self._to_picture)
        if self._lost_frames:
            self._velocity = np.zeros((4, 2))
        else:
            sure = found.support >= 2 * limits.good_support
            gain = limits.velocity_gain if sure else limits.velocity_gain / 3
            self._velocity += gain * (self.corners - before - self._velocity)
        self._lost_frames = 0

    def _observation(self, index: int, picture: Plane, found: Match, patch: Plane, occluded: Cells) -> TrackObservation:
        seen, ncc, energy = self._looks(patch, occluded)
        reference = self._reference
        free = reference.on_text & found.inside & ~self._occlusion.at(reference.points, occluded)
        residual = None
        if seen > self._parameters.least_appearance and free.sum() >= 4:
            residual = float(np.median(found.residuals[free])) / self._layout.text_size[1]
        inside = share_inside(self.corners, picture.shape)
        return TrackObservation(
            index=index,
            corners=self.corners,
            information=self._matcher.model.information(self._to_picture, found.normal_matrix),
            support=found.support,
            visible=seen * inside,
            nonrigid_residual=residual,
            ncc=ncc,
            contrast_energy=energy,
            inside=inside,
        )

    def _looks(self, patch: Plane, occluded: Cells) -> tuple[float, float | None, float | None]:
        """Share of the text that is not occluded, and its correlation and contrast where enough of it is not."""
        seen = 1.0 - float(occluded.mean())
        if seen <= self._parameters.least_appearance:
            return seen, None, None
        return seen, *self._appearance.compared(patch, self._occlusion.mask(occluded))

    def settle(self, index: int, picture: Plane, corners: Points, *, sigma: float) -> TrackObservation:
        """Continue from `corners`, known to `sigma` text heights, and measure the text there."""
        self.place(corners)
        self._lost_frames = 0
        patch = self._last = self._reference.relit(picture, self._to_picture)
        seen, ncc, energy = self._looks(patch, self._occlusion.occluded(patch))
        inside = share_inside(corners, picture.shape)
        certain = np.eye(8) / (sigma * quad_size(corners)[1]) ** 2
        support = self._parameters.good_support
        return TrackObservation(index, corners, certain, support, seen * inside, None, ncc, energy, inside)

    def _coast(
        self, index: int, picture: Plane, camera: Callable[[], Homography | None], inside: float
    ) -> TrackObservation:
        """Nothing can be measured: the surface keeps its velocity, and by and by takes on the camera's."""
        self._lost_frames += 1
        own = float(np.exp(-self._lost_frames / self._parameters.coast_frames))
        along = projected(self.corners, _known(camera)) - self.corners
        corners = self.corners + own * self._velocity + (1 - own) * along
        at = self._at(corners)
        if is_plausible(self._layout.corners, at, (1 << 14, 1 << 14)):
            self._to_picture, self.corners = at, corners
        occluded = self._occlusion.occluded(self._reference.relit(picture, self._to_picture), learn=False)
        inside = min(inside, share_inside(self.corners, picture.shape))
        seen = (1.0 - float(occluded.mean())) * inside
        return TrackObservation(index, self.corners, np.zeros((8, 8)), 0.0, 0.5 * seen, None, None, None, inside)


def _better(one: Match | None, other: Match | None) -> Match | None:
    """The match with the higher support."""
    if one is None or other is None:
        return one or other
    return other if other.support > one.support else one


def _known(camera: Callable[[], Homography | None]) -> Homography:
    """The camera's motion, the identity where it is unclear."""
    motion = camera()
    return np.eye(3) if motion is None else motion
