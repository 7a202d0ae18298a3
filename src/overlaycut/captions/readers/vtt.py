"""WebVTT: cues with their positions, and words with times of their own (W3C WebVTT, 4.2 and 6.4)."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

from overlaycut.captions.readers.normalise import CueDraft, NumberedCue, strip_markup
from overlaycut.captions.timing import agreeing, joined
from overlaycut.core.cues import Anchor, Cue, Word
from overlaycut.core.time import parse_clock
from overlaycut.errors import DocumentError

_TIMES = re.compile(r"\s*(?P<start>-?[\d:.,]+)\s*-->\s*(?P<end>-?[\d:.,]+)(?P<settings>(?:\s.*)?)")
_STAMP = re.compile(r"<((?:\d+:)?\d\d:\d\d\.\d+)>")
_LINE = re.compile(r"(?:^|\s)line:(-?\d+(?:\.\d+)?)(%?)")

_ROWS = 16
"""Rows of 5.33 % of the height each, that whole numbers of `line` count by (WebVTT, 6.1)."""


def read_vtt(path: Path, text: str) -> CueDraft:
    """The cues of a WebVTT file; NOTE, STYLE and REGION blocks are passed over.

    Raises DocumentError for a file without the WEBVTT line, a time that cannot be read, or a cue that runs backward.
    """
    lines = text.split("\n")
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]):
        raise DocumentError(path, "line 1", repr(lines[0][:40]), "WEBVTT")
    cues: list[NumberedCue] = []
    at = 1
    while at < len(lines):
        if "-->" not in lines[at]:
            at += 1
            continue
        first = at
        at += 1
        while at < len(lines) and lines[at].strip() and "-->" not in lines[at]:
            at += 1
        cues.append(_numbered(path, len(cues) + 1, first, lines[first], "\n".join(lines[first + 1 : at])))
    return CueDraft(cues)


def _numbered(path: Path, number: int, line: int, timing: str, body: str) -> NumberedCue:
    where = f"cue {number} (line {line + 1})"
    match = _TIMES.fullmatch(timing)
    if match is None:
        raise DocumentError(path, where, repr(timing.strip()[:60]), "00:00:01.000 --> 00:00:02.500")
    try:
        start, end = parse_clock(match["start"]), parse_clock(match["end"])
    except ValueError as error:
        raise DocumentError(path, where, timing.strip()[:60], "times from 00:00.000 on") from error
    if start >= end:
        raise DocumentError(path, where, timing.strip()[:60], "an end that is later than the start")
    text, had_markup = strip_markup(_STAMP.sub("", body))
    words = agreeing(_words(body, start, end), text)
    if not text:
        return NumberedCue(number, None, had_markup)
    return NumberedCue(number, Cue(start, end, text, words, _anchor(match["settings"])), had_markup)


def _words(body: str, start: Fraction, end: Fraction) -> tuple[Word, ...]:
    """What stands between time stamps, each with its time; nothing when there are no stamps."""
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
