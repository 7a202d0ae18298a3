"""Reads regions along their tracks, between detections."""

from __future__ import annotations

from collections.abc import Sequence

from overlaycut.analyse.judge import OcrReading
from overlaycut.analyse.lettering.geometry import ClipGeometry
from overlaycut.analyse.lettering.parameters import LetteringParameters
from overlaycut.analyse.lettering.region import Region
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import shift
from overlaycut.models import TextReader, upright


class TrackReader:
    """Reads upright crops of regions where their tracks are."""

    def __init__(self, reader: TextReader, geometry: ClipGeometry, *, parameters: LetteringParameters) -> None:
        self._reader, self._geometry = reader, geometry
        self._visibility = parameters.detection.reading_visibility
        self._least_height = parameters.judge.least_height_px / 2
        self.crops = self.empty = 0
        """Crops that were read, and those in which nothing could be read."""

    def read(self, frame: Frame, regions: Sequence[Region]) -> None:
        """Append a reading to each of `regions` that is in view in `frame`."""
        chosen, crops = [], []
        for region in regions:
            quad = self._geometry.to_clip(region.tracker.corners)
            seen = region.observations.get(frame.index)
            if seen is None or seen.visible < self._visibility or quad.size[1] < self._least_height:
                continue
            box = quad.box().grown(2).clipped(self._geometry.width, self._geometry.height)
            if box is None:
                continue
            crops.append(upright(frame.patch(box), quad.mapped(shift(-box.x, -box.y))))
            chosen.append(region)
        for region, reading in zip(chosen, self._reader.read(crops) if crops else [], strict=True):
            region.readings.append(OcrReading(frame.index, reading.text, reading.confidence))
            self.crops += 1
            self.empty += not reading.text
