"""Text on a surface that bends, such as a print on a body that turns or on cloth in waves, compared with its reference.

A planar track cannot lay such text flat, so that intact strokes look like others on it. Here the reference patch is
registered with the frame by a spline (`vision.spline_registration`), from where it was found last. This is evidence
beside the track: it never changes where the text is taken to be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.analyse.tracking.appearance import TextAppearance
from overlaycut.analyse.tracking.observation import BentLikeness
from overlaycut.analyse.tracking.parameters import BendingParameters
from overlaycut.analyse.tracking.patch import PatchLayout
from overlaycut.analyse.tracking.plane_geometry import (
    four_point_homography,
    is_plausible,
    projected,
    quad_size,
    share_inside,
)
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import FloatArray, Homography
from overlaycut.vision.filters import FloatPlane, FlowField, blurred, pearson_correlation
from overlaycut.vision.spline_registration import SplineRegistration, looked_up


class BentText:
    """Compares text with its reference on a surface that may bend, frame after frame, beside a planar track of it.

    reference: the rectified luma of `layout`, (rows, columns); appearance: its text; to_picture: where it lies flat,
    patch to picture.
    """

    def __init__(
        self,
        reference: Plane,
        layout: PatchLayout,
        appearance: TextAppearance,
        to_picture: Homography,
        *,
        parameters: BendingParameters,
    ) -> None:
        self._reference, self._layout, self._appearance = reference, layout, appearance
        self._parameters = parameters
        self._flat_at = to_picture
        """Where the text lay flat last."""
        self._finder: _BentTextFinder | None = None
        """Made when it is first needed."""
        self._pause = self._left = 0
        """Frames in which it is not looked for after it was found badly or not, and those of them that are left."""
        self._held: BentLikeness | None = None
        """What is said of them."""

    def compared(
        self,
        picture: Plane,
        to_picture: Homography,
        ncc: float | None,
        camera: Callable[[], Homography | None],
        *,
        closely: bool = True,
    ) -> BentLikeness | None:
        """How alike the text is, laid flat; None where a plane explains it, where it is not found or not seen whole.

        Text that has become another and goes along with its surface is looked for in some frames only, and so is any
        that does where not `closely`; each stands for those up to the next.

        to_picture: where the planar track takes the text to be, patch to picture, and ncc: the text's there. camera:
        the whole picture's motion since the last one.
        """
        if ncc is not None and ncc >= self._parameters.flat_ncc:
            self._flat_at, self._pause, self._left = to_picture, 0, 0
            if self._finder is not None:
                self._finder.begin(to_picture)
            return None
        if self._left:
            self._left -= 1
            if self._held is None or self._finder is None:
                return None
            self._finder.carry(camera())
            return self._held if self._is_whole(picture) else None
        if self._finder is None:
            self._finder = _BentTextFinder(self._reference, self._layout, self._appearance, parameters=self._parameters)
            self._finder.begin(self._flat_at)
        motion = camera()
        places = [to_picture] if motion is None else [to_picture, motion @ self._finder.to_picture]
        found = self._finder.look(picture, places)
        if found is None:
            self._rest(None)
            return None
        apart, *others = (self._apart(place) for place in places)
        said = BentLikeness(*found, apart=apart)
        self._rest(said, moved=min([apart, *others]), closely=closely)
        return said if self._is_whole(picture) else None

    def _is_whole(self, picture: Plane) -> bool:
        """Whether all of the text that was found is inside the picture."""
        assert self._finder is not None
        own = projected(self._layout.corners, self._finder.to_picture)
        return share_inside(own, picture.shape) >= self._parameters.least_inside

    def _apart(self, place: Homography) -> float:
        """How far the text lies from `place` at most, in its heights."""
        assert self._finder is not None
        own, other = (projected(self._layout.corners, at) for at in (self._finder.to_picture, place))
        return float(np.linalg.norm(own - other, axis=1).max()) / max(quad_size(own)[1], 1.0)

    def _rest(self, said: BentLikeness | None, *, moved: float = 0.0, closely: bool = True) -> None:
        """Choose the next frame to look at; `moved`: how far the text lies from where it was expected, in heights."""
        limits = self._parameters
        self._held, most = None, 0
        if said is None or said.whole < limits.least_ncc:
            most = limits.most_pause
        elif (said.whole < limits.other_ncc or not closely) and moved <= limits.expected:
            self._held, most = said, limits.most_pause_of_other
        self._pause = self._left = min(2 * self._pause + 1, most)


@dataclass(frozen=True, slots=True, eq=False)
class _Bent:
    """Text found on a surface that bends."""

    to_picture: Homography
    """The plane along which it lies most closely, patch to picture."""
    coefficients: FloatArray
    """Of the spline that says how far it lies from that."""
    likeness: tuple[float, float]
    """Of the whole text, laid flat, and of its weakest part."""


class _BentTextFinder:
    """Finds the text of a reference patch from frame to frame, whatever way its surface bends."""

    def __init__(
        self, reference: Plane, layout: PatchLayout, appearance: TextAppearance, *, parameters: BendingParameters
    ) -> None:
        self._layout, self._appearance, self._parameters = layout, appearance, parameters
        width, height = layout.text_size
        self._scale = min(parameters.height_px / height, parameters.longest_px / width)
        small = self._reduced(reference)
        letter = self._scale * height
        (left, top), (right, bottom) = self._scale * layout.corners[0], self._scale * layout.corners[2]
        beside = parameters.margin * letter
        rows = slice(max(int(top - beside), 0), min(int(np.ceil(bottom + beside)), small.shape[0]))
        columns = slice(max(int(left - beside), 0), min(int(np.ceil(right + beside)), small.shape[1]))
        self._text = (
            slice(int(top) - rows.start, int(np.ceil(bottom)) - rows.start),
            slice(int(left) - columns.start, int(np.ceil(right)) - columns.start),
        )
        window = small[rows, columns]
        weight = np.zeros(window.shape, dtype=np.float32)
        weight[self._text] = 1
        weight = parameters.surround + (1 - parameters.surround) * blurred(weight, 0.1 * letter)
        self._window_at = (columns.start, rows.start)
        self._registration = SplineRegistration(
            window, scale=letter, weight=weight, origin=self._window_at, parameters=parameters.spline
        )
        self._softness = parameters.softness * letter
        self._soft = blurred(window, self._softness)[self._text]
        self._coefficients = self._registration.at_rest
        self.to_picture: Homography = np.eye(3)
        """The plane along which the text lay when it was found last, patch to picture."""
        self._velocity = np.zeros((4, 2))
        self._last = 1.0
        """Likeness of the whole text where it was found last."""

    def begin(self, to_picture: Homography) -> None:
        """Take the surface for flat, the patch lying at `to_picture`."""
        self.to_picture, self._velocity = to_picture, np.zeros((4, 2))
        self._coefficients, self._last = self._registration.at_rest, 1.0

    def carry(self, motion: Homography | None) -> None:
        """Take the text to go along with the camera, whose motion is given where it is known."""
        if motion is not None:
            self.to_picture = np.asarray(motion @ self.to_picture, dtype=np.float64)

    def look(self, picture: Plane, guesses: Sequence[Homography]) -> tuple[float, float] | None:
        """How alike the text is in `picture`, laid flat: whole, and its weakest part; None where it is not found.

        guesses: places, patch to picture, from which it is looked for besides its last one and where it would be if it
        moved on as it did.
        """
        places = [*guesses, self.to_picture, self._predicted()]
        places = [one for one in places if is_plausible(self._layout.corners, one, picture.shape)]
        if not places:
            return None
        starts = [(place, self._reduced(self._layout.rectified(picture, place))) for place in places]
        place, now = max(starts, key=lambda start: self._likeness(start[1], self._coefficients))
        best: tuple[float, _Bent] | None = None
        for closely in (True, False):
            bent = self._fitted(picture, place, now, closely=closely)
            if bent is not None and (best is None or bent.likeness[0] > best[0]):
                best = bent.likeness[0], bent
            if best is not None and best[0] >= self._last - self._parameters.steady:
                break
        if best is None:
            return None
        before = projected(self._layout.corners, self.to_picture)
        self._last, bent = best
        self.to_picture, self._coefficients = bent.to_picture, bent.coefficients
        self._velocity = projected(self._layout.corners, self.to_picture) - before
        return bent.likeness

    def _fitted(self, picture: Plane, place: Homography, now: FloatPlane, *, closely: bool) -> _Bent | None:
        """The text as the spline finds it in `picture`, of which `now` is the reduced patch at `place`."""
        found = self._registration.fitted(now, self._coefficients, closely=closely)
        if self._likeness(now, found) < self._parameters.least_likeness:
            return None
        bent = self._registration.places(found)
        plane = self._nearest_plane(bent)
        if plane is None:
            return None
        there = projected(bent.reshape(-1, 2).astype(np.float64), np.asarray(np.linalg.inv(plane), dtype=np.float64))
        to_patch = np.diag([self._scale, self._scale, 1.0])
        at: Homography = place @ np.linalg.inv(to_patch) @ plane @ to_patch
        at = np.asarray(at / at[2, 2], dtype=np.float64)
        if not is_plausible(self._layout.corners, at, picture.shape):
            return None
        bent = there.reshape(bent.shape).astype(np.float32)
        likeness = self._appearance.by_parts(self._flattened(picture, at, bent))
        return _Bent(at, self._registration.coefficients(bent), likeness)

    def _predicted(self) -> Homography:
        moved = projected(self._layout.corners, self.to_picture) + self._velocity
        return four_point_homography(self._layout.corners, moved)

    def _flattened(self, picture: Plane, at: Homography, bent: FlowField) -> Plane:
        patch = self._layout.rectified(picture, at)
        rows, columns = patch.shape
        grid = np.dstack(np.meshgrid(np.arange(columns), np.arange(rows))).astype(np.float32)
        return np.asarray(np.rint(looked_up(patch, grid + self._displacement(bent))), dtype=np.uint8)

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
        """The displacement of every pixel of the whole patch; beyond the window it is none."""
        columns, rows = self._layout.size
        small = np.zeros((round(self._scale * rows), round(self._scale * columns), 2), dtype=np.float32)
        left, top = self._window_at
        height, width = bent.shape[:2]
        small[top : top + height, left : left + width] = bent - self._registration.places(self._registration.at_rest)
        whole = cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR) / np.float32(self._scale)
        return np.asarray(whole, dtype=np.float32)
