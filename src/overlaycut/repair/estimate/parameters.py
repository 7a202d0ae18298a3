"""The parameters of everything that estimates a repair."""

from __future__ import annotations

from dataclasses import dataclass, field

from overlaycut.repair.composite.appearance import AppearanceParameters
from overlaycut.repair.composite.patch import FadingParameters, PatchParameters
from overlaycut.repair.cover import CoverParameters
from overlaycut.repair.estimate.forecast import ForecastParameters
from overlaycut.repair.estimate.grain_estimation import GrainParameters
from overlaycut.repair.estimate.intact import IntactParameters
from overlaycut.repair.estimate.learned_strokes import LearnedStrokesParameters
from overlaycut.repair.estimate.masks import MaskParameters
from overlaycut.repair.estimate.observation import ObservationParameters
from overlaycut.repair.estimate.plate_estimation import PlateEstimationParameters
from overlaycut.repair.estimate.region_geometry import GeometryParameters
from overlaycut.repair.estimate.region_source import SourceParameters
from overlaycut.repair.estimate.screen_text import ScreenTextParameters
from overlaycut.repair.estimate.sharpness import SharpnessParameters
from overlaycut.repair.estimate.track_refinement import RefinementParameters
from overlaycut.repair.fill.flow_guided import FlowGuidedParameters
from overlaycut.repair.retypeset.renderer import OriginalTextParameters
from overlaycut.repair.retypeset.typesetting import RetypesetParameters
from overlaycut.repair.segment.text_colours import TextColoursParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimationParameters:
    """Parameters of the estimation of repairs, algorithm by algorithm."""

    lead_in: int = 8
    """Frames before a repair that are read too: there the lettering is often still right."""
    light_sigma: float = 1.5
    """Standard deviation, in frames, by which light is smoothed along the track."""
    least_text_coverage: float = 0.02
    """Coverage, 0..1, from which a pixel belongs to new lettering."""
    mask_margin_px: int = 48
    """Picture pixels around a drawn mask in which the picture's motion is seen, at least."""
    mark_margin_px: int = 4
    """Picture pixels around a protected mark that no repair writes to: its anti-aliasing and a codec's ringing."""
    track: RefinementParameters = field(default_factory=RefinementParameters)
    geometry: GeometryParameters = field(default_factory=GeometryParameters)
    source: SourceParameters = field(default_factory=SourceParameters)
    appearance: AppearanceParameters = field(default_factory=AppearanceParameters)
    strokes: LearnedStrokesParameters = field(default_factory=LearnedStrokesParameters)
    observation: ObservationParameters = field(default_factory=ObservationParameters)
    screen_text: ScreenTextParameters = field(default_factory=ScreenTextParameters)
    masks: MaskParameters = field(default_factory=MaskParameters)
    plate: PlateEstimationParameters = field(default_factory=PlateEstimationParameters)
    sharpness: SharpnessParameters = field(default_factory=SharpnessParameters)
    intact: IntactParameters = field(default_factory=IntactParameters)
    grain: GrainParameters = field(default_factory=GrainParameters)
    forecast: ForecastParameters = field(default_factory=ForecastParameters)
    text_colours: TextColoursParameters = field(default_factory=TextColoursParameters)
    original_text: OriginalTextParameters = field(default_factory=OriginalTextParameters)
    retypeset: RetypesetParameters = field(default_factory=RetypesetParameters)
    cover: CoverParameters = field(default_factory=CoverParameters)
    patch: PatchParameters = field(default_factory=PatchParameters)
    fading: FadingParameters = field(default_factory=FadingParameters)
    fill: FlowGuidedParameters = field(default_factory=FlowGuidedParameters)
