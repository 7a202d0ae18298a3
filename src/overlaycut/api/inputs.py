"""What verbs take besides plain values: files, and pictures and masks as files or as arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import AfterValidator, PlainValidator

from overlaycut.core.frame import Mask, Picture
from overlaycut.errors import InvalidValue, UsageError
from overlaycut.media import profile_note, read_still

_WHITE = 127
"""Level of any channel above which a pixel of a mask's picture is white."""
ARRAY_NAME = "sha256:"
"""What a plan records in place of a path, before the digest, for what was given as an array."""


def checked_path(value: Path | str) -> Path | str:
    """The path. Raises InvalidValue for an empty one, and for one that no system takes."""
    text = str(value)
    if not text.strip() or "\0" in text:
        raise InvalidValue(f"found {text!r}", hint="allowed: the path of a file or a folder")
    return value


def checked_still(value: object) -> object:
    """A path, or an RGB picture. Raises InvalidValue for anything else."""
    if isinstance(value, np.ndarray):
        if value.dtype != np.uint8 or value.ndim != 3 or value.shape[2] != 3 or 0 in value.shape:
            raise InvalidValue(
                f"found an array {value.shape} of {value.dtype}", hint="allowed: RGB bytes, (rows, columns, 3)"
            )
        return value
    if isinstance(value, Path | str):
        return checked_path(value)
    raise InvalidValue(f"found {value!r}", hint="allowed: a picture's path, or RGB bytes, (rows, columns, 3)")


File: TypeAlias = Annotated[Path | str, AfterValidator(checked_path)]
"""The path of a file or a folder."""

Still: TypeAlias = Annotated[Path | str | Picture, PlainValidator(checked_still)]
"""A picture: a file, or RGB bytes, (rows, columns, 3)."""


def still_picture(still: Path | str | Picture | None) -> Picture | None:
    """The picture; raises what `read_still` does for a file."""
    return still if still is None or isinstance(still, np.ndarray) else read_still(Path(still))


def still_name(still: Path | str | Picture | None) -> str | None:
    """What a plan records of a still: its path, or the digest of an array."""
    return _name(still)


def still_notes(still: Path | str | Picture | None) -> list[str]:
    """What has to be said about a still, one line each."""
    notes = (profile_note(path) for path in still_files(still))
    return [f"still: {note}" for note in notes if note is not None]


def still_files(*stills: Path | str | Picture | None) -> list[Path]:
    """The stills that are files."""
    return [Path(still) for still in stills if isinstance(still, Path | str)]


def mask_name(mask: Path | str | Mask) -> str:
    """What a plan records of a mask: its path, or the digest of an array."""
    return _name(mask) or ""


def mask_plane(mask: Path | str | Mask) -> Mask:
    """Where a mask holds, (rows, columns): where its picture is white, or the array itself."""
    if isinstance(mask, np.ndarray):
        return mask
    white: Mask = read_still(Path(mask)).max(axis=2) > _WHITE
    return white


def require_given(recorded: Iterable[str | None], given: Iterable[str | None], what: str) -> None:
    """Raises UsageError when a plan records an array that was not given again: only its digest is known."""
    known = set(given)
    for name in recorded:
        if name is not None and name.startswith(ARRAY_NAME) and name not in known:
            raise UsageError(f"the plan's {what} was given as an array ({name[:19]}…)", hint="give it again")


def _name(value: Path | str | Picture | Mask | None) -> str | None:
    if isinstance(value, np.ndarray):
        shape = "x".join(map(str, value.shape)).encode()
        return ARRAY_NAME + hashlib.sha256(shape + np.ascontiguousarray(value).tobytes()).hexdigest()
    return None if value is None else str(value)
