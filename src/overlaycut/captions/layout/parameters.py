"""Parameters of layout, and the context that its steps share."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from overlaycut.captions.breaks import LineBreakPenalties
from overlaycut.captions.layout.placement import PlacementCosts
from overlaycut.captions.motion import MotionParameters
from overlaycut.captions.style import Style
from overlaycut.captions.timing import CueTiming
from overlaycut.core.geometry import Box


@dataclass(frozen=True, slots=True, kw_only=True)
class FittingParameters:
    """How far a cue is reduced to fit; checked by tests/captions/test_layout.py and benchmarks/captions_read.py."""

    smallest: Fraction = Fraction(13, 20)
    """Smallest share of the style's font size."""
    step: Fraction = Fraction(1, 20)
    """Step between sizes, as a share of the style's font size."""
    step_cost: float = 0.04
    """Cost of a step, in units of `LineBreakPenalties`: one size matters more than a better break."""
    given_breaks_cost: float = -0.08
    """Cost of the file's own line breaks: they are chosen by a person, so they are worth two steps."""
    split_below: float = 0.85
    """Share of the style's font size below which a cue is rather split into consecutive parts."""
    shortest_part: Fraction = Fraction(4, 5)
    """Seconds that each part is shown at least (Netflix's Timed Text Style Guide: 5/6 s)."""
    least_pixels: float = 4.0
    """Smallest font size that is ever drawn, in pixels per em."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadingParameters:
    """Line spacing where a font taller than the style's own is used; checked by tests/captions/test_scripts.py."""

    tall_scripts: float = 0.9
    """Share of the taller font's own line height."""
    loosest: float = 1.5
    """Largest line spacing in font sizes: Arabic fonts reserve room for vowel signs that captions rarely have. Ink
    that reaches further widens the spacing all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutParameters:
    """All parameters of `lay_out`."""

    fitting: FittingParameters = field(default_factory=FittingParameters)
    leading: LeadingParameters = field(default_factory=LeadingParameters)
    penalties: LineBreakPenalties = field(default_factory=LineBreakPenalties)
    placement: PlacementCosts = field(default_factory=PlacementCosts)
    timing: CueTiming = field(default_factory=CueTiming)
    motion: MotionParameters = field(default_factory=MotionParameters)


@dataclass(frozen=True, slots=True)
class LayoutContext:
    """What every step of one layout needs."""

    style: Style
    language: str | None
    """BCP 47 tag for regional forms of Han."""
    picture: Box
    safe: Box
    parameters: LayoutParameters

    @property
    def full_size(self) -> float:
        """The style's font size in pixels per em."""
        return self.style.size * min(self.picture.w, self.picture.h)
