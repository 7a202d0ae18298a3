from __future__ import annotations

import pytest

from overlaycut.analyse.marks import protected
from overlaycut.core.geometry import Quad

WIDTH, HEIGHT = 1080, 1920


def at(x: float, y: float, w: float = 200, h: float = 40) -> Quad:
    return Quad((x, y), (x + w, y), (x + w, y + h), (x, y + h))


CORNER, MIDDLE = at(850, 1850), at(440, 900)


@pytest.mark.parametrize("text", ["Sora", "KLING", "可灵 AI", "即梦AI", "Hailuo AI", "PixVerse", "Runway", "海螺AI"])
def test_names_of_providers_are_marks_in_a_corner_and_lettering_in_the_middle(text: str) -> None:
    assert protected(text, CORNER, WIDTH, HEIGHT) is not None
    assert protected(text, MIDDLE, WIDTH, HEIGHT) is None


@pytest.mark.parametrize("text", ["AI-generated", "Al-generated", "AI生成", "内容由AI生成", "Made with AI"])
def test_disclosures_are_protected_wherever_they_stand(text: str) -> None:
    assert protected(text, CORNER, WIDTH, HEIGHT) is not None
    assert protected(text, MIDDLE, WIDTH, HEIGHT) is not None


@pytest.mark.parametrize("text", ["COLD BREW", "SORANO WINES", "LUMAX", "PIKACHU", "WANDER", "OPEN DAILY", "", "ai"])
def test_other_words_are_not_marks_even_in_a_corner(text: str) -> None:
    assert protected(text, CORNER, WIDTH, HEIGHT) is None


def test_stock_libraries_are_protected_in_the_middle_too_and_one_misread_letter_is_forgiven() -> None:
    assert protected("shutterstock", MIDDLE, WIDTH, HEIGHT) == "shutterstock"
    assert protected("shutterst0ck", MIDDLE, WIDTH, HEIGHT) == "shutterstock"


def test_a_large_word_in_a_corner_is_the_picture_s_own() -> None:
    assert protected("KLING", at(600, 1500, 460, 380), WIDTH, HEIGHT) is None


def test_full_width_letters_are_read_as_letters() -> None:
    assert protected("Ｋｌｉｎｇ", CORNER, WIDTH, HEIGHT) == "kling"


def test_a_mark_may_be_a_tenth_of_a_landscape_picture() -> None:
    assert protected("Pika", at(1082, 630, 180, 74), 1280, 720) == "pika"
