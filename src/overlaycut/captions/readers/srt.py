"""SRT, as specified and as it is written in practice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from overlaycut.captions.readers.normalise import CueDraft, RawCue, numbered_cue, strip_markup, without_roll_up
from overlaycut.core.time import parse_clock
from overlaycut.errors import DocumentError

_TIME = r"-?(?:\d+:[\d:.,]*\d|\d+[.,]\d+)"
TIMES = re.compile(rf"\s*(?P<start>{_TIME})\s*-->\s*(?P<end>{_TIME})(?P<settings>(?:\s.*)?)")
"""A line of times. A number without a colon or decimals is none: "Step 1 --> 2" is text."""
_BROKEN_TIMES = re.compile(
    r"\d:\d\d\S*\s*-->|-->\s*-?\d+:\d"
    r"|\s*\d+:\s*\d\d:\s*\d\d(?:[.,:]\s*\d+)?\s*[-=~—–→>]{1,3}\s*\d+:\s*\d\d:\s*\d\d"
)
"""A line that was meant to hold times: of a clock beside an arrow, or of two clocks with another sign between."""
_EXAMPLE = "00:00:01,000 --> 00:00:02,500"


def read_srt(path: Path, text: str) -> CueDraft:
    """The cues of a subtitle file.

    Raises DocumentError for a time that cannot be read or is negative, and for a cue that ends before it starts.
    """
    lines = text.split("\n")
    arrows = [number for number, line in enumerate(lines) if TIMES.fullmatch(line)]
    _refuse_broken_times(path, lines, arrows)
    head = [line.strip() for line in lines[: arrows[0] if arrows else 0] if line.strip()]
    numbered = bool(head) and head[-1].isdecimal()
    warnings: tuple[str, ...] = ()
    if len(head) > numbered:
        warnings = (f"what stands before the first cue was left out: {head[0][:40]!r}",)
    blocks, merged = without_roll_up(list(_blocks(path, lines, arrows, numbered=numbered)))
    cues = []
    for block in blocks:
        words, had_markup = strip_markup(block.body)
        cues.append(numbered_cue(block.number, block.start, block.end, words, had_markup=had_markup))
    return CueDraft(cues, (*warnings, *merged))


def is_broken_times(line: str) -> bool:
    """Whether a line that is not one of times was meant to be one."""
    return _BROKEN_TIMES.match(line) is not None or ("-->" in line and _BROKEN_TIMES.search(line) is not None)


def times_of(path: Path, where: str, match: re.Match[str]) -> tuple[Fraction, Fraction]:
    """The start and the end of a line of times. Raises DocumentError for times that cannot be, or run backward."""
    found = f"{match['start']} --> {match['end']}"
    try:
        start, end = parse_clock(match["start"]), parse_clock(match["end"])
    except ValueError as error:
        raise DocumentError(path, where, found, "times from 00:00:00,000 on") from error
    if start > end:
        raise DocumentError(path, where, found, "an end that is not before the start")
    return start, end


def _refuse_broken_times(path: Path, lines: Sequence[str], arrows: Sequence[int]) -> None:
    """Raises DocumentError for the first line that was meant to hold times and does not."""
    known = set(arrows)
    for number, line in enumerate(lines):
        if number not in known and is_broken_times(line):
            raise DocumentError(path, f"line {number + 1}", repr(line.strip()[:60]), _EXAMPLE)
    if not arrows and (first := next((line for line in lines if line.strip()), None)) is not None:
        raise DocumentError(path, "line 1", repr(first.strip()[:60]), f"a number, then {_EXAMPLE}, then words")


def _blocks(path: Path, lines: Sequence[str], arrows: Sequence[int], *, numbered: bool) -> Iterator[RawCue]:
    """Every cue: from its times to the line before the next one's number.

    A number right above times is that cue's own in a file that is `numbered`; in others, where the words may be a
    number, it is so when a blank line separates it from them. A number with a blank line below it, as when line ends
    were doubled, is the cue's own when it is the one that is due.
    """
    ends = [*arrows[1:], len(lines)]
    for number, (arrow, following) in enumerate(zip(arrows, ends, strict=False), start=1):
        body = list(lines[arrow + 1 : following])
        gap = 0
        while body and not body[-1].strip():
            body.pop()
            gap += 1
        if following < len(lines) and body and body[-1].strip().isdecimal():
            apart = len(body) > 1 and not body[-2].strip()
            if (numbered or apart) if not gap else numbered and int(body[-1][:9]) == number + 1:
                body.pop()
        match = TIMES.fullmatch(lines[arrow])
        assert match is not None
        start, end = times_of(path, f"cue {number} (line {arrow + 1})", match)
        yield RawCue(number, arrow + 1, start, end, "\n".join(body))
