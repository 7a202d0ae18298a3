r"""ASS and SSA, read by pysubs2: text, times, karaoke, alignment and colour.

Text in braces is never shown, as in libass: overrides, comments of editors, and data of tools. Of the overrides those
are followed that hide text (`\alpha&HFF&`, `\1a&HFF&`, drawings by `\p1`), time words (`\k` and its kin), place a
line (`\an`) or colour it at its head.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pysubs2
from pysubs2.exceptions import Pysubs2Error
from pysubs2.formats.substation import parse_tags

from overlaycut.captions.readers.normalise import CueDraft, NumberedCue, numbered_cue, strip_markup
from overlaycut.captions.timing import agreeing, joined
from overlaycut.core.cues import Anchor, Word
from overlaycut.errors import DocumentError

_BRACES = re.compile(r"\{([^{}]*)\}")
_ANIMATED = re.compile(r"\\t\([^()]*(?:\([^()]*\)[^()]*)*\)?")
"""Overrides that take effect over time."""
_ALPHA = re.compile(r"\\(?:alpha|1a)&?H?([0-9a-fA-F]{1,8})&?|\\r")
_DRAWING = re.compile(r"\\p(\d+)")
_KARAOKE = re.compile(r"\\[kK][fo]?(\d{1,9})")
_ALIGNMENT = re.compile(r"\\an([1-9])")
_WHITE = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Visible text between overrides."""

    text: str
    karaoke: int | None
    """Hundredths of a second of the syllable that begins here; None where none does."""


def read_ass(path: Path, text: str) -> CueDraft:
    """The dialogue of a script; comments and drawings are passed over.

    Raises DocumentError for a text that is not a script, and for a line that ends before it starts.
    """
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            script = pysubs2.SSAFile.from_string(text, format_="ass" if path.suffix.lower() == ".ass" else "ssa")
    except (Pysubs2Error, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise DocumentError(path, "", str(error)[:80] or "no script", "an ASS or SSA script with [Events]") from error
    repairs = list(dict.fromkeys(f"the script was repaired: {warning.message}" for warning in caught))
    if "[events]" not in text.lower():
        raise DocumentError(path, "", "no [Events]", "an ASS or SSA script with [Events]")
    lines = [event for event in script.events if not event.is_comment]
    cues, hidden = [], []
    for number, event in enumerate(lines, start=1):
        stretches = list(_visible(event.text))
        if event.text.strip() and not any(stretch.text.strip() for stretch in stretches):
            hidden.append(number)
            continue
        cues.append(_numbered(path, script, number, event, stretches))
    if hidden:
        repairs.append(f"{len(hidden)} drawing(s) or hidden line(s) were left out")
    return CueDraft(cues, tuple(repairs))


def _numbered(
    path: Path, script: pysubs2.SSAFile, number: int, event: pysubs2.SSAEvent, stretches: list[_Stretch]
) -> NumberedCue:
    start, end = Fraction(event.start, 1000), Fraction(event.end, 1000)
    if not 0 <= start <= end:
        found = f"{float(start):.2f} to {float(end):.2f} s"
        raise DocumentError(path, f"dialogue {number}", found, "an end that is not before the start")
    text, _ = strip_markup("".join(stretch.text for stretch in stretches))
    style = script.styles.get(event.style, pysubs2.SSAStyle.DEFAULT_STYLE)
    placed = _ALIGNMENT.search(event.text)
    return numbered_cue(
        number,
        start,
        end,
        text,
        words=agreeing(_words(stretches, start, end), text),
        anchor=_anchor(int(placed[1]) if placed else int(style.alignment)),
        colour=_colour(script, event, style),
    )


def _visible(body: str) -> Iterator[_Stretch]:
    """The text of a line that is shown, with its line breaks and hard spaces."""
    parts = _BRACES.split(body)
    shown, drawing, karaoke = True, False, None
    for n, part in enumerate(parts):
        if n % 2 == 0:
            text = part.replace("\\n", " ").replace("\\N", "\n").replace("\\h", " ")
            if shown and not drawing and (text or karaoke is not None):
                yield _Stretch(text, karaoke)
                karaoke = None
            continue
        overrides = _ANIMATED.sub("", part)
        for alpha in _ALPHA.finditer(overrides):
            shown = alpha[1] is None or int(alpha[1], 16) & 0xFF != 0xFF
        for scale in _DRAWING.finditer(overrides):
            drawing = int(scale[1]) > 0
        for syllable in _KARAOKE.finditer(overrides):
            karaoke = (karaoke or 0) + int(syllable[1])


def _words(stretches: list[_Stretch], start: Fraction, end: Fraction) -> tuple[Word, ...]:
    r"""The syllables of karaoke (\k, \K, \kf, \ko: hundredths of a second each), joined to words."""
    if all(stretch.karaoke is None for stretch in stretches):
        return ()
    timed: list[tuple[str, Fraction, Fraction]] = []
    at = start
    for stretch in stretches:
        text = stretch.text.replace("\n", " ")
        if stretch.karaoke is None and timed:
            timed[-1] = (timed[-1][0] + text, *timed[-1][1:])
            continue
        begins, at = at, min(at + Fraction(stretch.karaoke or 0, 100), end)
        timed.append((text, begins, at))
    return joined(timed, apart=False)


def _colour(script: pysubs2.SSAFile, event: pysubs2.SSAEvent, style: pysubs2.SSAStyle) -> str | None:
    """The colour of a line's first text; pysubs2 resolves what overrides at its head do to its style."""
    try:
        fragments = parse_tags(event.text, style, script.styles)
    except (ValueError, TypeError, KeyError, IndexError):
        fragments = []
    first = next((given for said, given in fragments if said.strip()), style)
    colour = (first.primarycolor.r, first.primarycolor.g, first.primarycolor.b)
    return None if colour == _WHITE else "#{:02x}{:02x}{:02x}".format(*(value & 0xFF for value in colour))


def _anchor(alignment: int) -> Anchor | None:
    """By the numeric keypad: 7 to 9 top, 4 to 6 middle; 1 to 3 is every style's default and leaves it to ours."""
    return "top" if alignment >= 7 else "middle" if alignment >= 4 else None
