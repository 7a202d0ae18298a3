"""Where faces are, from when, until when."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from overlaycut.analyse import FaceSpotter
from overlaycut.core.cast import Face
from overlaycut.core.cues import KeepOut
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box
from overlaycut.models import FaceDetector
from people import ANNA, BERT, RATE, SIZE, ColourFinder, Person, face_at, frames, picture


def spotted(pictures: Sequence[Picture], finder: FaceDetector | None = None) -> tuple[KeepOut, ...]:
    spotter = FaceSpotter(finder or ColourFinder(), *SIZE)
    for frame in frames(pictures):
        spotter.see(frame)
    return spotter.result()


def boxes_at(taken: Sequence[KeepOut], frame: int) -> list[Box]:
    return [one.box for one in taken if one.start <= frame / RATE < one.end]


class Answers:
    """A finder that gives what it was told, search by search, and follows nothing."""

    def __init__(self, *answers: list[Face]) -> None:
        self.answers = list(answers)

    def find(self, picture: Picture, *, smallest: int) -> list[Face]:
        return self.answers.pop(0) if self.answers else []

    def follow(self, picture: Picture, boxes: Sequence[Box]) -> list[Face | None]:
        return [None] * len(boxes)


def test_a_face_that_walks_is_covered_at_every_frame() -> None:
    taken = spotted([picture([Person(ANNA, 20 + 2 * n)]) for n in range(72)])
    assert {one.what for one in taken} == {"a face"}
    for n in range(68):
        (box,) = boxes_at(taken, n)
        drawn = Box(20 + 2 * n, 60, 64, 64)
        assert box.overlap(drawn) > 0.9 * drawn.area and box.area < 2 * drawn.area


def test_the_search_is_only_made_three_times_a_second() -> None:
    finder = ColourFinder()
    spotted([picture([Person(ANNA, 40)])] * 73, finder)
    assert finder.searches == 10


def test_faces_come_and_go_between_two_looks() -> None:
    pictures = [picture([Person(ANNA, 40)] + ([Person(BERT, 220)] if 20 <= n < 44 else [])) for n in range(72)]
    there = [n for n, _ in enumerate(pictures) if any(box.x > 160 for box in boxes_at(spotted(pictures), n))]
    assert there == list(range(16, 48))  # from the last look without it to the first one without it again


def test_a_face_that_turns_away_for_a_moment_is_there_still() -> None:
    pictures = [picture([Person(ANNA, 40)] if not 24 <= n < 40 else []) for n in range(72)]
    taken = spotted(pictures)
    assert all(len(boxes_at(taken, n)) == 1 for n in range(72))


def test_a_hard_cut_ends_every_place() -> None:
    elsewhere = picture([], ground=200)
    elsewhere[150:] = 20
    elsewhere[:150, 160:] = np.linspace(0, 255, 160, dtype=np.uint8)[None, :, None]
    taken = spotted([picture([Person(ANNA, 40)], ground=40)] * 20 + [elsewhere] * 20)
    assert max(one.end for one in taken) == 20 / RATE


@pytest.mark.parametrize(
    "answers",
    [
        [[face_at(Box(40, 40, 60, 60))], [], [], []],  # seen once and never again
        [[face_at(Box(40, 40, 60, 60), 0.8)]] * 4,  # never certain
        [[face_at(Box(400, 40, 60, 60))]] * 4,  # outside the picture
        [[face_at(Box(x, 40, 30, 30))] for x in (0, 200, 40, 260)],  # somewhere else each time
    ],
)
def test_what_a_finder_makes_up_takes_no_place(answers: list[list[Face]]) -> None:
    assert spotted([picture([])] * 30, Answers(*answers)) == ()


def test_one_look_counts_in_a_clip_that_is_over_before_the_next() -> None:
    (only,) = spotted([picture([Person(ANNA, 40)])] * 2)
    assert (only.start, only.end) == (0, 2 / RATE)


def test_faces_that_reach_out_of_the_picture_are_cut_to_it_and_thousands_are_too_many() -> None:
    crowd = [face_at(Box(10 * n - 20, -20, 30 + n % 3, 40)) for n in range(2000)]
    taken = spotted([picture([])] * 9, Answers(crowd, crowd))
    assert taken and all(one.box.clipped(*SIZE) == one.box for one in taken)
    assert len(boxes_at(taken, 4)) <= 16
    assert sorted(taken, key=lambda one: one.start) == list(taken)
    assert taken[0].start == Fraction(0)
