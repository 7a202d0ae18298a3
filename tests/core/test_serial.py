"""Values of data survive being packed into JSON and arrays, exactly."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from overlaycut.core.facts import AudioFacts, ClipFacts, Colour
from overlaycut.core.findings import Lettering, LetteringReport, Registration
from overlaycut.core.geometry import Box, Quad, Span
from overlaycut.core.plan import ClipRecord, Cover, EditPlan, RegionPlan
from overlaycut.core.serial import Malformed, NotSerialisable, Packed, StoredFile, checked, pack, unpack

T = TypeVar("T")
Name: TypeAlias = str | None


class Weight(Enum):
    THIN = 1
    BOLD = 2


class Place(NamedTuple):
    x: int
    y: float


@dataclass(frozen=True, slots=True)
class Circle:
    radius: float


@dataclass(frozen=True, slots=True)
class Square:
    side: float
    origin: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Holder(Generic[T]):
    item: T
    more: tuple[T, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    name: str
    children: tuple[Tree, ...] = ()


@dataclass(frozen=True, slots=True)
class Derived:
    width: int
    half: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "half", self.width / 2)


def there_and_back(value: Any, kind: Any = None) -> Any:
    """The value after it was written as JSON text and read again."""
    packed = pack(value, kind)
    text = json.dumps(packed.document, allow_nan=False)
    return unpack(type(value) if kind is None else kind, Packed(json.loads(text), packed.arrays, packed.files))


def same(one: Any, other: Any) -> bool:
    """Equality that tells NaN from NaN no more, -0.0 from 0.0, and ints from floats."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return (one == other and math.copysign(1, one) == math.copysign(1, other)) or (one != one and other != other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if dataclasses.is_dataclass(one):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in dataclasses.fields(one))
    return bool(one == other)


any_float = st.floats(allow_nan=True, allow_infinity=True)
LEAVES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (bool, st.booleans()),
    (int, st.integers()),
    (float, any_float),
    (str, st.text(st.characters(codec="utf-8"))),
    (Fraction, st.fractions()),
    (Path, st.sampled_from([Path("a/b.mp4"), Path("/x"), Path("ü ß.png")])),
    (Literal["a", "b"], st.sampled_from(["a", "b"])),
    (Literal[1, True, "x", None], st.sampled_from([1, True, "x", None])),
    (date, st.dates()),
    (Weight, st.sampled_from(Weight)),
    (Name, st.none() | st.text(st.characters(codec="utf-8"))),
    (int | str | float, st.integers() | st.text(st.characters(codec="utf-8")) | any_float),
    (bool | int, st.booleans() | st.integers()),
    (Place, st.builds(Place, st.integers(), any_float)),
    (Circle | Square | None, st.none() | st.builds(Circle, any_float) | st.builds(Square, any_float)),
    (tuple[float, float], st.tuples(any_float, any_float)),
    (
        NDArray[Any],
        arrays.arrays(
            st.sampled_from([np.uint8, np.bool_, np.float16, np.float32, np.float64, np.int64, np.complex64, ">f4"]),
            arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
        ),
    ),
]


def runs(of: tuple[Any, st.SearchStrategy[Any]]) -> st.SearchStrategy[tuple[Any, Any]]:
    """Containers of one kind of leaf: (annotation, value)."""
    kind, values = of
    ways: list[tuple[Any, st.SearchStrategy[Any]]] = [
        (tuple[kind, ...], st.lists(values, max_size=40).map(tuple)),
        (list[kind], st.lists(values, max_size=5)),
        (tuple[kind, int], st.tuples(values, st.integers())),
        (Mapping[int, kind], st.dictionaries(st.integers(), values, max_size=40)),
        (dict[tuple[int, str], kind], st.dictionaries(st.tuples(st.integers(), st.just("k")), values, max_size=4)),
        (Holder[kind], st.builds(Holder, values, st.lists(values, max_size=3).map(tuple))),
    ]
    return st.sampled_from(ways).flatmap(lambda way: way[1].map(lambda value: (way[0], value)))


