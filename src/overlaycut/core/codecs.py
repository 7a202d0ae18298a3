"""How a value of each annotation is packed into JSON and arrays; `core.serial` is what others call.

One codec per annotation, built once. Arrays and long runs of numbers go to a `Pool`, small arrays of one dtype
behind each other, so that thousands of them cost no more than one.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence, Set
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

_POOLED_BYTES = 1 << 16
"""Arrays below this size share one array with others of their dtype."""
_TABLE_ROWS = 16
"""Runs of at least so many fixed-size rows of floats are written as one array instead of as JSON."""


class NotSerialisable(TypeError):
    """A value or an annotation that is not data; `where` is the path of the field in it."""

    def __init__(self, problem: str, where: str = "") -> None:
        super().__init__(f"{where or 'value'}: {problem}")
        self.problem = problem
        self.where = where

    def inside(self, part: str) -> NotSerialisable:
        """The same problem, one level further out."""
        return NotSerialisable(self.problem, part + self.where)


class Malformed(ValueError):
    """A packed document that does not fit the class that it is read as."""


@dataclasses.dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is part of a value: stored with it, and read back as a path to the stored copy."""

    path: Path
    size: int
    """Bytes."""
    sha256: str


class Pool:
    """Collects the arrays and files of a value while it is packed."""

    def __init__(self) -> None:
        self.files: dict[str, StoredFile] = {}
        self._single: dict[str, NDArray[Any]] = {}
        self._shared: dict[np.dtype[Any], tuple[str, list[NDArray[Any]]]] = {}
        self._lengths: dict[str, int] = {}

    def put(self, array: NDArray[Any]) -> Any:
        """Keep an array; returns the JSON reference to it."""
        if array.nbytes >= _POOLED_BYTES:
            name = f"array-{len(self._single)}"
            self._single[name] = array
            return name
        name, parts = self._shared.setdefault(array.dtype, (f"pool-{len(self._shared)}", []))
        at = self._lengths.get(name, 0)
        parts.append(array.ravel())
        self._lengths[name] = at + array.size
        return [name, at, list(array.shape)]

    def put_file(self, file: StoredFile) -> str:
        """Keep a file; returns the name that it goes by."""
        name = f"file-{len(self.files)}{file.path.suffix}"
        self.files[name] = file
        return name

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything that was put, by name."""
        return self._single | {
            name: np.concatenate(parts, dtype=dtype) for dtype, (name, parts) in self._shared.items()
        }


class Arrays:
    """Gives back what a `Pool` collected."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], files: Mapping[str, StoredFile]) -> None:
        self._arrays = arrays
        self.files = files

    def get(self, reference: Any) -> NDArray[Any]:
        """The array that `Pool.put` returned `reference` for."""
        if isinstance(reference, str):
            return self._arrays[reference]
        name, at, shape = reference
        size = math.prod(shape)
        flat = self._arrays[name][at : at + size]
        if flat.size != size:
            raise Malformed(f"array {name} is too short")
        return flat.reshape(shape)


class Codec:
    """Packs and unpacks the values of one annotation."""

    name = ""
    """What tags the value in a union."""
    width = 0
    """How many floats a value is, where it is always that many and nothing else; else 0."""

    def holds(self, value: object) -> bool:
        """Whether the value is of this kind, as far as its own class tells."""
        raise NotImplementedError

    def pack(self, value: Any, pool: Pool) -> Any:
        """The value as JSON. Raises NotSerialisable."""
        raise NotImplementedError

    def unpack(self, packed: Any, arrays: Arrays) -> Any:
        """The value that `pack` was given."""
        raise NotImplementedError

    def parts(self) -> Iterator[Codec]:
        """The codecs of what the value is made of."""
        return iter(())

    def flatten(self, value: Any, into: list[float]) -> None:
        """Append the `width` floats of a value."""
        raise NotImplementedError

    def unflatten(self, row: Sequence[float]) -> Any:
        """The value of `width` floats."""
        raise NotImplementedError


