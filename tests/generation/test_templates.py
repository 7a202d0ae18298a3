from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.errors import UsageError
from overlaycut.generation.motion_prompt import check_motion_prompt
from overlaycut.generation.templates import fields_of, filled, filled_template, prompt_template, prompt_templates


@pytest.mark.parametrize("name", list(prompt_templates()))
def test_every_template_names_the_whole_recipe(name: str) -> None:
    template = prompt_template(name)
    assert template.use
    prompt = filled_template(template, {field: "the red can" for field in template.required})
    check = check_motion_prompt(prompt, most_units=500)
    assert check.complete, (prompt, check.missing)
    assert not check.warnings
    assert set(template.defaults) <= set(fields_of(template.prompt))


def test_fields_are_filled_once_and_braces_can_be_written() -> None:
    assert filled("{a} and {a}, {{literal}}", {"a": "{b}"}) == "{b} and {b}, {literal}"


@pytest.mark.parametrize("text", ["{product", "product}", "{}", "{a.b}", "{0}", "{a!r}", "{a:>10}"])
def test_what_is_no_field_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no field"):
        filled(text, {"product": "x", "a": "x"})


def test_a_missing_value_names_the_field_and_what_there_is() -> None:
    with pytest.raises(UsageError) as error:
        filled("{product} on {surface}", {"product": "can"})
    assert "{surface}" in error.value.problem
    assert error.value.hint == "fields with values: product"


def test_an_unknown_template_gives_the_nearest_names() -> None:
    with pytest.raises(UsageError) as error:
        prompt_template("label-holds")
    assert error.value.hint.startswith("nearest: label-hold")


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text(max_size=20), min_size=1))
def test_filling_puts_every_value_where_its_field_stands(values: dict[str, str]) -> None:
    text = " | ".join(f"{{{name}}}" for name in values)
    assert filled(text, values) == " | ".join(values.values())
    assert fields_of(text) == tuple(values)
