"""Word-timed JSON of transcribers into cues.

Shapes that are known, by the keys that tell them apart:

    whisper, faster-whisper   segments[].words[]: word, start, end (seconds; words keep the space before them)
    whisperX                  segments[].words[]: word, and start, end where alignment found them; word_segments[]
    Deepgram                  results.channels[0].alternatives[0].words[]: punctuated_word or word, start, end (seconds)
    AssemblyAI                words[]: text, start, end (milliseconds, whole numbers)
    ElevenLabs, to text       words[]: text, type (word, spacing, audio_event), start, end (seconds)
    ElevenLabs, to speech     alignment: characters[], character_start_times_seconds[], character_end_times_seconds[]

Segments without words are taken as cues without word times.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from overlaycut.captions.readers.normalise import CueDraft, NumberedCue, strip_markup
from overlaycut.captions.timing import grouped, joined
from overlaycut.core.cues import Cue, Word
from overlaycut.errors import DocumentError

_SHAPES = "words of whisper, whisperX, Deepgram, AssemblyAI or ElevenLabs"


class _Said(NamedTuple):
    """A word as it was found; its times are None where the transcriber could not tell."""

    text: str
    start: Fraction | None
    end: Fraction | None


def read_transcript(path: Path, text: str) -> CueDraft:
    """The cues of a transcript: words in groups that end at pauses, at sentences, and before they grow long.

    Words without a time stand between their neighbours, which is said. Raises DocumentError for other JSON.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise DocumentError(path, f"line {error.lineno}, column {error.colno}", error.msg, "JSON") from error
    except (RecursionError, ValueError) as error:  # thousands of brackets, thousands of digits
        raise DocumentError(path, "", str(error), "JSON of sane depth and numbers") from error
    if isinstance(document, list):
        with_segments = (entry for entry in document if _get(entry, "segments") is not None)
        document = next(with_segments, {"words": document})
    if not isinstance(document, Mapping):
        raise DocumentError(path, "", type(document).__name__, _SHAPES)
    segments = document.get("segments")
    if isinstance(segments, list) and segments and not any(_get(segment, "words") for segment in segments):
        return CueDraft([_segment(path, number, entry) for number, entry in enumerate(segments, start=1)])
    said, had_markup = _words(path, document)
    timed, guessed = _timed(path, said)
    warnings = []
    if guessed:
        warnings.append(f"{guessed} word(s) without a time were put between their neighbours")
    if had_markup:
        warnings.append("markup or control characters were taken out of words")
    return CueDraft([NumberedCue(n, cue) for n, cue in enumerate(grouped(timed), start=1)], tuple(warnings))


def _words(path: Path, document: Mapping[str, Any]) -> tuple[list[_Said], bool]:
    alignment = document.get("alignment") or document.get("normalized_alignment")
    if isinstance(alignment, Mapping) and "characters" in alignment:
        return _characters(path, alignment), False
    channels = _get(_get(document, "results"), "channels")
    entries, where, scale = document.get("words"), "words", Fraction(1)
    if isinstance(channels, list) and channels:
        alternatives = _get(channels[0], "alternatives")
        first = alternatives[0] if isinstance(alternatives, list) and alternatives else None
        entries, where = _get(first, "words"), "results.channels[0].alternatives[0].words"
    elif isinstance(segments := document.get("segments"), list):
        entries, where = [word for segment in segments for word in _listed(_get(segment, "words"))], "segments[].words"
    elif isinstance(document.get("word_segments"), list):
        entries, where = document["word_segments"], "word_segments"
    if not isinstance(entries, list) or (entries and not all(isinstance(entry, Mapping) for entry in entries)):
        raise DocumentError(path, where, type(entries).__name__, _SHAPES)
    if where == "words" and _in_milliseconds(entries):
        scale = Fraction(1, 1000)
    said, had_markup = [], False
    for number, entry in enumerate(entries):
        if entry.get("type") in {"spacing", "audio_event"}:
            continue
        raw = next((entry[key] for key in ("punctuated_word", "word", "text") if isinstance(entry.get(key), str)), None)
        if raw is None:
            raise DocumentError(path, f"{where}[{number}]", ", ".join(entry) or "nothing", "word, text")
        text, altered = strip_markup(raw)
        had_markup |= altered
        if text:
            times = (_seconds(path, f"{where}[{number}].{key}", entry.get(key), scale) for key in ("start", "end"))
            said.append(_Said(" ".join(text.split()), *times))
    return said, had_markup


