"""Exact time: FFmpeg's time stamps and clock texts into `Fraction` seconds, and back into text.

Inside the library a time is a `Fraction` of seconds since the first frame. Floats appear only in output for people and
in JSON.
"""

from __future__ import annotations

import re
from fractions import Fraction
from numbers import Rational
from typing import Protocol, TypeAlias

from overlaycut.errors import InvalidValue

Seconds: TypeAlias = Fraction | float | int
"""A time as callers give it."""

NTSC_DENOMINATOR = 1001
"""SMPTE ST 12-1: the 29.97 family runs at N × 1000 / 1001 frames per second."""

_LONGEST = 10**9
"""Seconds that no clip lasts, some 30 years."""

_CLOCK = re.compile(r"(?:(?:(?P<h>\d+):)?(?P<m>[0-5]?\d):(?=[0-5]?\d(?:[.,]|$)))?(?P<s>\d+(?:[.,]\d+)?)")


class _Ratio(Protocol):
    @property
    def numerator(self) -> int: ...
    @property
    def denominator(self) -> int: ...


def exact(ratio: _Ratio | None) -> Fraction | None:
    """`ratio` as a Fraction; None for None and for FFmpeg's unset values (0/1, 0/0, n/0)."""
    if ratio is None or not ratio.numerator or not ratio.denominator:
        return None
    return Fraction(ratio.numerator, ratio.denominator)


def named_rate(rate: Fraction) -> Fraction:
    """`rate` snapped to a standard broadcast rate within 0.01 %, else unchanged.

    Containers that round times turn 30000/1001 into 29.97 or 2997/100.
    """
    for whole in (24, 25, 30, 48, 50, 60, 120):
        for candidate in (Fraction(whole), Fraction(whole * 1000, NTSC_DENOMINATOR)):
            if abs(rate / candidate - 1) < Fraction(1, 10_000):
                return candidate
    return rate


def exact_seconds(value: Seconds, name: str = "time") -> Fraction:
    """A time from 0 on as a Fraction; a float stands for the decimal number that it prints as.

    Raises InvalidValue for what is no finite number, and for a negative one.
    """
    if isinstance(value, bool) or not isinstance(value, Rational | float) or not 0 <= value < _LONGEST:
        raise InvalidValue(f"{name}: found {value!r}", hint="allowed: seconds from 0 on, as a Fraction or a number")
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def parse_clock(text: str) -> Fraction:
    """Seconds from "12", "12.5", "1:02.5" or "01:00:02,500".

    Raises ValueError when the text is none of these.
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a time: {text!r}")
    hours, minutes = int(match["h"] or 0), int(match["m"] or 0)
    return hours * 3600 + minutes * 60 + Fraction(match["s"].replace(",", "."))


def clock(seconds: Fraction, *, mark: str = ".") -> str:
    """`seconds` as HH:MM:SS.mmm, rounded to the nearest millisecond; `mark` stands before the milliseconds."""
    if seconds < 0:
        raise ValueError(f"a clock time cannot be negative, got {seconds}")
    total = round(seconds * 1000)
    hours, rest = divmod(total, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    whole, milliseconds = divmod(rest, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{mark}{milliseconds:03d}"
