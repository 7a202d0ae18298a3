"""Findings and settings into an edit plan. No pixels here.

`decide` applies the rules; `fallen_back` takes what comes next when a repair fails; `with_overrides` lets what a person
decided stand; `area_regions` and `mask_region` turn what a person drew into regions. `cast_of`,
`pairs_of` and `clones_of` judge followed faces; `ranked` puts candidates in order.
"""

from overlaycut.core.rules import Mode, Rules
from overlaycut.decide.areas import Area, MaskedArea, area_regions, mask_region
from overlaycut.decide.cast import CastRules, ClipCast, cast_of, clones_of, pairs_of, shows_twins, subjects_of
from overlaycut.decide.fallback import fallen_back
from overlaycut.decide.overrides import with_overrides
from overlaycut.decide.ranking import Candidate, Ranked, Weights, ranked
from overlaycut.decide.rules import decide

__all__ = [
    "Area",
    "Candidate",
    "CastRules",
    "ClipCast",
    "MaskedArea",
    "Mode",
    "Ranked",
    "Rules",
    "Weights",
    "area_regions",
    "cast_of",
    "clones_of",
    "decide",
    "fallen_back",
    "mask_region",
    "pairs_of",
    "ranked",
    "shows_twins",
    "subjects_of",
    "with_overrides",
]