@given(st.sampled_from(LEAVES).flatmap(lambda leaf: leaf[1].map(lambda value: (leaf[0], value))))
def test_leaves_come_back_exactly(case: tuple[Any, Any]) -> None:
    kind, value = case
    assert same(value, there_and_back(value, kind))


@given(st.sampled_from(LEAVES).flatmap(runs))
def test_containers_come_back_exactly(case: tuple[Any, Any]) -> None:
    kind, value = case
    assert same(value, there_and_back(value, kind))


@given(st.frozensets(st.integers(0, 50)), st.frozensets(st.tuples(st.text("ab", max_size=3), st.integers())))
def test_sets_come_back_and_are_written_in_one_order(
    numbers: frozenset[int], pairs: frozenset[tuple[str, int]]
) -> None:
    assert there_and_back(numbers, frozenset[int]) == numbers
    assert there_and_back(pairs, frozenset[tuple[str, int]]) == pairs
    assert pack(pairs, frozenset[tuple[str, int]]) == pack(frozenset(reversed(list(pairs))), frozenset[tuple[str, int]])


finite = st.floats(-1e4, 1e4)
QUADS = st.lists(st.tuples(finite, finite), min_size=4, max_size=4).map(Quad.of)


@given(st.dictionaries(st.integers(0, 10**6), QUADS, max_size=30))
def test_a_plan_keeps_more_digits_than_its_own_json(at: dict[int, Quad]) -> None:
    region = RegionPlan(
        id="r1", state="warped", legibility=0.1, span=Span(0, 9), quads=at, decision="cover", cover=Cover(), reason="x"
    )
    clip = ClipRecord(path="a.mp4", sha256="0" * 64, width=2, height=2, fps=30.0, frames=9, duration=0.3)
    plan = EditPlan(clip=clip, regions=(region,))
    again = there_and_back(plan)
    assert again == plan and again.digest() == plan.digest()
    assert again.regions[0].quads == at


def test_findings_and_facts_of_a_clip_come_back() -> None:
    facts = ClipFacts(
        path=Path("a.mp4"), container="mp4", codec="h264", coded_width=4, coded_height=2, width=4, height=2,
        pix_fmt="yuv420p", bits=8, colour=Colour("bt709", "bt709", "bt709", "tv"), rotation=0,
        pixel_aspect=Fraction(1), tick=Fraction(1, 90000), rate_in_header=Fraction(30000, 1001), frames_in_header=None,
        duration_in_header=Fraction(7, 3), audio=AudioFacts("aac", 48000, 2, Fraction(-1, 44100)),
        streams=("video:h264",), metadata=(("title", "ü"),),
    )  # fmt: skip
    one = Lettering(
        id="r1", kind="scene", state="lost", confidence=1 / 3, protected=False, expected="A", expected_from="still",
        read=None, legibility=0.25, legibility_at={0: 1.0, 5: 0.1}, onset=5, span=Span(0, 6),
        quads={n: Box(n, 0, 4, 2).quad() for n in range(40)}, visibility={}, reference_quad=None, reason="",
    )  # fmt: skip
    report = LetteringReport(regions=(one,), registration=Registration(np.eye(3), 40, 0.5, "the same"), cuts=(3,))
    assert there_and_back(facts) == facts
    again = there_and_back(report)
    assert again.regions == report.regions and again.cuts == (3,)
    assert same(again.registration, report.registration)


def test_what_a_constructor_derives_is_derived_again_and_types_may_contain_themselves() -> None:
    assert there_and_back(Derived(5)) == Derived(5)
    tree = Tree("a", (Tree("b"), Tree("c", (Tree("d"),))))
    assert there_and_back(tree) == tree
    assert checked(Tree) is Tree


def test_files_are_named_by_the_document() -> None:
    value = Holder(StoredFile(Path("out/tiktok.mp4"), 5, "ab"), ())
    packed = pack(value, Holder[StoredFile])
    ((name, file),) = packed.files.items()
    assert name.endswith(".mp4") and file == value.item
    moved = dataclasses.replace(file, path=Path("store") / name)
    assert unpack(Holder[StoredFile], Packed(packed.document, packed.arrays, {name: moved})).item == moved


