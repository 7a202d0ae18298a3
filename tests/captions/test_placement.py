"""Where captions stand among faces, lettering and each other."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.words import HEIGHT, SAFE, WIDTH, cue, style
from overlaycut.captions import Layout, lay_out
from overlaycut.captions.layout.placement import OccupiedRows, Surroundings, best_row
from overlaycut.captions.shaping import Shaper
from overlaycut.core.cues import KeepOut
from overlaycut.core.geometry import Box

patient = settings(deadline=None)

AREA = Box(40, 100, 900, 1300)
FOREVER = Fraction(10**6)


def ground(*busy: Box, shown: tuple[OccupiedRows, ...] = (), before: OccupiedRows | None = None) -> Surroundings:
    return Surroundings(AREA, shown, [KeepOut(box, Fraction(0), FOREVER, "a face") for box in busy], before)


boxes = st.builds(Box, st.integers(0, 900), st.integers(0, 1800), st.integers(1, 900), st.integers(1, 900))


@patient
@given(
    tall=st.integers(1, 1300),
    busy=st.lists(boxes, max_size=3),
    anchor=st.sampled_from(["top", "middle", "bottom"]),
    blocks=st.lists(st.tuples(st.integers(100, 1300), st.integers(1, 200)), max_size=2),
)
def test_a_slot_lies_in_the_area_and_covers_nothing_when_it_need_not(
    tall: int, busy: list[Box], anchor: str, blocks: list[tuple[int, int]]
) -> None:
    shown = tuple(OccupiedRows(top, top + high, Fraction(0), FOREVER) for top, high in blocks)
    top = best_row(tall, (100, 800), ground(*busy, shown=shown), anchor)

    def covered(row: int) -> int:
        return sum(Box(100, row, 700, tall).overlap(box) for box in busy)

    rows = range(AREA.y, AREA.bottom - tall + 1)
    free = [row for row in rows if not any(b.top < row + tall and row < b.bottom for b in shown)]
    if top is None:
        assert not free
        return
    assert top in free
    assert (covered(top) == 0) == any(covered(row) == 0 for row in free)


def test_captions_do_not_hop_for_little() -> None:
    home = best_row(100, (100, 800), ground(), "bottom")
    assert home == AREA.bottom - 100
    low_face = Box(300, AREA.bottom - 60, 200, 200)
    away = best_row(100, (100, 800), ground(low_face), "bottom")
    assert away == low_face.y - 100
    last = OccupiedRows(away, away + 100, Fraction(0), Fraction(1))
    assert best_row(100, (100, 800), ground(before=last), "bottom") == away, "stays where the last one stood"
    far = OccupiedRows(AREA.y, AREA.y + 100, Fraction(0), Fraction(1))
    assert best_row(100, (100, 800), ground(before=far), "bottom") == home, "but not at the other end"


@settings(max_examples=25, deadline=None)
@given(face=st.builds(Box, st.integers(60, 240), st.integers(60, 560), st.integers(140, 240), st.integers(160, 300)))
def test_no_face_is_covered_when_there_is_room(face: Box) -> None:
    assert face.area > 0.04 * WIDTH * HEIGHT
    taken = [KeepOut(face, Fraction(0), Fraction(4), "a face")]
    cues = [cue("What a nice day it is", 0, 2), cue("Gypsies jump", 2, 4)]
    layout = lay_out(cues, width=WIDTH, height=HEIGHT, style=style(), safe=SAFE, taken=taken)
    for placed in layout.cues:
        assert placed.box.overlap(face) == 0
        assert placed.box.overlap(SAFE) == placed.box.area
    assert layout.warnings == ()


def test_what_is_covered_is_named() -> None:
    taken = [KeepOut(SAFE, Fraction(0), Fraction(1), "the end card")]
    (warning,) = lay_out([cue("Hi")], width=WIDTH, height=HEIGHT, style=style(), safe=SAFE, taken=taken).warnings
    assert "covers the end card" in warning


def test_the_wish_of_a_cue_goes_before_that_of_the_style() -> None:
    from dataclasses import replace

    high = replace(cue("Hi"), anchor="top")
    layout = lay_out([high], width=WIDTH, height=HEIGHT, style=style(anchor="bottom"), safe=SAFE)
    assert layout.cues[0].box.y < HEIGHT / 4


@settings(deadline=None, max_examples=40)
@given(
    times=st.lists(st.tuples(st.integers(0, 12), st.integers(1, 9)), min_size=1, max_size=5),
    faces=st.lists(st.tuples(st.integers(0, 14), st.integers(1, 9)), max_size=8),
)
def test_a_face_counts_while_it_is_there_and_not_before_or_after(
    times: list[tuple[int, int]], faces: list[tuple[int, int]]
) -> None:
    low = Box(0, SAFE.bottom - 200, WIDTH, 200)
    taken = [KeepOut(low, Fraction(start, 2), Fraction(start + lasts, 2), "a face") for start, lasts in faces]
    for start, lasts in times:
        one = cue("here", Fraction(start, 2), Fraction(start + lasts, 2))
        layout = lay_out([one, cue("late", 99, 100)], width=WIDTH, height=HEIGHT, style=style(), safe=SAFE, taken=taken)
        there = any(t.start < one.end and one.start < t.end for t in taken)
        assert (layout.cues[0].box.bottom <= low.y) == there


def test_five_thousand_cues_measure_a_word_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    measured = Shaper._measure

    def counting(self: Shaper, word: str) -> object:
        asked.append(word)
        return measured(self, word)

    monkeypatch.setattr(Shaper, "_measure", counting)
    look = style(size=0.0801)  # a size of its own, at which nothing was measured before
    said = [cue(f"word{n % 40} and some more of it", Fraction(n), Fraction(n + 1)) for n in range(400)]
    lay_out(said, width=WIDTH, height=HEIGHT, style=look, safe=SAFE)
    assert len(asked) == len(set(asked)) == 45


def test_parts_of_one_cue_and_the_next_stay_together() -> None:
    face = KeepOut(Box(0, SAFE.bottom - 200, WIDTH, 200), Fraction(0), Fraction(3), "a face")
    said = cue("one two three four five six", 0, 6)
    layout = lay_out(
        [said, cue("seven", 6, 7)], width=WIDTH, height=HEIGHT, style=style(max_words=2), safe=SAFE, taken=[face]
    )
    *parts, after = [placed.box.bottom for placed in layout.cues]
    assert len(parts) == 3
    assert max(parts) - min(parts) <= 2 and max(parts) <= face.box.y
    assert abs(after - max(parts)) <= 12, "the next one too: no place is as good as one that does not change"


def bottoms(layout: Layout) -> set[int]:
    return {placed.box.bottom for placed in layout.cues}


def test_captions_keep_their_place_over_cuts_where_one_is_free_for_all() -> None:
    low, high = Box(60, HEIGHT - 330, 240, 160), Box(60, 60, 240, 200)
    taken = [
        KeepOut(low, Fraction(2), Fraction(4), "a face"), KeepOut(high, Fraction(4), Fraction(6), "a face"),
    ]  # fmt: skip
    cues = [cue("Vex", n, n + 1) for n in range(6)]
    layout = lay_out(cues, width=WIDTH, height=HEIGHT, style=style(), safe=SAFE, taken=taken)
    alone = lay_out(cues[:1], width=WIDTH, height=HEIGHT, style=style(), safe=SAFE)
    assert len(bottoms(layout)) == 1 and layout.warnings == ()
    assert bottoms(layout) != bottoms(alone), "the first would stand lower by itself"
    assert not any(
        p.box.overlap(t.box) for p in layout.cues for t in taken if t.start < p.cue.end and p.cue.start < t.end
    )


def test_captions_shrink_a_little_rather_than_move_or_cover_a_face() -> None:
    alone = lay_out([cue("Vex", 0, 1)], width=WIDTH, height=HEIGHT, style=style(), safe=SAFE).cues[0]
    room = alone.box.h + 11  # a gap that is a little too low for a line of the full size
    gap = SAFE.y + SAFE.h // 2
    above = KeepOut(Box(SAFE.x, SAFE.y, SAFE.w, gap - SAFE.y), Fraction(1), Fraction(2), "a face")
    below = KeepOut(Box(SAFE.x, gap + room, SAFE.w, SAFE.bottom - gap - room), Fraction(2), Fraction(3), "a face")
    cues = [cue("Vex", n, n + 1) for n in range(4)]
    layout = lay_out(cues, width=WIDTH, height=HEIGHT, style=style(), safe=SAFE, taken=[above, below])
    assert len(bottoms(layout)) == 1 and layout.warnings == ()
    assert 0.8 * alone.size < layout.cues[0].size < alone.size


def test_captions_change_their_place_where_none_is_free_for_all() -> None:
    half = SAFE.h // 2 + 20
    above = KeepOut(Box(SAFE.x, SAFE.y, SAFE.w, half), Fraction(0), Fraction(1), "a face")
    below = KeepOut(Box(SAFE.x, SAFE.bottom - half, SAFE.w, half), Fraction(1), Fraction(2), "a face")
    layout = lay_out(
        [cue("Vex", 0, 1), cue("Vex", 1, 2)], width=WIDTH, height=HEIGHT, style=style(), safe=SAFE, taken=[above, below]
    )
    assert len(bottoms(layout)) == 2 and layout.warnings == ()
    assert len({placed.size for placed in layout.cues}) == 1


def strips(box: Box, start: int, end: int, *, weight: float = 0.05) -> list[KeepOut]:
    """A subject in five rows of boxes of equal weight."""
    side = box.h // 5
    rows = (Box(box.x, box.y + n * side, box.w, side) for n in range(5))
    return [KeepOut(row, Fraction(start), Fraction(end), "the subject", weight=weight / 5) for row in rows]


def test_captions_keep_off_a_subject_without_a_word_and_stay_where_little_is_covered() -> None:
    cues = [cue("Vex", n, n + 1) for n in range(4)]

    def laid_out(taken: list[KeepOut]) -> Layout:
        return lay_out(cues, width=WIDTH, height=HEIGHT, style=style(), safe=SAFE, taken=taken)

    alone = laid_out([])
    box = alone.cues[0].box
    animal = Box(box.x - 40, box.y - 60, box.w + 80, 200)
    away = laid_out(strips(animal, 0, 4))
    assert len(bottoms(away)) == 1 and away.warnings == ()
    assert all(placed.box.overlap(animal) == 0 for placed in away.cues)
    speaker = Box(60, SAFE.y + 40, 400, HEIGHT - SAFE.y - 40)
    assert bottoms(laid_out(strips(speaker, 0, 4))) == bottoms(alone), "a chest is not worth the way to the other end"


def test_one_place_is_worth_a_little_of_a_subject() -> None:
    cues = [cue("Vex", n, n + 1) for n in range(8)]
    box = lay_out(cues, width=WIDTH, height=HEIGHT, style=style(), safe=SAFE).cues[0].box
    taken = strips(Box(box.x - 40, box.y - 60, box.w + 80, 200), 3, 4)
    layout = lay_out(cues, width=WIDTH, height=HEIGHT, style=style(), safe=SAFE, taken=taken)
    assert len(bottoms(layout)) == 1
    assert len({placed.size for placed in layout.cues}) == 1 and layout.cues[0].size == style().size * WIDTH


def test_a_caption_shrinks_a_little_to_clear_a_face() -> None:
    alone = lay_out([cue("Vex", 0, 1)], width=WIDTH, height=HEIGHT, style=style(), safe=SAFE).cues[0]
    gap = SAFE.y + SAFE.h // 2
    room = alone.box.h + 4  # too low for the line with its outline's room
    above = KeepOut(Box(SAFE.x, SAFE.y, SAFE.w, gap - SAFE.y), Fraction(0), Fraction(4), "a face")
    below = KeepOut(Box(SAFE.x, gap + room, SAFE.w, SAFE.bottom - gap - room), Fraction(0), Fraction(4), "a face")
    layout = lay_out([cue("Vex", 0, 4)], width=WIDTH, height=HEIGHT, style=style(), safe=SAFE, taken=[above, below])
    assert layout.warnings == ()
    assert 0.84 * alone.size < layout.cues[0].size < alone.size


def test_what_cannot_be_cleared_does_not_cost_a_size() -> None:
    face = KeepOut(SAFE, Fraction(0), Fraction(4), "a face")
    alone = lay_out([cue("Vex", 0, 4)], width=WIDTH, height=HEIGHT, style=style(), safe=SAFE)
    layout = lay_out([cue("Vex", 0, 4)], width=WIDTH, height=HEIGHT, style=style(), safe=SAFE, taken=[face])
    assert layout.cues[0].size == alone.cues[0].size and len(layout.warnings) == 1


def test_one_place_is_found_even_where_no_caption_would_stand_by_itself() -> None:
    cues = [cue("Vex", n, n + 1) for n in range(4)]
    third = SAFE.h // 3

    def face(top: int, height: int, at: int) -> KeepOut:
        return KeepOut(Box(SAFE.x, SAFE.y + top, SAFE.w, height), Fraction(at), Fraction(at + 1), "a face")

    # Low ones, then high ones: each would step aside by a little, the middle is free for all.
    taken = [face(SAFE.h - 200, 200, 0), face(SAFE.h - 300, 240, 1), face(0, third, 2), face(SAFE.h - 120, 120, 3)]
    layout = lay_out(cues, width=WIDTH, height=HEIGHT, style=style(), safe=SAFE, taken=taken)
    assert len(bottoms(layout)) == 1 and layout.warnings == ()
