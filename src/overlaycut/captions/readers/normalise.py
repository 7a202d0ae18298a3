"""What all readers share: markup out of words, and cues into order."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from overlaycut.core.cues import Cue, Word

_TAG = re.compile(r"</?(?:i|b|u|s|em|strong|font|c|v|lang|ruby|rt)(?:[ .][^<>]*)?/?>|\{\\[^{}]*\}", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,30});")
"""An entity with its semicolon; HTML lets some go without, and would turn "you &notme" into "you ¬me"."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")

_TOUCHING = Fraction(1, 10)
"""Seconds by which two cues may overlap out of carelessness: three frames at 30 per second."""


@dataclass(frozen=True, slots=True)
class Subtitles:
    """The words of a file, in order of time."""

    cues: tuple[Cue, ...]
    warnings: tuple[str, ...]
    """What was repaired or left out, in words."""


@dataclass(frozen=True, slots=True)
class NumberedCue:
    """A cue with its place in the file, from 1; None in place of the cue when it held no words."""

    number: int
    cue: Cue | None
    had_markup: bool = False
    """Whether anything but space was taken out of its text."""


@dataclass(frozen=True, slots=True)
class CueDraft:
    """What a reader read, in the file's own order."""

    cues: Sequence[NumberedCue]
    warnings: tuple[str, ...] = ()


def strip_markup(body: str) -> tuple[str, bool]:
    """The words without markup, blank lines or doubled spaces, and whether anything but space was taken out."""
    text = _TAG.sub("", body).replace("\\N", "\n").replace("\\h", " ")
    text = _CONTROL.sub("", _ENTITY.sub(lambda entity: html.unescape(entity[0]), text))
    return collapse_spaces(text), text != body


def collapse_spaces(text: str) -> str:
    """The text without blank lines, and with one space where there were several."""
    lines = [re.sub(r"[ \t\v\f]+", " ", line).strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line)


def normalised(path: Path, found: CueDraft) -> Subtitles:
    """Cues in order of time, without those that hold no words; what was done is said."""
    warnings = list(found.warnings)
    if had_markup := [entry.number for entry in found.cues if entry.had_markup]:
        warnings.append(f"markup or control characters were taken out of {cue_list(had_markup)}")
    if blank := [entry.number for entry in found.cues if entry.cue is None]:
        warnings.append(f"without words, left out: {cue_list(blank)}")
    cues = [(entry.cue, entry.number) for entry in found.cues if entry.cue is not None]
    if not cues:
        warnings.append(f"{path.name} holds no words")
    ordered = sorted(cues, key=lambda pair: (pair[0].start, pair[0].end))
    if ordered != cues:
        warnings.append("the cues were not in order of time and were sorted")
    return Subtitles(_parted(ordered, warnings), tuple(warnings))


def cue_list(numbers: Sequence[int]) -> str:
    """Cues by number: "cue 3", "cues 3, 5, 8", and at most ten of them."""
    listed = ", ".join(str(number) for number in numbers[:10])
    more = f" and {len(numbers) - 10} more" if len(numbers) > 10 else ""
    return f"{'cue' if len(numbers) == 1 else 'cues'} {listed}{more}"


def cut_at(cue: Cue, end: Fraction) -> Cue:
    """The cue cut off at `end`, which is later than its start, with its words inside."""
    words = tuple(Word(w.text, min(w.start, end), min(w.end, end)) for w in cue.words)
    return replace(cue, end=end, words=words)


def _parted(cues: Sequence[tuple[Cue, int]], warnings: list[str]) -> tuple[Cue, ...]:
    """The cues, with those that reach a little into the next one cut where it begins."""
    parted: list[Cue] = []
    cut: list[int] = []
    for (cue, number), (following, _) in pairwise([*cues, *cues[-1:]]):
        if cue.start < following.start < cue.end <= following.start + _TOUCHING:
            cue = cut_at(cue, following.start)
            cut.append(number)
        parted.append(cue)
    if cut:
        warnings.append(f"reached at most 0.1 s into the next cue and were cut there: {cue_list(cut)}")
    last: tuple[Cue, int] | None = None
    both = []
    for cue, (_, number) in zip(parted, cues, strict=True):
        if last is not None and cue.start < last[0].end:
            both.append(number)
        if last is None or cue.end > last[0].end:
            last = cue, number
    if both:
        warnings.append(f"begin before an earlier cue ends, so that both are shown at once: {cue_list(both)}")
    return tuple(parted)
