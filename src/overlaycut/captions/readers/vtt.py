"""WebVTT: cues with their positions, and words with timestamps (W3C WebVTT, 4.2 and 6.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from overlaycut.captions.readers.normalise import (
    CueDraft,
    NumberedCue,
    RawCue,
    numbered_cue,
    strip_markup,
    without_roll_up,
)
from overlaycut.captions.readers.srt import TIMES, is_broken_times, times_of
from overlaycut.captions.timing import agreeing, joined
from overlaycut.core.cues import Anchor, Word
from overlaycut.core.time import parse_clock
from overlaycut.errors import DocumentError

_STAMP = re.compile(r"<((?:\d+:)?[0-5]\d:[0-5]\d[.,]\d+)>")
_LINE = re.compile(r"(?:^|\s)line:(-?\d{1,6}(?:\.\d{1,6})?)(%?)")
_NO_CUE = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t].*)?")

_ROWS = 16
"""Rows of 5.33 % of the height each, that whole numbers of `line` count by (WebVTT, 6.1)."""


def read_vtt(path: Path, text: str) -> CueDraft:
    """The cues of a WebVTT file; NOTE, STYLE and REGION blocks are passed over.

    Raises DocumentError for a file without the WEBVTT line, a time that cannot be read, or a cue that runs backward.
    """
    lines = text.split("\n")
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]):
        raise DocumentError(path, "line 1", repr(lines[0][:40]), "WEBVTT")
    blocks, warnings = without_roll_up(list(_blocks(path, lines)))
    return CueDraft([_cue(block) for block in blocks], warnings)


def _blocks(path: Path, lines: Sequence[str]) -> Iterator[RawCue]:
    """Every cue: from its times to an empty line, or to the next cue's times or identifier where that is missing.

    A line of spaces ends no cue.
    """
    number, at = 0, 1
    while at < len(lines):
        if not lines[at - 1] and _NO_CUE.fullmatch(lines[at]):
            at = next((n for n in range(at, len(lines)) if not lines[n]), len(lines))
            continue
        match = TIMES.fullmatch(lines[at])
        at += 1
        if match is None:
            if is_broken_times(lines[at - 1]):
                found = repr(lines[at - 1].strip()[:60])
                raise DocumentError(path, f"line {at}", found, "00:00:01.000 --> 00:00:02.500")
            continue
        number, line = number + 1, at
        start, end = times_of(path, f"cue {number} (line {line})", match)
        at = next((n for n in range(at, len(lines)) if _ends_cue(lines[n])), len(lines))
        body = list(lines[line:at])
        if at < len(lines) and lines[at] and body and _is_identifier(body, number + 1):
            body.pop()
        yield RawCue(number, line, start, end, "\n".join(body), match["settings"])


def _ends_cue(line: str) -> bool:
    """Whether a cue ends above a line: an empty one, or one that holds or was meant to hold times."""
    return not line or TIMES.fullmatch(line) is not None or is_broken_times(line)


def _is_identifier(body: Sequence[str], due: int) -> bool:
    """Whether the last line above the next cue's times is its identifier: a number that is due, or set apart."""
    apart = len(body) > 1 and not body[-2].strip()
    return apart or body[-1].strip() == str(due)


def _cue(block: RawCue) -> NumberedCue:
    text, had_markup = strip_markup(_STAMP.sub("", block.body))
    words = agreeing(_words(block.body, block.start, block.end), text)
    return numbered_cue(
        block.number,
        block.start,
        block.end,
        text,
        had_markup=had_markup,
        words=words,
        anchor=_anchor(block.settings),
    )


def _words(body: str, start: Fraction, end: Fraction) -> tuple[Word, ...]:
    """The text between timestamps, each with its time; none without timestamps."""
    parts = _STAMP.split(body)
    if len(parts) < 3:
        return ()
    stamps = [start, *(min(max(parse_clock(stamp), start), end) for stamp in parts[1::2]), end]
    stretches = []
    for part, begins, ends in zip(parts[::2], stamps, stamps[1:], strict=False):
        text, _ = strip_markup(part)
        if text:
            stretches.append((text, begins, max(begins, ends)))
    return joined(stretches)


def _anchor(settings: str) -> Anchor | None:
    match = _LINE.search(settings)
    if match is None:
        return None
    line = float(match[1])
    share = line / 100 if match[2] else (line if line >= 0 else _ROWS + line) / _ROWS
    return "top" if share < 1 / 3 else "middle" if share < 2 / 3 else "bottom"
