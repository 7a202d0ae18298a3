"""Shots joined into a programme of one size, rate and clock, picture and sound."""

from overlaycut.assemble.beats import beats_of, cuts_on_beats
from overlaycut.assemble.card import EndCardPictures, extends, nearest
from overlaycut.assemble.comparison import WipeParameters, beside, luma_difference, wiped
from overlaycut.assemble.programme import Pictures, Programme, Segment, programme_frames
from overlaycut.assemble.seams import ColourMatch, Seam, SeamParameters, colour_match, seam_between
from overlaycut.assemble.segments import ProgrammePart, laid_out
from overlaycut.assemble.sound import MixParameters, ProgrammeSound, SoundPlan, programme_mix, programme_stems
from overlaycut.assemble.timeline import timeline

__all__ = [
    "ColourMatch",
    "EndCardPictures",
    "MixParameters",
    "Pictures",
    "Programme",
    "ProgrammePart",
    "ProgrammeSound",
    "Seam",
    "SeamParameters",
    "Segment",
    "SoundPlan",
    "WipeParameters",
    "beats_of",
    "beside",
    "colour_match",
    "cuts_on_beats",
    "extends",
    "laid_out",
    "luma_difference",
    "nearest",
    "programme_frames",
    "programme_mix",
    "programme_stems",
    "seam_between",
    "timeline",
    "wiped",
]
