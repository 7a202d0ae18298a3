"""The boundary of the library: a verb's arguments are checked before it runs, and only OverlaycutErrors leave it."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Collection
from dataclasses import is_dataclass
from functools import cache, reduce, wraps
from operator import or_
from typing import Annotated, Any, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
from pydantic import BaseModel, ConfigDict, InstanceOf, ValidationError, validate_call

from overlaycut.core.documents import refusal
from overlaycut.errors import InvalidValue

P = ParamSpec("P")
R = TypeVar("R")

_INSTANCE: Any = InstanceOf()  # type: ignore[type-arg]
_STRICT = ConfigDict(strict=True, arbitrary_types_allowed=True, allow_inf_nan=False)


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """The function with its arguments checked against its annotations, before anything else happens.

    Types are taken as they stand: nothing is converted, not even a text that reads as a number. Raises InvalidValue,
    which names the verb, the argument, what was found and what is allowed.
    """
    signature = inspect.signature(function)

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            allowed = f"allowed: {', '.join(signature.parameters)}"
            raise InvalidValue(f"{function.__name__}: {error}", hint=allowed) from error
        try:
            _check_of(function)(**given)
        except ValidationError as error:
            raise refusal(function.__name__, error) from error
        return function(*args, **kwargs)

    return checked


@cache
def _check_of(function: Callable[..., object]) -> Callable[..., None]:
    """Takes the arguments of `function` by name and does nothing but validate them."""

    @wraps(function)
    def nothing(**kwargs: object) -> None:
        pass

    hints = get_type_hints(function, include_extras=True)
    nothing.__annotations__ = {name: _instances(hint) for name, hint in hints.items() if name != "return"}
    return validate_call(config=_STRICT)(nothing)


def _instances(hint: Any) -> Any:
    """An annotation in which our classes, protocols and arrays mean instances, not what could be converted to them."""
    origin = get_origin(hint)
    if origin is np.ndarray:
        return InstanceOf[np.ndarray]
    if origin is Annotated:
        inner, *extras = get_args(hint)
        return Annotated[(_instances(inner), *extras)]
    if origin in (Union, types.UnionType):
        return reduce(or_, (_instances(part) for part in get_args(hint)))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Collection):
        kind: Any = origin
        return kind[tuple(part if part is ... else _instances(part) for part in get_args(hint))]
    if not isinstance(hint, type):
        return hint
    if getattr(hint, "_is_protocol", False) and hint.__module__.startswith("overlaycut"):
        # Where a protocol cannot be asked for its methods, whatever is given is asked when it is used.
        return Annotated[hint, _INSTANCE] if getattr(hint, "_is_runtime_protocol", False) else Any
    return Annotated[hint, _INSTANCE] if is_dataclass(hint) or issubclass(hint, BaseModel) else hint
