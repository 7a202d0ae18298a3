"""Findings and settings into an edit plan. No pixels here.

`decide` applies the rules; `with_overrides` lets what a person decided stand; `area_regions` turns rectangles that
a person drew into regions. `cast_of`, `pairs_of` and `clones_of` judge followed
faces; `ranked` puts candidates in order.
"""

from overlaycut.core.rules import Mode, Rules
from overlaycut.decide.areas import Area, area_regions
from overlaycut.decide.cast import CastRules, ClipCast, cast_of, clones_of, pairs_of, shows_twins, subjects_of
from overlaycut.decide.overrides import with_overrides
from overlaycut.decide.ranking import Candidate, Ranked, Weights, ranked
from overlaycut.decide.rules import decide

__all__ = [
    "Area",
    "Candidate",
    "CastRules",
    "ClipCast",
    "Mode",
    "Ranked",
    "Rules",
    "Weights",
    "area_regions",
    "cast_of",
    "clones_of",
    "decide",
    "pairs_of",
    "ranked",
    "shows_twins",
    "subjects_of",
    "with_overrides",
]
