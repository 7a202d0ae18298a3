"""Where words stand."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.words import HEIGHT, PICTURE, SAFE, WIDTH, cue, style
from overlaycut.captions import Layout, lay_out
from overlaycut.core.cues import Cue, KeepOut
from overlaycut.core.geometry import Box


def laid(*cues: Cue, safe: Box = SAFE, **changes: object) -> Layout:
    return lay_out(cues, width=WIDTH, height=HEIGHT, style=style(**changes), safe=safe)


def texts(layout: Layout, number: int = 0) -> list[str]:
    return [line.text for line in layout.cues[number].lines]


def inside(box: Box, outer: Box) -> bool:
    return box.overlap(outer) == box.area


def squeezed(text: str) -> str:
    return "".join(text.split())


word = st.text("abdefgjpqyABWÄÉß", min_size=1, max_size=9)
sentence = st.lists(st.one_of(word, st.sampled_from(["–", "?!", "well-known", "(so)", "…"])), min_size=1, max_size=14)


@settings(max_examples=60, deadline=None)
@given(
    words=sentence, anchor=st.sampled_from(["top", "middle", "bottom"]), lines=st.integers(1, 3), share=st.booleans()
)
def test_any_sentence_keeps_its_words_and_its_place(words: list[str], anchor: str, lines: int, share: bool) -> None:
    look = style(anchor=anchor, max_lines=lines, max_width=0.7 if share else 1.0)
    layout = lay_out([cue(" ".join(words))], width=WIDTH, height=HEIGHT, style=look, safe=SAFE)
    (placed,) = layout.cues
    assert squeezed("".join(line.text for line in placed.lines)) == squeezed("".join(words))
    assert inside(placed.box, SAFE)
    for line in placed.lines:
        assert line.width + 2 * look.outline_width * placed.size <= SAFE.w * look.max_width
        assert line.x + line.width / 2 == pytest.approx(SAFE.x + SAFE.w / 2)
    assert layout.warnings or len(placed.lines) <= lines
    assert 0.65 <= placed.size / (look.size * WIDTH) <= 1.000001
    baselines = [line.baseline for line in placed.lines]
    assert all(baseline.is_integer() for baseline in baselines)
    assert len({b - a for a, b in pairwise(baselines)}) <= 1


@settings(max_examples=30, deadline=None)
@given(
    times=st.lists(st.tuples(st.integers(0, 6), st.integers(1, 4)), min_size=2, max_size=4),
    anchor=st.sampled_from(["top", "middle", "bottom"]),
)
def test_cues_shown_together_share_no_pixel(times: list[tuple[int, int]], anchor: str) -> None:
    layout = laid(*(cue("gyp", start, start + lasts) for start, lasts in times), anchor=anchor)
    assert [placed.cue.start for placed in layout.cues] == sorted(start for start, _ in times)
    for one, other in combinations(layout.cues, 2):
        if one.cue.start < other.cue.end and other.cue.start < one.cue.end:
            assert one.box.overlap(other.box) == 0
        assert inside(one.box, SAFE)
    assert layout.warnings == ()


def test_the_bottom_stacks_upward() -> None:
    first, second, third = laid(cue("one", 0, 4), cue("two", 1, 2), cue("three", 2, 3)).cues
    assert second.box.bottom <= first.box.y
    assert third.lines[0].baseline == second.lines[0].baseline


@pytest.mark.parametrize("anchor", ["top", "middle", "bottom"])
def test_lines_do_not_jump_with_their_letters(anchor: str) -> None:
    layout = laid(cue("noon", 0, 1), cue("gypsy", 1, 2), cue("Äh!", 2, 3), cue("___", 3, 4), anchor=anchor)
    assert len({placed.lines[0].baseline for placed in layout.cues}) == 1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("I came home late, and the dog was gone", ["I came home late,", "and the dog was gone"]),
        ("They knew it. Then it rained", ["They knew it.", "Then it rained"]),
        ("We drove all the way to the sea", ["We drove all", "the way to the sea"]),
        ("Chosen line breaks,\nthey stay", ["Chosen line breaks,", "they stay"]),
        ("- Go.\n- No!", ["- Go.", "- No!"]),
        ("Short", ["Short"]),
        ("What is it that you want ?", ["What is it that", "you want ?"]),
        ("a state-of-the-art-machine-for-all", ["a state-of-the-art-", "machine-for-all"]),
        ("the length is 1000\u00a0mm or so", ["the length", "is 1000\u00a0mm or so"]),
    ],
)
def test_lines_end_where_people_pause(text: str, lines: list[str]) -> None:
    layout = laid(cue(text))
    assert texts(layout) == lines
    assert layout.warnings == ()


def test_speakers_are_never_joined() -> None:
    assert texts(laid(cue("- Is it ready to be taken home now?\n- No."))) == [
        "- Is it ready to be",
        "taken home now?",
        "- No.",
    ]


def test_a_word_wider_than_a_line_is_split_and_said() -> None:
    layout = laid(cue("Donaudampfschifffahrtsgesellschaftskapitänsmützen"))
    assert "".join(texts(layout)) == "Donaudampfschifffahrtsgesellschaftskapitänsmützen"
    assert layout.cues[0].size == pytest.approx(0.65 * 0.08 * WIDTH)
    assert any("split" in warning for warning in layout.warnings)


def test_a_long_cue_becomes_several_in_turn_when_there_is_time() -> None:
    text = "the quick brown fox jumps over the lazy dog and " * 3 + "sleeps"
    layout = laid(cue(text, 0, 12))
    assert " ".join(line.text for placed in layout.cues for line in placed.lines) == text
    assert len(layout.cues) > 1 and all(len(placed.lines) <= 2 for placed in layout.cues)
    for one, other in pairwise(layout.cues):
        assert one.cue.end == other.cue.start
    assert (layout.cues[0].cue.start, layout.cues[-1].cue.end) == (0, 12)
    assert len(layout.warnings) == 1 and "too long and was split" in layout.warnings[0]


def test_a_long_cue_takes_more_lines_and_says_so() -> None:
    text = "the quick brown fox jumps over the lazy dog and " * 3 + "sleeps"
    layout = laid(cue(text))
    assert " ".join(texts(layout)) == text
    assert len(layout.warnings) == 1 and f"takes {len(layout.cues[0].lines)} lines, more than 2" in layout.warnings[0]


def test_cues_move_away_from_what_is_taken_while_one_of_them_shows() -> None:
    bottom, top = Box(0, HEIGHT - 300, WIDTH, 300), Box(0, 0, WIDTH, 300)
    cues = [cue("one", 0, 1), cue("two", 1, 2), cue("three", 2, 3)]
    taken = [KeepOut(bottom, Fraction(1), Fraction(3)), KeepOut(top, Fraction(2), Fraction(3))]
    layout = lay_out(cues, width=WIDTH, height=HEIGHT, style=style(), safe=SAFE, taken=taken)
    first, second, third = (placed.box for placed in layout.cues)
    assert first.overlap(bottom) == 0, "nothing is there yet, but the next cue stands here too"
    assert second.overlap(bottom) == 0 and second.bottom > bottom.y - 30, "no farther than it must"
    assert third.overlap(top) == third.overlap(bottom) == 0
    assert layout.warnings == ()
    (warning,) = lay_out(
        cues[:1],
        width=WIDTH,
        height=HEIGHT,
        style=style(),
        safe=SAFE,
        taken=[KeepOut(PICTURE, Fraction(0), Fraction(1))],
    ).warnings
    assert "covers" in warning


@pytest.mark.parametrize("safe", [Box(100, 100, 1, 1), Box(0, 0, 30, 20), Box(500, 900, 40, 60)])
@pytest.mark.parametrize("text", ["Hello", "a long cue of many words that goes on"])
def test_no_room_is_said_and_nothing_leaves_the_picture(safe: Box, text: str) -> None:
    layout = laid(cue(text), safe=safe)
    assert squeezed("".join(texts(layout))) == squeezed(text)
    assert layout.warnings
    assert inside(layout.cues[0].box, PICTURE)


@pytest.mark.parametrize("size", [(2, 2), (16, 16), (64, 36)])
def test_the_smallest_pictures_are_laid_out(size: tuple[int, int]) -> None:
    width, height = size
    layout = lay_out([cue("Hello")], width=width, height=height, style=style(), safe=Box(0, 0, width, height))
    assert inside(layout.cues[0].box, Box(0, 0, width, height))


def test_a_cue_without_words_is_left_out_and_said() -> None:
    layout = laid(cue(" \n "), cue("word"))
    assert len(layout.cues) == 1
    assert layout.warnings == ("the cue at 00:00:00.000 has no words and was left out",)


def test_the_same_cues_are_laid_out_the_same() -> None:
    cues = [cue("One can, cold brew,"), cue("and a dog", 0, 2)]
    assert laid(*cues) == laid(*reversed(cues))
