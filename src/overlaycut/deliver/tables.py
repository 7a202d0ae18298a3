"""Sample tables (ISO/IEC 14496-12, 8.6 and 8.7): sample offsets, presentation times, sync samples."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

import numpy as np

from overlaycut.deliver.av1 import starts_clean
from overlaycut.media.boxes import (
    Boxes,
    Fields,
    Ints,
    Malformed,
    View,
    big_endian_ints,
    full_box_table,
    optional_box,
    required_box,
)

_OBU_READ = 4096
"""Bytes of an AV1 sample in which its first frame has to begin."""

_MAX_NALS = 16
"""NAL units before the first slice of a sample; H.264 7.4.1.2.3 puts a handful of parameter sets and SEI there."""


@dataclass(frozen=True, slots=True, eq=False)
class SampleSizes:
    """Bytes of each sample: `each` for all of them, or a `table`."""

    count: int
    each: int
    table: Ints | None

    @classmethod
    def read(cls, stbl: Boxes) -> SampleSizes:
        """From `stsz` or `stz2` (8.7.3)."""
        compact = optional_box(stbl, "stz2")
        if compact is not None:
            return cls._read_compact(compact)
        data = required_box(stbl, "stsz", "stbl")
        fields = Fields(data, "stsz")
        fields.take(4)
        each, count = fields.whole(4), fields.whole(4)
        return cls(count, each, None if each else big_endian_ints(data[12:], count, "stsz", ">u4"))

    @classmethod
    def _read_compact(cls, data: View) -> SampleSizes:
        fields = Fields(data, "stz2")
        fields.take(7)
        width, count = fields.whole(1), fields.whole(4)
        if width == 4:
            pairs = big_endian_ints(data[12:], (count + 1) // 2, "stz2", ">u1")
            return cls(count, 0, np.stack([pairs >> 4, pairs & 15], axis=1).reshape(-1)[:count])
        if width not in (8, 16):
            raise Malformed(f"sample sizes of {width} bits")
        return cls(count, 0, big_endian_ints(data[12:], count, "stz2", f">u{width // 8}"))

    @property
    def total(self) -> int:
        """Bytes of all samples."""
        return self.count * self.each if self.table is None else int(self.table.sum())

    def all(self) -> Ints:
        """Bytes of each sample, one number for each."""
        return np.full(self.count, self.each, dtype=np.int64) if self.table is None else self.table


def time_to_sample_runs(data: View, where: str, *, max_runs: int) -> tuple[tuple[int, int], ...]:
    """Runs of (samples, ticks), as `stts` has them."""
    table = full_box_table(data, where, columns=2)
    if len(table) > max_runs:
        raise Malformed(f"the {where!r} box has {len(table)} runs, over {max_runs}")
    return tuple((int(count), int(ticks)) for count, ticks in table)


@dataclass(frozen=True, slots=True)
class FrameTiming:
    """When the frames of a track are presented, in its ticks."""

    first: int
    end: int
    period: Fraction | None
    """Mean ticks from a frame to the next."""
    constant: bool | None

    @classmethod
    def of(
        cls, deltas: Sequence[tuple[int, int]], ctts: View | None, count: int, timescale: int, *, max_frames: int
    ) -> FrameTiming:
        """From runs of (samples, ticks to the next in decoding order), of `count` samples in all."""
        if count > max_frames:
            raise Malformed(f"{count} frames, over {max_frames}")
        if not count:
            return cls(0, 0, None, None)
        table = np.array(deltas, dtype=np.int64)
        lasts = np.repeat(table[:, 1], table[:, 0])
        shown = np.cumsum(lasts) - lasts
        if ctts is not None:
            shown = shown + _offsets(ctts, count)
        last = int(np.argmax(shown))
        end = int(shown[last] + lasts[last])
        shown = np.sort(shown)
        first, whole = int(shown[0]), int(shown[-1] - shown[0])
        period = Fraction(whole, count - 1) if count > 1 else Fraction(int(lasts[0]))
        if not period:
            return cls(first, end, None, False)
        # What went through a container that counts milliseconds, as Matroska does, is rounded to them.
        near = max(Fraction(1), Fraction(timescale, 1000))
        even = _even(shown, period, near) and int(lasts[last]) <= period + near
        return cls(first, end, period, even)


def _even(shown: Ints, period: Fraction, near: Fraction) -> bool:
    """Whether frames shown at these ticks, in order, are `period` apart, each to within `near`.

    Where `near` is more than a tenth of a frame it would be a visible step, and only equal distances will do.
    """
    if len(shown) < 2 or not np.ptp(np.diff(shown)):
        return True
    grid = np.arange(len(shown)) * float(period)
    return period >= 10 * near and bool(np.abs(shown - shown[0] - grid).max() <= float(near) + 1e-3)


def _offsets(ctts: View, count: int) -> Ints:
    """From decoding to presentation, in ticks, one number for each of `count` samples.

    Both versions are read as signed: QuickTime and many writers put negative offsets into version 0.
    """
    table = full_box_table(ctts, "ctts", columns=2, signed=True)
    samples = table[:, 0] & 0xFFFFFFFF
    if int(samples.sum()) != count:
        raise Malformed(f"offsets for {int(samples.sum())} samples, times for {count}")
    offsets: Ints = np.repeat(table[:, 1], samples)
    return offsets


def sync_samples(stbl: Boxes, count: int) -> Ints:
    """Sync samples, 0-based, in order; all samples when the file does not single any out."""
    stss = optional_box(stbl, "stss")
    if stss is None:
        return np.arange(count, dtype=np.int64)
    sync = full_box_table(stss, "stss", columns=1)[:, 0] - 1
    if len(sync) and (sync[0] < 0 or sync[-1] >= count or (np.diff(sync) <= 0).any()):
        raise Malformed(f"sync samples that do not run forward within {count} samples")
    return sync


def sample_offsets(stbl: Boxes, sizes: SampleSizes, file: BinaryIO) -> Ints:
    """Offset of every sample in the file."""
    wide = optional_box(stbl, "co64")
    if wide is not None:
        fields = Fields(wide, "co64")
        fields.take(4)
        chunks = big_endian_ints(wide[8:], fields.whole(4), "co64", ">u8")
    else:
        chunks = full_box_table(required_box(stbl, "stco", "stbl"), "stco", columns=1)[:, 0]
    groups = full_box_table(required_box(stbl, "stsc", "stbl"), "stsc", columns=3)
    if not sizes.count:
        return np.zeros(0, dtype=np.int64)
    total = os.fstat(file.fileno()).st_size
    if len(chunks) > sizes.count or int(chunks.min(initial=0)) < 0 or int(chunks.max(initial=0)) > total:
        raise Malformed(f"chunks that are empty or lie outside the {total} bytes of the file")
    firsts = groups[:, 0] - 1
    if not len(groups) or firsts[0] != 0 or (np.diff(firsts) <= 0).any() or firsts[-1] >= len(chunks):
        raise Malformed("a table of chunks that does not run forward")
    per_chunk = np.repeat(groups[:, 1], np.diff(firsts, append=len(chunks)))
    if int(per_chunk.sum()) != sizes.count:
        raise Malformed(f"chunks for {int(per_chunk.sum())} samples, sizes for {sizes.count}")
    each = sizes.all()
    before = np.cumsum(each) - each
    first_of_chunk = np.cumsum(per_chunk) - per_chunk
    nonempty = per_chunk > 0
    start = np.repeat(before[first_of_chunk[nonempty]], per_chunk[nonempty])
    found: Ints = np.repeat(chunks, per_chunk) + before - start
    if int(found.min()) < 0 or int((found + each).max()) > total:
        raise Malformed(f"samples outside the {total} bytes of the file")
    return found


def open_sync_samples(
    file: BinaryIO, sample_offsets: Ints, sync: Ints, sizes: SampleSizes, codec: str, length_size: int | None
) -> tuple[int, ...] | None:
    """The sync samples at which a decoder cannot start clean; None when that cannot be found out for all of them.

    A closed GOP starts with an IDR picture (H.264 type 5; H.265 types 19, 20), a broken link (H.265 16 to 18) or a
    shown key frame (AV1).
    """
    if not len(sync):
        return None
    each = sizes.all()
    found = []
    for sample in sync.tolist():
        if codec == "av1":
            file.seek(int(sample_offsets[sample]))
            clean = starts_clean(file.read(min(int(each[sample]), _OBU_READ)))
            if clean is None:
                return None
            if not clean:
                found.append(sample)
            continue
        if codec not in ("h264", "hevc") or length_size is None:
            return None
        kind = _first_slice(file, int(sample_offsets[sample]), int(each[sample]), codec, length_size)
        if kind is None:
            return None
        if kind not in ((5,) if codec == "h264" else (16, 17, 18, 19, 20)):
            found.append(sample)
    return tuple(found)


def _first_slice(file: BinaryIO, place: int, size: int, codec: str, length_size: int) -> int | None:
    """NAL unit type of the first slice in a sample; None when there is none among its first units."""
    at = 0
    for _ in range(_MAX_NALS):
        if at + length_size >= size:
            return None
        file.seek(place + at)
        head = file.read(length_size + 1)
        if len(head) <= length_size:
            return None
        kind = head[-1] & 31 if codec == "h264" else head[-1] >> 1 & 63
        if (1 <= kind <= 5) if codec == "h264" else kind < 32:
            return kind
        at += length_size + int.from_bytes(head[:length_size], "big")
    return None
