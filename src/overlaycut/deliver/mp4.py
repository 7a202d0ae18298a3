"""A file's own account of itself: the boxes of an MP4 or MOV file into `Mp4Facts`, without reading its samples.

Of the samples only the first bytes of each sync sample are read, for the kind of picture it starts with. Boxes are
opened by name and to a fixed depth, tables up to a ceiling.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np

from overlaycut.core.facts import Colour
from overlaycut.deliver.boxes import (
    Boxes,
    Fields,
    Malformed,
    View,
    child_boxes,
    optional_box,
    required_box,
    top_level_boxes,
)
from overlaycut.deliver.entries import CODECS, SoundFacts, VisualSampleEntry, sound_entry
from overlaycut.deliver.h264 import ParameterSet
from overlaycut.deliver.tables import (
    FrameTiming,
    SampleSizes,
    open_sync_samples,
    sample_offsets,
    sync_samples,
    time_to_sample_runs,
)
from overlaycut.errors import DecodeError, InputError, MissingInput

MAX_MOOV = 32 << 20
"""Bytes of sample tables that are read at most; an hour at 60 frames per second with sound needs about 5 MB."""

MAX_TRACKS = 16
"""Tracks at most; a delivery has two."""

MAX_EDITS = 1000
"""Entries of an edit list at most; a trimmed track has one or two."""

_LEADS = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"sidx", b"uuid"}
"""Types of the box that an MP4 or MOV file may start with."""

_STILL_BRANDS = {"heic", "heix", "mif1", "msf1", "avif", "avis"}

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (8, b"AVI ", "avi"),
    (8, b"WEBP", "webp"),
    (8, b"WAVE", "wav"),
    (0, b"GIF8", "gif"),
    (0, b"FLV\x01", "flv"),
    (0, b"OggS", "ogg"),
    (0, b"\x00\x00\x01\xba", "mpeg-ps"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "asf"),
    (0, b"nut/multimedia container\0", "nut"),
    (4, b"\x06\x0e+4", "mxf"),
    (0, b"\x06\x0e+4", "mxf"),
)
"""Offset, bytes and name of other containers, so that they can be called by their name. WebM is Matroska."""

_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""User type of the box that holds content credentials (C2PA specification 2.1, A.5)."""

_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""User type of the box that holds XMP (XMP specification, part 3, 1.2.7)."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One entry of an edit list."""

    lasts: Fraction
    """Seconds on the movie's timeline; 0 means all that is left."""
    media_time: int | None
    """Where in the track it starts, in the track's ticks; None shows nothing for that long."""


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What is particular to a picture track."""

    width: int
    """Columns as stored, from the sample entry."""
    height: int
    """Rows as stored."""
    rotation: int | None
    """Degrees counter-clockwise that the header asks for: 0, 90, 180, 270; None when it mirrors or skews."""
    pixel_aspect: Fraction | None
    """From `pasp`; None when there is none."""
    colour: Colour | None
    """From `colr`; its range is "unknown" in QuickTime's form, which has none."""
    profile: str | None
    level: Fraction | None
    chroma: str | None
    bits: int | None
    """Of a luma or chroma sample, whichever has more."""
    progressive: bool | None
    parameters: ParameterSet | None
    """From `avcC`; None for other codecs and when the sets travel with the samples."""
    rate: Fraction | None
    """Mean frames per second in display order; None when the frames do not follow one another."""
    constant: bool | None
    """Whether frames are evenly spaced, each to the millisecond; None when there are no tables."""
    sync: tuple[int, ...]
    """Sync samples: 0-based, in decoding order."""
    gops: tuple[int, ...]
    """Frames from each sync sample to the next, and from the last to the end."""
    open_at: tuple[int, ...] | None
    """Sync samples at which no closed GOP starts; None when they could not all be looked into."""


@dataclass(frozen=True, slots=True)
class Mp4Track:
    """One track. Times are exact seconds on the movie's timeline, edit list honoured."""

    id: int
    handler: str
    """"vide", "soun", "tmcd", …"""
    entry: str
    """Type of the sample entry, as "avc1"."""
    codec: str
    """In FFmpeg's words, AAC with its object type: "h264", "aac-lc"; the sample entry where it is not known."""
    descriptions: int
    """Sample entries; with more than one the format changes on the way."""
    timescale: int
    """Ticks per second."""
    duration: Fraction
    """Seconds that the media header claims."""
    edits: tuple[Edit, ...] | None
    """None when there is no edit list."""
    deltas: tuple[tuple[int, int], ...]
    """Ticks between samples in decoding order, as runs (samples, ticks)."""
    samples: int
    sample_bytes: int
    starts: Fraction
    """When its first sample is presented."""
    ends: Fraction
    """When its last sample has been presented."""
    picture: PictureFacts | None
    sound: SoundFacts | None

    @property
    def bitrate(self) -> Fraction | None:
        """Mean bits per second; None when the samples last no time."""
        ticks = sum(count * delta for count, delta in self.deltas)
        return Fraction(self.sample_bytes * 8 * self.timescale, ticks) if ticks else None


