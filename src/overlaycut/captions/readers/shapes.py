"""Transcripts of services and tools that differ from whisper's shape, converted to it.

whisper.cpp               transcription[]: text, offsets.from, offsets.to (milliseconds); tokens[] alike
Hugging Face transformers chunks[]: text, timestamp [start, end] (seconds; the last end may be null)
YouTube json3             events[]: tStartMs, dDurationMs, segs[]: utf8, tOffsetMs (milliseconds)
Vosk                      result[]: word, start, end (seconds)
AWS Transcribe            results.items[]: type, start_time, end_time (strings), alternatives[0].content
Google Speech-to-Text     results[].alternatives[0].words[]: word, startTime, endTime ("1.100s")
Rev.ai                    monologues[].elements[]: type, value, ts, end_ts (seconds)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import Any, TypeAlias

from overlaycut.captions.timing import joined

Entry: TypeAlias = dict[str, Any]
"""A word or a segment: word or text, start, end."""

_NUMBER = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)s?")
_MILLISECONDS = Fraction(1, 1000)


def whisper_shaped(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document with `segments` or `words`; unchanged when no other shape is recognised.

    Values are not checked: a time that is none is still one afterwards.
    """
    for key, convert in _SHAPES.items():
        if isinstance(document.get(key), list):
            return convert(document[key])
    results = document.get("results")
    if isinstance(items := field(results, "items"), list):
        return {"words": _aws(items)}
    if isinstance(results, list):
        return {"words": _google(results)}
    return document


def field(thing: object, key: str) -> Any:
    """The value of a key, or None where there is no such key or no object."""
    return thing.get(key) if isinstance(thing, Mapping) else None


def entries(thing: object) -> list[Any]:
    """A list, or an empty one in place of anything else."""
    return thing if isinstance(thing, list) else []


def first(thing: object) -> Any:
    """The first entry of a list, or None."""
    return thing[0] if isinstance(thing, list) and thing else None


def _number(value: object, scale: Fraction = Fraction(1)) -> object:
    """A time in seconds as an exact number; what is none is returned as it is."""
    if isinstance(value, str) and (match := _NUMBER.fullmatch(value)):
        return Fraction(match[1]) * scale
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
        return value
    return Fraction(str(value)) * scale


def _words_or_segments(found: list[Entry]) -> Mapping[str, Any]:
    """Entries as words where each holds one word, else as segments."""
    texts = [str(entry.get("text") or "").split() for entry in found]
    if len(found) > 3 and all(len(text) <= 1 for text in texts):
        return {"words": [{**entry, "word": entry["text"]} for entry, text in zip(found, texts, strict=True) if text]}
    return {"segments": [entry if entry["end"] is not None else {**entry, "end": entry["start"]} for entry in found]}


def _whisper_cpp(transcription: Sequence[object]) -> Mapping[str, Any]:
    segments = []
    for entry in transcription:
        segment = _offset(entry)
        tokens = [_offset(token) for token in entries(field(entry, "tokens")) if isinstance(token, Mapping)]
        stretches = [(token["text"], token["start"], token["end"]) for token in tokens]
        known = all(isinstance(start, Fraction) and isinstance(end, Fraction) for _, start, end in stretches)
        if known and all(isinstance(text, str) for text, _, _ in stretches):
            spoken = [(text, start, max(start, end)) for text, start, end in stretches if not text.startswith("[_")]
            segment["words"] = [
                {"word": word.text, "start": word.start, "end": word.end} for word in joined(spoken, apart=False)
            ]
        segments.append(segment)
    if any(segment.get("words") for segment in segments):
        return {"segments": segments}
    return _words_or_segments(segments)


def _offset(entry: object) -> Entry:
    offsets = field(entry, "offsets")
    start, end = (_number(field(offsets, key), _MILLISECONDS) for key in ("from", "to"))
    return {"text": field(entry, "text"), "start": start, "end": end}


def _chunks(chunks: Sequence[object]) -> Mapping[str, Any]:
    found = []
    for entry in chunks:
        times = field(entry, "timestamp")
        start, end = times if isinstance(times, list) and len(times) == 2 else (None, None)
        found.append({"text": field(entry, "text"), "start": _number(start), "end": _number(end)})
    return _words_or_segments(found)


def _json3(events: Sequence[object]) -> Mapping[str, Any]:
    segments: list[Entry] = []
    words: list[Entry] = []
    timed = False
    for event in events:
        start = _number(field(event, "tStartMs"), _MILLISECONDS)
        length = _number(field(event, "dDurationMs") or 0, _MILLISECONDS)
        pieces = [piece for piece in entries(field(event, "segs")) if isinstance(field(piece, "utf8"), str)]
        if not isinstance(start, Fraction) or not isinstance(length, Fraction):
            continue
        if text := "".join(piece["utf8"] for piece in pieces).strip():
            segments.append({"text": text, "start": start, "end": start + length})
        for piece in pieces:
            offset = _number(piece.get("tOffsetMs"), _MILLISECONDS)
            timed |= isinstance(offset, Fraction)
            at = start + offset if isinstance(offset, Fraction) else start
            words.append({"word": piece["utf8"], "start": at, "end": max(start + length, at)})
    if not timed:
        return {"segments": segments}
    for word, following in pairwise(words):  # events of a roll-up last until they have left the screen
        word["end"] = max(word["start"], min(word["end"], following["start"]))
    return {"words": words}


def _monologues(monologues: Sequence[object]) -> Mapping[str, Any]:
    words: list[Entry] = []
    for monologue in monologues:
        for element in entries(field(monologue, "elements")):
            value = field(element, "value")
            if field(element, "type") == "text":
                start, end = (_number(field(element, key)) for key in ("ts", "end_ts"))
                words.append({"word": value, "start": start, "end": end})
            else:
                _append(words, value)
    return {"words": words}


def _aws(items: Sequence[object]) -> list[Entry]:
    words: list[Entry] = []
    for item in items:
        content = field(first(field(item, "alternatives")), "content")
        if field(item, "type") == "punctuation":
            _append(words, content)
        else:
            start, end = (_number(field(item, key)) for key in ("start_time", "end_time"))
            words.append({"word": content, "start": start, "end": end})
    return words


def _google(results: Sequence[object]) -> list[Entry]:
    words = []
    for result in results:
        for word in entries(field(first(field(result, "alternatives")), "words")):
            start, end = (field(word, f"{key}Time") or field(word, f"{key}_time") for key in ("start", "end"))
            words.append({"word": field(word, "word"), "start": _number(start), "end": _number(end)})
    return words


def _append(words: list[Entry], mark: object) -> None:
    """Punctuation to the word before it."""
    if words and isinstance(mark, str) and isinstance(words[-1]["word"], str):
        words[-1]["word"] += mark.strip()


_SHAPES: MappingProxyType[str, Callable[[Sequence[object]], Mapping[str, Any]]] = MappingProxyType(
    {
        "transcription": _whisper_cpp,
        "chunks": _chunks,
        "events": _json3,
        "result": lambda words: {"words": words},
        "monologues": _monologues,
    }
)
"""Converters by the key whose list distinguishes a shape."""
