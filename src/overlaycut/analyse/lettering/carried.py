"""Places of lines whose own tracks gave way, by the motion of the camera.

A line on a bare board has nothing but its strokes to be followed by. When these melt they take the track along, or
lose it, and what became of the line cannot be told. Where the line moved as the camera did while its track was firm,
the camera says where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.analyse.lettering.parameters import CarriedParameters
from overlaycut.analyse.lettering.region import Region
from overlaycut.analyse.tracking import camera_motion
from overlaycut.analyse.tracking.plane_geometry import projected, quad_size
from overlaycut.core.frame import Mask, Plane
from overlaycut.core.geometry import Homography, Points, Quad
from overlaycut.vision.polygons import polygon_mask


@dataclass(slots=True)
class _Anchor:
    """Where a line was last known for certain."""

    index: int
    corners: Points
    picture: Plane
    motion: Homography | None = None
    """The camera's motion since then, up to the frame that was seen last; None while it was not asked for."""
    apart: bool = False
    """Whether the line moved otherwise than the camera, or the camera's motion became unclear."""


class CameraCarrier:
    """Keeps lines in place by the camera where their own tracks give way."""

    def __init__(self, *, parameters: CarriedParameters = CarriedParameters()) -> None:
        self._camera, self._parameters = parameters.camera, parameters
        self._anchors: dict[Region, _Anchor] = {}

    def see(self, index: int, regions: Sequence[Region], ring: Sequence[tuple[int, Plane]]) -> None:
        """Carry those of `regions` into frame `index` whose tracks are weak there.

        ring: the last pictures with their numbers, in order, up to that of this frame.
        """
        limits = self._parameters
        for region in regions:
            seen = region.observations.get(index)
            if seen is None:
                continue
            if seen.support >= limits.firm and seen.ncc is not None and seen.ncc >= limits.firm_ncc:
                self._anchors[region] = _Anchor(index, seen.corners, ring[-1][1])
                continue
            anchor = self._anchors.get(region)
            if anchor is None or anchor.apart or (seen.support >= limits.weak and anchor.motion is None):
                continue
            if anchor.motion is not None and seen.ncc is not None and seen.ncc >= limits.found_ncc:
                # Its own track has found it again, as it was.
                anchor.apart = True
                continue
            text = self._text(anchor, regions)
            if anchor.motion is None and not self._moves_along(anchor, region, ring, text):
                anchor.apart = True
                continue
            motion = self._believed(self._motion(anchor, ring, text))
            anchor.motion = anchor.motion if motion is None else motion
            # What something covers is found again by its own track.
            if motion is not None and seen.visible >= limits.least_visible * seen.inside:
                corners = projected(anchor.corners, motion)
                region.carry(index, corners, sigma=limits.sigma * quad_size(corners)[1])
            anchor.apart = anchor.motion is None

    def _believed(self, motion: Homography | None) -> Homography | None:
        """The motion, unless it changes sizes by more than a camera does in that time."""
        if motion is None:
            return None
        least, most = self._parameters.scales
        return motion if least <= np.sqrt(abs(np.linalg.det(motion[:2, :2]))) <= most else None

    def _motion(self, anchor: _Anchor, ring: Sequence[tuple[int, Plane]], text: Mask) -> Homography | None:
        """The camera's motion from an anchor to the last picture, straight, or else by way of the picture before."""
        now = ring[-1][1]
        motion = camera_motion(anchor.picture, now, without=text, guess=anchor.motion, parameters=self._camera)
        if motion is not None or anchor.motion is None or len(ring) < 2:
            return motion
        before = ring[-2][1]
        rows, columns = text.shape
        moved = cv2.warpPerspective(text.astype(np.uint8), anchor.motion, (columns, rows), flags=cv2.INTER_NEAREST)
        step = camera_motion(before, now, without=moved > 0, parameters=self._camera)
        return None if step is None else np.asarray(step @ anchor.motion, dtype=np.float64)

    def _text(self, anchor: _Anchor, regions: Sequence[Region]) -> Mask:
        """Pixels of lines in an anchor's picture."""
        mask: Mask = np.zeros(anchor.picture.shape, dtype=np.bool_)
        for region in regions:
            seen = region.observations.get(anchor.index)
            if seen is not None:
                grown = Quad.of(seen.corners).grown(self._parameters.margin * quad_size(seen.corners)[1])
                mask |= polygon_mask(grown.array(), mask.shape)
        return mask

    def _moves_along(self, anchor: _Anchor, region: Region, ring: Sequence[tuple[int, Plane]], text: Mask) -> bool:
        """Whether the line moved as the camera did in the frames before its track gave way."""
        limits = self._parameters
        known = [
            (index, picture)
            for index, picture in ring
            if index <= anchor.index and (seen := region.observations.get(index)) is not None and seen.support > 0
        ]
        if len(known) < limits.least_frames:
            return False
        first, then = known[0]
        motion = camera_motion(anchor.picture, then, without=text, parameters=self._camera)
        if motion is None:
            return False
        off = np.linalg.norm(projected(anchor.corners, motion) - region.observations[first].corners, axis=1).max()
        return bool(off <= limits.most_apart * quad_size(anchor.corners)[1])
