"""Documents on disk: JSON and TOML read into pydantic models, with errors that name the place.

Every error names the file, the key path, what was found there and what is allowed.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import ErrorDetails

from overlaycut.core.file_kinds import refuse_special
from overlaycut.core.geometry import Quad, Span
from overlaycut.errors import DocumentError, InputError, InvalidValue, MissingInput


class Document(BaseModel):
    """Base of all documents: frozen, unknown keys are refused.

    Calling the class, and `model_copy` with an update, raise InvalidValue for what is not allowed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False)

    def __init__(self, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise refusal(type(self).__name__, error, type(self)) from error

    # pydantic then validates nested documents itself, with their place in the whole.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """The document with some fields changed; what is changed is validated."""
        if not update:
            return super().model_copy(deep=deep)
        try:
            return self.model_validate({**dict(self), **update}, by_name=True, by_alias=False)
        except ValidationError as error:
            raise refusal(type(self).__name__, error, type(self)) from error

    def to_dict(self) -> dict[str, Any]:
        """The document as JSON values."""
        return self.model_dump(mode="json")


Model = TypeVar("Model", bound=BaseModel)


def _span(value: object) -> object:
    if isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(v, int) for v in value):
        return Span(*value)
    if isinstance(value, Span):
        return value
    raise ValueError("a span is [start, end) in frames, two whole numbers")


def _quad(value: object) -> object:
    if isinstance(value, Quad):
        return value
    if isinstance(value, list | tuple):
        try:
            return Quad.of(value)
        except (TypeError, OverflowError) as error:  # pydantic takes ValueError for an answer
            raise ValueError("a quad is four [x, y] points") from error
    raise ValueError("a quad is four [x, y] points")


_NUMBERS = {"type": "array", "items": {"type": "number"}}

SpanField: TypeAlias = Annotated[
    Span,
    BeforeValidator(_span),
    PlainSerializer(lambda span: [span.start, span.end]),
    WithJsonSchema({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}),
]
"""A `Span`, written [start, end)."""

QuadField: TypeAlias = Annotated[
    Quad,
    BeforeValidator(_quad),
    PlainSerializer(
        lambda quad: [[round(float(x), 3), round(float(y), 3)] for x, y in (quad.a, quad.b, quad.c, quad.d)]
    ),
    WithJsonSchema({"type": "array", "items": _NUMBERS, "minItems": 4, "maxItems": 4}),
]
"""A `Quad`, written as four [x, y] with thousandths of a pixel."""


_MOST_BYTES = 64 << 20
"""A plan of an hour has some 5 MB for each region."""


def read_text(path: Path) -> str:
    """The text of a UTF-8 file.

    Raises MissingInput when there is none, InputError when it cannot be read as text or is larger than any document.
    """
    refuse_special(path)
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise InputError(path, f"is larger than {_MOST_BYTES >> 20} MB", hint="check that it is a document")
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingInput(path, "no such file", hint="check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(path, f"not UTF-8 text (byte {error.start})", hint="save it as UTF-8") from error
    except OSError as error:
        raise InputError(path, error.strerror or "cannot be read") from error


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises DocumentError, naming line and column, when it is not JSON or not an object.
    """
    try:
        document = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise DocumentError(path, f"line {error.lineno}, column {error.colno}", error.msg, "JSON") from error
    except (RecursionError, ValueError) as error:  # thousands of brackets, thousands of digits
        raise DocumentError(path, "", str(error), "JSON of sane depth and numbers") from error
    if not isinstance(document, dict):
        raise DocumentError(path, "", type(document).__name__, "one JSON object")
    return document


def read_toml(path: Path) -> dict[str, Any]:
    """The tables in a TOML file.

    Raises DocumentError, with the parser's line and column, when it is not TOML.
    """
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(path, "", str(error), "TOML") from error
    except (RecursionError, ValueError) as error:  # thousands of brackets, thousands of digits
        raise DocumentError(path, "", str(error), "TOML of sane depth and numbers") from error


def parsed(model: type[Model], document: dict[str, Any], path: Path) -> Model:
    """`document` as a `model`.

    Raises DocumentError for the first unknown key, else for the first thing that is wrong.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise _faults(error, model, path)[0] from error


def document_faults(model: type[Model], document: dict[str, Any], path: Path) -> list[DocumentError]:
    """All that keeps `document` from being a `model`, unknown keys first; empty when it is one."""
    try:
        model.model_validate(document)
    except ValidationError as error:
        return _faults(error, model, path)
    return []


def _faults(error: ValidationError, model: type[BaseModel], path: Path) -> list[DocumentError]:
    # A misspelt key is two problems, one unknown and one missing: the unknown one is more useful.
    found = error.errors(include_url=False)
    # A list whose only items are wrong has none that are right: that is no problem of its own.
    inside = {one["loc"][:depth] for one in found for depth in range(1, len(one["loc"]))}
    problems = [one for one in found if one["type"] != "too_short" or one["loc"] not in inside]
    problems.sort(key=lambda one: one["type"] != "extra_forbidden")
    return [DocumentError(path, _key_path(one["loc"]), _found(one), _allowed(one, model)) for one in problems]


def refusal(owner: str, error: ValidationError, model: type[BaseModel] | None = None) -> InvalidValue:
    """What pydantic found wrong with the arguments of `owner`, as one error: the first of them.

    An argument that may be of several kinds is several problems; what any of them allows is told.
    """
    problems = error.errors(include_url=False)
    first = next((one for one in problems if one["type"] == "extra_forbidden"), problems[0])
    argument = first["loc"][:1]
    same = [one for one in problems if one["loc"][:1] == argument] if model is None else [first]
    allowed = dict.fromkeys(_allowed(one, model) for one in same)
    place = first["loc"] if model is not None else (*argument, *(n for n in first["loc"][1:] if isinstance(n, int)))
    where = f"{owner}: {_key_path(place)}" if place else owner
    return InvalidValue(f"{where}: found {_found(first)}", hint=f"allowed: {' or '.join(allowed)}")


def _key_path(loc: tuple[int | str, ...]) -> str:
    path = ""
    for part in loc:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _found(detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        return "nothing"
    if detail["type"] == "extra_forbidden":
        return f"the unknown key {detail['loc'][-1]!r}"
    shown = repr(detail["input"])
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _allowed(detail: ErrorDetails, model: type[BaseModel] | None) -> str:
    if detail["type"] == "extra_forbidden" and model is not None:
        owner = _model_at(model, detail["loc"][:-1])
        if owner is not None:
            return ", ".join(field.alias or name for name, field in owner.model_fields.items())
    message = detail["msg"]
    for prefix in ("Input should be ", "Value error, "):
        message = message.removeprefix(prefix)
    return "a value here: it is required" if detail["type"] == "missing" else message


def _model_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model that the key path `loc` leads to from `model`."""
    current: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, int) or current is None:
            continue
        fields = {field.alias or name: field for name, field in current.model_fields.items()}
        current = _model_in(fields[part].annotation) if part in fields else None
    return current


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        if (found := _model_in(part)) is not None:
            return found
    return None
