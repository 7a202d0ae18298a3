from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

import plans
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, Span
from overlaycut.core.plan import RegionPlan, Typeset
from overlaycut.models import DetectedText, Reading
from overlaycut.qc.ocr_verification import OcrVerification

BOX, EDIT = Box(20, 40, 60, 16), Span(10, 40)


class Says:
    """A reader that finds the same words in whatever it is shown, from frame to frame as told."""

    def __init__(self, *texts: str, sure: float = 0.95) -> None:
        self.asked = 0
        self._texts, self._sure = texts, sure

    def find(self, picture: np.ndarray, *, long_side: int) -> list[DetectedText]:
        assert picture.ndim == 3 and long_side > 0
        text = self._texts[self.asked % len(self._texts)]
        self.asked += 1
        return [DetectedText(Box(2, 2, 40, 12).quad(), text, self._sure)] if text else []

    def read(self, lines: Sequence[np.ndarray]) -> list[Reading]:
        raise AssertionError(f"a repaired place is searched, not read as {len(lines)} lines")


def again(reader: Says, **changes: object) -> tuple[tuple[str, ...], str | None]:
    region: RegionPlan = plans.region(box=BOX, edit=EDIT, **{"expected": "COLD BREW", "read": "CQJD RBFW", **changes})
    reread = OcrVerification(reader, plans.plan(region))
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


def test_words_that_were_set_on_a_cover_are_not_left_over() -> None:
    words = Typeset(text="COLD BREW")
    assert again(Says("COLD BREW"), decision="cover", typeset=words) == ((), "COLD BREW")
    assert again(Says("CQJD RBFW"), decision="cover", typeset=words)[0] == ("CQJD RBFW",)


def test_few_frames_are_read_however_long_the_repair() -> None:
    reader = Says("")
    again(reader)
    assert reader.asked == 5


def test_kept_regions_are_not_read() -> None:
    reader = Says("COLD BREW")
    region = plans.region(decision="keep", edit=None)
    reread = OcrVerification(reader, plans.plan(region))
    for index in range(50):
        grey = np.full((200, 100, 3), 99, dtype=np.uint8)
        reread.see(Frame.from_rgb(grey, index=index, at=Fraction(index, 10), lasts=Fraction(1, 10)))
    assert reader.asked == 0 and reread.result().residual == {}


class Notes(Says):
    """Notes the numbers of the frames that it is shown, which `watched` draws as greys."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.shown: list[int] = []

    def find(self, picture: np.ndarray, *, long_side: int) -> list[DetectedText]:
        self.shown.append(round(float(picture.mean()) / 5))
        return super().find(picture, long_side=long_side)


def watched(reader: Says, **changes: object) -> tuple[str, ...]:
    """What is left over in a clip whose frames can be told apart."""
    region: RegionPlan = plans.region(box=BOX, **{"read": "CQJD RBFW", "edit": EDIT, **changes})
    reread = OcrVerification(reader, plans.plan(region))
    for index in range(50):
        grey = np.full((200, 100, 3), 5 * index, dtype=np.uint8)
        reread.see(Frame.from_rgb(grey, index=index, at=Fraction(index, 10), lasts=Fraction(1, 10)))
    return reread.result().residual["r1"]


def test_the_end_of_a_repair_is_read_and_its_faded_in_beginning_is_not() -> None:
    reader = Notes()
    watched(reader)
    assert reader.shown == sorted(set(reader.shown))
    assert reader.shown[-1] == 39 and reader.shown[0] > 14


def test_a_repair_of_one_frame_is_read_in_it_and_believed() -> None:
    reader = Notes("CQJD RBFW")
    assert watched(reader, edit=Span(20, 21)) == ("CQJD RBFW",)
    assert reader.shown == [20]


def test_frames_in_which_something_hides_the_region_are_not_read() -> None:
    reader = Notes("CQJD RBFW")
    assert watched(reader, visibility=dict.fromkeys(range(30), 0.0)) == ("CQJD RBFW",)
    assert reader.shown and min(reader.shown) >= 30
    assert again(Says("CQJD RBFW"), visibility=dict.fromkeys(range(50), 0.0)) == ((), None)


def test_what_is_read_in_two_frames_is_left_over() -> None:
    assert again(Says("CQJD RBFW", "", "CQJD RBFW", "", ""))[0] == ("CQJD RBFW",)


def test_any_lettering_but_a_single_letter_is_left_over_where_nobody_knows_what_stood_there() -> None:
    assert again(Says("SINCE 1998"), expected=None, read=None)[0] == ("SINCE 1998",)
    assert again(Says("C"), expected=None, read=None)[0] == ()
