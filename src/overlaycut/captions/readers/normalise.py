"""What all readers share: markup removed from text, roll-up captions merged, and cues put in order."""

from __future__ import annotations

import heapq
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from overlaycut.core.cues import Anchor, Cue, Word
from overlaycut.core.time import clock
from overlaycut.errors import DocumentError

_TAG_NAMES = "i|b|u|s|em|strong|font|c|v|lang|ruby|rt|span|p|big|small|center"
_TAG = re.compile(rf"</?(?:{_TAG_NAMES})(?:[ .][^<>]*)?/?>|<\d+:[\d:.,]+>|\{{\\[^{{}}]*\}}", re.IGNORECASE)
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,30});")
"""An entity with its semicolon; HTML lets some go without, and would turn "you &notme" into "you ¬me"."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairParameters:
    """Limits of what is read and repaired; checked by tests/captions/test_files_in_use.py and test_readers.py."""

    overlap: Fraction = Fraction(1, 10)
    """Seconds by which two cues may overlap by carelessness: three frames at 30 per second."""
    instant: Fraction = Fraction(1)
    """Seconds that a cue without duration is shown at most."""
    roll_up_gap: Fraction = Fraction(1, 20)
    """Seconds between two cues of a roll-up at most; YouTube's follow each other at once."""
    roll_up_share: Fraction = Fraction(1, 2)
    """Share of cues that begin with a line of the cue before them from which a file is a roll-up."""
    most_characters: int = 2000
    """Characters of a cue at most: what is read aloud in two minutes (at 17 a second, BBC subtitle guidelines), and
    takes seconds to lay out and draw."""
    most_at_once: int = 50
    """Cues that are shown at the same time at most: each takes a row of its own, and a picture has room for some
    twenty."""


_DEFAULTS = RepairParameters()


@dataclass(frozen=True, slots=True)
class Subtitles:
    """The cues of a file, in order of time."""

    cues: tuple[Cue, ...]
    warnings: tuple[str, ...]
    """What was repaired or left out."""


@dataclass(frozen=True, slots=True)
class NumberedCue:
    """A cue with its place in the file, from 1; None in place of the cue when it holds no words."""

    number: int
    cue: Cue | None
    had_markup: bool = False
    """Whether anything but white space was removed from its text."""
    instant: bool = False
    """Whether it has no duration in the file."""


@dataclass(frozen=True, slots=True)
class CueDraft:
    """The result of a reader, in the order of the file."""

    cues: Sequence[NumberedCue]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawCue:
    """A cue as it stands in a file: its times and its text with markup."""

    number: int
    line: int
    """Line of its times, from 1."""
    start: Fraction
    end: Fraction
    body: str
    settings: str = ""


def numbered_cue(
    number: int,
    start: Fraction,
    end: Fraction,
    text: str,
    *,
    had_markup: bool = False,
    words: tuple[Word, ...] = (),
    anchor: Anchor | None = None,
    colour: str | None = None,
) -> NumberedCue:
    """A cue with its place in the file; start <= end. One without duration is shown for a second."""
    if not text:
        return NumberedCue(number, None, had_markup)
    instant = start == end
    if instant:
        end, words = end + _DEFAULTS.instant, ()
    return NumberedCue(number, Cue(start, end, text, words, anchor, colour), had_markup, instant)


def strip_markup(body: str) -> tuple[str, bool]:
    """The text without markup, blank lines or repeated spaces, and whether anything but white space was removed."""
    text = _TAG.sub("", _BREAK.sub("\n", body)).replace("\\N", "\n").replace("\\h", " ")
    text = _CONTROL.sub("", _ENTITY.sub(lambda entity: html.unescape(entity[0]), text))
    return collapse_spaces(text), text != body


def collapse_spaces(text: str) -> str:
    """The text without blank lines, and with one space where there are several."""
    lines = [re.sub(r"[ \t\v\f]+", " ", line).strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line)


def without_roll_up(
    blocks: Sequence[RawCue], *, parameters: RepairParameters = _DEFAULTS
) -> tuple[list[RawCue], tuple[str, ...]]:
    """Blocks without the lines that roll-up captions repeat from the block before, and a warning.

    In a roll-up, as YouTube writes it, every block repeats the last line of the one before and adds one below. A file
    is one when half of its blocks follow another without a gap and begin with its last lines.
    """
    lines = [strip_markup(block.body)[0].splitlines() for block in blocks]
    repeated, rolling = [0] * len(blocks), 0
    for n, (before, block) in enumerate(pairwise(blocks), start=1):
        shared = _shared(lines[n - 1], lines[n])
        touching = abs(block.start - before.end) <= parameters.roll_up_gap
        repeated[n] = shared if touching or shared < len(lines[n]) else 0
        rolling += shared > 0 and touching
    if len(blocks) < 3 or rolling < parameters.roll_up_share * (len(blocks) - 1) or not _adds_lines(lines, repeated):
        return list(blocks), ()
    kept: list[RawCue] = []
    for block, count in zip(blocks, repeated, strict=True):
        body = _without_first(block.body, count)
        if not count or strip_markup(body)[0]:
            kept.append(replace(block, body=body))
    return kept, (f"roll-up captions: {sum(repeated)} repeated line(s) were merged",)


