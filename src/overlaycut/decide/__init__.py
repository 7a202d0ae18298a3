"""Findings and settings into an edit plan. No pixels here.

`decide` applies the rules; `with_fallbacks` takes the next method where a repair fails; `with_overrides` keeps what a
person decided; `area_regions` and `mask_region` turn what a person drew into regions, of which `with_moving_lettering`
leaves what moves to regions of its own; `with_subtitles_out` and `with_lettering_out` what was asked for by its kind.
`judge_cast`, `compare_clips` and `find_clones` judge tracked faces, `judge_thing` a thing of the cast; `ranked` puts
candidates in order.
"""

from overlaycut.core.rules import Mode, Rules
from overlaycut.decide.areas import Area, MaskedArea, area_regions, mask_region
from overlaycut.decide.cast import (
    CastRules,
    ClipCast,
    compare_clips,
    find_clones,
    judge_cast,
    judge_subjects,
    judge_thing,
    shows_twins,
    still_itself,
)
from overlaycut.decide.fallback import with_fallbacks, with_kept, with_rejected
from overlaycut.decide.lettering_choice import with_lettering_out, with_subtitles_out
from overlaycut.decide.moving_lettering import with_moving_lettering
from overlaycut.decide.overrides import with_overrides
from overlaycut.decide.ranking import Candidate, RankedCandidate, Request, Weights, ranked
from overlaycut.decide.rules import decide

__all__ = [
    "Area",
    "Candidate",
    "CastRules",
    "ClipCast",
    "MaskedArea",
    "Mode",
    "RankedCandidate",
    "Request",
    "Rules",
    "Weights",
    "area_regions",
    "compare_clips",
    "decide",
    "find_clones",
    "judge_cast",
    "judge_subjects",
    "judge_thing",
    "mask_region",
    "ranked",
    "shows_twins",
    "still_itself",
    "with_fallbacks",
    "with_kept",
    "with_lettering_out",
    "with_moving_lettering",
    "with_overrides",
    "with_rejected",
    "with_subtitles_out",
]
