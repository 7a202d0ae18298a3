"""When words are said, and what becomes of that when the text is edited."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlaycut.captions import read_glossary, rescripted, voice_activity
from overlaycut.captions.timing import grouped, joined, pages, reworded, spoken, spread
from overlaycut.core.cues import Cue, Word, squeezed
from overlaycut.errors import DocumentError

patient = settings(deadline=None)

words = st.lists(st.text("abcü.,!?漢字かกา", min_size=1, max_size=8), min_size=1, max_size=20)
moments = st.integers(0, 400).map(lambda n: Fraction(n, 20))


def timed(text: str, each: Fraction = Fraction(1, 2)) -> Cue:
    said = tuple(Word(word, n * each, (n + 1) * each) for n, word in enumerate(text.split()))
    return Cue(Fraction(0), len(said) * each, text, said)


def told(cue: Cue) -> list[tuple[str, float, float]]:
    return [(word.text, float(word.start), float(word.end)) for word in cue.words]


@patient
@given(words=words, edges=st.lists(moments, min_size=2, max_size=8, unique=True))
def test_spread_words_fill_the_stretches_and_no_gap(words: list[str], edges: list[Fraction]) -> None:
    ordered = sorted(edges)[: len(edges) // 2 * 2]
    stretches = list(zip(ordered[::2], ordered[1::2], strict=True))
    found = spread(" ".join(words), stretches)
    assert squeezed("".join(word.text for word in found)) == squeezed("".join(words))
    for one, other in pairwise(found):
        assert one.start <= other.start and one.end <= other.end
    for word in found:
        assert any(start <= word.start <= word.end <= end for start, end in stretches)


@patient
@given(words=words, most=st.integers(1, 6), length=st.integers(1, 30))
def test_pages_are_the_cue_in_turn(words: list[str], most: int, length: int) -> None:
    cue = Cue(Fraction(0), Fraction(length, 3), " ".join(words))
    found = pages(cue, most)
    assert squeezed("".join(page.text for page in found)) == squeezed(cue.text)
    assert found[0].start == cue.start and found[-1].end == cue.end
    for one, other in pairwise(found):
        assert one.end == other.start
    assert all(len(page.words) <= most for page in found) or len({word.start for word in spoken(cue).words}) < 2


def test_pages_end_where_a_sentence_does_and_are_equally_full() -> None:
    found = pages(timed("No way. This little jar is all I needed today"), 4)
    assert [page.text for page in found] == ["No way.", "This little jar is", "all I needed today"]


@patient
@given(words=words)
def test_groups_keep_every_word_and_its_time(words: list[str]) -> None:
    said = [Word(word, Fraction(n, 2), Fraction(n + 1, 2)) for n, word in enumerate(words)]
    cues = grouped(said)
    assert [word for cue in cues for word in cue.words] == said
    assert all(one.end <= other.start for one, other in pairwise(cues))
    assert all(cue.end - cue.start <= 8 for cue in cues)


def test_a_pause_and_a_sentence_end_a_cue() -> None:
    said = [Word("One", Fraction(0), Fraction(1)), Word("two", Fraction(2), Fraction(3)),
            Word("three.", Fraction(3), Fraction(4)), Word("Four", Fraction(4), Fraction(5))]  # fmt: skip
    assert [cue.text for cue in grouped(said)] == ["One", "two three.", "Four"]


def test_stretches_without_spaces_are_one_word() -> None:
    third = Fraction(1, 3)
    parts = [("Ka", Fraction(0), third), ("ra ", third, 2 * third), ("oke", 2 * third, Fraction(1))]
    assert [word.text for word in joined(parts, apart=False)] == ["Kara", "oke"]
    assert [word.text for word in joined(parts)] == ["Ka", "ra", "oke"]


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        ("cold brew is best", [("cold", 0, 0.5), ("brew", 0.5, 1), ("is", 1, 1.5), ("best", 1.5, 2)]),
        ("Cold Brew, is best!", [("Cold", 0, 0.5), ("Brew,", 0.5, 1), ("is", 1, 1.5), ("best!", 1.5, 2)]),
        ("coldbrew is best", [("coldbrew", 0, 1), ("is", 1, 1.5), ("best", 1.5, 2)]),
        ("cold brew best", [("cold", 0, 0.5), ("brew", 0.5, 1), ("best", 1.5, 2)]),
    ],
)
def test_edits_keep_the_times_of_what_stays(edited: str, expected: list[tuple[str, float, float]]) -> None:
    found, kept = reworded(timed("cold brew is best"), edited)
    assert kept and told(found) == expected


def test_an_edit_that_leaves_nothing_is_spread_and_said() -> None:
    found, kept = reworded(timed("cold brew is best"), "xyz quux")
    assert not kept and found.text == "xyz quux"
    assert (found.words[0].start, found.words[-1].end) == (0, 2)


@patient
@given(one=words, other=words)
def test_any_edit_gives_the_new_text_with_times_in_order(one: list[str], other: list[str]) -> None:
    cue = timed(" ".join(one))
    found, _ = reworded(cue, " ".join(other))
    assert found.text == " ".join(other)
    assert all(a.start <= b.start for a, b in pairwise(found.words))
    assert all(cue.start <= word.start <= word.end <= cue.end for word in found.words)


def test_a_script_takes_the_place_of_what_was_misheard() -> None:
    heard = [timed("over lay cut fixes the label")]
    found, kept = rescripted(heard, "Overlaycut fixes the label.")
    assert kept and told(found[0])[1:] == [("fixes", 1.5, 2), ("the", 2, 2.5), ("label.", 2.5, 3)]
    assert told(found[0])[0] == ("Overlaycut", 0, 1.5)


def test_a_glossary_spells_and_keeps_times(tmp_path: Path) -> None:
    path = tmp_path / "names.toml"
    path.write_text('"Cold Brew" = ["coldbrew", "cold bru"]\n"C++" = ["see plus plus"]\n')
    glossary = read_glossary(path)
    cues, said = glossary.applied([timed("a cold bru in see plus plus"), timed("scold brewing")])
    assert [cue.text for cue in cues] == ["a Cold Brew in C++", "scold brewing"]
    assert told(cues[0])[:3] == [("a", 0, 0.5), ("Cold", 0.5, 1), ("Brew", 1, 1.5)]
    assert said == ("the glossary changed 1 cue(s)",)


@pytest.mark.parametrize("text", ['a = "b"', "a = [1]", "[a]\nb = 1", '"" = ["x"]'])
def test_what_is_no_glossary_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "names.toml"
    path.write_text(text)
    with pytest.raises(DocumentError):
        read_glossary(path)


def test_speech_is_what_stands_out_from_the_quiet() -> None:
    rate = 48_000
    noise = np.random.default_rng(2).normal(0, 1, 4 * rate)
    loud = np.zeros(4 * rate)
    loud[rate // 2 : rate] = loud[2 * rate : 3 * rate] = 0.2
    loud += 0.001
    sound = np.repeat((noise * loud)[:, None], 2, axis=1).astype(np.float32)
    found = voice_activity((sound[n : n + 1000] for n in range(0, len(sound), 1000)), rate)
    assert [(round(float(a), 1), round(float(b), 1)) for a, b in found] == [(0.5, 1.0), (2.0, 3.0)]
    assert voice_activity([np.zeros((rate, 2), np.float32)], rate) == () == voice_activity([], rate)
