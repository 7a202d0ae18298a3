"""Detected lines and the regions that they belong to."""

from __future__ import annotations

import numpy as np

from overlaycut.analyse.judge import OcrReading
from overlaycut.analyse.lettering.geometry import ClipGeometry, aspect, intersection_over_union, overlap
from overlaycut.analyse.lettering.parameters import LetteringParameters
from overlaycut.analyse.lettering.region import Region
from overlaycut.analyse.lettering.subtitles import SubtitleRules
from overlaycut.core.edit_distance import folded, likeness, similarity
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import Quad
from overlaycut.models import DetectedText


class DetectionAssociation:
    """Hands detected lines to the live ones of `regions`."""

    def __init__(
        self,
        regions: list[Region],
        geometry: ClipGeometry,
        subtitles: SubtitleRules,
        *,
        parameters: LetteringParameters,
    ) -> None:
        self._regions, self._geometry, self._subtitles = regions, geometry, subtitles
        self._limits = parameters.regions
        self._known = parameters.detection.known_confidence
        self._least_letters = parameters.subtitles.least_letters

    def assign(self, index: int, picture: Plane, line: DetectedText, *, has_still: bool) -> bool:
        """Hand a line of frame `index` to its region; False when it belongs to none.

        A subtitle that gave way to the line ends, and a lost track that the line shows is taken up again.
        """
        here = self._nearest(line.quad)
        if here is not None and self._ends_subtitle(here[0], line, has_still=has_still):
            here = None
        if here is None:
            return self._reacquired(index, picture, line)
        region, shared = here
        lost = region.observations[index].support < self._limits.lost_support
        if lost and self._reacquired(index, picture, line):
            return True
        if lost and region.evidence is not None and shared > self._limits.same_place:
            self._take_up(region, index, picture, line)
        if shared > self._limits.same_place:
            region.detections += 1
            region.last_detected = index
            region.readings.append(OcrReading(index, line.text, line.confidence))
            if line.confidence >= self._known and similarity(region.text, line.text) >= self._limits.whole:
                region.tracker.confirm_visible()
        return True

    def _live(self) -> list[Region]:
        return [region for region in self._regions if region.end is None]

    def _nearest(self, quad: Quad) -> tuple[Region, float] | None:
        """The live region at the place of `quad` with their intersection over union; None when there is none."""
        best: tuple[Region, float] | None = None
        for region in self._live():
            own = self._geometry.to_clip(region.tracker.corners)
            shared = intersection_over_union(own, quad)
            same = shared > self._limits.same_place or overlap(own, quad) > self._limits.contained
            if same and (best is None or shared > best[1]):
                best = (region, shared)
        return best

    def _reacquired(self, index: int, picture: Plane, line: DetectedText) -> bool:
        """Whether `line` is text whose track was lost; if so, the track continues there."""
        if line.confidence < self._known:
            return False
        for region in self._live():
            if self._is_lost_line(region, line, index):
                corners = self._geometry.to_reduced(line.quad)
                region.observations[index] = region.tracker.reacquire(index, picture, corners)
                region.readings.append(OcrReading(index, line.text, line.confidence))
                region.detections += 1
                return True
        return False

    def _take_up(self, region: Region, index: int, picture: Plane, line: DetectedText) -> None:
        """Continue the lost track of lettering that cannot be read in the middle of a line that overlaps its place."""
        corners = region.tracker.corners
        middle = self._geometry.to_reduced(line.quad).mean(axis=0)
        place = corners + (middle - corners.mean(axis=0))
        region.observations[index] = region.tracker.reacquire(index, picture, place, align=False)

    def _is_lost_line(self, region: Region, line: DetectedText, index: int) -> bool:
        """Whether a region's track is lost in frame `index`, and `line` near it is the same line in full."""
        own = self._geometry.to_clip(region.tracker.corners)
        away = np.hypot(own.centre[0] - line.quad.centre[0], own.centre[1] - line.quad.centre[1])
        lost = region.observations[index].support < self._limits.lost_support
        near = away < 2 * max(own.size) + 2 * max(line.quad.size)
        # A line that is partly occluded is detected as a part, whose corners are not the line's.
        least = self._limits.same_aspect
        whole = least < aspect(line.quad) / aspect(own) < 1 / least
        return bool(lost and near and whole and likeness(region.text, line.text) >= self._limits.same_words)

    def _ends_subtitle(self, region: Region, line: DetectedText, *, has_still: bool) -> bool:
        """Whether a subtitle gave way to `line`; if so, its region ends where it stopped being itself."""
        if (
            (region.reference_quad is not None and has_still)
            or region.source == "user"
            or line.confidence < self._known
            or len(folded(line.text)) < self._least_letters
            or likeness(region.text, line.text) > self._limits.other_words
            or not self._subtitles.in_band(line.quad)
            or not self._subtitles.is_fixed(region)
        ):  # fmt: skip
            return False
        changed = region.replaced_at()
        if changed is not None:
            region.end = max(changed, region.first_frame + 1)
        return changed is not None