def _in_milliseconds(entries: Sequence[Mapping[str, Any]]) -> bool:
    """AssemblyAI counts milliseconds in whole numbers; seconds come with a fraction somewhere."""
    times = [entry.get(key) for entry in entries for key in ("start", "end")]
    numbers = [time for time in times if isinstance(time, int | float)]
    return bool(numbers) and all(isinstance(time, int) for time in numbers) and max(numbers) >= 3 * len(numbers)


def _characters(path: Path, alignment: Mapping[str, Any]) -> list[_Said]:
    keys = ("characters", "character_start_times_seconds", "character_end_times_seconds")
    columns = [alignment.get(key) for key in keys]
    if not all(isinstance(column, list) and len(column) == len(columns[0] or ()) for column in columns):
        raise DocumentError(path, "alignment", "lists of different lengths", f"{', '.join(keys)}, equally long")
    stretches = []
    for number, (character, begins, ends) in enumerate(zip(*columns, strict=True)):
        start = _seconds(path, f"alignment.{keys[1]}[{number}]", begins, Fraction(1))
        end = _seconds(path, f"alignment.{keys[2]}[{number}]", ends, Fraction(1))
        if start is None or end is None:
            raise DocumentError(path, f"alignment[{number}]", "null", "seconds")
        stretches.append((str(character), start, max(start, end)))
    return [_Said(word.text, word.start, word.end) for word in joined(stretches, apart=False)]


def _seconds(path: Path, where: str, value: object, scale: Fraction) -> Fraction | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise DocumentError(path, where, repr(value), "a number, 0 or more")
    return Fraction(str(value)) * scale


def _timed(path: Path, said: Sequence[_Said]) -> tuple[list[Word], int]:
    """Words with times that never run backward; those without any share the gap that they stand in."""
    words: list[Word] = []
    guessed, at = 0, 0
    while at < len(said):
        text, start, end = said[at]
        before = words[-1].end if words else Fraction(0)
        if start is not None and end is not None:
            if end < start:
                raise DocumentError(path, f"word {at + 1} {text!r}", f"{start} to {end}", "an end later than the start")
            start = max(start, words[-1].start if words else start)
            words.append(Word(text, start, max(start, end)))
            at += 1
            continue
        stop = at
        while stop < len(said) and (said[stop].start is None or said[stop].end is None):
            stop += 1
        after = max(said[stop].start or before, before) if stop < len(said) else before + Fraction(stop - at, 4)
        step = (after - before) / (stop - at)
        for n in range(at, stop):
            words.append(Word(said[n].text, before + step * (n - at), before + step * (n - at + 1)))
        guessed += stop - at
        at = stop
    return words, guessed


def _segment(path: Path, number: int, entry: object) -> NumberedCue:
    where = f"segments[{number - 1}]"
    raw = _get(entry, "text")
    if not isinstance(raw, str):
        raise DocumentError(path, where, "no text", "text, start, end")
    start, end = (_seconds(path, f"{where}.{key}", _get(entry, key), Fraction(1)) for key in ("start", "end"))
    if start is None or end is None or start >= end:
        raise DocumentError(path, where, f"{start} to {end}", "an end that is later than the start")
    text, had_markup = strip_markup(raw)
    return NumberedCue(number, Cue(start, end, text) if text else None, had_markup)


def _listed(thing: object) -> list[Any]:
    return thing if isinstance(thing, list) else []


def _get(thing: object, key: str) -> Any:
    return thing.get(key) if isinstance(thing, Mapping) else None
