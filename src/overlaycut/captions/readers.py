"""Subtitle files into cues, with every repair said."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from overlaycut.core.cues import Cue
from overlaycut.core.documents import read_text
from overlaycut.core.time import parse_clock
from overlaycut.errors import DocumentError

_TIMES = re.compile(r"\s*(?P<start>-?[\d:.,]+)\s*-->\s*(?P<end>-?[\d:.,]+)(?:\s.*)?")
_CLOCK_SOMEWHERE = re.compile(r"\d:\d|^\s*-?\d|-->\s*-?\d")
_OTHER_ARROW = re.compile(r"\s*\d+:\d\d:\d\d\S*\s*[-=~—–→>]{1,3}\s*\d+:\d\d:\d\d")

_TAG = re.compile(r"</?(?:i|b|u|s|em|strong|font|c|v|ruby|rt)(?:[ .][^<>]*)?/?>|\{\\[^{}]*\}", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,30});")
"""An entity with its semicolon; HTML lets some go without, and would turn "you &notme" into "you ¬me"."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")

_TOUCHING = Fraction(1, 10)
"""Seconds by which two cues may overlap out of carelessness: three frames at 30 per second."""


@dataclass(frozen=True, slots=True)
class Subtitles:
    """The words of a file, in order of time."""

    cues: tuple[Cue, ...]
    warnings: tuple[str, ...]
    """What was repaired or left out, in words."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A cue as it stands in the file: `number` counts from 1, `line` is where its times stand, from 1."""

    number: int
    line: int
    start: str
    end: str
    body: str


def read_cues(path: Path) -> Subtitles:
    """The cues of a subtitle file (.srt, UTF-8), sorted by time.

    Markup is taken out. A blank cue is left out. A cue that reaches at most 0.1 s into the next one ends where that
    begins; one that reaches further is kept, and both are shown. Each is said in a warning.
    Raises MissingInput or InputError when there is no text to be read, DocumentError for another kind of file, for
    a time that cannot be read or is negative, and for a cue that ends before it starts.
    """
    if path.suffix.lower() != ".srt":
        raise DocumentError(path, "file name", repr(path.suffix or path.name), "an .srt file")
    lines = read_text(path).split("\n")
    arrows = [number for number, line in enumerate(lines) if _TIMES.fullmatch(line)]
    _refuse_broken_times(path, lines, arrows)
    cues: list[tuple[Cue, int]] = []
    blank: list[int] = []
    marked: list[int] = []
    warnings: list[str] = []
    head = [line.strip() for line in lines[: arrows[0] if arrows else 0] if line.strip()]
    numbered = bool(head) and head[-1].isdecimal()
    if len(head) > numbered:
        warnings.append(f"what stands before the first cue was left out: {head[0][:40]!r}")
    for block in _blocks(lines, arrows, numbered=numbered):
        text, repaired = _plain(block.body)
        cue = _cue(path, block, text)
        if repaired:
            marked.append(block.number)
        if text:
            cues.append((cue, block.number))
        else:
            blank.append(block.number)
    if marked:
        warnings.append(f"markup or control characters were taken out of {_named(marked)}")
    if blank:
        warnings.append(f"without words, left out: {_named(blank)}")
    if not cues:
        warnings.append(f"{path.name} holds no words")
    ordered = sorted(cues, key=lambda pair: (pair[0].start, pair[0].end))
    if ordered != cues:
        warnings.append("the cues were not in order of time and were sorted")
    return Subtitles(_parted(ordered, warnings), tuple(warnings))


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


def _plain(body: str) -> tuple[str, bool]:
    """The words without markup, blank lines or doubled spaces, and whether anything but space was taken out."""
    text = _TAG.sub("", body).replace("\\N", "\n").replace("\\h", " ")
    text = _CONTROL.sub("", _ENTITY.sub(lambda entity: html.unescape(entity[0]), text))
    lines = [re.sub(r"[ \t\v\f]+", " ", line).strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line), text != body


def _cue(path: Path, block: _Block, text: str) -> Cue:
    where, found = f"cue {block.number} (line {block.line})", f"{block.start} --> {block.end}"
    try:
        begins, ends = parse_clock(block.start), parse_clock(block.end)
    except ValueError as error:
        raise DocumentError(path, where, found, "times from 00:00:00,000 on") from error
    if begins >= ends:
        raise DocumentError(path, where, found, "an end that is later than the start")
    return Cue(begins, ends, text)


def _parted(cues: Sequence[tuple[Cue, int]], warnings: list[str]) -> tuple[Cue, ...]:
    """The cues, with those that reach a little into the next one cut where it begins."""
    parted: list[Cue] = []
    cut: list[int] = []
    for (cue, number), (following, _) in pairwise([*cues, *cues[-1:]]):
        if cue.start < following.start < cue.end <= following.start + _TOUCHING:
            cue = Cue(cue.start, following.start, cue.text)
            cut.append(number)
        parted.append(cue)
    if cut:
        warnings.append(f"reached at most 0.1 s into the next cue and were cut there: {_named(cut)}")
    last: tuple[Cue, int] | None = None
    both = []
    for cue, (_, number) in zip(parted, cues, strict=True):
        if last is not None and cue.start < last[0].end:
            both.append(number)
        if last is None or cue.end > last[0].end:
            last = cue, number
    if both:
        warnings.append(f"begin before an earlier cue ends, so that both are shown at once: {_named(both)}")
    return tuple(parted)


def _named(numbers: Sequence[int]) -> str:
    """Cues by number: "cue 3", "cues 3, 5, 8", and at most ten of them."""
    listed = ", ".join(str(number) for number in numbers[:10])
    more = f" and {len(numbers) - 10} more" if len(numbers) > 10 else ""
    return f"{'cue' if len(numbers) == 1 else 'cues'} {listed}{more}"
