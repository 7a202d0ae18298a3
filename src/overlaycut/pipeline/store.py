"""The store of artifacts: a folder of entries by digest, bounded, shared between processes, never in the way.

Nothing that goes wrong in it stops a run: an entry that is damaged is removed and made again, a folder that cannot be
written is only read, a full disk ends storing. Each is a warning.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from overlaycut.errors import OutputError, UsageError
from overlaycut.pipeline.entry import (
    Damaged,
    entries_in,
    read_entry,
    read_manifest,
    remove_entry,
    sweep,
    write_entry,
)
from overlaycut.pipeline.index import Index, Row
from overlaycut.pipeline.step import Step, changes
from overlaycut.resources import user_folder

T = TypeVar("T")

_FOLDER, _LIMIT = "OVERLAYCUT_CACHE", "OVERLAYCUT_CACHE_LIMIT"
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}

DEFAULT_LIMIT = 8 << 30
"""Bytes that the entries take at most: some hundred clips with their deliveries."""


def default_folder() -> Path:
    """Where the store lies: the user's cache folder of the platform, or what OVERLAYCUT_CACHE names."""
    chosen = os.environ.get(_FOLDER)
    return Path(chosen) if chosen else user_folder("cache")


def default_limit() -> int:
    """Bytes that the store may take: 8 GiB, or what OVERLAYCUT_CACHE_LIMIT says ("500M", "20G", plain bytes).

    Raises UsageError when that is no size.
    """
    chosen = os.environ.get(_LIMIT)
    if not chosen:
        return DEFAULT_LIMIT
    if (found := re.fullmatch(r"\s*(\d+)\s*([KMGT]?)(i?B)?\s*", chosen, re.IGNORECASE)) is None:
        raise UsageError(f"{_LIMIT}={chosen}: not a size", hint="bytes, or as 500M or 20G")
    return int(found[1]) * _UNITS[found[2].upper()]


@dataclass(frozen=True, slots=True)
class Usage:
    """How much a store holds."""

    folder: Path
    entries: int
    bytes: int
    limit: int
    """Bytes that it may hold."""
    steps: dict[str, tuple[int, int]]
    """Name of a step → entries and bytes, the largest first."""


