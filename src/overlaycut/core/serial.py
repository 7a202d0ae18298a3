"""Values made of data, to JSON and arrays and back, driven by their type annotations.

A value may be made of frozen dataclasses, pydantic documents, named tuples, enums, bool, int, float, str, None,
`Fraction`, `Path`, `date`, `Literal`, NumPy arrays, tuples, lists, sets, mappings, unions of those and `StoredFile`.
`Any` stands for plain JSON. Nothing is pickled: reading a packed value runs no code but the constructors of its types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar, cast

from numpy.typing import NDArray

from overlaycut.core.codecs import Arrays, Malformed, NotSerialisable, Pool, StoredFile, codec_of

__all__ = ["JSON", "Malformed", "NotSerialisable", "Packed", "StoredFile", "checked", "pack", "unpack"]

JSON: TypeAlias = Any
"""None, bool, int, finite float, str, or lists and string-keyed dicts of those."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Packed:
    """A value as what can be written: one JSON document, named arrays, and the files that it refers to."""

    document: JSON
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """Name → array of any dtype without objects; fit for one .npz file."""
    files: Mapping[str, StoredFile] = field(default_factory=dict)
    """Name → the file whose content belongs to the value."""


def pack(value: object, kind: Any = None) -> Packed:
    """`value` as JSON and arrays, by the annotation `kind` (None: its own class).

    Numbers in fields annotated `float` become floats. Raises NotSerialisable, naming the field, for what is not data.
    """
    pool, annotation = Pool(), cast(Any, type(value) if kind is None else kind)
    document = codec_of(annotation).pack(value, pool)
    return Packed(document, pool.arrays(), pool.files)


def unpack(kind: type[T], packed: Packed) -> T:
    """The value of class (or annotation) `kind` that `pack` was given.

    Files that it refers to are those that `packed` names. Raises Malformed when the document does not fit `kind`.
    """
    source = Arrays(packed.arrays, packed.files)
    try:
        return cast(T, codec_of(cast(Any, kind)).unpack(packed.document, source))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, ZeroDivisionError, OverflowError) as error:
        if isinstance(error, NotSerialisable):
            raise
        raise Malformed(f"no {getattr(kind, '__name__', kind)}: {error}") from error


def checked(kind: type[T]) -> type[T]:
    """`kind`, once every annotation that is reachable from it is known to be data. Raises NotSerialisable."""
    seen: set[int] = set()
    waiting = [codec_of(cast(Any, kind))]
    while waiting:
        codec = waiting.pop()
        if id(codec) not in seen:
            seen.add(id(codec))
            waiting.extend(codec.parts())
    return kind
