"""A step: what is made of what, by which version, with which settings; and the digest that identifies it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
from pydantic import BaseModel

from overlaycut.core.file_kinds import refuse_special
from overlaycut.core.serial import JSON, NotSerialisable, pack
from overlaycut.errors import InputError, MissingInput
from overlaycut.version import __version__

T = TypeVar("T")

Key: TypeAlias = tuple[str, str]
"""Name and subject of a step: one of a kind within a job."""

_FORMAT = 1
"""Version of the way in which artifacts are written. Another version finds none of this one's, and is not found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[T]):
    """One named unit of work of a job."""

    name: str
    """What is done: "analyse", "estimate", "deliver", …"""
    subject: str
    """To what, for people: "shot-01/a.mp4", "tiktok". It is not part of the digest."""
    version: int
    """Of the code that does it; raised with every change that makes other artifacts of the same inputs, between two
    versions of the package, which is part of the digest too."""
    artifact: type[T]
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Name → digest: of a file's content, of another step, or of an artifact."""
    settings: JSON = field(default_factory=dict)
    """Everything else that the artifact depends on; `canonical` makes it from any data."""
    kept: bool = True
    """Whether the artifact may be stored: False where it depends on code whose versions nothing tells apart."""

    @property
    def key(self) -> Key:
        """Name and subject."""
        return self.name, self.subject

    def description(self) -> dict[str, JSON]:
        """All that the artifact depends on."""
        return {
            "format": _FORMAT,
            "package": __version__,
            "name": self.name,
            "version": self.version,
            "artifact": self.artifact.__name__,
            "inputs": dict(self.inputs),
            "settings": canonical(self.settings),
        }

    @property
    def digest(self) -> str:
        """The sha256 of the description: equal digests, equal artifacts."""
        return digest_of(self.description())


def canonical(value: object) -> JSON:
    """Data as JSON that is equal for equal data: fractions as "n/d", arrays as digests, sets in order.

    Raises NotSerialisable for what is not data.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float | Fraction | np.integer | np.floating):
        return _canonical_number(value)
    if isinstance(value, Path | date):
        return str(value)
    if isinstance(value, np.ndarray):
        return _array_digest(value)
    if isinstance(value, Mapping):
        return {str(key): canonical(one) for key, one in value.items()}
    if isinstance(value, frozenset | set):
        return sorted((canonical(one) for one in value), key=json.dumps)
    if isinstance(value, BaseModel) or (dataclasses.is_dataclass(value) and not isinstance(value, type)):
        packed = pack(value)
        arrays = {name: _array_digest(array) for name, array in packed.arrays.items()}
        return {"fields": packed.document, "arrays": arrays} if arrays else packed.document
    if isinstance(value, list | tuple):
        return [canonical(one) for one in value]
    raise NotSerialisable(f"{type(value).__name__} is not data that a step can depend on")


def _canonical_number(value: float | Fraction | np.integer | np.floating) -> JSON:
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    return float(value) if math.isfinite(value) else repr(float(value))


def digest_of(value: object) -> str:
    """The sha256 of data, by its canonical JSON."""
    text = json.dumps(canonical(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def file_digest(path: Path) -> str:
    """The sha256 of a file's content. Raises MissingInput or InputError."""
    refuse_special(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingInput(path, "no such file", hint="check the path") from error
    except OSError as error:
        raise InputError(path, error.strerror or "cannot be read") from error


def _array_digest(array: np.ndarray[Any, Any]) -> str:
    head = f"{array.dtype.str}{array.shape}".encode()
    return hashlib.sha256(head + np.ascontiguousarray(array).tobytes()).hexdigest()


def changes(before: Mapping[str, JSON], after: Mapping[str, JSON]) -> list[str]:
    """What differs between two descriptions of a step, in words."""
    found = []
    if before.get("package") != after["package"]:
        found.append(f"overlaycut {before.get('package')} → {after['package']}")
    if before.get("version") != after["version"]:
        found.append(f"version {before.get('version')} → {after['version']}")
    if (before.get("artifact"), before.get("format")) != (after["artifact"], after["format"]):
        found.append("artifacts are written in another way")
    old, new = before.get("inputs", {}), after["inputs"]
    found += [f"input {name} changed" for name in new if name in old and old[name] != new[name]]
    found += [f"input {name} is new" for name in new if name not in old]
    found += [f"input {name} is gone" for name in old if name not in new]
    return found + _differences("settings", before.get("settings"), after["settings"])


def _differences(where: str, old: JSON, new: JSON) -> list[str]:
    if old == new:
        return []
    if isinstance(old, dict) and isinstance(new, dict):
        keys = dict.fromkeys([*new, *old])
        return [text for key in keys for text in _differences(f"{where}.{key}", old.get(key), new.get(key))]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [text for n, (one, other) in pairs for text in _differences(f"{where}[{n}]", one, other)]
    shown = [json.dumps(one, ensure_ascii=False) for one in (old, new)]
    if any(len(text) > 40 for text in shown):
        return [f"{where} changed"]
    return [f"{where} changed ({shown[0]} → {shown[1]})"]
