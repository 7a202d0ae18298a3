"""The estimator of one region: its source, what a pass over the clip observes of it, and its repair from both."""

from __future__ import annotations

from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Quad
from overlaycut.repair.estimate.assembly import RegionEstimate, RepairAssembler
from overlaycut.repair.estimate.learned_strokes import LearnedStrokes
from overlaycut.repair.estimate.observation import RegionObserver
from overlaycut.repair.estimate.parameters import EstimationParameters
from overlaycut.repair.estimate.region_geometry import RegionGeometry
from overlaycut.repair.estimate.region_source import RegionSource, best_source_frame
from overlaycut.repair.estimate.screen_text import ScreenText
from overlaycut.repair.fill.learned import FillModel
from overlaycut.repair.retypeset.renderer import TextRenderer
from overlaycut.vision.deformation import Deformation


class RegionEstimator:
    """Estimates the repair of one region.

    Give it the frame `starts_at`, unless that is None, with `start`; then every frame, in display order, with `see`;
    then ask for what was `estimated`.
    """

    def __init__(
        self,
        geometry: RegionGeometry,
        *,
        reference: Frame | None,
        reference_is_frame: bool,
        parameters: EstimationParameters = EstimationParameters(),
    ) -> None:
        """reference: the still, or the clip's first frame when `reference_is_frame`."""
        self.geometry = geometry
        self._parameters = parameters
        self._source: RegionSource | None = None
        self._observer: RegionObserver | None = None
        self._screen: ScreenText | None = None
        region = geometry.region
        goes = region.decision == "erase" or (region.decision == "restore" and region.typeset is not None)
        self._stands_still = goes and geometry.stands_still(within_px=parameters.screen_text.still_px)
        # Nothing but the strokes of what lies over the picture is asked for.
        self._observes = not (self._stands_still and geometry.is_overlaid)
        least = parameters.source.least_visibility
        usable = not reference_is_frame or region.visibility.get(0, 1.0) >= least or region.decision == "restore"
        self.starts_at: int | None = None
        """Index of the frame that the region is taken from; None when it is taken from the reference."""
        if reference is not None and region.reference_quad is not None and usable:
            self._start_from(reference, region.reference_quad, None)
        else:
            self.starts_at = best_source_frame(geometry, parameters.source)

    def start(self, frame: Frame) -> None:
        """Take the region from `frame`, the one that `starts_at` names."""
        track = self.geometry.track
        self._start_from(frame, track.quads[frame.index], track.bends.get(frame.index))

    def _start_from(self, frame: Frame, quad: Quad, bend: Deformation | None) -> None:
        strokes = LearnedStrokes.of(self.geometry, self._parameters.strokes)
        source = RegionSource.of(
            self.geometry,
            frame,
            quad,
            bend,
            index=self.starts_at,
            strokes=strokes,
            parameters=self._parameters.source,
            appearance=self._parameters.appearance,
        )
        self._source = source
        self._observer = RegionObserver(self.geometry, source, self._parameters.observation, strokes=strokes)

    def see(self, frame: Frame) -> None:
        """Take in one frame."""
        geometry = self.geometry
        if self._stands_still and frame.index in geometry.span and frame.index in geometry.track.quads:
            if self._screen is None:
                self._screen = ScreenText(geometry, frame, self._parameters.screen_text, fill=self._parameters.fill)
            self._screen.see(frame)
        if self._observer is not None and self._observes:
            self._observer.see(frame)

    def estimated(self, *, text_renderer: TextRenderer | None, fill_model: FillModel | None) -> RegionEstimate | None:
        """The repair; None when the clip did not have the frame that the region was to be taken from."""
        if self._source is None or self._observer is None:
            return None
        assembler = RepairAssembler(
            self.geometry,
            self._source,
            self._observer.observations(),
            self._screen,
            text_renderer=text_renderer,
            fill_model=fill_model,
            parameters=self._parameters,
        )
        return assembler.assembled()
