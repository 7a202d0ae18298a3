"""Identity of faces over clips: who they are, whether they stay themselves, and clones."""

from overlaycut.decide.cast.identify import ClipCast
from overlaycut.decide.cast.parameters import CastParameters, CastRules
from overlaycut.decide.cast.things import ThingRules, judge_thing, still_itself
from overlaycut.decide.cast.verdicts import compare_clips, find_clones, judge_cast, judge_subjects, shows_twins

__all__ = [
    "CastParameters",
    "CastRules",
    "ClipCast",
    "ThingRules",
    "compare_clips",
    "find_clones",
    "judge_cast",
    "judge_subjects",
    "judge_thing",
    "shows_twins",
    "still_itself",
]
