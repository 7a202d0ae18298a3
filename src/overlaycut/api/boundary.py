"""The boundary of the library: a verb's arguments are checked before it runs, and only OverlaycutErrors leave it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from overlaycut.core.checks import check_arguments
from overlaycut.errors import InvalidValue

P = ParamSpec("P")
R = TypeVar("R")


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """The function with its arguments checked against its annotations, before anything else happens.

    Raises InvalidValue, which names the verb, the argument, what was found and what is allowed.
    """
    signature = inspect.signature(function)

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            allowed = f"allowed: {', '.join(signature.parameters)}"
            raise InvalidValue(f"{function.__name__}: {error}", hint=allowed) from error
        check_arguments(function, given)
        return function(*args, **kwargs)

    return checked
