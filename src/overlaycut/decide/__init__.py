"""Findings and settings into an edit plan. No pixels here.

`decide` applies the rules; `fallen_back` takes what comes next when a repair fails; `with_overrides` lets what a person
decided stand; `area_regions` and `mask_region` turn what a person drew into regions.
"""

from overlaycut.core.rules import Mode, Rules
from overlaycut.decide.areas import Area, area_regions, mask_region, timed
from overlaycut.decide.fallback import fallen_back
from overlaycut.decide.overrides import with_overrides
from overlaycut.decide.rules import decide

__all__ = ["Area", "Mode", "Rules", "area_regions", "decide", "fallen_back", "mask_region", "timed", "with_overrides"]
