"""One artifact in a folder of its own: a manifest, a document, arrays and files, whole or not at all.

<digest>/manifest.json   the step's description, and the size and sha256 of every other file
         artifact.json   the artifact's JSON
         arrays.npz      its arrays, where it has any
         file-0.mp4 …    its files
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.serial import JSON, Malformed, Packed, StoredFile, pack, unpack
from overlaycut.errors import InputError, OutputError
from overlaycut.media.files import replacing
from overlaycut.media.outputs import record
from overlaycut.pipeline.step import Step, digest_of, file_digest

T = TypeVar("T")

_MANIFEST, _DOCUMENT, _ARRAYS = "manifest.json", "artifact.json", "arrays.npz"
_LEFT_OVER = ".part-"
_ABANDONED = 3600.0
"""Seconds after which a folder that is still being written or removed belongs to a process that was killed."""
_FICLONE = 0x40049409
"""Linux's request to share a file's blocks copy-on-write, from linux/fs.h."""


class Damaged(ValueError):
    """An entry that cannot be believed: a file is missing, changed or unreadable."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an entry holds."""

    description: dict[str, JSON]
    files: dict[str, tuple[int, str]]
    """Name → bytes and sha256."""

    @property
    def bytes(self) -> int:
        """Size of the whole entry, but for the manifest itself."""
        return sum(size for size, _ in self.files.values())


def stored_file(path: Path) -> StoredFile:
    """A file as a part of an artifact. Raises what `file_digest` does."""
    return StoredFile(path, path.stat().st_size, file_digest(path))


def put_back(stored: StoredFile, out: Path) -> bool:
    """Bring a stored file to `out`, whole or not at all; False when the same content stands there already.

    Raises OutputError when the place cannot be written, or when the stored copy is no longer there.
    """
    if stored.path == out:
        return False
    if out.is_file() and out.stat().st_size == stored.size and file_digest(out) == stored.sha256:
        record(out)
        return False
    if not stored.path.is_file():
        raise OutputError(f"{stored.path}: was removed from the cache by another process", hint="run again")
    with replacing(out) as part:
        duplicate(stored.path, part)
    return True


def duplicate(source: Path, target: Path) -> None:
    """Copy a file's content, sharing blocks where the file system can; a change of one never shows in the other."""
    if sys.platform == "linux":
        with source.open("rb") as reading, target.open("wb") as writing:
            import fcntl

            try:
                fcntl.ioctl(writing.fileno(), _FICLONE, reading.fileno())
                return
            except OSError:
                pass  # most file systems cannot
    shutil.copyfile(source, target)


def write_entry(folder: Path, step: Step[T], artifact: T) -> Manifest | None:
    """Write an artifact as the entry `folder`; None when another process was first.

    Raises NotSerialisable for an artifact that is not data, OSError, Damaged when a file of it was changed meanwhile.
    """
    packed = pack(artifact, step.artifact)
    part = folder.with_name(f"{_LEFT_OVER}{uuid4().hex}")
    part.mkdir(parents=True)
    try:
        (part / _DOCUMENT).write_text(json.dumps(packed.document, allow_nan=False), encoding="ascii")
        if packed.arrays:
            with (part / _ARRAYS).open("wb") as file:
                np.savez(file, **packed.arrays)  # type: ignore[arg-type]  # no name of an array is a keyword of savez
        for name, stored in packed.files.items():
            duplicate(stored.path, part / name)
        files = {path.name: (path.stat().st_size, file_digest(path)) for path in sorted(part.iterdir())}
        _refuse_changed(packed, files)
        manifest = Manifest(step.description(), files)
        document = {"description": manifest.description, "files": files}
        (part / _MANIFEST).write_text(json.dumps(document), encoding="ascii")
        try:
            os.rename(part, folder)
        except OSError:
            if not folder.is_dir():
                raise
            return None
        return manifest
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _refuse_changed(packed: Packed, files: Mapping[str, tuple[int, str]]) -> None:
    """Raises Damaged when the content of a file is not what the artifact says of it."""
    for name, file in packed.files.items():
        if files[name] != (file.size, file.sha256):
            raise Damaged(f"{file.path} was changed while it was stored")


def read_manifest(folder: Path) -> Manifest:
    """What an entry says that it holds. Raises Damaged."""
    try:
        document = json.loads((folder / _MANIFEST).read_text(encoding="ascii"))
        files = {name: (int(size), str(sha256)) for name, (size, sha256) in document["files"].items()}
        manifest = Manifest(document["description"], files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"its manifest cannot be read ({error})") from error
    if digest_of(manifest.description) != folder.name:
        raise Damaged("its manifest is of another step")
    return manifest


def read_entry(folder: Path, kind: type[T]) -> tuple[T, Manifest]:
    """The artifact in an entry, and its manifest, once every file was found to be what was written. Raises Damaged."""
    manifest = read_manifest(folder)
    for name, (size, sha256) in manifest.files.items():
        path = folder / name
        try:
            if path.stat().st_size != size or file_digest(path) != sha256:
                raise Damaged(f"{name} was changed")
        except (OSError, InputError) as error:
            raise Damaged(f"{name} cannot be read") from error
    try:
        document = json.loads((folder / _DOCUMENT).read_text(encoding="ascii"))
        stored = {name: StoredFile(folder / name, *facts) for name, facts in manifest.files.items()}
        return unpack(kind, Packed(document, _arrays(folder), stored)), manifest
    except (OSError, ValueError, Malformed, BadZipFile) as error:
        raise Damaged(str(error)) from error


def _arrays(folder: Path) -> dict[str, NDArray[Any]]:
    path = folder / _ARRAYS
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def remove_entry(folder: Path) -> None:
    """Take an entry away at once for readers, then from the disk; no error when it is gone already."""
    gone = folder.with_name(f"{_LEFT_OVER}{uuid4().hex}")
    try:
        os.rename(folder, gone)
    except FileNotFoundError:
        return
    shutil.rmtree(gone, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what processes left behind that were killed while they wrote or removed an entry."""
    for path in folder.glob(f"{_LEFT_OVER}*"):
        try:
            abandoned = time.time() - path.stat().st_mtime > _ABANDONED
        except OSError:
            continue
        if abandoned:
            shutil.rmtree(path, ignore_errors=True)


def entries_in(folder: Path) -> list[Path]:
    """The entries in a folder of entries."""
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if not path.name.startswith(".") and path.is_dir()]
