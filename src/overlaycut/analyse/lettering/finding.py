"""Detected lines into regions with a track of their own."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from overlaycut.analyse.judge import OcrReading
from overlaycut.analyse.lettering.expected import ExpectedTexts
from overlaycut.analyse.lettering.geometry import ClipGeometry, intersection_over_union, overlap
from overlaycut.analyse.lettering.parameters import LetteringParameters
from overlaycut.analyse.lettering.region import Region
from overlaycut.analyse.lettering.still import StillReference
from overlaycut.analyse.tracking import SurfaceTracker
from overlaycut.analyse.tracking.plane_geometry import projected, quad_size
from overlaycut.core.findings import TextSource
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import Homography, Points, Quad
from overlaycut.models import DetectedText
from overlaycut.vision.filters import blurred
from overlaycut.vision.polygons import polygon_mask


class RegionFinder:
    """Makes regions of detected lines and appends them to `regions`."""

    def __init__(
        self,
        regions: list[Region],
        geometry: ClipGeometry,
        expected: ExpectedTexts,
        *,
        parameters: LetteringParameters,
    ) -> None:
        self._regions, self._geometry, self._expected = regions, geometry, expected
        self._parameters = parameters
        self._reference: Plane | None = None
        """The reference picture in the geometry of the reduced first frame."""
        self.refused = 0
        """Lines that were text in view, but beyond the number of regions that are tracked at a time."""

    def from_still(self, picture: Plane, still: StillReference) -> None:
        """Regions of the reference picture's lines, where they lie in the reduced first frame."""
        appearance = self._reference = still.luma_in(picture, self._geometry)
        share = 6 if still.is_first_frame else max(4, len(still.lines))
        quads = [line.quad.mapped(still.registration.matrix) for line in still.lines]
        corners = [self._geometry.to_reduced(quad) for quad in quads]
        for number, (line, quad) in enumerate(zip(still.lines, quads, strict=True)):
            if not self._has_room(quad, self._regions):
                continue
            tracker = SurfaceTracker(
                picture,
                corners[number],
                neighbours=[c for n, c in enumerate(corners) if n != number],
                points=self._parameters.regions.feature_points // share,
                appearance=appearance,
                parameters=self._parameters.tracker,
            )
            region = self._region(tracker, line, 0, still.source, still.least_confidence)
            region.reference_quad, region.from_still = line.quad, True
            if still.is_first_frame and line.text:
                region.readings.append(OcrReading(0, line.text, line.confidence))

    def from_first_frame(
        self, picture: Plane, line: DetectedText, others: Sequence[DetectedText], still: StillReference
    ) -> None:
        """A region of a line of a first frame that differs from the still, unless it is one of the still's."""
        if any(self._shares_place(region, line.quad) for region in self._regions if region.from_still):
            return
        if not self._expected.is_text(line) or not self._has_room(line.quad, self._regions):
            return
        beside = [self._geometry.to_reduced(other.quad) for other in others if self._expected.is_text(other)]
        tracker = self._tracker(picture, self._geometry.to_reduced(line.quad), share=6, neighbours=beside)
        shown = still.shows(line)
        if shown is not None:
            region = self._region(tracker, shown, 0, "still", self._parameters.detection.least_confidence)
            region.readings.append(OcrReading(0, line.text, line.confidence))
            region.reference_quad, region.from_still = shown.quad, True
            return
        region = self._region(tracker, line, 0, "first frame", self._parameters.detection.known_confidence)
        region.readings.append(OcrReading(0, line.text, line.confidence))
        region.invented = still.lacks(line, line.quad)

    def from_clip(
        self,
        index: int,
        picture: Plane,
        line: DetectedText,
        *,
        earlier: Sequence[tuple[int, Plane]],
        still: StillReference | None,
        to_first: Homography | None,
    ) -> bool:
        """A region of a line of a later frame; whether there is one.

        earlier: pictures in which to track it back, latest first. to_first: reduced picture to first frame, where the
        camera's path is known; by it the still is asked whether the line was invented.
        """
        known = self._parameters.detection.known_confidence
        if not self._expected.is_text(line) or line.confidence < known:
            return False
        if not self._has_room(line.quad, [region for region in self._regions if region.end is None]):
            return False
        corners = self._geometry.to_reduced(line.quad)
        region = self._region(self._tracker(picture, corners, share=6), line, index, "clip", known)
        region.readings.append(OcrReading(index, line.text, line.confidence))
        if earlier:
            tracker = self._tracker(picture, corners, share=8)
            region.track_back(tracker, earlier, entering=self._parameters.entering)
        if to_first is not None and still is not None and self._surface_holds(picture, corners, to_first):
            region.invented = still.lacks(line, self._geometry.to_clip(projected(corners, to_first)))
        return True

    def from_unread(
        self,
        index: int,
        picture: Plane,
        lines: Sequence[DetectedText],
        *,
        earlier: Sequence[tuple[int, Plane]] = (),
    ) -> int:
        """Regions of lines that are lettering and could not be read, the surest first. Returns how many those are.

        earlier: pictures in which to track them back, latest first.
        """
        new = 0
        for line in lines:
            live = [region for region in self._regions if region.end is None]
            full = sum(region.evidence is not None for region in live) >= self._parameters.unread.most
            if full or any(self._covers(region, line.quad) for region in live):
                continue
            if not self._has_room(line.quad, live):
                continue
            corners = self._geometry.to_reduced(line.quad)
            region = self._region(self._tracker(picture, corners, share=6), line, index, "clip", 1.0)
            if earlier:
                tracker = self._tracker(picture, corners, share=8)
                region.track_back(tracker, earlier, entering=self._parameters.entering)
            new += 1
        return new

    def _surface_holds(self, picture: Plane, corners: Points, to_first: Homography) -> bool:
        """Whether what surrounds a line was there in the reference: no thing that came in with its own lettering."""
        if self._reference is None:
            return False
        limits = self._parameters.regions
        height = quad_size(corners)[1]
        grown = Quad.of(corners).grown(max(limits.surround * height, 3.0)).array()
        inner = Quad.of(corners).grown(0.1 * height).array()
        rows, columns = picture.shape
        then = cv2.warpPerspective(
            self._reference, to_first, (columns, rows), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=0
        )
        ring = polygon_mask(grown, picture.shape) & ~polygon_mask(inner, picture.shape)
        if not ring.any():
            return False
        # The place is known by the camera's path alone: what moves by itself is a little off.
        soft = max(limits.surround_blur * height, 1.0)
        off = (blurred(picture.astype(np.float32), soft) - blurred(then.astype(np.float32), soft))[ring]
        light = float(np.median(off))
        alike = float((np.abs(off - light) < limits.surround_levels).mean())
        if abs(light) >= limits.light_levels or alike < limits.surround_alike:
            return False
        # Something in front of the line itself would hide the surface between its strokes.
        level = float(np.median(picture[ring]))
        between = polygon_mask(corners, picture.shape) & (np.abs(picture - level) < limits.surround_levels)
        apart = picture[between].astype(np.float32) - then[between] - light
        return bool(len(apart)) and float((np.abs(apart) < limits.surround_levels).mean()) >= limits.between_alike

    def _region(
        self, tracker: SurfaceTracker, line: DetectedText, index: int, source: TextSource, least: float
    ) -> Region:
        expected, origin = self._expected.of(line, source, least=least)
        region = Region(
            tracker=tracker,
            text=line.text,
            confidence=line.confidence if line.text else 0.0,
            evidence=None if line.text else line.confidence,
            first_frame=index,
            reference_quad=None,
            parameters=self._parameters.regions,
            expected=expected,
            source=origin,
            observations={index: tracker.reference_observation(index)},
        )
        self._regions.append(region)
        return region

    def _tracker(
        self, picture: Plane, corners: Points, *, share: int, neighbours: Sequence[Points] = ()
    ) -> SurfaceTracker:
        """A tracker with the `share`th part of the feature points."""
        return SurfaceTracker(
            picture,
            corners,
            neighbours=neighbours,
            points=self._parameters.regions.feature_points // share,
            parameters=self._parameters.tracker,
        )

    def _has_room(self, quad: Quad, tracked: Sequence[Region]) -> bool:
        """Whether a quad is in view and one more region can be tracked."""
        if self._geometry.visible(quad) < self._parameters.regions.in_view:
            return False
        full = len(tracked) >= self._parameters.regions.most
        self.refused += full
        return not full

    def _covers(self, region: Region, quad: Quad) -> bool:
        """Whether a quad is the place of a region, or one is a part of the other."""
        own = self._geometry.to_clip(region.tracker.corners)
        return self._shares_place(region, quad) or overlap(own, quad) > self._parameters.regions.contained

    def _shares_place(self, region: Region, quad: Quad) -> bool:
        own = self._geometry.to_clip(region.tracker.corners)
        return intersection_over_union(own, quad) > self._parameters.regions.same_place


def inverse(homography: Homography) -> Homography:
    """The inverse map."""
    return np.asarray(np.linalg.inv(homography), dtype=np.float64)
