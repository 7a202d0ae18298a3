"""A step's digest depends on everything that its artifact does, and on nothing else."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.core.geometry import Box
from overlaycut.core.plan import Cover
from overlaycut.core.serial import NotSerialisable
from overlaycut.errors import InputError, MissingInput
from overlaycut.pipeline import Step, canonical, digest_of, file_digest
from overlaycut.pipeline.step import changes


@dataclass(frozen=True, slots=True)
class Note:
    text: str


@dataclass(frozen=True, slots=True)
class Masked:
    mask: np.ndarray[Any, np.dtype[np.bool_]]


def step(**changed: Any) -> Step[Note]:
    plain = Step(
        name="analyse",
        subject="shot-01/a.mp4",
        version=2,
        artifact=Note,
        inputs={"clip": "c1", "still": "s1"},
        settings={"texts": ["A"], "captions": {"style": "pop", "size": 0.05}},
    )
    return dataclasses.replace(plain, **changed)


def test_equal_descriptions_have_equal_digests_whatever_the_order_and_the_subject() -> None:
    other = step(inputs={"still": "s1", "clip": "c1"}, subject="elsewhere")
    assert other.digest == step().digest
    assert len(step().digest) == 64


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "estimate"},
        {"version": 3},
        {"inputs": {"clip": "c2", "still": "s1"}},
        {"inputs": {"clip": "c1"}},
        {"settings": {"texts": ["A"]}},
        {"settings": {"texts": ("A", "B"), "captions": {"style": "pop", "size": 0.05}}},
    ],
)
def test_every_other_part_changes_the_digest(changed: dict[str, Any]) -> None:
    assert step(**changed).digest != step().digest


def test_data_of_every_kind_is_made_canonical() -> None:
    value = {
        "rate": Fraction(30000, 1001), "path": Path("a/b"), "box": Box(1, 2, 3, 4), "cover": Cover(style="bar"),
        "set": frozenset({"b", "a"}), "numbers": (1, np.int64(2), np.float32(0.5), float("nan")), "none": None,
    }  # fmt: skip
    assert canonical(value) == {
        "rate": "30000/1001", "path": "a/b", "box": {"x": 1, "y": 2, "w": 3, "h": 4},
        "cover": {"style": "bar", "colour": None, "fixed": False}, "set": ["a", "b"], "numbers": [1, 2, 0.5, "nan"],
        "none": None,
    }  # fmt: skip
    one, other = (canonical(Masked(np.array([True, n > 0]))) for n in (0, 1))
    assert one != other
    assert canonical(np.zeros(3, np.uint8)) != canonical(np.zeros(3, np.int8))
    with pytest.raises(NotSerialisable):
        canonical(abs)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, json_values)
def test_digests_are_equal_where_canonical_forms_are(one: Any, other: Any) -> None:
    same = repr(canonical(one)) == repr(canonical(other))
    assert (digest_of(one) == digest_of(other)) or not same


def test_a_file_has_the_digest_of_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"")
    assert file_digest(path).startswith("e3b0c44298fc1c14")
    with pytest.raises(MissingInput):
        file_digest(tmp_path / "b")
    with pytest.raises(MissingInput):
        file_digest(tmp_path)

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(InputError, match="Permission denied"):
        file_digest(path)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"version": 3}, ["version 2 → 3"]),
        ({"inputs": {"clip": "c2", "mask": "m"}}, ["input clip changed", "input mask is new", "input still is gone"]),
        (
            {"settings": {"texts": ["B"], "captions": {"style": "bold", "size": 0.05}}},
            ['settings.texts[0] changed ("A" → "B")', 'settings.captions.style changed ("pop" → "bold")'],
        ),
        ({"settings": {"texts": ["A" * 99], "captions": {"style": "pop"}}},
         ["settings.texts[0] changed", "settings.captions.size changed (0.05 → null)"]),
        ({}, []),
    ],
)  # fmt: skip
def test_what_differs_is_said(changed: dict[str, Any], said: list[str]) -> None:
    assert changes(step().description(), step(**changed).description()) == said


def test_a_new_release_finds_no_artifact_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Step(name="analyse", subject="a.mp4", version=1, artifact=str)
    before, description = step.digest, step.description()
    monkeypatch.setattr("overlaycut.pipeline.step.__version__", "9.9.9")
    assert step.digest != before
    assert changes(description, step.description()) == [f"overlaycut {description['package']} → 9.9.9"]
