"""Areas that a person named, followed from the first frame and held against the reference like lettering."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from overlaycut.analyse.judge import LetterMatch, Letters, judge_area
from overlaycut.analyse.lettering.area_sheet import AreaLook, AreaSheet
from overlaycut.analyse.lettering.geometry import ClipGeometry
from overlaycut.analyse.lettering.parameters import LetteringParameters
from overlaycut.analyse.lettering.region import Region
from overlaycut.analyse.lettering.still import StillReference
from overlaycut.analyse.tracking import SurfaceTracker
from overlaycut.core.findings import Lettering
from overlaycut.core.frame import Frame, Plane
from overlaycut.core.geometry import Homography, Span
from overlaycut.core.watch import Watch


@dataclass(eq=False)
class _Area:
    """One area under observation."""

    name: str
    region: Region
    sheet: AreaSheet
    cells: list[LetterMatch] = field(default_factory=list)


class WatchedAreas:
    """The areas of one clip."""

    def __init__(self, watch: Sequence[Watch], geometry: ClipGeometry, *, parameters: LetteringParameters) -> None:
        self._watch, self._geometry, self._parameters = tuple(watch), geometry, parameters
        self._areas: list[_Area] = []
        self._outside: list[str] = []

    def begin(self, picture: Plane, reference: StillReference) -> None:
        """Take the areas from the reduced first frame, and how they should look from the reference."""
        appearance = reference.luma_in(picture, self._geometry)
        to_reference = np.linalg.inv(reference.registration.matrix)
        for one in self._watch:
            quad = one.box.quad()
            there = quad.mapped(np.asarray(to_reference, np.float64))
            look = AreaLook.of(reference.frame, there, self._parameters.areas)
            if look is None or self._geometry.visible(quad) < self._parameters.regions.in_view:
                self._outside.append(one.name)
                continue
            corners = self._geometry.to_reduced(quad)
            tracker = SurfaceTracker(
                picture,
                corners,
                points=self._parameters.regions.feature_points // 4,
                appearance=appearance,
                parameters=replace(self._parameters.tracker, least_support=0.03, least_agreement=4.0),
            )
            region = Region(
                tracker=tracker,
                text="",
                confidence=0.0,
                first_frame=0,
                reference_quad=there,
                parameters=self._parameters.regions,
                from_still=True,
                observations={0: tracker.reference_observation(0)},
            )
            self._areas.append(_Area(one.name, region, AreaSheet(look, self._parameters.areas)))

    def track(self, index: int, picture: Plane, camera: Callable[[], Homography | None]) -> None:
        """Follow them into the next frame."""
        for area in self._live():
            area.region.track(index, picture, camera)

    def end(self, index: int) -> None:
        """A new shot begins with frame `index`."""
        for area in self._live():
            area.region.end = index

    def see(self, frame: Frame) -> None:
        """Compare them with the reference; once per frame."""
        least = self._parameters.areas.pieces.least_visible
        for area in self._live():
            seen = area.region.observations.get(frame.index)
            if seen is None or seen.visible < least:
                continue
            if area.cells and area.cells[-1].index == frame.index:
                continue
            quad = self._geometry.to_clip(area.region.tracker.corners)
            look = AreaLook.of(frame, quad, self._parameters.areas)
            if look is not None:
                # What melts loses its track, and the track takes it for covered.
                doubtful = seen.support <= 0 or seen.visible < self._parameters.judge.clear_visibility
                area.cells.append(area.sheet.seen(frame.index, look, doubtful=doubtful))

    def reported(self, *, first_number: int, fps: float) -> Iterator[Lettering]:
        """What became of them, numbered from `first_number` on."""
        for number, area in enumerate(self._areas, start=first_number):
            yield self._lettering(area, f"r{number}", fps)

    def notes(self) -> Iterator[str]:
        """What could not be watched."""
        for name in self._outside:
            yield f"the watched area {name!r} lies outside of the first frame or of its still, so it is not followed"

    def _live(self) -> list[_Area]:
        return [area for area in self._areas if area.region.end is None]

    def _lettering(self, area: _Area, number: str, fps: float) -> Lettering:
        region, limits = area.region, self._parameters
        quads = region.quads(self._geometry.to_clip, parameters=limits.trajectory)
        height = float(np.median([quad.size[1] for quad in quads.values()]))
        cells = Letters.of(area.cells, (), height, limits.judge.areas)
        verdict = judge_area(region.text_observations(quads), cells, name=area.name, fps=fps, parameters=limits.judge)
        return Lettering(
            id=number,
            kind="watched",
            state=verdict.state,
            confidence=round(verdict.confidence, 4),
            protected=False,
            name=area.name,
            expected=None,
            expected_from=None,
            read=None,
            legibility=verdict.legibility,
            legibility_at=verdict.legibility_at,
            onset=verdict.onset,
            span=Span(min(quads), max(quads) + 1),
            quads=quads,
            visibility={one.index: round(one.visible, 4) for one in region.in_order()},
            reference_quad=region.reference_quad,
            reference_is_clean=True,
            judged=verdict.judged,
            reason=verdict.reason,
        )
