"""Reads regions along their tracks, between detections, and compares their shapes where the track leaves doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from overlaycut.analyse.judge import OcrReading, ShapeMatch
from overlaycut.analyse.lettering.covered import front_of
from overlaycut.analyse.lettering.fusion import LineFusion
from overlaycut.analyse.lettering.geometry import ClipGeometry
from overlaycut.analyse.lettering.glyphs import GlyphSheet
from overlaycut.analyse.lettering.parameters import LetteringParameters
from overlaycut.analyse.lettering.region import Region
from overlaycut.analyse.lettering.shape import LineShape
from overlaycut.analyse.tracking import TrackObservation
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Quad, shift
from overlaycut.models import TextReader, upright


class TrackReader:
    """Reads upright crops of regions where their tracks are."""

    def __init__(
        self, reader: TextReader, geometry: ClipGeometry, *, fps: float, parameters: LetteringParameters
    ) -> None:
        self._reader, self._geometry, self._fps = reader, geometry, fps
        self._fusion = parameters.fusion
        self._visibility = parameters.detection.reading_visibility
        self._least_height = parameters.judge.least_height_px / 2
        self._judge, self._shapes, self._glyphs = parameters.judge, parameters.shapes, parameters.glyphs
        self.reference: Frame | None = None
        """The reference picture, once it is known."""
        self.reference_is_first_frame = False
        self._made: tuple[int, dict[tuple[Region, Quad], LineShape | None]] = (-1, {})
        self.crops = self.empty = 0
        """Crops that were read, and those in which nothing could be read."""

    def collect(self, frame: Frame, regions: Sequence[Region]) -> None:
        """Take in how small lines among `regions` look in `frame`, for several frames to be fused."""
        for region in regions:
            seen = region.observations.get(frame.index)
            if seen is None or (region.fusion is not None and region.fusion.last == frame.index):
                continue
            if seen.support <= 0 and frame.index not in region.carried:
                continue
            quad = self._geometry.to_clip(region.tracker.corners)
            small = self._judge.least_height_px <= quad.size[1] <= self._fusion.most_height_px
            if region.fusion is None and (not small or region.sheet is not None):
                continue
            size = None if region.fusion is None else region.fusion.size
            shape = LineShape.fine(frame, quad, size=size, parameters=self._shapes)
            if shape is not None:
                region.fusion = region.fusion or LineFusion(self._fps, self._fusion)
                whole = region.reference_quad is not None or seen.visible >= self._judge.whole_visibility
                region.fusion.add(frame.index, shape, quad.size[1], is_whole=whole)

    def read(self, frame: Frame, regions: Sequence[Region]) -> None:
        """Append a reading to each of `regions` that is in view in `frame`."""
        chosen, crops = [], []
        for region in regions:
            quad = self._geometry.to_clip(region.tracker.corners)
            seen = region.observations.get(frame.index)
            if seen is None or seen.visible < self._visibility or quad.size[1] < self._least_height:
                continue
            crop = self._crop(region, frame, quad)
            if crop is not None:
                crops.append(crop)
                chosen.append(region)
        for region, reading in zip(chosen, self._reader.read(crops) if crops else [], strict=True):
            region.readings.append(OcrReading(frame.index, reading.text, reading.confidence))
            self.crops += 1
            self.empty += not reading.text

    def _crop(self, region: Region, frame: Frame, quad: Quad) -> Picture | None:
        """What is read of a line; of a small one several frames fused."""
        if region.fusion is not None and region.fusion.last == frame.index:
            fused = region.fusion.latest()
            if fused is not None:
                return fused.rgb
        box = quad.box().grown(2).clipped(self._geometry.width, self._geometry.height)
        return None if box is None else upright(frame.patch(box), quad.mapped(shift(-box.x, -box.y)))

    def compare_shapes(self, frame: Frame, regions: Sequence[Region]) -> None:
        """Compare each of `regions` that is seen whole with its reference, where the track's correlation is low.

        The first frame in which a region is whole and like the picture that it is tracked by is the reference.
        """
        for region in regions:
            seen = region.observations.get(frame.index)
            if seen is None or seen.ncc is None or seen.visible < self._judge.whole_visibility:
                continue
            if (region.reference_shape is None) == (seen.ncc < self._judge.ncc_changed):
                continue
            quad = self._geometry.to_clip(region.tracker.corners)
            comparable = region.fusion is None or region.fusion.is_comparable(quad.size[1])
            if quad.size[1] < self._judge.least_height_px or not comparable:
                continue
            shape = self._shape(region, frame, quad)
            if shape is None:
                continue
            if region.reference_shape is None:
                region.reference_shape = shape
            else:
                region.shapes.append(ShapeMatch(frame.index, *region.reference_shape.compared(shape)))

    def compare_letters(self, frame: Frame, regions: Sequence[Region]) -> None:
        """Compare the letters of each of `regions` that is in view with those of its reference.

        What melts while something passes over it stays changed, and the track takes that for something in front; so the
        letters say themselves what is covered.

        A line that the reference does not show is held against the first frame in which it is whole and itself.
        """
        for region in regions:
            seen = region.observations.get(frame.index)
            carried = frame.index in region.carried
            if seen is None or seen.visible < self._glyphs.least_visible:
                continue
            if seen.support <= 0 and not (carried and self._is_clear(seen)):
                continue
            quad = self._geometry.to_clip(region.tracker.corners)
            if quad.size[1] < self._judge.least_height_px:
                continue
            if region.sheet is None:
                self._lay_out(region, frame, quad)
            if region.sheet is None or (region.letters and region.letters[-1].index == frame.index):
                continue
            doubtful = seen.visible < self._judge.clear_visibility and not carried
            shape = self._look(region, frame, quad, doubtful=doubtful)
            if shape is not None:
                front = region.sheet.in_front(shape, doubtful=doubtful)
                region.fronts[frame.index] = front_of(front)
                match = region.sheet.seen(frame.index, shape, front, doubtful=doubtful)
                if seen.support <= 0 and match.likeness.mean() < self._glyphs.least_carried:
                    continue
                held = (carried or seen.support >= self._judge.letters.held_support) and not doubtful
                # A track that is off stretches letters as well.
                region.letters.append(match if held else replace(match, stretch=np.nan))

    def _is_clear(self, seen: TrackObservation) -> bool:
        """Whether nothing is in front of a line whose place only the camera tells; visibility is halved then."""
        return 2 * seen.visible >= self._judge.clear_visibility * seen.inside

    def _look(self, region: Region, frame: Frame, quad: Quad, *, doubtful: bool) -> LineShape | None:
        """A line as `frame` shows it; a small one fused of the last frames, unless something may be in front."""
        if region.fusion is None:
            return self._shape(region, frame, quad)
        if not region.fusion.is_comparable(quad.size[1]):
            return None
        if doubtful or region.fusion.last != frame.index:
            shape = LineShape.fine(frame, quad, size=region.fusion.size, parameters=self._shapes)
        else:
            shape = region.fusion.latest()
        return None if shape is None else region.fusion.as_coarse(shape, quad.size[1])

    def _shape(self, region: Region, frame: Frame, quad: Quad) -> LineShape | None:
        """A line as `frame` shows it, made once for all that compare it there."""
        if self._made[0] != frame.index:
            self._made = (frame.index, {})
        made, key = self._made[1], (region, quad)
        if key not in made:
            made[key] = LineShape.of(frame, quad, parameters=self._shapes)
        return made[key]

    def look_for_covers(self, frame: Frame, regions: Sequence[Region]) -> None:
        """Look at what is in front of each of `regions` that its track holds for covered, or that was covered."""
        for region in regions:
            seen = region.observations.get(frame.index)
            if seen is None or region.sheet is None or frame.index in region.fronts:
                continue
            before = region.fronts.get(frame.index - 1)
            suspected = seen.visible < self._judge.whole_visibility * seen.inside
            if not suspected and (before is None or before.share == 0):
                continue
            quad = self._geometry.to_clip(region.tracker.corners)
            if seen.support <= 0 or quad.size[1] < self._judge.least_height_px:
                continue
            shape = self._shape(region, frame, quad)
            if shape is not None:
                doubtful = seen.visible < self._judge.clear_visibility * seen.inside
                region.fronts[frame.index] = front_of(region.sheet.in_front(shape, doubtful=doubtful))

    def _lay_out(self, region: Region, frame: Frame, quad: Quad) -> None:
        """Set the letters of a region's reference, where it is known."""
        shape = None
        small = region.fusion is not None
        whole = region.observations[frame.index].visible >= self._judge.whole_visibility
        if region.fusion is not None and (region.reference_quad is None or self.reference_is_first_frame):
            if not region.fusion.has_reference:
                return
            shape = region.fusion.reference()
        elif region.reference_quad is not None and self.reference is not None:
            # A still may show it larger than the grid, which takes a low-pass.
            is_finer = region.reference_quad.size[1] <= self._shapes.height_px
            of = LineShape.fine if small and is_finer else LineShape.of
            shape = of(self.reference, region.reference_quad, parameters=self._shapes)
        elif whole:
            shape = self._shape(region, frame, quad)
        if shape is not None:
            limits = replace(self._glyphs, noise_variance=self._fusion.noise_variance) if small else self._glyphs
            region.sheet = GlyphSheet.of(shape, region.expected or region.text, limits)
