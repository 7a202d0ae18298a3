"""Tracks of an MP4 or MOV file, from their `trak` boxes (ISO/IEC 14496-12, 8.3 to 8.7)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

import numpy as np

from overlaycut.deliver.entries import CODECS, VisualSampleEntry, sound_entry
from overlaycut.deliver.mp4_facts import Edit, Mp4Track, PictureFacts
from overlaycut.deliver.tables import (
    FrameTiming,
    SampleSizes,
    open_sync_samples,
    sample_offsets,
    sync_samples,
    time_to_sample_runs,
)
from overlaycut.media.boxes import Boxes, Fields, Ints, Malformed, View, child_boxes, optional_box, required_box


@dataclass(frozen=True, slots=True, kw_only=True)
class Mp4ReadLimits:
    """Sizes beyond which a file is refused as malformed, so that a hostile file costs bounded time and memory."""

    max_moov_bytes: int = 32 << 20
    """Bytes of sample tables; an hour at 60 frames per second with sound needs about 5 MB."""
    max_tracks: int = 16
    """A delivery has two."""
    max_edits: int = 1000
    """Entries of an edit list; a trimmed track has one or two."""
    max_frames: int = 1_000_000
    """Frames of a track: four and a half hours at 60 frames per second."""
    max_sync_reads: int = 50_000
    """Sync samples that are looked into; with more of them it stays unknown whether GOPs are closed."""


def clock_rate(fields: Fields, where: str) -> int:
    """Ticks per second, the next field of a header box."""
    scale = fields.whole(4)
    if not scale:
        raise Malformed(f"the {where!r} box has a clock of 0 ticks per second")
    return scale


def read_track(trak: View, movie_scale: int, file: BinaryIO, limits: Mp4ReadLimits) -> Mp4Track:
    """The track of a `trak` box. movie_scale: ticks per second of the movie's timeline.

    Raises Malformed where its boxes contradict themselves or exceed `limits`.
    """
    boxes = child_boxes(trak, "trak")
    mdia = child_boxes(required_box(boxes, "mdia", "trak"), "mdia")
    handler = Fields(required_box(mdia, "hdlr", "mdia"), "hdlr")
    handler.take(8)
    kind = handler.take(4).decode("latin-1")
    stbl = child_boxes(required_box(child_boxes(required_box(mdia, "minf", "mdia"), "minf"), "stbl", "minf"), "stbl")
    track_id, rotation = _track_header(required_box(boxes, "tkhd", "trak"))
    timescale, duration = _media_header(required_box(mdia, "mdhd", "mdia"))
    edits = _edits(boxes, movie_scale, limits.max_edits)
    entry, contents, descriptions = _sample_entry(required_box(stbl, "stsd", "stbl"))
    deltas = time_to_sample_runs(required_box(stbl, "stts", "stbl"), "stts", max_runs=limits.max_frames)
    sizes = SampleSizes.read(stbl)
    if sum(count for count, _ in deltas) != sizes.count:
        raise Malformed(f"times for {sum(count for count, _ in deltas)} samples, sizes for {sizes.count}")
    codec, picture, sound = CODECS.get(entry, entry.strip().lower()), None, None
    first, end = 0, sum(count * delta for count, delta in deltas)
    if kind == "vide":
        timing = FrameTiming.of(
            deltas, optional_box(stbl, "ctts"), sizes.count, timescale, max_frames=limits.max_frames
        )
        first, end = timing.first, timing.end
        stored = VisualSampleEntry.read(entry, codec, contents)
        sync = sync_samples(stbl, sizes.count)
        offsets = sample_offsets(stbl, sizes, file)
        open_at = None
        if len(sync) <= limits.max_sync_reads:
            open_at = open_sync_samples(file, offsets, sync, sizes, codec, stored.length_size)
        picture = _picture(stored, rotation, timescale, timing, sync=sync, count=sizes.count, open_at=open_at)
    elif kind == "soun":
        codec, sound = sound_entry(entry, codec, contents)
    starts, ends = _presented(edits, first, end, timescale)
    return Mp4Track(
        id=track_id,
        handler=kind,
        entry=entry,
        codec=codec,
        descriptions=descriptions,
        timescale=timescale,
        duration=duration,
        edits=edits,
        deltas=deltas,
        samples=sizes.count,
        sample_bytes=sizes.total,
        starts=starts,
        ends=ends,
        picture=picture,
        sound=sound,
    )


def _picture(
    stored: VisualSampleEntry,
    rotation: int | None,
    timescale: int,
    timing: FrameTiming,
    *,
    sync: Ints,
    count: int,
    open_at: tuple[int, ...] | None,
) -> PictureFacts:
    return PictureFacts(
        width=stored.width,
        height=stored.height,
        rotation=rotation,
        pixel_aspect=stored.pixel_aspect,
        colour=stored.colour,
        profile=stored.profile,
        level=stored.level,
        chroma=stored.chroma,
        bits=stored.bits,
        progressive=stored.progressive,
        parameters=stored.parameters,
        rate=None if timing.period is None else timescale / timing.period,
        constant=timing.constant,
        sync=tuple(sync.tolist()),
        gops=tuple(np.diff(sync, append=count).tolist()),
        open_at=open_at,
    )


def _track_header(tkhd: View) -> tuple[int, int | None]:
    """The track's number, and its rotation in degrees counter-clockwise; None when it mirrors or skews."""
    fields = Fields(tkhd, "tkhd")
    wide = fields.whole(4) >> 24
    fields.take(16 if wide else 8)
    track_id = fields.whole(4)
    fields.take((12 if wide else 8) + 16)
    a, b, _, c, d = (fields.signed(4) for _ in range(5))
    if b == c == 0 and a * d > 0:
        return track_id, 0 if a > 0 else 180
    if a == d == 0 and b * c < 0:
        return track_id, 270 if b > 0 else 90
    return track_id, None


