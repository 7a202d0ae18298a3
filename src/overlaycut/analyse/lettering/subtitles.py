"""Burned-in subtitles: text that is fixed on screen, low and centred, and replaced by other text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from overlaycut.analyse.lettering.geometry import ClipGeometry
from overlaycut.analyse.lettering.parameters import RegionParameters, SubtitleParameters
from overlaycut.analyse.lettering.region import Region
from overlaycut.core.edit_distance import likeness
from overlaycut.core.geometry import Quad


@dataclass(frozen=True, slots=True)
class SubtitleRules:
    """Tells subtitles from other text of a clip."""

    geometry: ClipGeometry
    parameters: SubtitleParameters
    regions: RegionParameters

    def in_band(self, quad: Quad) -> bool:
        """Whether a quad lies where subtitles do, and is as low as they are."""
        x, y = quad.centre
        width, height = self.geometry.width, self.geometry.height
        return (
            y > self.parameters.top * height
            and abs(x - width / 2) < self.parameters.off_centre * width
            and quad.size[1] < self.parameters.height * height
        )

    def is_fixed(self, region: Region) -> bool:
        """Whether a region has kept its place on screen."""
        centres = np.array([self.geometry.to_clip(one.corners).centre for one in region.like_reference()])
        most = self.parameters.drift * max(self.geometry.width, self.geometry.height)
        return bool(len(centres)) and bool(np.ptp(centres, axis=0).max() < most)

    def grouped(
        self, quads: Mapping[Region, Mapping[int, Quad]], *, cuts: Sequence[int], has_still: bool
    ) -> set[Region]:
        """The regions that are subtitles. quads: every region's place by frame; cuts: frames that begin a shot."""
        fixed = []
        for region, places in quads.items():
            ends = (places[min(places)], places[max(places)])
            in_still = has_still and region.reference_quad is not None
            if not in_still and all(map(self.in_band, ends)) and self.is_fixed(region):
                fixed.append(region)
        replaced = [one for one in fixed if any(self._replace(one, other, quads) for other in fixed)]
        # A clip made from a still has no reason to carry subtitles: there, one line alone is not taken for one.
        if has_still:
            return set(replaced)
        come_and_go = [r for r in fixed if r.first_frame not in (0, *cuts) or r.end not in (None, *cuts)]
        return {*come_and_go, *replaced}

    def _replace(self, one: Region, other: Region, quads: Mapping[Region, Mapping[int, Quad]]) -> bool:
        """Whether two regions are lines of one series of subtitles."""
        return (
            other.first_frame != one.first_frame
            and likeness(other.text, one.text) < self.regions.other_words
            and self._in_line(quads[other], quads[one])
        )

    def _in_line(self, one: Mapping[int, Quad], other: Mapping[int, Quad]) -> bool:
        """Whether two lines are set alike: as high, and at the same height of the picture."""
        a, b = one[min(one)], other[min(other)]
        high, low = max(a.size[1], b.size[1]), min(a.size[1], b.size[1])
        close = abs(a.centre[1] - b.centre[1]) < self.parameters.same_line * high
        return low > self.parameters.like_height * high and close
