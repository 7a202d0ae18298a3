from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.generation.motion_prompt import PARTS, check_motion_prompt, utf16_units

COMPLETE = "The can of cold brew turns slowly to the left, locked-off camera, warm morning light, calm mood"


def test_a_complete_prompt_lacks_nothing() -> None:
    check = check_motion_prompt(COMPLETE)
    assert check.complete
    assert not check.hints
    assert not check.warnings


@pytest.mark.parametrize(
    ("prompt", "missing"),
    [
        ("Slow cinematic dolly in, warm light", {"subject", "direction"}),
        ("The red can spins", {"camera", "atmosphere", "pace"}),
        ("It can spin, the camera can move", {"subject", "atmosphere", "pace"}),
        ("make it move", {"subject", "direction", "camera", "atmosphere", "pace"}),
        ("the bottle", {"direction", "camera", "atmosphere", "pace"}),
        ("A woman walks towards the camera", {"camera", "atmosphere", "pace"}),
        ("A boat drifts gently across the lake at dusk", {"camera"}),
        ("The bottle turns slowly in warm light, close-up", {"camera"}),
        ("Handheld camera follows a dog running along the beach at sunset", {"pace"}),
        ("Static shot, neon rain, slow motion", {"subject", "direction"}),
        ("Quick whip pan to the skyline at night", {"direction"}),
        ("@image1 walks past @image2, tracking shot, unhurried, foggy morning", set()),
    ],
)
def test_what_is_missing_is_named(prompt: str, missing: set[str]) -> None:
    check = check_motion_prompt(prompt)
    assert set(check.missing) == missing
    assert [hint.split(":")[0] for hint in check.hints] == [part for part in PARTS if part in missing]


def test_a_size_of_shot_is_no_camera_move() -> None:
    (hint,) = check_motion_prompt("The bottle turns slowly in warm light, close-up").hints
    assert "'close-up' is the size of the shot" in hint


@pytest.mark.parametrize(
    "prompt",
    ["静态镜头,咖啡罐缓慢旋转,温暖的晨光", "La bouteille tourne lentement sur elle-même pendant que la lumière change"],
)
def test_other_languages_are_not_judged(prompt: str) -> None:
    check = check_motion_prompt(prompt)
    assert not check.checked
    assert not check.missing
    assert not check.complete
    assert "was not checked" in check.warnings[0]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("then cut to the logo", "asks for a cut"),
        ("static camera, slow dolly in", "contradict"),
        ("no text on the can", "say what is wanted"),
    ],
)
def test_what_is_likely_to_go_wrong_is_warned_of(words: str, part: str) -> None:
    warnings = check_motion_prompt(f"The can turns slowly, calm light, {words}").warnings
    assert any(part in warning for warning in warnings)


def test_a_montage_may_cut() -> None:
    assert not check_motion_prompt(COMPLETE + ", cut to the logo", one_shot=False).warnings


def test_length_is_counted_in_utf16() -> None:
    assert utf16_units("🎬a") == 3
    assert check_motion_prompt(COMPLETE + "🎬", most_units=utf16_units(COMPLETE) + 1).warnings == (
        f"the prompt has {len(COMPLETE) + 2} characters, the model takes {len(COMPLETE) + 1}",
    )


def test_an_empty_prompt_lacks_everything() -> None:
    check = check_motion_prompt(" ")
    assert set(check.missing) == set(PARTS)
    assert check.hints == ("the prompt is empty",)


@given(st.text(max_size=300))
def test_any_text_has_an_answer_that_does_not_hang_on_case_or_space(text: str) -> None:
    check = check_motion_prompt(text)
    assert set(check.found) == set(PARTS)
    assert check_motion_prompt(f"  {text}\n").found == check.found


@given(st.sampled_from(PARTS))
def test_words_are_only_added_to_a_part_by_adding_words(part: str) -> None:
    added = {
        "subject": "a penguin",
        "direction": "moving to the left",
        "camera": "slow zoom",
        "atmosphere": "at dusk",
        "pace": "slowly",
    }
    assert part not in check_motion_prompt(f"Something, {added[part]}").missing
