"""Flow-guided fill: what lies behind lettering that does not move with it, as subtitles over a moving picture.

Every pixel of the hole is followed along the picture's own motion, backward and forward, to the nearest frame that
shows it, and is sampled there once, so that it stays as sharp and grainy as it was. What no frame within reach shows
is filled once, in the first frame that needs it, and from then on followed like everything else, so that it is
steady. What is taken over are differences between neighbours (a Poisson blend), so that the light is the frame's own.

Following colours along completed motion is the idea of Xu, Li, Zhou and Loy (Deep flow-guided video inpainting, 2019)
and of Gao, Saraf, Huang and Kopf (Flow-edge guided video completion, 2020), here without a network.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box, Span
from overlaycut.repair.fill.plate import PlateParameters
from overlaycut.repair.fill.rim_weighing import RimWeighingParameters
from overlaycut.repair.segment.adjacent_text import AdjacentTextParameters
from overlaycut.repair.segment.static_text import MaskRun, StaticTextParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowGuidedParameters:
    """How far and from where pixels are taken; checked by benchmarks/repair.py."""

    ahead: int = 32
    """Frames after the repaired one in which its pixels are looked for: a second and a third at 24 fps."""
    past: int = 40
    """Frames before it that are kept for the same purpose."""
    most_bytes: int = 96_000_000
    """Bytes of all crops that are kept; beyond it, fewer frames are."""
    rim_px: int = 2
    """Pixels around the hole that are followed as well: gradients across its edge are known there."""
    chroma_px: int = 2
    """Pixels around the hole in which chroma, at half the resolution, may be tinged by lettering."""
    chroma_levels: float = 4.0
    """Levels by which it differs from the surround's where it is."""
    ringing_px: int = 3
    """Pixels around the hole that no colour is taken from: a codec rings there, and cubic sampling reaches two."""
    surround_px: int = 32
    """Pixels around the hole that its fill, and the motion under it, are worked out on: the reach of its edges."""
    settled: int = 4
    """Frames from the first or the last one of a span after which its lettering no longer fades."""
    fill_margin_px: int = 48
    """Pixels around what no frame shows from which it is filled."""
    careful_share: float = 0.3
    """Share of the hole, 0..1, that no frame shows beyond which the slow, best fill is taken."""
    filled_weight: float = 0.002
    """Weight of a gradient in what was filled, relative to one that was seen in the neighbouring frame."""
    least_nearness: float = 0.02
    """Weight, 0..1, of a gradient at the end of the reach, so that sources come and go softly."""
    fill: PlateParameters = field(default_factory=PlateParameters)
    """How what no frame shows is filled."""
    weighing: RimWeighingParameters = field(default_factory=RimWeighingParameters)
    """How what motion brings is weighed against edges continued straight."""
    adjacent_text: AdjacentTextParameters = field(default_factory=AdjacentTextParameters)
    """How other lettering in the place of the region's own is found."""

    @property
    def static_text(self) -> StaticTextParameters:
        """Which pixels of neighbouring frames show the same."""
        return self.adjacent_text.static_text


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlowGuidedFill:
    """A region behind which the picture moves by itself, and how it is filled."""

    box: Box
    """The part of the frame that is read: even, within the frame."""
    runs: tuple[MaskRun, ...]
    """The pixels of its lettering, one run of frames after another."""
    limit: Mask | None
    """Where, in the box, anything may be written; None for everywhere."""
    span: Span
    """Frames that are changed."""
    fill_model: str | None = None
    """Name of a fill that is weighed with the others where no frame shows most of the hole; None for none."""
    parameters: FlowGuidedParameters = FlowGuidedParameters()

    @property
    def ahead(self) -> int:
        """Frames that have to be read before one is repaired."""
        return min(self.parameters.ahead, max(self._most_crops // 3, 2))

    @property
    def past(self) -> int:
        """Frames before the repaired one that are kept."""
        return min(self.parameters.past, max(self._most_crops - 2 * self.ahead, 4))

    @property
    def _most_crops(self) -> int:
        return int(self.parameters.most_bytes / (3 * self.box.area))
