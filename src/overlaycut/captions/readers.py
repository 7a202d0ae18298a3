"""Subtitle files into cues, with every repair said."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from overlaycut.core.cues import Cue
from overlaycut.core.documents import read_text
from overlaycut.core.time import parse_clock
from overlaycut.errors import DocumentError

_ARROW = re.compile(r"^\s*(?P<start>-?[\d:.,]+)\s*-->\s*(?P<end>-?[\d:.,]+)(?:\s+.*)?$")
_TAG = re.compile(r"</?(?:i|b|u|s|font|c|v|ruby|rt)(?:[ .][^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Subtitles:
    """The words of a file, in order of time."""

    cues: tuple[Cue, ...]
    warnings: tuple[str, ...]
    """What was repaired or left out, in words."""


def read_cues(path: Path) -> Subtitles:
    """The cues of a subtitle file (.srt), sorted by time.

    Markup is taken out, a blank cue left out, a cue that overlaps the next one kept; each is said in a warning.
    Raises MissingInput or InputError when there is no text to be read, DocumentError for another kind of file, for
    a time that cannot be read, and for a cue that ends before it starts.
    """
    if path.suffix.lower() != ".srt":
        raise DocumentError(path, "file name", repr(path.suffix or path.name), "an .srt file")
    cues: list[Cue] = []
    warnings: list[str] = []
    for number, (start, end, text) in enumerate(_blocks(path), start=1):
        if not text.strip():
            warnings.append(f"cue {number} is blank and was left out")
            continue
        plain = _CONTROL.sub("", html.unescape(_TAG.sub("", text)))
        if plain != text:
            warnings.append(f"cue {number}: markup or control characters were taken out")
        lines = [" ".join(line.split()) for line in plain.splitlines()]
        plain = "\n".join(line for line in lines if line)
        if not plain:
            warnings.append(f"cue {number} holds nothing but markup and was left out")
            continue
        cues.append(_cue(path, number, start, end, plain))
    if not cues:
        warnings.append(f"{path.name} holds no cue")
    ordered = sorted(cues, key=lambda cue: (cue.start, cue.end))
    if ordered != cues:
        warnings.append("the cues were not in order of time and were sorted")
    for one, following in pairwise(ordered):
        if one.end > following.start:
            warnings.append(
                f"{one.text.splitlines()[0]!r} overlaps the cue after it: both are shown, one above the other"
            )
    return Subtitles(tuple(ordered), tuple(warnings))


def _blocks(path: Path) -> Iterator[tuple[str, str, str]]:
    """(start, end, text) of every cue; a cue runs from its arrow to the line before the next one's number."""
    lines = read_text(path).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    arrows = [number for number, line in enumerate(lines) if _ARROW.match(line)]
    stray = [n for n, line in enumerate(lines) if "-->" in line and n not in arrows]
    if stray:
        raise DocumentError(
            path, f"line {stray[0] + 1}", repr(lines[stray[0]].strip()), "00:00:01,000 --> 00:00:02,500"
        )
    if not arrows and any(line.strip() for line in lines):
        raise DocumentError(path, "line 1", repr(lines[0].strip()[:40]), "a number, times with -->, and text")
    for arrow, following in zip(arrows, [*arrows[1:], len(lines)], strict=True):
        body = lines[arrow + 1 : following]
        while body and not body[-1].strip():
            body.pop()
        # The index of the next cue stands alone on the line before its arrow.
        if following < len(lines) and body and body[-1].strip().isdigit() and following - arrow > 2:
            body.pop()
        match = _ARROW.match(lines[arrow])
        assert match is not None
        yield match["start"], match["end"], "\n".join(body).strip("\n")


def _cue(path: Path, number: int, start: str, end: str, text: str) -> Cue:
    where = f"cue {number}"
    try:
        begins, ends = parse_clock(start), parse_clock(end)
    except ValueError as error:
        raise DocumentError(path, where, f"{start} --> {end}", "times from 00:00:00,000 on") from error
    if begins >= ends:
        raise DocumentError(path, where, f"{start} --> {end}", "an end that is later than the start")
    return Cue(begins, ends, text)
