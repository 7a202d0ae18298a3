from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.errors import UsageError
from overlaycut.generation.mentions import with_mentions
from overlaycut.providers import InputRole, MediaInput, ModelRow, catalogue
from overlaycut.providers.adapters.base import mentioned


def test_references_are_named_by_their_numbers() -> None:
    made = with_mentions("@image1 hands the can of @Image_2 to @maya.", 3, names={"Maya": 3})
    assert made.text == "@image1 hands the can of @image2 to @image3."
    assert made.mentioned == {1, 2, 3}
    assert not made.notes


@pytest.mark.parametrize(
    "row", [row for row in catalogue().models.values() if "references" in row.modes and row.modes["references"].mention]
)
def test_adapters_write_that_form_their_own_way(row: ModelRow) -> None:
    form = row.modes["references"].mention
    made = with_mentions("@maya looks at @image1", 2, names={"maya": 2})
    inputs = tuple(MediaInput(role=InputRole.REFERENCE, data=b"x", name=f"image{n}") for n in (1, 2))
    assert mentioned(made.text, inputs, form) == f"{form.format(n=2)} looks at {form.format(n=1)}"


def test_addresses_and_strangers_are_left_alone() -> None:
    made = with_mentions("write to a@image1.org, @nobody, @@image1", 1)
    assert made.text == "write to a@image1.org, @nobody, @@image1"
    assert made.notes == ("@nobody names no reference and is sent as it is",)


def test_references_that_no_word_names_are_said_once_some_are() -> None:
    assert with_mentions("@image2 walks", 3).notes == ("the prompt does not name @image1, @image3",)
    assert not with_mentions("she walks", 3).notes


@pytest.mark.parametrize(("count", "hint"), [(0, "no reference"), (1, "@image1"), (3, "@image1..@image3")])
def test_a_number_that_is_not_there_is_refused(count: int, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        with_mentions("@image4 walks", count)
    assert "@image4" in error.value.problem
    assert hint in error.value.hint


@given(st.lists(st.integers(1, 12), max_size=6), st.text(alphabet=" abc.,:/", max_size=5))
def test_every_mention_is_written_and_nothing_else_changes(numbers: list[int], between: str) -> None:
    prompt = f" {between}".join(f" @image{number}" for number in numbers)
    made = with_mentions(prompt, 12)
    assert made.text == prompt
    assert made.mentioned == set(numbers)
