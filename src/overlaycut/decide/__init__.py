"""Findings and settings into an edit plan. No pixels here.

`decide` applies the rules; `with_overrides` lets what a person decided stand; `area_regions` turns rectangles that
a person drew into regions.
"""

from overlaycut.core.rules import Mode, Rules
from overlaycut.decide.areas import Area, area_regions
from overlaycut.decide.overrides import with_overrides
from overlaycut.decide.rules import decide

__all__ = ["Area", "Mode", "Rules", "area_regions", "decide", "with_overrides"]
