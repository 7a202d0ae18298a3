"""Subtitle files into cues: SRT, WebVTT, ASS and SSA, word-timed JSON of transcribers, plain text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

from overlaycut.captions.readers.ass import read_ass
from overlaycut.captions.readers.encoding import decoded
from overlaycut.captions.readers.normalise import CueDraft, Subtitles, normalised, refuse_overlong
from overlaycut.captions.readers.plain import read_plain
from overlaycut.captions.readers.srt import read_srt
from overlaycut.captions.readers.transcript import read_transcript
from overlaycut.captions.readers.vtt import read_vtt
from overlaycut.core.cues import Intervals
from overlaycut.errors import DocumentError, UsageError

__all__ = ["Subtitles", "read_cues", "refuse_overlong"]

_READERS: MappingProxyType[str, Callable[[Path, str], CueDraft]] = MappingProxyType(
    {".srt": read_srt, ".vtt": read_vtt, ".ass": read_ass, ".ssa": read_ass, ".json": read_transcript}
)


def read_cues(path: Path, *, speech: Intervals = (), encoding: str | None = None) -> Subtitles:
    """The cues of a file, by its extension: .srt, .vtt, .ass, .ssa, .json or .txt; sorted by time.

    Plain text is distributed over `speech`. encoding: a name that Python knows; None determines it. Markup is removed,
    blank cues are left out, roll-up captions are merged, cues without duration are shown for up to a second. A cue
    that reaches at most 0.1 s into the next one is cut where that begins; one that reaches further is kept, and both
    are shown. A warning states each of these.
    Raises MissingInput or InputError when there is no text to be read, DocumentError for another kind of file, for
    a time that cannot be read or is negative, for a cue that ends before it starts, and for one of more than 2000
    characters; UsageError for an unknown
    encoding, and for plain text without `speech`.
    """
    kind = path.suffix.lower()
    if kind != ".txt" and kind not in _READERS:
        raise DocumentError(path, "file name", repr(path.suffix or path.name), ", ".join([*_READERS, ".txt"]))
    text, warnings = decoded(path, encoding)
    if kind == ".txt":
        if not speech:
            raise UsageError(f"{path}: plain text has no times", hint="name a clip or a voice to spread it over")
        found = read_plain(text, speech)
    else:
        found = _READERS[kind](path, text)
    return normalised(path, CueDraft(found.cues, (*warnings, *found.warnings)))
