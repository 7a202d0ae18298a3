"""Transcripts in JSON, with or without word timing.

Known shapes, by the keys that distinguish them:

    whisper, faster-whisper   segments[].words[]: word, start, end (seconds; words keep the space before them)
    OpenAI verbose_json       segments[] without words, words[]: word, start, end (seconds; without punctuation)
    whisperX                  segments[].words[]: word, and start, end where alignment found them; word_segments[]
    Deepgram                  results.channels[0].alternatives[0].words[]: punctuated_word or word, start, end (seconds)
    AssemblyAI                words[]: text, start, end (milliseconds, whole numbers)
    ElevenLabs, to text       words[]: text, type (word, spacing, audio_event), start, end (seconds)
    ElevenLabs, to speech     alignment: characters[], character_start_times_seconds[], character_end_times_seconds[]
    others                    see `shapes`

Segments without words keep their text: alone they are cues without word timing, beside timed words their own words are
distributed over the segment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from overlaycut.captions.phrases import tokens
from overlaycut.captions.readers.normalise import CueDraft, NumberedCue, numbered_cue, strip_markup
from overlaycut.captions.readers.shapes import entries, field, first, whisper_shaped
from overlaycut.captions.timing import grouped, joined, rescripted
from overlaycut.core.cues import Cue, Word
from overlaycut.errors import DocumentError

_SHAPES = "words of whisper, whisper.cpp, whisperX, OpenAI, Deepgram, AssemblyAI, ElevenLabs and their like"
_MILLISECONDS = Fraction(1, 1000)
_LATEST = 10**9
"""Seconds beyond which a number is no time."""


class _Timed(NamedTuple):
    """A word as it stands in the file; its times are None where the transcriber does not know them."""

    text: str
    start: Fraction | None
    end: Fraction | None


class _Entries(NamedTuple):
    """A list of words in a document."""

    words: object
    where: str
    """Its path in the document."""
    scale: Fraction = Fraction(1)
    """Seconds of one unit of time."""


class _Words(NamedTuple):
    """Words with what was done to them."""

    words: list[_Timed]
    had_markup: bool = False
    estimated: int = 0
    """Words of segments that have no words of their own."""


def read_transcript(path: Path, text: str) -> CueDraft:
    """The cues of a transcript: words in groups that end at pauses, at sentences, and before they grow long.

    Words without times are placed between their neighbours, with a warning. Raises DocumentError for other JSON.
    """
    document = whisper_shaped(_document(path, text))
    segments = document.get("segments")
    if isinstance(segments, list) and segments and not _has_words(document):
        return CueDraft([_segment(path, number, entry) for number, entry in enumerate(segments, start=1)])
    found = _words(path, document)
    timed, guessed, moved = _in_order(path, found.words)
    warnings = []
    if found.estimated:
        warnings.append(f"{found.estimated} word(s) of segments without word times were spread over their segment")
    if guessed:
        warnings.append(f"{guessed} word(s) without a time were put between their neighbours")
    if moved:
        warnings.append(f"{moved} word(s) that began before the word before them were moved behind its start")
    if found.had_markup:
        warnings.append("markup or control characters were taken out of words")
    cues = _punctuated(grouped(timed), document)
    return CueDraft([NumberedCue(n, cue) for n, cue in enumerate(cues, start=1)], tuple(warnings))


def _document(path: Path, text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise DocumentError(path, f"line {error.lineno}, column {error.colno}", error.msg, "JSON") from error
    except (RecursionError, ValueError) as error:  # thousands of brackets, thousands of digits
        raise DocumentError(path, "", str(error), "JSON of sane depth and numbers") from error
    if isinstance(document, list):
        with_segments = (entry for entry in document if field(entry, "segments") is not None)
        sentences = any(len(str(field(entry, "text") or "").split()) > 1 for entry in document)
        document = next(with_segments, {"segments" if sentences else "words": document})
    if not isinstance(document, Mapping):
        raise DocumentError(path, "", type(document).__name__, _SHAPES)
    return document


def _has_words(document: Mapping[str, Any]) -> bool:
    """Whether a document with segments has timed words, in them or beside them."""
    beside = any(document.get(key) for key in ("words", "word_segments"))
    return beside or any(field(segment, "words") for segment in document["segments"])


def _words(path: Path, document: Mapping[str, Any]) -> _Words:
    alignment = document.get("alignment") or document.get("normalized_alignment")
    if isinstance(alignment, Mapping) and "characters" in alignment:
        return _Words(_characters(path, alignment))
    segments = document.get("segments")
    if isinstance(segments, list) and any(field(segment, "words") for segment in segments):
        return _words_of_segments(path, segments)
    return _words_of(path, _entries(document))


def _entries(document: Mapping[str, Any]) -> _Entries:
    """Where a document without words in segments has its words."""
    channels = field(field(document, "results"), "channels")
    if isinstance(channels, list) and channels:
        best = first(field(channels[0], "alternatives"))
        return _Entries(field(best, "words"), "results.channels[0].alternatives[0].words")
    if not document.get("words") and isinstance(document.get("word_segments"), list):
        return _Entries(document["word_segments"], "word_segments")
    if document.get("words") is None and isinstance(document.get("segments"), list):
        return _Entries([], "segments[].words")
    words = document.get("words")
    return _Entries(words, "words", _MILLISECONDS if _in_milliseconds(entries(words)) else Fraction(1))


def _words_of(path: Path, source: _Entries) -> _Words:
    listed, where, scale = source
    if not isinstance(listed, list) or not all(isinstance(entry, Mapping) for entry in listed):
        raise DocumentError(path, where, type(listed).__name__, _SHAPES)
    found, had_markup = [], False
    for number, entry in enumerate(listed):
        if entry.get("type") in ("spacing", "audio_event"):
            continue
        raw = next((entry[key] for key in ("punctuated_word", "word", "text") if isinstance(entry.get(key), str)), None)
        if raw is None:
            raise DocumentError(path, f"{where}[{number}]", ", ".join(entry) or "nothing", "word, text")
        text, altered = strip_markup(raw)
        had_markup |= altered
        if text:
            times = (_seconds(path, f"{where}[{number}].{key}", entry.get(key), scale) for key in ("start", "end"))
            found.append(_Timed(" ".join(text.split()), *times))
    return _Words(found, had_markup)


def _words_of_segments(path: Path, segments: Sequence[object]) -> _Words:
    """The words of all segments; the text of one without words as words between its start and end."""
    words: list[_Timed] = []
    had_markup, estimated = False, 0
    for number, segment in enumerate(segments):
        if listed := field(segment, "words"):
            found = _words_of(path, _Entries(listed, f"segments[{number}].words"))
            words += found.words
            had_markup |= found.had_markup
        elif isinstance(raw := field(segment, "text"), str):
            text, altered = strip_markup(raw)
            spoken = tokens(text)
            times = [_seconds(path, f"segments[{number}].{key}", field(segment, key)) for key in ("start", "end")]
            words += _spread(spoken, *times)
            had_markup |= altered
            estimated += len(spoken)
    return _Words(words, had_markup, estimated)


def _spread(texts: Sequence[str], start: Fraction | None, end: Fraction | None) -> list[_Timed]:
    """Words that share the time of their segment equally, or have none where it has none."""
    if start is None or end is None or end < start:
        return [_Timed(text, None, None) for text in texts]
    step = (end - start) / max(len(texts), 1)
    return [_Timed(text, start + step * n, start + step * (n + 1)) for n, text in enumerate(texts)]


def _punctuated(cues: tuple[Cue, ...], document: Mapping[str, Any]) -> tuple[Cue, ...]:
    """Cues of words that lack punctuation, with the wording of the segments, or of the whole text, where that agrees.

    OpenAI's words, beside segments or a text, are such.
    """
    if segments := entries(document.get("segments")):
        if any(field(segment, "words") for segment in segments):
            return cues
        texts = [text for segment in segments if isinstance(text := field(segment, "text"), str)]
    else:
        texts = [text] if isinstance(text := document.get("text"), str) else []
    script = " ".join(strip_markup(text)[0] for text in texts)
    words = "".join(word.text for cue in cues for word in cue.words)
    if not script.strip() or (not segments and _letters(script) != _letters(words)):
        return cues
    edited, kept = rescripted(cues, script)
    return edited if kept else cues


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _in_milliseconds(words: Sequence[object]) -> bool:
    """AssemblyAI counts milliseconds in whole numbers; seconds come with a fraction somewhere."""
    times = [field(word, key) for word in words for key in ("start", "end")]
    numbers = [time for time in times if isinstance(time, int | float)]
    return bool(numbers) and all(isinstance(time, int) for time in numbers) and max(numbers) >= 3 * len(numbers)


def _characters(path: Path, alignment: Mapping[str, Any]) -> list[_Timed]:
    keys = ("characters", "character_start_times_seconds", "character_end_times_seconds")
    columns = [alignment.get(key) for key in keys]
    if not all(isinstance(column, list) and len(column) == len(columns[0] or ()) for column in columns):
        raise DocumentError(path, "alignment", "lists of different lengths", f"{', '.join(keys)}, equally long")
    stretches = []
    for number, (character, begins, ends) in enumerate(zip(*columns, strict=True)):
        start = _seconds(path, f"alignment.{keys[1]}[{number}]", begins)
        end = _seconds(path, f"alignment.{keys[2]}[{number}]", ends)
        if start is None or end is None:
            raise DocumentError(path, f"alignment[{number}]", "null", "seconds")
        stretches.append((str(character), start, max(start, end)))
    return [_Timed(word.text, word.start, word.end) for word in joined(stretches, apart=False)]


def _seconds(path: Path, where: str, value: object, scale: Fraction = Fraction(1)) -> Fraction | None:
    if value is None:
        return None
    number = float("nan") if isinstance(value, bool) or not isinstance(value, int | float | Fraction) else value
    if not 0 <= number <= _LATEST / scale:
        raise DocumentError(path, where, repr(value)[:60], "a number of seconds, 0 or more")
    return Fraction(str(number)) * scale


def _in_order(path: Path, found: Sequence[_Timed]) -> tuple[list[Word], int, int]:
    """Words whose starts never run backward; those without times share the gap between their neighbours.

    Also how many had no times, and how many were moved.
    """
    words: list[Word] = []
    guessed = moved = at = 0
    while at < len(found):
        text, start, end = found[at]
        before = words[-1].end if words else Fraction(0)
        if start is not None and end is not None:
            if end < start:
                raise DocumentError(path, f"word {at + 1} {text!r}", f"{start} to {end}", "an end later than the start")
            earliest = words[-1].start if words else start
            moved += start < earliest
            start = max(start, earliest)
            words.append(Word(text, start, max(start, end)))
            at += 1
            continue
        stop = at
        while stop < len(found) and (found[stop].start is None or found[stop].end is None):
            stop += 1
        after = max(found[stop].start or before, before) if stop < len(found) else before + Fraction(stop - at, 4)
        step = (after - before) / (stop - at)
        for n in range(at, stop):
            words.append(Word(found[n].text, before + step * (n - at), before + step * (n - at + 1)))
        guessed += stop - at
        at = stop
    return words, guessed, moved


def _segment(path: Path, number: int, entry: object) -> NumberedCue:
    """A segment without words as a cue."""
    where = f"segments[{number - 1}]"
    raw = field(entry, "text")
    if not isinstance(raw, str):
        raise DocumentError(path, where, "no text", "text, start, end")
    start, end = (_seconds(path, f"{where}.{key}", field(entry, key)) for key in ("start", "end"))
    if start is None or end is None or start > end:
        raise DocumentError(path, where, f"{start} to {end}", "an end that is not before the start")
    text, had_markup = strip_markup(raw)
    return numbered_cue(number, start, end, text, had_markup=had_markup)