class _Plain(Codec):
    """bool, int, str and None: JSON's own."""

    def __init__(self, kind: type, *also: type) -> None:
        self.kind, self.also, self.name = kind, also, kind.__name__

    def holds(self, value: object) -> bool:
        return isinstance(value, (self.kind, *self.also))

    def pack(self, value: Any, pool: Pool) -> Any:
        if type(value) is self.kind or (self.kind is int and type(value) is bool):
            return value
        if self.holds(value):
            return str.__str__(value) if self.kind is str else self.kind(value)
        raise NotSerialisable(f"expected {self.kind.__name__}, got {type(value).__name__}")

    def unpack(self, packed: Any, arrays: Arrays) -> Any:
        if not isinstance(packed, self.kind):
            raise Malformed(f"expected {self.kind.__name__}, got {type(packed).__name__}")
        return packed


class _Float(Codec):
    """A float: a JSON number, or "nan", "inf" and "-inf"."""

    name, width = "float", 1

    def holds(self, value: object) -> bool:
        return isinstance(value, float | np.floating)

    def pack(self, value: Any, pool: Pool) -> Any:
        number = self._float(value)
        return number if math.isfinite(number) else repr(number)

    def unpack(self, packed: Any, arrays: Arrays) -> float:
        if not isinstance(packed, float | int | str) or isinstance(packed, bool):
            raise Malformed(f"expected a number, got {type(packed).__name__}")
        return float(packed)

    def flatten(self, value: Any, into: list[float]) -> None:
        into.append(value if type(value) is float else self._float(value))

    def unflatten(self, row: Sequence[float]) -> float:
        return row[0]

    @staticmethod
    def _float(value: Any) -> float:
        if not isinstance(value, float | int | np.floating | np.integer) or isinstance(value, bool):
            raise NotSerialisable(f"expected float, got {type(value).__name__}")
        try:
            number = float(value)
        except OverflowError as error:
            raise NotSerialisable("a whole number too large for a float") from error
        if number != value and number == number:
            raise NotSerialisable(f"{value} cannot be held by a float exactly")
        return number


class _Text(Codec):
    """Values that a text gives back exactly: fractions, paths, dates, members of enums."""

    def __init__(self, kind: type, write: Callable[[Any], str], read: Callable[[str], Any]) -> None:
        self.kind, self.write, self.read, self.name = kind, write, read, kind.__name__

    def holds(self, value: object) -> bool:
        return isinstance(value, self.kind) and not isinstance(value, datetime)

    def pack(self, value: Any, pool: Pool) -> str:
        if not self.holds(value):
            raise NotSerialisable(f"expected {self.kind.__name__}, got {type(value).__name__}")
        return self.write(value)

    def unpack(self, packed: Any, arrays: Arrays) -> Any:
        if not isinstance(packed, str):
            raise Malformed(f"expected a text for {self.kind.__name__}")
        return self.read(packed)


class _Literal(Codec):
    """One of a few constants, by its position among them."""

    name = "Literal"

    def __init__(self, values: tuple[Any, ...]) -> None:
        self.values = {(type(value), value): n for n, value in enumerate(values)}
        self.plain = all(isinstance(value, str) for value in values)
        self.by_number = values

    def holds(self, value: object) -> bool:
        return isinstance(value, bool | int | str | Enum | None) and (type(value), value) in self.values

    def pack(self, value: Any, pool: Pool) -> Any:
        if not self.holds(value):
            raise NotSerialisable(f"{value!r} is none of {', '.join(map(repr, self.by_number))}")
        return value if self.plain else self.values[type(value), value]

    def unpack(self, packed: Any, arrays: Arrays) -> Any:
        if not self.plain:
            return self.by_number[packed]
        if packed not in self.by_number:
            raise Malformed(f"{packed!r} is none of {', '.join(map(repr, self.by_number))}")
        return packed


