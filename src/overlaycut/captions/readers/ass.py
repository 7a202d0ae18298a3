"""ASS and SSA, read by pysubs2: text, times, karaoke, and of the styles where the words stand and their colour."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pysubs2
from pysubs2.exceptions import Pysubs2Error
from pysubs2.formats.substation import parse_tags

from overlaycut.captions.readers.normalise import CueDraft, NumberedCue, strip_markup
from overlaycut.captions.timing import agreeing, joined
from overlaycut.core.cues import Anchor, Cue, Word
from overlaycut.errors import DocumentError

_KARAOKE = re.compile(r"\{[^{}]*?\\[kK][fo]?(\d+)[^{}]*\}")
_WHITE = (255, 255, 255)


def read_ass(path: Path, text: str) -> CueDraft:
    """The dialogue of a script; comments and drawings are passed over.

    Raises DocumentError for a text that is no script, and for a line that ends before it starts.
    """
    try:
        script = pysubs2.SSAFile.from_string(text, format_="ass" if path.suffix.lower() == ".ass" else "ssa")
    except (Pysubs2Error, ValueError, TypeError, KeyError, IndexError) as error:
        raise DocumentError(path, "", str(error)[:80] or "no script", "an ASS or SSA script with [Events]") from error
    if "[events]" not in text.lower():
        raise DocumentError(path, "", "no [Events]", "an ASS or SSA script with [Events]")
    lines = [event for event in script.events if event.is_text]
    drawings = sum(event.is_drawing for event in script.events)
    warnings = (f"{drawings} drawing(s) were left out",) if drawings else ()
    return CueDraft([_numbered(path, script, number, event) for number, event in enumerate(lines, start=1)], warnings)


def _numbered(path: Path, script: pysubs2.SSAFile, number: int, event: pysubs2.SSAEvent) -> NumberedCue:
    start, end = Fraction(event.start, 1000), Fraction(event.end, 1000)
    if not 0 <= start < end:
        found = f"{float(start):.2f} to {float(end):.2f} s"
        raise DocumentError(path, f"dialogue {number}", found, "an end that is later than the start")
    body = re.sub(r"\\n(?![a-z])", " ", event.text)
    text, _ = strip_markup(body)
    if not text:
        return NumberedCue(number, None)
    # pysubs2 resolves what tags at the head of a line do to its style.
    style = script.styles.get(event.style, pysubs2.SSAStyle.DEFAULT_STYLE)
    fragments = parse_tags(event.text, style, script.styles)
    first = next((given for said, given in fragments if said.strip()), style)
    placed = re.search(r"\\an([1-9])", event.text)
    alignment = int(placed[1]) if placed else int(first.alignment)
    colour = (first.primarycolor.r, first.primarycolor.g, first.primarycolor.b)
    return NumberedCue(
        number,
        Cue(
            start,
            end,
            text,
            agreeing(_words(body, start, end), text),
            _anchor(alignment),
            None if colour == _WHITE else "#{:02x}{:02x}{:02x}".format(*colour),
        ),
        had_markup=False,
    )


def _words(body: str, start: Fraction, end: Fraction) -> tuple[Word, ...]:
    r"""The syllables of karaoke (\k, \K, \kf, \ko: hundredths of a second each), put together to words."""
    parts = _KARAOKE.split(body)
    if len(parts) < 3:
        return ()
    at, stretches = start, []
    if before := strip_markup(parts[0])[0]:
        stretches.append((before, start, start))
    for hundredths, part in zip(parts[1::2], parts[2::2], strict=True):
        begins, at = at, min(at + Fraction(int(hundredths), 100), end)
        stretches.append((re.sub(r"\\N", " ", part), begins, at))
    return joined(
        [(re.sub(r"\{[^{}]*\}", "", text).replace("\\h", " "), b, e) for text, b, e in stretches], apart=False
    )


def _anchor(alignment: int) -> Anchor | None:
    """Of the number pad: 7 to 9 top, 4 to 6 middle; 1 to 3 is every style's default and says nothing."""
    return "top" if alignment >= 7 else "middle" if alignment >= 4 else None
