"""What the estimation of a clip's repairs learned, as data, and the passes that lay it over frames.

`RepairEstimates` can be stored, read back and used any number of times, also at once: every pass has its own state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, Quad
from overlaycut.core.repaired import RepairedFrame
from overlaycut.repair.composite.graphic import Graphic, GraphicPass
from overlaycut.repair.composite.passes import ClippedPass, RepairPass, composited
from overlaycut.repair.composite.patch import Patch, PatchPass
from overlaycut.repair.estimate.forecast import Forecast
from overlaycut.repair.fill.flow_guided import FlowGuidedFill
from overlaycut.repair.fill.flow_guided_pass import FlowGuidedPass
from overlaycut.repair.fill.learned import FillModel

Repair: TypeAlias = Patch | Graphic | FlowGuidedFill
"""What is laid over one region."""


@dataclass(frozen=True, slots=True)
class RepairWarning:
    """Something that could not be done for a region, or was done with less evidence than usual."""

    region: str
    """Its id."""
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class RepairEstimates:
    """Every repair of a plan."""

    repairs: Mapping[str, tuple[Repair, ...]]
    """Region id → what is laid over it, in this order; regions are laid over each other in the order of ids."""
    forecasts: Mapping[str, Forecast] = field(default_factory=dict)
    """Region id → its forecast; regions that a person masked have none."""
    fonts: Mapping[str, str] = field(default_factory=dict)
    """Region id → the font of the words that were set there, where there are any."""
    warnings: tuple[RepairWarning, ...] = ()
    intact: Mapping[str, str] = field(default_factory=dict)
    """Region id → why its own lettering is better left as it is, where it is."""
    unplaced: Mapping[str, str] = field(default_factory=dict)
    """Region id → why it is not confirmed where its lettering belongs, for restored regions of which it is not."""
    places: Mapping[str, Mapping[int, Quad]] = field(default_factory=dict)
    """Region id → frame → where it lies, for regions whose track was refined: what is measured is measured there."""
    limits: Mapping[str, Box] = field(default_factory=dict)
    """Region id → the box outside of which its repairs write nothing, in clip pixels, for regions that have one."""
    protected: tuple[Box, ...] = ()
    """Where no repair writes, in clip pixels: the marks of providers, and AI labels."""

    def over(self, frames: Iterable[Frame], *, fill_model: FillModel | None = None) -> Iterator[RepairedFrame]:
        """The clip's `frames`, all of them in display order, with their repairs; a few are held back to look ahead.

        fill_model: the fill that the estimates name. Raises ValueError when they name one that is not given.
        """
        repairs = [repair for of_region in self.repairs.values() for repair in of_region]
        passes = [
            started(repair, fill_model=fill_model)
            if name not in self.limits
            else ClippedPass(started(repair, fill_model=fill_model), self.limits[name])
            for name, of_region in self.repairs.items()
            for repair in of_region
        ]
        ahead = max((_ahead(repair) for repair in repairs), default=0)
        return composited(frames, passes, ahead=ahead, protected=self.protected)


def started(repair: Repair, *, fill_model: FillModel | None = None) -> RepairPass:
    """A pass of `repair` over a clip, from its first frame on; `fill_model` as for `RepairEstimates.over`."""
    match repair:
        case Patch():
            return PatchPass(repair)
        case Graphic():
            return GraphicPass(repair)
        case FlowGuidedFill():
            if repair.fill_model is None:
                return FlowGuidedPass(repair)
            if fill_model is None or fill_model.name != repair.fill_model:
                raise ValueError(f"the repair names the fill model {repair.fill_model!r}, which is not given")
            return FlowGuidedPass(repair, fill=fill_model.fill)


def _ahead(repair: Repair) -> int:
    return repair.ahead if isinstance(repair, FlowGuidedFill) else 0