class _Json(Codec):
    """Plain JSON, for fields annotated `Any`; floats that JSON lacks are written {"$float": "nan"}."""

    name = "Any"

    def holds(self, value: object) -> bool:
        return value is None or isinstance(value, bool | int | float | str | list | dict)

    def pack(self, value: Any, pool: Pool) -> Any:
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) is float:
            return value if math.isfinite(value) else {"$float": repr(value)}
        if type(value) is list:
            return [_within(f"[{n}]", self, one, pool) for n, one in enumerate(value)]
        if type(value) is dict and all(type(key) is str and key != "$float" for key in value):
            return {key: _within(f"[{key!r}]", self, one, pool) for key, one in value.items()}
        raise NotSerialisable(f"{type(value).__name__} in a field of any type, which holds plain JSON only")

    def unpack(self, packed: Any, arrays: Arrays) -> Any:
        if isinstance(packed, list):
            return [self.unpack(one, arrays) for one in packed]
        if isinstance(packed, dict):
            if "$float" in packed:
                return float(packed["$float"])
            return {key: self.unpack(one, arrays) for key, one in packed.items()}
        return packed


class _Array(Codec):
    """A NumPy array of any shape and of any dtype without objects."""

    name = "array"

    def holds(self, value: object) -> bool:
        return isinstance(value, np.ndarray)

    def pack(self, value: Any, pool: Pool) -> Any:
        if not isinstance(value, np.ndarray):
            raise NotSerialisable(f"expected an array, got {type(value).__name__}")
        if value.dtype.hasobject:
            raise NotSerialisable("an array of objects")
        return pool.put(value)

    def unpack(self, packed: Any, arrays: Arrays) -> NDArray[Any]:
        return arrays.get(packed)


class _File(Codec):
    """A `StoredFile`."""

    name = "StoredFile"

    def holds(self, value: object) -> bool:
        return isinstance(value, StoredFile)

    def pack(self, value: Any, pool: Pool) -> Any:
        if not isinstance(value, StoredFile):
            raise NotSerialisable(f"expected StoredFile, got {type(value).__name__}")
        return pool.put_file(value)

    def unpack(self, packed: Any, arrays: Arrays) -> StoredFile:
        return arrays.files[packed]


class _Run(Codec):
    """Tuples of any length, lists and sets of one kind of value."""

    def __init__(self, kind: type, item: Codec) -> None:
        self.kind, self.item, self.name = kind, item, kind.__name__

    def parts(self) -> Iterator[Codec]:
        yield self.item

    def holds(self, value: object) -> bool:
        return isinstance(value, self.kind) and not hasattr(value, "_fields")

    def pack(self, value: Any, pool: Pool) -> Any:
        if not self.holds(value):
            raise NotSerialisable(f"expected {self.name}, got {type(value).__name__}")
        if self.item.width and len(value) >= _TABLE_ROWS and self.kind is not frozenset and self.kind is not set:
            return {"rows": pool.put(_table(self.item, value))}
        packed = [_within(f"[{n}]", self.item, one, pool) for n, one in enumerate(value)]
        return sorted(packed, key=json.dumps) if issubclass(self.kind, Set) else packed

    def unpack(self, packed: Any, arrays: Arrays) -> Any:
        if isinstance(packed, dict):
            return self.kind(map(self.item.unflatten, arrays.get(packed["rows"]).tolist()))
        if not isinstance(packed, list):
            raise Malformed(f"expected a list for {self.name}")
        return self.kind(self.item.unpack(one, arrays) for one in packed)


