"""Layout: cues as placed lines and words in a picture of a given size.

Lines are balanced, broken where speakers pause, and set on baselines that come from font metrics, so that a cue
without descenders does not sit lower than its neighbours. Baselines lie on whole pixels.
"""

from overlaycut.captions.layout.cues import lay_out
from overlaycut.captions.layout.parameters import FittingParameters, LayoutParameters, LeadingParameters
from overlaycut.captions.layout.placed import Layout, PlacedCue, PlacedLine, PlacedWord
from overlaycut.captions.layout.placement import PlacementCosts

__all__ = [
    "FittingParameters",
    "Layout",
    "LayoutParameters",
    "LeadingParameters",
    "PlacedCue",
    "PlacedLine",
    "PlacedWord",
    "PlacementCosts",
    "lay_out",
]