@dataclass(frozen=True, slots=True)
class Mp4Facts:
    """A whole file."""

    path: Path
    bytes: int
    container: str
    """"mp4", "mov" or "heif"."""
    brand: str
    """The major brand; empty for a QuickTime file without one."""
    compatible: tuple[str, ...]
    order: tuple[str, ...]
    """Types of the boxes at the top, in their order."""
    fragmented: bool
    """Whether samples are told of by `moof` boxes, which are not read."""
    tracks: tuple[Mp4Track, ...]
    extras: tuple[str, ...]
    """Metadata at hand: "c2pa", "xmp", or "uuid:" and the user type."""

    @property
    def moov_first(self) -> bool:
        """Whether the tables stand before the first sample."""
        return "mdat" in self.order and self.order.index("moov") < self.order.index("mdat")

    @property
    def pictures(self) -> tuple[Mp4Track, ...]:
        """The picture tracks."""
        return tuple(track for track in self.tracks if track.picture is not None)

    @property
    def sounds(self) -> tuple[Mp4Track, ...]:
        """The sound tracks."""
        return tuple(track for track in self.tracks if track.sound is not None)

    @property
    def duration(self) -> Fraction:
        """Seconds until the last picture or sound ends."""
        return max((track.ends for track in self.pictures + self.sounds), default=Fraction(0))


def container_of(path: Path) -> str:
    """Which container a file is: "mp4", "mov", "heif", or the name of one that is not read here.

    Raises MissingInput, InputError when it cannot be opened, DecodeError when its first bytes belong to no
    container that is known.
    """
    with _opened(path) as file:
        head = file.read(4096)
    if not head:
        raise DecodeError(path, "the file is empty")
    if head[4:8] in _LEADS:
        return _kind(_brands(path)[0])
    for offset, signature, name in _SIGNATURES:
        if head[offset:].startswith(signature):
            return name
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return "mpeg-ts"
    raise DecodeError(path, "not a media file that is known", hint="is it a video at all?")


def read_mp4(path: Path) -> Mp4Facts:
    """The facts of an MP4 or MOV file.

    Raises MissingInput, InputError when it cannot be opened, DecodeError when the bytes end too early, contradict
    themselves or are no MP4.
    """
    try:
        with _opened(path) as file:
            return _facts(path, file)
    except Malformed as problem:
        raise DecodeError(path, str(problem), hint="the file is damaged or incomplete") from problem


def _opened(path: Path) -> BinaryIO:
    if not path.is_file():
        raise MissingInput(path, "no such file", hint="check the path")
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(path, error.strerror or "cannot be read") from error


def _kind(brand: str) -> str:
    if brand in _STILL_BRANDS:
        return "heif"
    return "mov" if brand in ("", "qt  ") else "mp4"


def _brands(path: Path) -> tuple[str, ...]:
    """Major brand and compatible brands; one empty major brand when the file starts with another box."""
    with _opened(path) as file:
        head = file.read(4096)
    size = int.from_bytes(head[:4], "big")
    if head[4:8] != b"ftyp" or not 16 <= size <= len(head):
        return ("",)
    words = [head[at : at + 4].decode("latin-1") for at in range(8, size - 3, 4)]
    return words[0], *words[2:]


