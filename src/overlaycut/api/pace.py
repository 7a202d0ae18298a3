"""People who do not stay themselves for the whole of a shot: what happens, and where to cut before it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor

from overlaycut.api.shot_pass import RepairedShot
from overlaycut.core.cast import Appearance

_LEAST = Fraction(1, 2)
"""Seconds that a shot lasts at least for a cut to be worth proposing."""


def cast_warnings(shot: RepairedShot) -> Iterator[str]:
    """What was seen of the cast in a shot that a person should know, with a trim where one helps."""
    cast = shot.chosen.cast
    if cast is None:
        return
    for one in cast.appearances:
        if one.face.verdict != "same":
            yield f"{one.character}: {one.face.reason}{_trim(shot, one)}"
        if one.clothes.verdict == "drift":
            yield f"{one.character} wears {one.clothes.reason}"
    for found in cast.clones:
        yield f"one person twice from frame {found.index} on"


def _trim(shot: RepairedShot, seen: Appearance) -> str:
    """The trim that ends a shot before somebody changes, in words; empty where the shot ends before that anyway."""
    bad = seen.face.first_bad
    if seen.face.verdict != "drift" or bad is None or bad >= shot.end:
        return ""
    out = Fraction(floor(bad * 10), 10)
    if out - shot.start < _LEAST:
        return "; that is from its beginning: take another candidate"
    return f"; out = {float(out):g} ends the shot before that"
