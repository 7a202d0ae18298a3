from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.core.project import Shot
from overlaycut.errors import UsageError
from overlaycut.generation.matching import (
    cells_of,
    limits_of,
    matched_duration,
    matched_mode,
    matched_shape,
    pictures_of,
)
from overlaycut.providers.catalogue import ModelRow, ModeRow, PictureLimits, catalogue

STILL, OTHER, LAST, MAYA = (Path(name) for name in ("still.png", "other.png", "last.png", "maya.png"))
PORTRAIT = Fraction(9, 16)


def row(**changes: object) -> ModelRow:
    given = {"media": "video", "modes": {"image": ModeRow(id="m")}, "source": "here", "checked": date(2026, 11, 21)}
    return ModelRow(**{**given, **changes})


def shot(**changes: object) -> Shot:
    return Shot(prompt=("it turns",), **changes)


@pytest.mark.parametrize(
    ("inputs", "mode", "first"),
    [
        ({}, "text", None),
        ({"still": STILL}, "image", STILL),
        ({"still": STILL, "first": OTHER}, "image", OTHER),
        ({"still": STILL, "last": LAST}, "frames", STILL),
        ({"first": OTHER, "last": LAST}, "frames", OTHER),
        ({"references": (MAYA,)}, "references", None),
        ({"still": STILL, "references": (MAYA, OTHER)}, "references", None),
    ],
)
def test_inputs_tell_the_mode(inputs: dict[str, object], mode: str, first: Path | None) -> None:
    found = pictures_of(shot(**inputs))
    assert (found.mode, found.first) == (mode, first)
    assert bool(found.notes) == (mode == "references" and "still" in inputs)


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        ({"last": LAST}, "needs a first frame"),
        ({"first": OTHER, "references": (MAYA,)}, "exclude each other"),
        ({"still": STILL, "last": LAST, "references": (MAYA,)}, "exclude each other"),
    ],
)
def test_what_no_service_takes_is_refused(inputs: dict[str, object], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        pictures_of(shot(**inputs))


def test_a_model_without_the_mode_names_others() -> None:
    models = {"a/x": row(), "a/y": row(modes={"references": ModeRow(id="r", most=3)})}
    assert matched_mode("a/x", models["a/x"], "image", models) == "image"
    with pytest.raises(UsageError) as error:
        matched_mode("a/x", models["a/x"], "references", models)
    assert error.value.one_line() == ("a/x takes a first frame; this shot has references (models that take it: a/y)")


def test_a_model_for_stills_makes_no_clips() -> None:
    with pytest.raises(UsageError, match="makes stills"):
        matched_mode("a/i", row(media="image"), "text", {})


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8, unique=True), st.integers(1, 40))
def test_durations_are_the_shortest_that_is_long_enough(offered: list[int], wanted: int) -> None:
    model = row(durations=tuple(offered))
    if wanted > max(offered):
        with pytest.raises(UsageError, match="at most"):
            matched_duration("m", model, wanted)
        return
    found, note = matched_duration("m", model, wanted)
    assert found in offered
    assert found is not None
    assert found >= wanted
    assert not any(wanted <= one < found for one in offered)
    assert (note is None) == (found == wanted)


def test_durations_that_are_left_open() -> None:
    assert matched_duration("m", row(durations=(5, 10)), None) == (5, None)
    assert matched_duration("m", row(), None) == (None, None)
    assert matched_duration("m", row(), 5)[1] == "m decides on the duration itself; 5 s were asked for"


RATIOS = row(ratios=("auto", "9:16", "16:9", "1:1", "4:3"), frames={"4:3": "1104:832"}, sizes=("720p",))


@pytest.mark.parametrize(
    ("own", "wanted", "ratio", "frame"),
    [
        (None, None, "9:16", None),
        (None, Fraction(16, 9), "16:9", None),
        (Fraction(1000, 1010), None, "1:1", Fraction(1)),
        (Fraction(4, 3), None, "4:3", Fraction(1104, 832)),
        (Fraction(4, 3), PORTRAIT, "9:16", PORTRAIT),
    ],
)
def test_the_ratio_is_the_one_asked_for_else_the_stills(
    own: Fraction | None, wanted: Fraction | None, ratio: str, frame: Fraction | None
) -> None:
    found = matched_shape("m", RATIOS, own=own, wanted=wanted, default=PORTRAIT, size=None)
    assert (found.ratio, found.frame) == (ratio, frame)


def test_a_ratio_that_is_not_on_offer_is_refused() -> None:
    with pytest.raises(UsageError, match="no ratio of 7:3"):
        matched_shape("m", RATIOS, own=None, wanted=Fraction(21, 9), default=PORTRAIT, size=None)


def test_a_model_that_follows_the_first_frame() -> None:
    assert matched_shape("m", row(), own=Fraction(4, 5), wanted=None, default=PORTRAIT, size=None).frame is None
    assert matched_shape("m", row(), own=Fraction(4, 5), wanted=PORTRAIT, default=PORTRAIT, size=None).frame == PORTRAIT


def test_limits_are_those_of_the_table() -> None:
    limits = limits_of(
        row(picture=PictureLimits(least_side=300, most_ratio=2.5, multiple=2, formats=("image/png",))), PORTRAIT
    )
    assert (limits.ratios, limits.least_side_px, limits.most_ratio, limits.divisor, limits.jpeg) == (
        (PORTRAIT,), 300, Fraction(5, 2), 2, False,
    )  # fmt: skip


@given(
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 5),
    st.lists(st.integers(0, 2**32 - 1), max_size=4, unique=True),
)
def test_the_matrix_has_every_combination_once(prompts: int, models: int, count: int, seeds: list[int]) -> None:
    cells = cells_of([f"p{n}" for n in range(prompts)], [f"m{n}" for n in range(models)], count, seeds)
    takes = len(seeds) if len(seeds) > 1 else count
    assert len(set(cells)) == len(cells) == prompts * models * takes
    for cell in cells:
        same = [one.seed for one in cells if (one.prompt, one.model) == (cell.prompt, cell.model)]
        assert len(set(same)) == (takes if seeds else 1)
    assert {cell.take for cell in cells} == set(range(takes))


@pytest.mark.parametrize("name", [name for name, one in catalogue().models.items() if one.media == "video"])
def test_every_model_of_the_table_can_be_matched(name: str) -> None:
    model = catalogue().models[name]
    for own in (None, Fraction(9, 16), Fraction(16, 9), Fraction(4, 5)):
        shape = matched_shape(name, model, own=own, wanted=None, default=PORTRAIT, size=None)
        assert shape.ratio is None or shape.ratio in model.ratios
        limits_of(model, shape.frame)
    assert matched_duration(name, model, None)[0] in (None, *model.durations)