class _Fixed(Codec):
    """A tuple of a fixed length, or a named tuple."""

    def __init__(self, kind: type, items: Callable[[], tuple[Codec, ...]]) -> None:
        self.kind, self.name = kind, kind.__name__
        self._items = items
        self._known: tuple[Codec, ...] | None = None
        if kind is tuple:
            self.width = sum(one.width for one in self.items) if all(one.width for one in self.items) else 0

    @property
    def items(self) -> tuple[Codec, ...]:
        """The codecs of the members."""
        if self._known is None:
            self._known = self._items()
        return self._known

    def parts(self) -> Iterator[Codec]:
        yield from self.items

    def holds(self, value: object) -> bool:
        return type(value) is self.kind and len(value) == len(self.items)  # type: ignore[arg-type]

    def pack(self, value: Any, pool: Pool) -> Any:
        if not self.holds(value):
            raise NotSerialisable(f"expected {self.name} of {len(self.items)}, got {_described(value)}")
        return [_within(f"[{n}]", c, one, pool) for n, (c, one) in enumerate(zip(self.items, value, strict=True))]

    def unpack(self, packed: Any, arrays: Arrays) -> Any:
        values = [codec.unpack(one, arrays) for codec, one in zip(self.items, packed, strict=True)]
        return tuple(values) if self.kind is tuple else self.kind(*values)

    def flatten(self, value: Any, into: list[float]) -> None:
        if len(value) != len(self.items):
            raise NotSerialisable(f"expected {self.name} of {len(self.items)}, got {_described(value)}")
        for codec, one in zip(self.items, value, strict=True):
            codec.flatten(one, into)

    def unflatten(self, row: Sequence[float]) -> Any:
        if self.width == len(self.items):
            return tuple(row)
        return tuple(_unflattened(self.items, row))


class _Mapping(Codec):
    """A mapping; it is read back as a dict in the same order."""

    name = "mapping"

    def __init__(self, key: Codec, value: Codec) -> None:
        self.key, self.value = key, value

    def parts(self) -> Iterator[Codec]:
        yield self.key
        yield self.value

    def holds(self, value: object) -> bool:
        return isinstance(value, Mapping)

    def pack(self, value: Any, pool: Pool) -> Any:
        if not isinstance(value, Mapping):
            raise NotSerialisable(f"expected a mapping, got {type(value).__name__}")
        if self.value.width and len(value) >= _TABLE_ROWS and all(type(key) is int for key in value):
            keys = _whole_numbers(value)
            if keys is not None and self.key.name == "int":
                return {"keys": pool.put(keys), "rows": pool.put(_table(self.value, value.values()))}
        return [
            [_within(f"[{key!r}]", self.key, key, pool), _within(f"[{key!r}]", self.value, one, pool)]
            for key, one in value.items()
        ]

    def unpack(self, packed: Any, arrays: Arrays) -> Any:
        if isinstance(packed, dict):
            keys, rows = arrays.get(packed["keys"]).tolist(), arrays.get(packed["rows"]).tolist()
            return dict(zip(keys, map(self.value.unflatten, rows), strict=True))
        return {self.key.unpack(key, arrays): self.value.unpack(one, arrays) for key, one in packed}