def test_any_holds_plain_json_only() -> None:
    value = {"a": [1, 2.5, None, True, {"b": float("-inf")}]}
    assert there_and_back(value, Any) == value
    with pytest.raises(NotSerialisable, match=r"\['a'\]\[0\]: Fraction"):
        pack({"a": [Fraction(1, 2)]}, Any)


@dataclass(frozen=True, slots=True)
class HoldsCallable:
    name: str
    shape: Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Outer:
    inner: tuple[HoldsCallable, ...] = ()


class _Sub(Circle):
    pass


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        (HoldsCallable("a", abs), None, "HoldsCallable.shape: .*Callable"),
        (Outer((HoldsCallable("a", abs),)), None, r"HoldsCallable.shape"),
        (object(), None, "object is not data"),
        ((1, "x"), tuple[int, ...], r"\[1\]: expected int, got str"),
        ({"a": 1}, dict[str, str], r"\['a'\]: expected str"),
        ([1], tuple[int, ...], "expected tuple, got list"),
        ((1, 2, 3), tuple[int, int], "expected tuple of 2, got tuple of 3"),
        (_Sub(1.0), Circle, "expected Circle itself, got _Sub"),
        (np.array([object()]), NDArray[Any], "array of objects"),
        ("c", Literal["a", "b"], "'c' is none of"),
        (2**63 + 1, float, "cannot be held by a float"),
        (10**400, float, "too large"),
        (True, float, "expected float, got bool"),
        (b"x", int | str, "bytes is none of int, str"),
        (1, bytes, "bytes is not data"),
    ],
)
def test_what_is_not_data_is_refused_and_the_field_is_named(value: Any, kind: Any, said: str) -> None:
    with pytest.raises(NotSerialisable, match=said):
        pack(value, kind)


def test_a_type_can_be_checked_without_a_value() -> None:
    with pytest.raises(NotSerialisable, match=r"HoldsCallable\.shape"):
        checked(Outer)
    assert checked(EditPlan) is EditPlan and checked(LetteringReport) is LetteringReport


@pytest.mark.parametrize(
    "document",
    [
        None,
        3,
        [],
        {},
        {"name": "a"},
        {"name": 3, "children": []},
        {"name": "a", "children": [{}]},
        {"name": "a", "x": 1},
    ],
)
def test_a_document_that_does_not_fit_is_malformed(document: Any) -> None:
    with pytest.raises(Malformed, match="Tree"):
        unpack(Tree, Packed(document))


def test_missing_and_short_arrays_are_malformed() -> None:
    packed = pack(Holder(np.arange(6), ()), Holder[NDArray[Any]])
    for arrays_there in ({}, {name: array[:3] for name, array in packed.arrays.items()}):
        with pytest.raises(Malformed):
            unpack(Holder[NDArray[Any]], Packed(packed.document, arrays_there))


def test_thousands_of_quads_pack_quickly_and_into_few_arrays() -> None:
    regions = {n: {at: Quad((at, 0.5), (at + 9.1, 0), (9, 4), (0, n)) for at in range(2000)} for n in range(20)}
    kind = Mapping[int, Mapping[int, Quad]]
    begun = time.process_time()
    packed = pack(regions, kind)
    took = time.process_time() - begun
    assert len(packed.arrays) < 45
    assert len(json.dumps(packed.document)) < 10_000
    assert unpack(kind, packed) == regions
    assert took < 1.0


def test_many_small_arrays_share_one() -> None:
    many = {n: np.eye(3) * n for n in range(500)}
    packed = pack(many, Mapping[int, NDArray[Any]])
    assert len(packed.arrays) == 1
    again = unpack(Mapping[int, NDArray[Any]], packed)  # type: ignore[type-abstract]
    assert all((again[n] == many[n]).all() for n in many)
