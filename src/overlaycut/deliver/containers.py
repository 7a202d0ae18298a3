"""Which container a media file is, from its first bytes."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from overlaycut.core.file_kinds import refuse_special
from overlaycut.errors import DecodeError, InputError, MissingInput

FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"sidx", b"uuid"}
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
"""Offset, signature and name of other containers. WebM is Matroska."""


def container_of(path: Path) -> str:
    """Which container a file is: "mp4", "mov", "heif", or the name of another one.

    Raises MissingInput, InputError when it cannot be opened, DecodeError when its first bytes belong to no
    container that is known.
    """
    with open_media(path) as file:
        head = file.read(4096)
    if not head:
        raise DecodeError(path, "the file is empty")
    if head[4:8] in FIRST_BOXES:
        return kind_of_brand(brands(path)[0])
    for offset, signature, name in _SIGNATURES:
        if head[offset:].startswith(signature):
            return name
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return "mpeg-ts"
    raise DecodeError(path, "not a media file that is known", hint="is it a video at all?")


def open_media(path: Path) -> BinaryIO:
    """The file at `path`, open for reading. Raises MissingInput or InputError."""
    refuse_special(path)
    if not path.is_file():
        raise MissingInput(path, "no such file", hint="check the path")
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(path, error.strerror or "cannot be read") from error


def kind_of_brand(brand: str) -> str:
    """The kind of file, "mp4", "mov" or "heif", that a major brand stands for (ISO/IEC 14496-12, 4.3)."""
    if brand in _STILL_BRANDS:
        return "heif"
    return "mov" if brand in ("", "qt  ") else "mp4"


def brands(path: Path) -> tuple[str, ...]:
    """Major brand and compatible brands; one empty major brand when the file starts with another box."""
    with open_media(path) as file:
        head = file.read(4096)
    size = int.from_bytes(head[:4], "big")
    if head[4:8] != b"ftyp" or not 16 <= size <= len(head):
        return ("",)
    words = [head[at : at + 4].decode("latin-1") for at in range(8, size - 3, 4)]
    return words[0], *words[2:]