def _facts(path: Path, file: BinaryIO) -> Mp4Facts:
    if file.read(8)[4:8] not in _LEADS:
        raise Malformed("no MP4 or MOV file")
    order: list[str] = []
    extras: list[str] = []
    moov: View | None = None
    for box in top_level_boxes(file):
        order.append(box.kind)
        file.seek(box.start)
        if box.kind == "uuid":
            extras.append(_named_uuid(file.read(min(16, box.end - box.start))))
        elif box.kind == "moov":
            if moov is not None:
                raise Malformed("two 'moov' boxes")
            if box.end - box.start > MAX_MOOV:
                raise Malformed(f"sample tables of {box.end - box.start} bytes, over {MAX_MOOV}")
            moov = memoryview(file.read(box.end - box.start))
    if moov is None:
        raise Malformed("no 'moov' box, so no sample can be found")
    boxes = child_boxes(moov, "moov")
    movie_scale = _movie_scale(required_box(boxes, "mvhd", "moov"))
    fragmented = optional_box(boxes, "mvex") is not None or "moof" in order
    traks = [data for kind, data in boxes if kind == "trak"]
    if len(traks) > MAX_TRACKS:
        raise Malformed(f"{len(traks)} tracks, over {MAX_TRACKS}")
    tracks = tuple(_track(data, movie_scale, file) for data in traks)
    udta = optional_box(boxes, "udta")
    if udta is not None and optional_box(child_boxes(udta, "udta", lenient=True), "XMP_") is not None:
        extras.append("xmp")
    brand, *compatible = _brands(path)
    return Mp4Facts(
        path=path,
        bytes=os.fstat(file.fileno()).st_size,
        container=_kind(brand),
        brand=brand,
        compatible=tuple(compatible),
        order=tuple(order),
        fragmented=fragmented,
        tracks=tracks,
        extras=tuple(extras),
    )


def _named_uuid(user_type: bytes) -> str:
    return {_C2PA: "c2pa", _XMP: "xmp"}.get(user_type, f"uuid:{user_type.hex()}")


def _movie_scale(mvhd: View) -> int:
    fields = Fields(mvhd, "mvhd")
    fields.take(20 if fields.whole(4) >> 24 else 12 - 4)
    return _scale(fields, "mvhd")


def _scale(fields: Fields, where: str) -> int:
    scale = fields.whole(4)
    if not scale:
        raise Malformed(f"the {where!r} box has a clock of 0 ticks per second")
    return scale


def _track(trak: View, movie_scale: int, file: BinaryIO) -> Mp4Track:
    boxes = child_boxes(trak, "trak")
    mdia = child_boxes(required_box(boxes, "mdia", "trak"), "mdia")
    handler = Fields(required_box(mdia, "hdlr", "mdia"), "hdlr")
    handler.take(8)
    kind = handler.take(4).decode("latin-1")
    stbl = child_boxes(required_box(child_boxes(required_box(mdia, "minf", "mdia"), "minf"), "stbl", "minf"), "stbl")
    track_id, rotation = _track_header(required_box(boxes, "tkhd", "trak"))
    timescale, duration = _media_header(required_box(mdia, "mdhd", "mdia"))
    edits = _edits(boxes, movie_scale)
    entry, contents, descriptions = _sample_entry(required_box(stbl, "stsd", "stbl"))
    deltas = time_to_sample_runs(required_box(stbl, "stts", "stbl"), "stts")
    sizes = SampleSizes.read(stbl)
    if sum(count for count, _ in deltas) != sizes.count:
        raise Malformed(f"times for {sum(count for count, _ in deltas)} samples, sizes for {sizes.count}")
    codec, picture, sound = CODECS.get(entry, entry.strip().lower()), None, None
    first, end = 0, sum(count * delta for count, delta in deltas)
    if kind == "vide":
        stored = VisualSampleEntry.read(entry, codec, contents)
        times = FrameTiming.of(deltas, optional_box(stbl, "ctts"), sizes.count, timescale)
        first, end = times.first, times.end
        sync = sync_samples(stbl, sizes.count)
        picture = PictureFacts(
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
            rate=None if times.period is None else timescale / times.period,
            constant=times.constant,
            sync=tuple(sync.tolist()),
            gops=tuple(np.diff(sync, append=sizes.count).tolist()),
            open_at=open_sync_samples(file, sample_offsets(stbl, sizes, file), sync, sizes, codec, stored.length_size),
        )
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
    scale = _scale(fields, "mdhd")
    return scale, Fraction(fields.whole(8 if wide else 4), scale)


def _edits(trak: Boxes, movie_scale: int) -> tuple[Edit, ...] | None:
    edts = optional_box(trak, "edts")
    elst = None if edts is None else optional_box(child_boxes(edts, "edts"), "elst")
    if elst is None:
        return None
    fields = Fields(elst, "elst")
    width = 8 if fields.whole(4) >> 24 else 4
    count = fields.whole(4)
    if count > MAX_EDITS:
        raise Malformed(f"an edit list of {count} entries, over {MAX_EDITS}")
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
