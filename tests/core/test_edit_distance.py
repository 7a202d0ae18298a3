from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.core.edit_distance import distance, fitting_distance, folded, likeness, similarity

WORDS = st.text(alphabet="ABCdef 019-é山", max_size=12)
LETTERS = st.text(alphabet="abcdef019", min_size=1, max_size=10)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("COLD BREW", "coldbrew"),
        ("Ｃｏｌｄ　Ｂｒｅｗ", "coldbrew"),
        ("Café No. 7", "cafeno7"),
        ("STRASSE", "strasse"),
        ("straße", "strasse"),
        ("可灵 AI", "可灵ai"),
        ("— ! —", ""),
    ],
)
def test_folding_drops_what_readers_confuse(text: str, bare: str) -> None:
    assert folded(text) == bare


@given(WORDS)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(WORDS)
def test_a_text_reads_as_itself_unless_it_has_no_letters(text: str) -> None:
    assert similarity(text, text) == 1.0
    assert likeness(text, text) == (1.0 if text.strip() else 0.0)


@given(WORDS, WORDS)
def test_similarity_and_likeness_stay_between_0_and_1_and_likeness_is_symmetric(one: str, other: str) -> None:
    assert 0 <= similarity(one, other) <= 1
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, other) == pytest.approx(likeness(other, one))


@given(LETTERS, LETTERS, LETTERS)
def test_what_stands_inside_a_longer_reading_was_read(wanted: str, before: str, after: str) -> None:
    assert fitting_distance(wanted, before + wanted + after) == 0
    assert similarity(wanted, before + wanted + after) == 1


@given(LETTERS, LETTERS)
def test_fitting_is_never_dearer_than_turning_the_whole(one: str, other: str) -> None:
    assert fitting_distance(one, other) <= distance(one, other) + 1e-9
    assert 0 <= fitting_distance(one, other) <= len(one)


@given(LETTERS, LETTERS, LETTERS)
def test_distance_keeps_the_triangle(a: str, b: str, c: str) -> None:
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-9


def test_an_empty_reading_is_not_a_right_one() -> None:
    assert similarity("COLD BREW", "") == 0
    assert likeness("COLD BREW", "") == 0


def test_look_alikes_are_weaker_evidence_than_other_letters_but_still_evidence() -> None:
    alike, other = similarity("SHOP 10", "SH0P 1O"), similarity("SHOP 10", "SHXP 1X")
    assert other < alike < 1


def test_words_that_have_nothing_in_common() -> None:
    assert similarity("COLD BREW", "MTKX") < 0.3


# Of the whole of Unicode only the dotless i is left out: its capital is the I of everybody else.
ANYTHING = st.text(st.characters(exclude_characters="ı", exclude_categories=["Cs"]), max_size=12)


@given(ANYTHING)
def test_the_way_in_which_a_text_is_encoded_changes_nothing(text: str) -> None:
    encoded = [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    assert {folded(one) for one in encoded} == {folded(text)}


@given(ANYTHING)
def test_capitals_and_small_letters_fold_to_the_same(text: str) -> None:
    assert folded(text.upper()) == folded(text) == folded(text.lower())


@given(LETTERS, LETTERS)
def test_distance_is_symmetric_and_nothing_only_between_equals(one: str, other: str) -> None:
    assert distance(one, other) == pytest.approx(distance(other, one))
    assert (distance(one, other) == 0) == (one == other)


def test_a_longer_reading_holds_what_is_expected_but_not_the_other_way_round() -> None:
    assert similarity("COLD", "ICE COLD BREW") == 1
    assert similarity("ICE COLD BREW", "COLD") < 0.5
    assert likeness("COLD", "ICE COLD BREW") == likeness("ICE COLD BREW", "COLD") < 0.5
