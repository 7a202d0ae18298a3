"""Marks by their form: small, in a corner or at the top or bottom edge, and unmoved while the picture moves under them.

A sign in the scene stands still in a locked shot too, so only frames between which the camera has moved say anything,
and only where the surround of the lettering has moved with it: something large that passes is no camera motion.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import cv2
import numpy as np

from overlaycut.analyse.lettering.geometry import ClipGeometry
from overlaycut.analyse.lettering.region import Region
from overlaycut.analyse.tracking import CameraMotionParameters, camera_motion
from overlaycut.analyse.tracking.plane_geometry import projected
from overlaycut.analyse.watermarks import FixedMarkParameters, WatermarkParameters, at_edge
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import Box, FloatArray, Homography
from overlaycut.vision.filters import FloatPlane


@dataclass(slots=True)
class _Looks:
    still: int = 0
    moved: int = 0


@dataclass(slots=True, eq=False)
class FixedMarks:
    """What pairs of frames say of each region."""

    geometry: ClipGeometry
    parameters: FixedMarkParameters
    marks: WatermarkParameters
    camera: CameraMotionParameters
    _looks: dict[Region, _Looks] = field(default_factory=dict)

    def see(self, regions: Iterable[Region], before: Plane, now: Plane) -> None:
        """Compare two reduced pictures, a fraction of a second apart, at the places of `regions`."""
        places = [(region, box) for region in regions if (box := self._place(region)) is not None]
        motion = camera_motion(before, now, parameters=self.camera) if places else None
        if motion is None:
            return
        for region, box in places:
            centre = np.array([[box.x + box.w / 2, box.y + box.h / 2]])
            shift: FloatArray = (projected(centre, motion) - centre)[0]
            if np.hypot(*shift) < self.parameters.least_motion * max(now.shape):
                continue
            stands = self._stands(before, now, box, motion, shift)
            if stands is not None:
                looks = self._looks.setdefault(region, _Looks())
                looks.still, looks.moved = looks.still + stands, looks.moved + (not stands)

    def is_fixed(self, region: Region) -> bool:
        """Whether the picture has moved under a region, and it has not."""
        looks = self._looks.get(region, _Looks())
        count = looks.still + looks.moved
        return looks.still >= self.parameters.least_looks and looks.still >= self.parameters.share * count

    def _place(self, region: Region) -> Box | None:
        """The region's box in the reduced picture, where it is of a size and at a place that marks have."""
        quad = self.geometry.to_clip(region.tracker.corners)
        if quad.size[0] > self.parameters.most_width * self.geometry.width or not at_edge(
            quad, self.geometry.width, self.geometry.height, parameters=self.marks
        ):
            return None
        (left, top), (right, bottom) = region.tracker.corners.min(axis=0), region.tracker.corners.max(axis=0)
        box = Box(int(left), int(top), max(int(right - left) + 1, 1), max(int(bottom - top) + 1, 1))
        return box.clipped(*self.geometry.reduced)

    def _stands(self, before: Plane, now: Plane, box: Box, motion: Homography, shift: FloatArray) -> bool | None:
        """Whether what is at `box` stands still while its surround moves with the camera; None where it does not."""
        if not self._surround_moves(before, now, box, motion):
            return None
        stays, goes = (self._alike(before, now, box, by) for by in (np.zeros(2), shift))
        if stays is None:
            return None
        return stays >= self.parameters.least_alike and stays >= (goes or 0.0) + self.parameters.advantage

    def _surround_moves(self, before: Plane, now: Plane, box: Box, motion: Homography) -> bool:
        """Whether feature points around `box` move as the camera does, and hardly any stands still."""
        limits = self.parameters
        reach = max(round(limits.surround * box.h), round(limits.least_surround * min(now.shape)))
        wide = box.grown(reach).clipped(now.shape[1], now.shape[0])
        assert wide is not None
        mask = np.zeros(now.shape, dtype=np.uint8)
        mask[wide.y : wide.bottom, wide.x : wide.right] = 255
        own = box.grown(max(2, box.h // 4)).clipped(now.shape[1], now.shape[0])
        assert own is not None
        mask[own.y : own.bottom, own.x : own.right] = 0
        points = cv2.goodFeaturesToTrack(before, limits.most_points, 0.02, 5, mask=mask)
        if points is None or len(points) < limits.least_points:
            return False
        there = projected(points[:, 0].astype(np.float64), motion)
        guess = there[:, None].astype(np.float32)
        found, status, _ = cv2.calcOpticalFlowPyrLK(before, now, points, guess, flags=cv2.OPTFLOW_USE_INITIAL_FLOW)
        stayed, at_rest, _ = cv2.calcOpticalFlowPyrLK(before, now, points, points.copy())
        ok = (status.ravel() > 0) & (at_rest.ravel() > 0)
        if ok.sum() < limits.least_points:
            return False
        with_camera = np.linalg.norm(found[:, 0] - there, axis=1)[ok] < limits.agreement_px
        resting = np.linalg.norm(stayed[:, 0] - points[:, 0], axis=1)[ok] < limits.rest_px
        return bool(with_camera.mean() >= limits.moving_share and resting.mean() <= limits.resting_share)

    def _alike(self, before: Plane, now: Plane, box: Box, by: FloatArray) -> float | None:
        """Correlation of `before` in `box` with `now` displaced by `by`; None where it is out of view or bare."""
        x, y = box.x + by[0], box.y + by[1]
        if min(x, y) < 0 or x + box.w > now.shape[1] or y + box.h > now.shape[0]:
            return None
        there = cv2.getRectSubPix(now, (box.w, box.h), (x + box.w / 2 - 0.5, y + box.h / 2 - 0.5))
        a: FloatPlane = before[box.y : box.bottom, box.x : box.right].astype(np.float32)
        b: FloatPlane = np.asarray(there).astype(np.float32)
        if min(a.std(), b.std()) < self.parameters.least_contrast:
            return None
        return float(((a - a.mean()) * (b - b.mean())).mean() / (a.std() * b.std()))
