"""The words of a programme: read, corrected by script and glossary, and timed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from overlaycut.captions import (
    Glossary,
    Subtitles,
    read_cues,
    read_glossary,
    refuse_overlong,
    rescripted,
    voice_activity,
)
from overlaycut.core.cues import Cue, Intervals
from overlaycut.errors import InputError
from overlaycut.media import RATE, samples


@dataclass(frozen=True, slots=True)
class Wording:
    """The source of words, and corrections that are applied before layout."""

    source: Path | tuple[Cue, ...]
    """A subtitle file, a transcript or plain text; or the cues themselves."""
    script: Path | None = None
    """A text with the right wording; `source` has the times."""
    glossary: Path | None = None
    """Spellings of names."""
    voice: Path | None = None
    """Sound that plain text is timed by; None distributes it over the whole programme."""
    encoding: str | None = None
    """Text encoding of the source; None determines it."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Everything that is read."""
        return tuple(path for path in (self.source, self.script, self.glossary, self.voice) if isinstance(path, Path))


def words_source(subs: Path | str | Sequence[Cue]) -> Path | tuple[Cue, ...]:
    """The source of words that a verb was given: a file, or cues."""
    return Path(subs) if isinstance(subs, Path | str) else tuple(subs)


def read_words(wording: Wording, duration: Fraction) -> Subtitles:
    """The cues of a programme of `duration` seconds.

    Raises what `read_cues` and `read_glossary` do, DocumentError for a cue longer than any caption, and InputError for
    a voice in which nobody speaks.
    """
    source = wording.source
    if isinstance(source, Path):
        found, name = _read(wording, source, duration), source.name
    else:
        found, name = Subtitles(tuple(sorted(source, key=lambda cue: (cue.start, cue.end))), ()), "the cues"
    cues, warnings = found.cues, list(found.warnings)
    if wording.script is not None:
        # The script is read as plain text, whose times are not used.
        text = "\n".join(cue.text for cue in read_cues(wording.script, speech=[(Fraction(0), Fraction(10**6))]).cues)
        cues, kept = rescripted(cues, text)
        warnings.append(
            f"the wording of {wording.script.name} was taken, with the times of {name}"
            if kept
            else f"{wording.script.name} says something else than {name}: its words were spread evenly"
        )
    glossary = Glossary() if wording.glossary is None else read_glossary(wording.glossary)
    cues, applied = glossary.applied(cues)
    for number, cue in enumerate(cues, start=1):
        refuse_overlong(cue, name, f"cue {number}")
    return Subtitles(cues, (*warnings, *applied))


def _read(wording: Wording, source: Path, duration: Fraction) -> Subtitles:
    return read_cues(source, speech=_stretches(wording, source, duration), encoding=wording.encoding)


def _stretches(wording: Wording, source: Path, duration: Fraction) -> Intervals:
    if source.suffix.lower() != ".txt":
        return ()
    if wording.voice is None:
        return [(Fraction(0), duration)]
    if stretches := voice_activity(samples(wording.voice), RATE):
        return stretches
    raise InputError(wording.voice, "nobody speaks in it", hint="leave the voice away to spread text over the clip")
