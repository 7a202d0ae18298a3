"""Exact time."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.core.time import clock, exact, named_rate, parse_clock


@given(st.integers(0, 100 * 3_600_000))
def test_clock_and_back(milliseconds: int) -> None:
    seconds = Fraction(milliseconds, 1000)
    for mark in ".,":
        assert parse_clock(clock(seconds, mark=mark)) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("12", 12), ("12.5", Fraction(25, 2)), ("1:02.5", Fraction(125, 2)), ("01:00:02,500", Fraction(7205, 2))],
)
def test_clock_texts(text: str, seconds: Fraction) -> None:
    assert parse_clock(text) == seconds


@pytest.mark.parametrize("text", ["", "abc", "-1", "1:75", "1:2:3:4", "1..5", "1e3"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        parse_clock(text)


def test_a_negative_clock_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        clock(Fraction(-1))


@pytest.mark.parametrize(
    ("rate", "named"),
    [
        (Fraction("29.97"), Fraction(30000, 1001)),
        (Fraction("23.976"), Fraction(24000, 1001)),
        (Fraction("59.94"), Fraction(60000, 1001)),
        (Fraction("24.0001"), Fraction(24)),
        (Fraction("15"), Fraction(15)),
        (Fraction("29.5"), Fraction("29.5")),
    ],
)
def test_named_rates(rate: Fraction, named: Fraction) -> None:
    assert named_rate(rate) == named


def test_unset_ratios_are_none() -> None:
    class Ratio:
        def __init__(self, numerator: int, denominator: int) -> None:
            self.numerator, self.denominator = numerator, denominator

    assert exact(None) is None
    assert [exact(Ratio(n, d)) for n, d in ((0, 1), (0, 0), (1, 0))] == [None] * 3
    assert exact(Ratio(30000, 1001)) == Fraction(30000, 1001)