def normalised(path: Path, found: CueDraft, *, parameters: RepairParameters = _DEFAULTS) -> Subtitles:
    """Cues in order of time, without those that hold no words; what was done is in the warnings.

    Raises DocumentError for a cue that is longer than any caption, and for more cues at the same time than fit.
    """
    warnings = list(found.warnings)
    for entry in found.cues:
        if entry.cue is not None:
            refuse_overlong(entry.cue, path, f"cue {entry.number}", parameters=parameters)
    if marked := [entry.number for entry in found.cues if entry.had_markup]:
        warnings.append(f"markup or control characters were taken out of {cue_list(marked)}")
    if blank := [entry.number for entry in found.cues if entry.cue is None]:
        warnings.append(f"without words, left out: {cue_list(blank)}")
    if instant := [entry.number for entry in found.cues if entry.instant]:
        warnings.append(f"without duration, shown for up to a second: {cue_list(instant)}")
    cues = [(entry.cue, entry.number) for entry in found.cues if entry.cue is not None]
    if not cues:
        warnings.append(f"{path.name} holds no words")
    ordered = sorted(cues, key=lambda pair: (pair[0].start, pair[0].end))
    if ordered != cues:
        warnings.append("the cues were not in order of time and were sorted")
    separated = _separated(_instants_cut(ordered, set(instant)), warnings, parameters.overlap)
    _refuse_crowded(path, separated, parameters.most_at_once)
    return Subtitles(separated, tuple(warnings))


def refuse_overlong(cue: Cue, source: Path | str, where: str, *, parameters: RepairParameters = _DEFAULTS) -> None:
    """Raises DocumentError for a cue of more characters than a caption may have."""
    if len(cue.text) > parameters.most_characters:
        allowed = f"at most {parameters.most_characters} in one cue; a .txt file is distributed over the clip"
        raise DocumentError(source, where, f"{len(cue.text)} characters", allowed)


def cue_list(numbers: Sequence[int]) -> str:
    """Cues by number: "cue 3", "cues 3, 5, 8", and at most ten of them."""
    listed = ", ".join(str(number) for number in numbers[:10])
    more = f" and {len(numbers) - 10} more" if len(numbers) > 10 else ""
    return f"{'cue' if len(numbers) == 1 else 'cues'} {listed}{more}"


def cut_at(cue: Cue, end: Fraction) -> Cue:
    """The cue cut off at `end`, which is later than its start, with its words inside."""
    words = tuple(Word(w.text, min(w.start, end), min(w.end, end)) for w in cue.words)
    return replace(cue, end=end, words=words)


def _shared(before: Sequence[str], lines: Sequence[str]) -> int:
    """How many lines a block begins with that are the last ones of the block before it."""
    most = min(len(before), len(lines))
    return next((count for count in range(most, 0, -1) if before[-count:] == lines[:count]), 0)


def _adds_lines(lines: Sequence[Sequence[str]], repeated: Sequence[int]) -> bool:
    """Whether some block adds a line below repeated ones: somebody who says "No." three times does not."""
    return any(0 < count < len(own) for own, count in zip(lines, repeated, strict=True))


def _without_first(body: str, count: int) -> str:
    """A body without its first `count` lines that hold text."""
    lines = body.split("\n")
    while count and lines:
        count -= bool(strip_markup(lines.pop(0))[0])
    return "\n".join(lines)


def _refuse_crowded(path: Path, cues: Sequence[Cue], most: int) -> None:
    """Raises DocumentError where more than `most` cues, which are in order of time, are shown at the same time."""
    ends: list[Fraction] = []
    for cue in cues:
        while ends and ends[0] <= cue.start:
            heapq.heappop(ends)
        heapq.heappush(ends, cue.end)
        if len(ends) > most:
            raise DocumentError(path, clock(cue.start), f"more than {most} cues at the same time", f"at most {most}")


def _instants_cut(cues: Sequence[tuple[Cue, int]], instant: set[int]) -> list[tuple[Cue, int]]:
    """The cues, with those that have no duration in the file cut where the next one begins."""
    cut = []
    for (cue, number), (following, _) in pairwise([*cues, *cues[-1:]]):
        if number in instant and cue.start < following.start < cue.end:
            cue = cut_at(cue, following.start)
        cut.append((cue, number))
    return cut


def _separated(cues: Sequence[tuple[Cue, int]], warnings: list[str], overlap: Fraction) -> tuple[Cue, ...]:
    """The cues, with those that reach a little into the next one cut where it begins."""
    separated: list[Cue] = []
    cut: list[int] = []
    for (cue, number), (following, _) in pairwise([*cues, *cues[-1:]]):
        if cue.start < following.start < cue.end <= following.start + overlap:
            cue = cut_at(cue, following.start)
            cut.append(number)
        separated.append(cue)
    if cut:
        warnings.append(f"reached at most {float(overlap):g} s into the next cue and were cut there: {cue_list(cut)}")
    last: tuple[Cue, int] | None = None
    both = []
    for cue, (_, number) in zip(separated, cues, strict=True):
        if last is not None and cue.start < last[0].end:
            both.append(number)
        if last is None or cue.end > last[0].end:
            last = cue, number
    if both:
        warnings.append(f"begin before an earlier cue ends, so that both are shown at once: {cue_list(both)}")
    return tuple(separated)
