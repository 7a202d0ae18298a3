"""Plain text, distributed over the time in which somebody speaks."""

from __future__ import annotations

from fractions import Fraction

from overlaycut.captions.readers.normalise import CueDraft, NumberedCue, strip_markup
from overlaycut.captions.timing import grouped, spread
from overlaycut.core.cues import Intervals

_WORDS_A_SECOND = Fraction(6)
"""Faster than anyone reads or speaks (Ofcom 2015 found live speech at 3 to 4 words a second)."""


def read_plain(text: str, speech: Intervals) -> CueDraft:
    """The words of a text, each for as long as its letters take of the time with speech.

    Cues end as those of a transcript do.
    """
    words, had_markup = strip_markup(text)
    if not words:
        return CueDraft([])
    timed = spread(words, speech)
    seconds = sum((end - start for start, end in speech), Fraction(0))
    warnings = ["times of words were estimated from their letters"]
    if len(timed) > seconds * _WORDS_A_SECOND:
        warnings.append(f"{len(timed)} words in {float(seconds):.1f} s are more than anyone reads")
    cues = [NumberedCue(number, cue, had_markup) for number, cue in enumerate(grouped(timed), start=1)]
    return CueDraft(cues, tuple(warnings))