class _Record(Codec):
    """A dataclass or a pydantic document, field by field; what its constructor derives is derived again."""

    def __init__(self, kind: type, hints: Callable[[], dict[str, Any]]) -> None:
        self.kind, self.name = kind, kind.__name__
        self._hints = hints
        self._known: tuple[tuple[str, Codec], ...] | None = None
        self._width: int | None = None

    @property
    def fields(self) -> tuple[tuple[str, Codec], ...]:
        """Name and codec of every field that the constructor takes."""
        if self._known is None:
            found = []
            for name, hint in self._hints().items():
                try:
                    found.append((name, codec_of(hint)))
                except NotSerialisable as error:
                    raise error.inside(f"{self.name}.{name}") from error
            self._known = tuple(found)
        return self._known

    @property
    def width(self) -> int:  # type: ignore[override]
        if self._width is None:
            self._width = 0  # of a class that contains itself
            if dataclasses.is_dataclass(self.kind) and self.fields and all(c.width for _, c in self.fields):
                self._width = sum(codec.width for _, codec in self.fields)
        return self._width

    def parts(self) -> Iterator[Codec]:
        for _, codec in self.fields:
            yield codec

    def holds(self, value: object) -> bool:
        return type(value) is self.kind

    def pack(self, value: Any, pool: Pool) -> Any:
        if type(value) is not self.kind:
            raise NotSerialisable(f"expected {self.name} itself, got {type(value).__name__}")
        return {name: _within(f".{name}", codec, getattr(value, name), pool) for name, codec in self.fields}

    def unpack(self, packed: Any, arrays: Arrays) -> Any:
        if not isinstance(packed, dict) or packed.keys() != {name for name, _ in self.fields}:
            raise Malformed(f"not the fields of {self.name}")
        return self._made({name: codec.unpack(packed[name], arrays) for name, codec in self.fields})

    def flatten(self, value: Any, into: list[float]) -> None:
        if type(value) is not self.kind:
            raise NotSerialisable(f"expected {self.name} itself, got {type(value).__name__}")
        for name, codec in self.fields:
            codec.flatten(getattr(value, name), into)

    def unflatten(self, row: Sequence[float]) -> Any:
        codecs = [codec for _, codec in self.fields]
        names = [name for name, _ in self.fields]
        return self._made(dict(zip(names, _unflattened(codecs, row), strict=True)))

    def _made(self, values: dict[str, Any]) -> Any:
        if issubclass(self.kind, BaseModel):
            fields = self.kind.model_fields
            return self.kind.model_validate({fields[name].alias or name: one for name, one in values.items()})
        return self.kind(**values)


class _Optional(Codec):
    """A value or None."""

    def __init__(self, some: Codec) -> None:
        self.some, self.name = some, some.name

    def parts(self) -> Iterator[Codec]:
        yield self.some

    def holds(self, value: object) -> bool:
        return value is None or self.some.holds(value)

    def pack(self, value: Any, pool: Pool) -> Any:
        return None if value is None else self.some.pack(value, pool)

    def unpack(self, packed: Any, arrays: Arrays) -> Any:
        return None if packed is None else self.some.unpack(packed, arrays)


class _Union(Codec):
    """One of several kinds of value, tagged by the name of its kind."""

    name = "union"

    def __init__(self, kinds: Sequence[Any]) -> None:
        members = [(codec_of(kind), str(kind)) for kind in kinds]
        names = [codec.name for codec, _ in members]
        tagged = {codec.name if names.count(codec.name) == 1 else text: codec for codec, text in members}
        # bool is an int to Python: what is narrower is asked first.
        self.members = dict(sorted(tagged.items(), key=lambda pair: pair[0] != "bool"))

    def parts(self) -> Iterator[Codec]:
        yield from self.members.values()

    def holds(self, value: object) -> bool:
        return any(member.holds(value) for member in self.members.values())

    def pack(self, value: Any, pool: Pool) -> Any:
        problem = NotSerialisable(f"{type(value).__name__} is none of {', '.join(self.members)}")
        for tag, member in self.members.items():
            if member.holds(value):
                try:
                    return [tag, member.pack(value, pool)]
                except NotSerialisable as error:
                    problem = error
        raise problem

    def unpack(self, packed: Any, arrays: Arrays) -> Any:
        tag, inner = packed
        return self.members[tag].unpack(inner, arrays)


@cache
def codec_of(kind: Any) -> Codec:
    """The codec of an annotation. Raises NotSerialisable for one that is not data."""
    if hasattr(kind, "__value__"):  # `type X = …`
        return codec_of(kind.__value__)
    if hasattr(kind, "__supertype__"):  # NewType
        return codec_of(kind.__supertype__)
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return codec_of(arguments[0])
    if origin is Literal:
        return _Literal(arguments)
    if origin is Union or origin is types.UnionType:
        return _union(arguments)
    if origin is tuple and not arguments:
        return _Fixed(tuple, tuple)
    built = _container(origin or kind, arguments) or _class(origin or kind, arguments)
    if built is None:
        raise NotSerialisable(f"{getattr(kind, '__name__', None) or kind} is not data that can be stored")
    return built


