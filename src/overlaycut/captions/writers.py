"""Sidecar files: SRT, WebVTT with word timestamps, ASS with karaoke."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from types import MappingProxyType

import pysubs2

from overlaycut.core.cues import Cue
from overlaycut.core.time import clock


def sidecar(kind: str, cues: Sequence[Cue]) -> str:
    """The text of a sidecar file; `kind` is one of `SIDECARS`."""
    return _WRITERS[kind](cues)


def _srt(cues: Sequence[Cue]) -> str:
    blocks = (
        f"{number}\n{clock(cue.start, mark=',')} --> {clock(cue.end, mark=',')}\n{cue.text}\n"
        for number, cue in enumerate(cues, start=1)
    )
    return "\n".join(blocks)


def _vtt(cues: Sequence[Cue]) -> str:
    blocks = ["WEBVTT\n"]
    for cue in cues:
        place = {"top": " line:10%", "middle": " line:50%"}.get(cue.anchor or "", "")
        blocks.append(f"{clock(cue.start)} --> {clock(cue.end)}{place}\n{_stamped(cue)}\n")
    return "\n".join(blocks)


def _stamped(cue: Cue) -> str:
    """The text with a timestamp before each word that begins later than the cue."""
    text, at = "", 0
    for word in cue.words:
        begins = cue.text.index(word.text[0], at)
        text += cue.text[at:begins].replace("&", "&amp;").replace("<", "&lt;")
        if word.start > cue.start:
            text += f"<{clock(word.start)}>"
        at = begins
        for character in word.text:  # the cue's text may have white space inside a word
            found = cue.text.find(character, at)
            text += cue.text[at : found + 1].replace("&", "&amp;").replace("<", "&lt;")
            at = found + 1
    return text + cue.text[at:].replace("&", "&amp;").replace("<", "&lt;").replace("-->", "--&gt;")


def _ass(cues: Sequence[Cue]) -> str:
    script = pysubs2.SSAFile()
    for cue in cues:
        tag = {"top": r"{\an8}", "middle": r"{\an5}"}.get(cue.anchor or "", "")
        text = _without_braces(cue.text).replace("\n", r"\N")
        if cue.words:
            text, at = "", cue.start
            for word in cue.words:
                if word.start > at:
                    text += rf"{{\k{_hundredths(word.start) - _hundredths(at)}}}"
                length = _hundredths(word.end) - _hundredths(max(word.start, at))
                text += rf"{{\k{max(length, 0)}}}{_without_braces(word.text)} "
                at = max(word.end, at)
            text = text.rstrip()
        start, end = round(cue.start * 1000), round(cue.end * 1000)
        script.append(pysubs2.SSAEvent(start=start, end=end, text=tag + text))
    return script.to_string("ass")


def _without_braces(text: str) -> str:
    """Text without override tags: ASS has no escape for braces."""
    return text.replace("{", "(").replace("}", ")").replace("\\", "\u2216")


def _hundredths(seconds: Fraction) -> int:
    return round(seconds * 100)


_WRITERS: MappingProxyType[str, Callable[[Sequence[Cue]], str]] = MappingProxyType(
    {".srt": _srt, ".vtt": _vtt, ".ass": _ass}
)

SIDECARS = tuple(_WRITERS)
"""File name extensions of sidecars."""