class Store:
    """Artifacts by the digests of their steps."""

    def __init__(self, folder: Path | None = None, *, limit: int | None = None) -> None:
        self.folder = default_folder() if folder is None else folder
        self.limit = default_limit() if limit is None else limit
        self.warnings: list[str] = []
        """What went wrong, one line each, each once."""
        self._entries = self.folder / "entries"
        self._writable = True
        self._held: set[str] = set()
        self._damaged: set[str] = set()
        try:
            self._entries.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._only_read(error)
        self._index = Index(self.folder / "index.sqlite", self._warn_of_index)
        sweep(self._entries)

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

    def load(self, step: Step[T], job: str = "") -> T | None:
        """The artifact of a step, or None; it is then kept for as long as this store is open.

        Files that it refers to lie in the store: copy them, never change them.
        """
        digest = step.digest
        folder = self._entries / digest
        if not folder.is_dir():
            return None
        self._held.add(digest)
        try:
            artifact, manifest = read_entry(folder, step.artifact)
        except Damaged as error:
            self._held.discard(digest)
            if not folder.is_dir():  # another process made room
                return None
            self._damaged.add(digest)
            self._warn(f"a stored result of {step.name} {step.subject} was damaged and is made again: {error}")
            self._remove(digest)
            return None
        if self._writable:
            self._index.touch(digest, step.name, manifest.bytes)
            self._index.remember(job, step.key, digest, step.description())
        return artifact

    def holds(self, step: Step[T]) -> bool:
        """Whether there is an entry of a step; it may yet turn out to be damaged."""
        return (self._entries / step.digest).is_dir()

    def save(self, step: Step[T], artifact: T, job: str = "") -> bool:
        """Keep the artifact of a step, as long as there is room; whether it is kept.

        Raises NotSerialisable for what is not data.
        """
        if not self._writable:
            return False
        digest = step.digest
        folder = self._entries / digest
        self._held.add(digest)
        try:
            manifest = write_entry(folder, step, artifact)
        except Damaged as error:
            self._warn(f"the result of {step.name} {step.subject} was not stored: {error}")
            return False
        except OSError as error:
            self._only_read(error)
            return False
        if manifest is None:  # another process was first, and looks after its entry
            return folder.is_dir()
        if manifest.bytes > self.limit:
            self._remove(digest)
            self._warn(f"the result of {step.name} {step.subject} is larger than the whole cache may be: not stored")
            return False
        self._index.touch(digest, step.name, manifest.bytes)
        self._index.remember(job, step.key, digest, step.description())
        self._make_room()
        return True

    def why_stale(self, step: Step[T], job: str = "") -> str:
        """Why the store has no artifact of a step, in words."""
        digest = step.digest
        if digest in self._damaged:
            return "its stored result was damaged"
        last = self._index.last(job, step.key)
        if last is None:
            return "never run"
        if last[0] == digest:
            return "its stored result was removed to make room"
        found = changes(last[1], step.description())
        shown = "; ".join(found[:3]) or "its description changed"
        return shown if len(found) <= 3 else f"{shown}; and {len(found) - 3} more"

    def usage(self) -> Usage:
        """How much the store holds, by step."""
        self._reconcile()
        rows = self._rows()
        entries, sizes = Counter(row.name for row in rows), Counter[str]()
        for row in rows:
            sizes[row.name] += row.bytes
        steps = {name: (entries[name], size) for name, size in sizes.most_common()}
        return Usage(self.folder, len(rows), sum(sizes.values()), self.limit, steps)

    def clear(self) -> Usage:
        """Remove every entry; returns what was held. Raises OutputError when the folder cannot be written."""
        before = self.usage()
        for folder in entries_in(self._entries):
            try:
                remove_entry(folder)
            except OSError as error:
                raise OutputError(f"{folder}: {error.strerror}", hint="who may write the cache may clear it") from error
        for path in self._entries.glob(".part-*"):
            shutil.rmtree(path, ignore_errors=True)
        self._index.clear()
        return before

    def _rows(self) -> list[Row]:
        rows = self._index.entries()
        known = {row.digest for row in rows}
        return rows + [row for row in map(_row_of, entries_in(self._entries)) if row and row.digest not in known]

    def _reconcile(self) -> None:
        """Bring the index in line with the entries that are there."""
        there = {path.name: path for path in entries_in(self._entries)}
        known = {row.digest for row in self._index.entries()}
        for digest in known - there.keys():
            self._index.forget(digest)
        for digest in there.keys() - known:
            if (row := _row_of(there[digest])) is not None:
                self._index.enter(row)

    def _make_room(self) -> None:
        if self._index.fresh:
            self._reconcile()
        rows = self._index.entries()
        size = sum(row.bytes for row in rows)
        if size > self.limit:  # the index may be behind what other processes did
            self._reconcile()
            rows = self._index.entries()
            size = sum(row.bytes for row in rows)
        for row in rows:
            if size <= self.limit:
                return
            if row.digest not in self._held:
                self._remove(row.digest)
                size -= row.bytes

    def _remove(self, digest: str) -> None:
        try:
            remove_entry(self._entries / digest)
        except OSError as error:
            self._only_read(error)
            return
        self._index.forget(digest)

    def _only_read(self, error: OSError) -> None:
        self._writable = False
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the disk is full" if full else error.strerror or str(error)
        self._warn(f"the cache {self.folder} cannot be written: {why}; nothing more is stored")

    def _warn_of_index(self, text: str) -> None:
        if self._writable:  # else the reason has been said
            self._warn(text)

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)


def _row_of(folder: Path) -> Row | None:
    """An entry that the index does not know, from its manifest; None while it is being removed, or damaged."""
    try:
        manifest = read_manifest(folder)
        used = folder.stat().st_mtime
    except (Damaged, OSError):
        return Row(folder.name, "damaged", _size_of(folder), 0.0) if folder.is_dir() else None
    return Row(folder.name, str(manifest.description["name"]), manifest.bytes, min(used, time.time()))


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
