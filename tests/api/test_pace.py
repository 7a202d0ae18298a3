"""Trims that are proposed where somebody of the cast changes within a shot."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import pytest

from overlaycut.api.pace import cast_warnings
from overlaycut.core.cast import Appearance, IdentityVerdict, TraitVerdict


def shot(verdict: IdentityVerdict, first_bad: Fraction | None, *, start: str = "0", end: str = "5") -> SimpleNamespace:
    """A shot with one character in it."""
    seen = Appearance(
        character="maya",
        clip="a.mp4",
        tracks=(1,),
        seen=100,
        face=TraitVerdict(verdict=verdict, reason="changes", first_bad=first_bad),
        clothes=TraitVerdict(verdict="same", reason=""),
        centre=None,
    )
    cast = SimpleNamespace(appearances=(seen,), clones=())
    return SimpleNamespace(chosen=SimpleNamespace(cast=cast), start=Fraction(start), end=Fraction(end))


@pytest.mark.parametrize(
    ("first_bad", "start", "end", "said"),
    [
        (Fraction(316, 100), "0", "5", "maya: changes; out = 3.1 ends the shot before that"),
        (Fraction(316, 100), "1", "5", "maya: changes; out = 3.1 ends the shot before that"),
        (Fraction(316, 100), "0", "2.5", "maya: changes"),
        (Fraction(316, 100), "2.8", "5", "maya: changes; that is from its beginning: take another candidate"),
        (None, "0", "5", "maya: changes"),
    ],
)
def test_a_trim_ends_the_shot_before_the_first_bad_moment(
    first_bad: Fraction | None, start: str, end: str, said: str
) -> None:
    assert list(cast_warnings(shot("drift", first_bad, start=start, end=end))) == [said]  # type: ignore[arg-type]


def test_nothing_is_said_of_who_stays_the_same_and_no_trim_of_somebody_else() -> None:
    assert list(cast_warnings(shot("same", None))) == []  # type: ignore[arg-type]
    assert list(cast_warnings(shot("different", Fraction(1)))) == ["maya: changes"]  # type: ignore[arg-type]
    assert list(cast_warnings(SimpleNamespace(chosen=SimpleNamespace(cast=None)))) == []  # type: ignore[arg-type]
