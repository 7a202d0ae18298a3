"""SRT, as it is and as people write it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from overlaycut.captions.readers.normalise import CueDraft, NumberedCue, strip_markup
from overlaycut.core.cues import Cue
from overlaycut.core.time import parse_clock
from overlaycut.errors import DocumentError

_TIMES = re.compile(r"\s*(?P<start>-?[\d:.,]+)\s*-->\s*(?P<end>-?[\d:.,]+)(?:\s.*)?")
_CLOCK_SOMEWHERE = re.compile(r"\d:\d|^\s*-?\d|-->\s*-?\d")
_OTHER_ARROW = re.compile(r"\s*\d+:\d\d:\d\d\S*\s*[-=~—–→>]{1,3}\s*\d+:\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class _Block:
    """A cue as it stands in the file: `number` counts from 1, `line` is where its times stand, from 1."""

    number: int
    line: int
    start: str
    end: str
    body: str


def read_srt(path: Path, text: str) -> CueDraft:
    """The cues of a subtitle file.

    Raises DocumentError for a time that cannot be read or is negative, and for a cue that ends before it starts.
    """
    lines = text.split("\n")
    arrows = [number for number, line in enumerate(lines) if _TIMES.fullmatch(line)]
    _refuse_broken_times(path, lines, arrows)
    head = [line.strip() for line in lines[: arrows[0] if arrows else 0] if line.strip()]
    numbered = bool(head) and head[-1].isdecimal()
    warnings: tuple[str, ...] = ()
    if len(head) > numbered:
        warnings = (f"what stands before the first cue was left out: {head[0][:40]!r}",)
    cues = []
    for block in _blocks(lines, arrows, numbered=numbered):
        words, had_markup = strip_markup(block.body)
        cue = _cue(path, block, words)
        cues.append(NumberedCue(block.number, cue if words else None, had_markup))
    return CueDraft(cues, warnings)


def _refuse_broken_times(path: Path, lines: Sequence[str], arrows: Sequence[int]) -> None:
    """Raises DocumentError for the first line that was meant to hold times and does not."""
    allowed = "00:00:01,000 --> 00:00:02,500"
    known = set(arrows)
    for number, line in enumerate(lines):
        broken = ("-->" in line and _CLOCK_SOMEWHERE.search(line)) or _OTHER_ARROW.match(line)
        if broken and number not in known:
            raise DocumentError(path, f"line {number + 1}", repr(line.strip()[:60]), allowed)
    if not arrows and (said := next((line for line in lines if line.strip()), None)) is not None:
        raise DocumentError(path, "line 1", repr(said.strip()[:60]), f"a number, then {allowed}, then words")


def _blocks(lines: Sequence[str], arrows: Sequence[int], *, numbered: bool) -> Iterator[_Block]:
    """Every cue: from its times to the line before the next one's number.

    A number right above times is that cue's own in a file that is `numbered`; in others, where the words may be a
    number, it is so when a blank line parts it from them. A number with a blank line below it, as when line ends were
    doubled, is the cue's own when it is the one that is due.
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
        match = _TIMES.fullmatch(lines[arrow])
        assert match is not None
        yield _Block(number, arrow + 1, match["start"], match["end"], "\n".join(body))


def _cue(path: Path, block: _Block, text: str) -> Cue:
    where, found = f"cue {block.number} (line {block.line})", f"{block.start} --> {block.end}"
    try:
        begins, ends = parse_clock(block.start), parse_clock(block.end)
    except ValueError as error:
        raise DocumentError(path, where, found, "times from 00:00:00,000 on") from error
    if begins >= ends:
        raise DocumentError(path, where, found, "an end that is later than the start")
    return Cue(begins, ends, text)
