"""Checks of arguments against annotations: what is wrong is one InvalidValue that names the place."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import is_dataclass
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import numpy as np
from pydantic import BaseModel, ConfigDict, InstanceOf, ValidationError, validate_call

from overlaycut.core.documents import refusal

_INSTANCE: Any = InstanceOf()  # type: ignore[type-arg]
_STRICT = ConfigDict(strict=True, arbitrary_types_allowed=True, allow_inf_nan=False)


def check_arguments(function: Callable[..., object], given: Mapping[str, object]) -> None:
    """Check the arguments of a call, or of a dataclass, against the annotations of its parameters.

    Types are taken as they stand: nothing is converted. Raises InvalidValue for the first that does not fit.
    """
    try:
        _validator(function)(**given)
    except ValidationError as error:
        raise refusal(function.__name__, error) from error


def check_fields(instance: object) -> None:
    """Check the fields of a dataclass against their annotations; see `check_arguments`."""
    kind = type(instance)
    check_arguments(kind, {name: getattr(instance, name) for name in inspect.signature(kind).parameters})


@cache
def _validator(function: Callable[..., object]) -> Callable[..., None]:
    """Takes the arguments of `function` by name and does nothing but validate them."""

    def nothing(**kwargs: object) -> None:
        pass

    hints = get_type_hints(function, include_extras=True)
    parameters = inspect.signature(function).parameters
    nothing.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters.values()]
    )
    nothing.__name__ = function.__name__
    nothing.__annotations__ = {name: _instances(hints[name]) for name in parameters}
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
    if isinstance(origin, type) and issubclass(origin, Collection):
        kind: Any = origin
        return kind[tuple(part if part is ... else _instances(part) for part in get_args(hint))]
    if not isinstance(hint, type):
        return hint
    if getattr(hint, "_is_protocol", False) and hint.__module__.startswith("overlaycut"):
        # Where a protocol cannot be asked for its methods, whatever is given is asked when it is used.
        return Annotated[hint, _INSTANCE] if getattr(hint, "_is_runtime_protocol", False) else Any
    return Annotated[hint, _INSTANCE] if is_dataclass(hint) or issubclass(hint, BaseModel) else hint