_SIMPLE: dict[Any, Codec] = {
    bool: _Plain(bool, np.bool_),
    int: _Plain(int, np.integer),
    str: _Plain(str),
    float: _Float(),
    None: _Literal((None,)),
    type(None): _Literal((None,)),
    Any: _Json(),
    Fraction: _Text(Fraction, lambda value: f"{value.numerator}/{value.denominator}", Fraction),
    Path: _Text(Path, str, Path),
    date: _Text(date, date.isoformat, date.fromisoformat),
    np.ndarray: _Array(),
    StoredFile: _File(),
}


def _union(members: tuple[Any, ...]) -> Codec:
    some = [member for member in members if member is not type(None)]
    inner = codec_of(some[0]) if len(some) == 1 else _Union(some)
    return _Optional(inner) if len(some) < len(members) else inner


def _container(kind: Any, arguments: tuple[Any, ...]) -> Codec | None:
    if kind is np.ndarray:
        return _SIMPLE[np.ndarray]
    if kind is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return _Run(tuple, codec_of(arguments[0]))
    if kind is tuple and arguments:
        return _Fixed(tuple, lambda: tuple(map(codec_of, arguments)))
    if kind in (dict, Mapping, MutableMapping) and arguments:
        return _Mapping(codec_of(arguments[0]), codec_of(arguments[1]))
    runs = {list: list, set: set, frozenset: frozenset, Sequence: tuple}
    return _Run(runs[kind], codec_of(arguments[0])) if kind in runs and arguments else None


def _class(kind: Any, arguments: tuple[Any, ...]) -> Codec | None:
    if not isinstance(kind, type):
        return None
    if issubclass(kind, Enum):
        return _Text(kind, lambda value: str(value.name), lambda name: kind[name])
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        hints = _hints(kind)
        return _Fixed(kind, lambda: tuple(codec_of(hints[name]) for name in kind._fields))
    if issubclass(kind, BaseModel):
        names = list(kind.model_fields)
    elif dataclasses.is_dataclass(kind):
        names = [field.name for field in dataclasses.fields(kind) if field.init]
    else:
        return None
    values = dict(zip(getattr(kind, "__parameters__", ()), arguments, strict=False))

    def hints_of_fields() -> dict[str, Any]:
        found = _hints(kind)
        return {name: _substituted(found[name], values) for name in names}

    return _Record(kind, hints_of_fields)


def _hints(kind: type) -> dict[str, Any]:
    try:
        return get_type_hints(kind)
    except NameError as error:
        raise NotSerialisable(f"an annotation of {kind.__name__} is not known at run time: {error}") from error


def _substituted(hint: Any, values: Mapping[Any, Any]) -> Any:
    """A hint with the type variables of a generic class replaced by what they stand for."""
    if isinstance(hint, TypeVar):
        return values.get(hint, hint)
    parameters = getattr(hint, "__parameters__", ())
    if not parameters or isinstance(hint, type):
        return hint
    return hint[tuple(values.get(one, one) for one in parameters)]


def _within(part: str, codec: Codec, value: Any, pool: Pool) -> Any:
    """`value`, packed; a problem in it names the part that it is in."""
    try:
        return codec.pack(value, pool)
    except NotSerialisable as error:
        raise error.inside(part) from error


def _table(codec: Codec, values: Any) -> NDArray[np.float64]:
    """Values of `codec.width` floats as the rows of one array."""
    flat: list[float] = []
    for value in values:
        codec.flatten(value, flat)
    return np.array(flat, np.float64).reshape(-1, codec.width)


def _unflattened(codecs: Sequence[Codec], row: Sequence[float]) -> Iterator[Any]:
    at = 0
    for codec in codecs:
        yield codec.unflatten(row[at : at + codec.width])
        at += codec.width


def _whole_numbers(keys: Any) -> NDArray[np.int64] | None:
    try:
        return np.array(list(keys), np.int64)
    except OverflowError:
        return None


def _described(value: object) -> str:
    return f"{type(value).__name__} of {len(value)}" if isinstance(value, tuple) else type(value).__name__