def _media_header(mdhd: View) -> tuple[int, Fraction]:
    fields = Fields(mdhd, "mdhd")
    wide = fields.whole(4) >> 24
    fields.take(16 if wide else 8)
    scale = clock_rate(fields, "mdhd")
    return scale, Fraction(fields.whole(8 if wide else 4), scale)


def _edits(trak: Boxes, movie_scale: int, max_edits: int) -> tuple[Edit, ...] | None:
    edts = optional_box(trak, "edts")
    elst = None if edts is None else optional_box(child_boxes(edts, "edts"), "elst")
    if elst is None:
        return None
    fields = Fields(elst, "elst")
    width = 8 if fields.whole(4) >> 24 else 4
    count = fields.whole(4)
    if count > max_edits:
        raise Malformed(f"an edit list of {count} entries, over {max_edits}")
    edits = []
    for _ in range(count):
        lasts, media_time, _speed = fields.whole(width), fields.signed(width), fields.take(4)
        edits.append(Edit(Fraction(lasts, movie_scale), None if media_time < 0 else media_time))
    return tuple(edits)


def _presented(edits: tuple[Edit, ...] | None, first: int, end: int, timescale: int) -> tuple[Fraction, Fraction]:
    """When a track whose samples are presented from tick `first` to tick `end` starts and ends, edits honoured."""
    if not edits:
        return Fraction(first, timescale), Fraction(end, timescale)
    at, starts, ends = Fraction(0), None, Fraction(0)
    for edit in edits:
        if edit.media_time is None:
            at += edit.lasts
            continue
        there = max(Fraction(end - edit.media_time, timescale), Fraction(0))
        if starts is None:
            starts = at + max(Fraction(first - edit.media_time, timescale), Fraction(0))
        ends = at + (min(edit.lasts, there) if edit.lasts else there)
        at += edit.lasts or there
    return (at if starts is None else starts), ends


def _sample_entry(stsd: View) -> tuple[str, View, int]:
    """Type and contents of the first sample entry, and how many there are."""
    fields = Fields(stsd, "stsd")
    fields.take(4)
    count = fields.whole(4)
    entries = child_boxes(stsd[8:], "stsd")
    if not count or not entries:
        raise Malformed("a track without a sample entry")
    return *entries[0], max(count, len(entries))
