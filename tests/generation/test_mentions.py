from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.errors import UsageError
from overlaycut.generation.mentions import with_mentions

PROMPT = "@image1 hands the can of @Image2 to @maya."


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("@image_{n}", "@image_1 hands the can of @image_2 to @image_3."),
        ("Image {n}", "Image 1 hands the can of Image 2 to Image 3."),
        ("", "the first reference image hands the can of the second reference image to the third reference image."),
    ],
)
def test_each_model_gets_its_own_way(style: str, text: str) -> None:
    made = with_mentions(PROMPT, 3, style, names={"Maya": 3})
    assert made.text == text
    assert made.mentioned == {1, 2, 3}
    assert not made.notes


def test_addresses_and_strangers_are_left_alone() -> None:
    made = with_mentions("write to a@image1.org, @nobody, @@image1", 1, "Image {n}")
    assert made.text == "write to a@image1.org, @nobody, @@image1"
    assert made.notes == ("@nobody names no reference and is sent as it is",)


def test_references_that_no_word_names_are_said_once_some_are() -> None:
    assert with_mentions("@image2 walks", 3, "Image {n}").notes == ("the prompt does not name @image1, @image3",)
    assert not with_mentions("she walks", 3, "Image {n}").notes


@pytest.mark.parametrize(("count", "hint"), [(0, "no reference"), (1, "@image1"), (3, "@image1..@image3")])
def test_a_number_that_is_not_there_is_refused(count: int, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        with_mentions("@image4 walks", count, "Image {n}")
    assert "@image4" in error.value.problem
    assert hint in error.value.hint


@given(st.lists(st.integers(1, 12), max_size=6), st.text(alphabet=" abc.,:/", max_size=5))
def test_every_mention_is_written_and_nothing_else_changes(numbers: list[int], between: str) -> None:
    prompt = f" {between}".join(f" @image{number}" for number in numbers)
    made = with_mentions(prompt, 12, "<{n}>")
    assert made.text == re.sub(r"@image(\d+)", r"<\1>", prompt)
    assert made.mentioned == set(numbers)
