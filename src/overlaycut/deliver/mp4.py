"""Reads the boxes of an MP4 or MOV file into `Mp4Facts`, without decoding its samples.

Of the samples only the first bytes of each sync sample are read, for the kind of picture it starts with. Boxes are
opened by name and to a fixed depth, tables up to `Mp4ReadLimits`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from overlaycut.deliver.containers import FIRST_BOXES, brands, kind_of_brand, open_media
from overlaycut.deliver.mp4_facts import Mp4Facts
from overlaycut.deliver.mp4_tracks import Mp4ReadLimits, clock_rate, read_track
from overlaycut.errors import DecodeError
from overlaycut.media.boxes import (
    C2PA_USER_TYPE,
    XMP_USER_TYPE,
    Fields,
    Malformed,
    View,
    child_boxes,
    optional_box,
    required_box,
    top_level_boxes,
)


def read_mp4(path: Path, *, limits: Mp4ReadLimits = Mp4ReadLimits()) -> Mp4Facts:
    """The facts of an MP4 or MOV file.

    Raises MissingInput, InputError when it cannot be opened, DecodeError when the bytes end too early, contradict
    themselves or are no MP4.
    """
    try:
        with open_media(path) as file:
            return _facts(path, file, limits)
    except Malformed as problem:
        raise DecodeError(path, str(problem), hint="the file is damaged or incomplete") from problem


def _facts(path: Path, file: BinaryIO, limits: Mp4ReadLimits) -> Mp4Facts:
    if file.read(8)[4:8] not in FIRST_BOXES:
        raise Malformed("no MP4 or MOV file")
    order, extras, moov = _top_level(file, limits)
    boxes = child_boxes(moov, "moov")
    movie_scale = _movie_scale(required_box(boxes, "mvhd", "moov"))
    traks = [data for kind, data in boxes if kind == "trak"]
    if len(traks) > limits.max_tracks:
        raise Malformed(f"{len(traks)} tracks, over {limits.max_tracks}")
    tracks = tuple(read_track(data, movie_scale, file, limits) for data in traks)
    udta = optional_box(boxes, "udta")
    if udta is not None and optional_box(child_boxes(udta, "udta", lenient=True), "XMP_") is not None:
        extras.append("xmp")
    brand, *compatible = brands(path)
    return Mp4Facts(
        path=path,
        bytes=os.fstat(file.fileno()).st_size,
        container=kind_of_brand(brand),
        brand=brand,
        compatible=tuple(compatible),
        order=tuple(order),
        fragmented=optional_box(boxes, "mvex") is not None or "moof" in order,
        tracks=tracks,
        extras=tuple(extras),
    )


def _top_level(file: BinaryIO, limits: Mp4ReadLimits) -> tuple[list[str], list[str], View]:
    """Types of the boxes at the top, the metadata among them, and the contents of `moov`."""
    order: list[str] = []
    extras: list[str] = []
    moov: View | None = None
    for box in top_level_boxes(file):
        order.append(box.kind)
        file.seek(box.start)
        size = box.end - box.start
        if box.kind == "uuid":
            extras.append(_named_uuid(file.read(min(16, size))))
        elif box.kind == "moov":
            if moov is not None:
                raise Malformed("two 'moov' boxes")
            if size > limits.max_moov_bytes:
                raise Malformed(f"sample tables of {size} bytes, over {limits.max_moov_bytes}")
            moov = memoryview(file.read(size))
    if moov is None:
        raise Malformed("no 'moov' box, so no sample can be found")
    return order, extras, moov


def _named_uuid(user_type: bytes) -> str:
    return {C2PA_USER_TYPE: "c2pa", XMP_USER_TYPE: "xmp"}.get(user_type, f"uuid:{user_type.hex()}")


def _movie_scale(mvhd: View) -> int:
    fields = Fields(mvhd, "mvhd")
    fields.take(20 if fields.whole(4) >> 24 else 12 - 4)
    return clock_rate(fields, "mvhd")
