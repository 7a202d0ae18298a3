"""The edit plan: versions, digests, and what a hand-edited one may get wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlaycut.core import plan as module
from overlaycut.core.documents import parsed
from overlaycut.core.geometry import Box, Span
from overlaycut.core.plan import EditPlan, RegionPlan, read_plan
from overlaycut.errors import DocumentError
from plans import plan, region

texts = st.text(max_size=20)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def saved(folder: Path, document: object) -> Path:
    path = folder / "plan.json"
    path.write_text(json.dumps(document))
    return path


def test_a_plan_comes_back_as_it_was_written(tmp_path: Path) -> None:
    one = plan(region("r1"), region("r2", Box(0, 0, 7, 9), Span(3, 8), expected="“CAFÉ”"), notes=("a note",))
    path = tmp_path / "plan.json"
    path.write_text(one.to_json(), encoding="utf-8")
    back = read_plan(path)
    assert back == one
    assert back.digest() == one.digest()
    assert list(back.regions[1].quads) == [3, 4, 5, 6, 7]


def test_the_digest_is_of_what_is_said_and_not_of_how(tmp_path: Path) -> None:
    one = plan(region())
    document = json.loads(one.to_json())
    turned = dict(reversed(document.items()))
    assert read_plan(saved(tmp_path, turned)).digest() == one.digest()
    document["regions"][0]["reason"] = "another"
    assert read_plan(saved(tmp_path, document)).digest() != one.digest()


@pytest.mark.parametrize("version", [None, 0, -1, 2, "1", 1.0, [1]])
def test_a_version_that_is_not_known(tmp_path: Path, version: object) -> None:
    document = {**json.loads(plan().to_json()), "version": version}
    with pytest.raises(DocumentError) as caught:
        read_plan(saved(tmp_path, document))
    assert (caught.value.where, caught.value.found) == ("version", repr(version))
    assert caught.value.allowed == "a whole number from 1 to 1"


def test_a_document_without_a_version_is_no_plan(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="version"):
        read_plan(saved(tmp_path, {}))


def test_old_plans_climb_the_ladder_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = []

    def upgrade(number: int) -> Any:
        def step(document: dict[str, Any]) -> dict[str, Any]:
            assert document["version"] == number
            steps.append(number)
            return {**document, "notes": [*document["notes"], f"from {number}"]}

        return step

    monkeypatch.setattr(module, "CURRENT", 3)
    monkeypatch.setattr(module, "UPGRADES", {1: upgrade(1), 2: upgrade(2)})
    monkeypatch.setattr(module, "parsed", lambda model, document, path: document)
    document: Any = read_plan(saved(tmp_path, json.loads(plan().to_json())))
    assert steps == [1, 2]
    assert document["version"] == 3
    assert document["notes"] == ["from 1", "from 2"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"decision": "melt"}, "regions[0].decision"),
        ({"state": "fine"}, "regions[0].state"),
        ({"legibility": 1.5}, "regions[0].legibility"),
        ({"span": [5, 5]}, "regions[0].span"),
        ({"quads": {"3": [[0, 0]]}}, "regions[0].quads.3"),
        ({"quads": [[[0, 0]]]}, "regions[0].quads"),
        ({"quads": {"3": 7}}, "regions[0].quads.3"),
        ({"edit": "all"}, "regions[0].edit"),
        ({"wrong": 1}, "regions[0].wrong"),
    ],
)
def test_a_hand_edited_plan_is_told_where_it_is_wrong(tmp_path: Path, change: dict[str, Any], where: str) -> None:
    document = json.loads(plan(region()).to_json())
    document["regions"][0].update(change)
    with pytest.raises(DocumentError) as caught:
        read_plan(saved(tmp_path, document))
    assert caught.value.where == where


def test_ids_are_there_once(tmp_path: Path) -> None:
    document = json.loads(plan(region("r1"), region("r2")).to_json())
    document["regions"][1]["id"] = "r1"
    with pytest.raises(DocumentError) as caught:
        read_plan(saved(tmp_path, document))
    assert "'r1' is there twice" in caught.value.allowed


@pytest.mark.parametrize(
    ("decision", "edit", "changes"),
    [
        ("erase", Span(0, 5), True),
        ("cover", Span(0, 5), True),
        ("restore", Span(0, 5), True),
        ("erase", None, False),
        ("keep", Span(0, 5), False),
        ("reject", Span(0, 5), False),
    ],
)
def test_only_some_decisions_touch_pixels(decision: str, edit: Span | None, changes: bool) -> None:
    assert region(decision=decision, edit=edit).changes is changes


@given(st.dictionaries(st.sampled_from([*EditPlan.model_fields, "other"]), values))
@settings(max_examples=150, deadline=None)
def test_arbitrary_documents_are_parsed_or_refused(document: dict[str, Any]) -> None:
    document.setdefault("clip", json.loads(plan().to_json())["clip"])
    try:
        result = parsed(EditPlan, document, Path("plan.json"))
    except DocumentError as error:
        assert len(error.one_line().splitlines()) == 1
    else:
        assert isinstance(result, EditPlan)


@given(st.dictionaries(st.sampled_from(list(RegionPlan.model_fields)), values, min_size=1))
@settings(max_examples=200, deadline=None)
def test_arbitrary_regions_are_parsed_or_refused(changes: dict[str, Any]) -> None:
    document = json.loads(plan(region(span=Span(0, 2))).to_json())
    document["regions"][0].update(changes)
    try:
        parsed(EditPlan, document, Path("plan.json"))
    except DocumentError as error:
        assert error.where.startswith("regions")
