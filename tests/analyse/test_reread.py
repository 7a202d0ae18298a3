from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

import plans
from overlaycut.analyse import Reread
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, Span
from overlaycut.core.plan import RegionPlan
from overlaycut.models import Found, Reading

BOX, EDIT = Box(20, 40, 60, 16), Span(10, 40)


class Says:
    """A reader that finds the same words in whatever it is shown, from frame to frame as told."""

    def __init__(self, *texts: str, sure: float = 0.95) -> None:
        self.asked = 0
        self._texts, self._sure = texts, sure

    def find(self, picture: np.ndarray, *, long_side: int) -> list[Found]:
        text = self._texts[self.asked % len(self._texts)]
        self.asked += 1
        return [Found(Box(2, 2, 40, 12).quad(), text, self._sure)] if text else []

    def read(self, lines: Sequence[np.ndarray]) -> list[Reading]:
        raise AssertionError("a repaired place is searched, not read as a line")


def again(reader: Says, **changes: object) -> tuple[tuple[str, ...], str | None]:
    region: RegionPlan = plans.region(box=BOX, edit=EDIT, **{"expected": "COLD BREW", "read": "CQJD RBFW", **changes})
    reread = Reread(reader, plans.plan(region))
    for index in range(50):
        grey = np.full((200, 100, 3), 99, dtype=np.uint8)
        reread.see(Frame.from_rgb(grey, index=index, at=Fraction(index, 10), lasts=Fraction(1, 10)))
    said = reread.result()
    return said.residual["r1"], said.read["r1"]


def test_an_erased_place_in_which_nothing_reads_is_clean() -> None:
    assert again(Says("")) == ((), None)


def test_what_stood_there_and_still_reads_is_left_over() -> None:
    assert again(Says("CQJD RBFW")) == (("CQJD RBFW",), "CQJD RBFW")


def test_a_neighbouring_line_in_the_searched_box_is_not_left_over() -> None:
    assert again(Says("SINCE 1998")) == ((), "SINCE 1998")


def test_one_reading_out_of_five_is_the_reader_s_own_noise() -> None:
    assert again(Says("CQJD RBFW", "", "", "", ""))[0] == ()


def test_unsure_readings_do_not_count() -> None:
    assert again(Says("CQJD RBFW", sure=0.3)) == ((), None)


@pytest.mark.parametrize("text", ["COLD BREW", "COLD", "D BREW"])
def test_what_was_put_back_is_not_left_over_nor_is_a_part_of_it(text: str) -> None:
    assert again(Says(text), decision="restore") == ((), text)


def test_melted_words_where_the_right_ones_were_put_back_are_left_over() -> None:
    assert again(Says("XQJT MVFW"), decision="restore")[0] == ("XQJT MVFW",)


def test_few_frames_are_read_however_long_the_repair() -> None:
    reader = Says("")
    again(reader)
    assert reader.asked == 5


def test_kept_regions_are_not_read() -> None:
    reader = Says("COLD BREW")
    region = plans.region(decision="keep", edit=None)
    reread = Reread(reader, plans.plan(region))
    for index in range(50):
        grey = np.full((200, 100, 3), 99, dtype=np.uint8)
        reread.see(Frame.from_rgb(grey, index=index, at=Fraction(index, 10), lasts=Fraction(1, 10)))
    assert reader.asked == 0 and reread.result().residual == {}
