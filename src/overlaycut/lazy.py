"""Names of a package that are imported from their modules when they are first used (PEP 562)."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping


def attribute_of(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """A `__getattr__` for the package of that name; homes: module → the names that it defines, parted by spaces."""
    home_of = {name: home for home, names in homes.items() for name in names.split()}

    def attribute(name: str) -> object:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value: object = getattr(importlib.import_module(home_of[name]), name)
        setattr(importlib.import_module(package), name, value)
        return value

    return attribute
