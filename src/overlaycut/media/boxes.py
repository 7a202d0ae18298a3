"""Boxes of ISO/IEC 14496-12 and QuickTime, and the numbers and tables inside them.

The bytes are not trusted: every length is checked against what is there before it is used.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

MAX_BOXES = 100_000
"""Boxes side by side at most; a fragmented hour has a few thousand."""

C2PA_USER_TYPE = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""User type of the `uuid` box that holds content credentials (C2PA specification 2.1, A.5)."""

XMP_USER_TYPE = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""User type of the `uuid` box that holds XMP (XMP specification, part 3, 1.2.7)."""

Ints: TypeAlias = NDArray[np.int64]
View: TypeAlias = memoryview
Boxes: TypeAlias = Sequence[tuple[str, View]]
"""Type and contents of each box, in their order."""


class Malformed(Exception):
    """The bytes contradict the format. Callers turn it into a DecodeError with the path of the file."""


@dataclass(frozen=True, slots=True)
class TopBox:
    """A box of the file itself."""

    kind: str
    start: int
    """Offset of the contents."""
    end: int
    """Offset of the next box."""


def top_level_boxes(file: BinaryIO) -> Iterator[TopBox]:
    """The boxes at the top of a file; contents are skipped."""
    total = os.fstat(file.fileno()).st_size
    at = 0
    for _ in range(MAX_BOXES):
        if at == total:
            return
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            raise Malformed(f"{total - at} stray bytes at the end")
        kind, size, header = _sized(head, total - at)
        if size > total - at:
            raise Malformed(f"ends at byte {total}, inside its {kind!r} box, which runs to byte {at + size}")
        yield TopBox(kind, at + header, at + size)
        at += size
    raise Malformed(f"more than {MAX_BOXES} boxes at the top")


def _sized(head: bytes | View, room: int) -> tuple[str, int, int]:
    """Type, size and header size of the box that starts with `head`; `room` is the size of a box that gives 0."""
    size, kind, header = int.from_bytes(head[:4], "big"), bytes(head[4:8]).decode("latin-1"), 8
    if size == 1:
        if len(head) < 16:
            raise Malformed(f"the {kind!r} box ends inside its own header")
        size, header = int.from_bytes(head[8:16], "big"), 16
    elif size == 0:
        size = room
    if size < header:
        raise Malformed(f"the {kind!r} box claims {size} bytes")
    return kind, size, header


def child_boxes(data: View, where: str, *, lenient: bool = False) -> list[tuple[str, View]]:
    """The boxes in `data`, type and contents. A rest of zeros is QuickTime's end mark.

    `lenient` stops at the first that does not fit instead of raising: for parts that do not describe the samples.
    """
    found: list[tuple[str, View]] = []
    at = 0
    while len(data) - at >= 8:
        try:
            kind, size, header = _sized(data[at : at + 16], len(data) - at)
            if size > len(data) - at:
                raise Malformed(f"the {kind!r} box is larger than the {where!r} around it")
            if len(found) == MAX_BOXES:
                raise Malformed(f"more than {MAX_BOXES} boxes in {where!r}")
        except Malformed:
            if lenient:
                return found
            raise
        found.append((kind, data[at + header : at + size]))
        at += size
    if any(data[at:]) and not lenient:
        raise Malformed(f"stray bytes at the end of {where!r}")
    return found


def optional_box(boxes: Boxes, kind: str) -> View | None:
    """The contents of the first box of that type, or None."""
    return next((data for name, data in boxes if name == kind), None)


def required_box(boxes: Boxes, kind: str, where: str) -> View:
    """The contents of the first box of that type, which has to be there."""
    found = optional_box(boxes, kind)
    if found is None:
        raise Malformed(f"no {kind!r} box in {where!r}")
    return found


class Fields:
    """Big-endian numbers, one after another, that never run past the end of their box."""

    def __init__(self, data: View | bytes, where: str) -> None:
        self._data = data
        self._where = where
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        part = bytes(self._data[self._at : self._at + count])
        if len(part) < count:
            raise Malformed(f"the {self._where!r} box ends too early")
        self._at += count
        return part

    def whole(self, count: int) -> int:
        """The next `count` bytes as a number from 0."""
        return int.from_bytes(self.take(count), "big")

    def signed(self, count: int) -> int:
        """The next `count` bytes as a two's complement number."""
        return int.from_bytes(self.take(count), "big", signed=True)

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(len(self._data) - self._at)


def full_box_table(data: View, where: str, *, columns: int, signed: bool = False) -> Ints:
    """The table of a full box: version and flags, a count, then rows of 32-bit numbers. Shape (rows, columns)."""
    fields = Fields(data, where)
    fields.take(4)
    return big_endian_ints(data[8:], fields.whole(4) * columns, where, ">i4" if signed else ">u4").reshape(-1, columns)


def big_endian_ints(data: View, count: int, where: str, dtype: str) -> Ints:
    """The first `count` numbers in `data`, written as the numpy type `dtype` says."""
    width = np.dtype(dtype).itemsize
    if count * width > len(data):
        raise Malformed(f"the {where!r} box claims {count} numbers and has room for {len(data) // width}")
    return np.frombuffer(data, dtype=dtype, count=count).astype(np.int64)
