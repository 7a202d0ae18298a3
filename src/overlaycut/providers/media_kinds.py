"""What bytes are: told from the bytes, never from a name or a header."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from overlaycut.errors import BadAnswer
from overlaycut.providers.protocol import Media

HEAD = 512
"""Bytes that tell what a file is."""

_SUFFIXES = {
    "video/mp4": ".mp4", "video/quicktime": ".mov", "video/webm": ".webm",
    "image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp",
}  # fmt: skip
_SAID = {
    "text/html": "a web page", "application/json": "a JSON document", "application/xml": "an XML document",
    "application/zip": "an archive", "image/gif": "a GIF", "": "something that is no clip and no still",
}  # fmt: skip
_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp")


def kind(head: bytes) -> str:
    """The media type of what begins with these bytes; empty for what is not known."""
    if head[4:8] in _BOXES:
        return "video/quicktime" if head[8:12] == b"qt  " or head[4:8] != b"ftyp" else _brand(head[8:12])
    for start, mime in (
        (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"\x1aE\xdf\xa3", "video/webm"),
        (b"GIF8", "image/gif"), (b"PK\x03\x04", "application/zip"),
    ):  # fmt: skip
        if head.startswith(start):
            return mime
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return _text(head.lstrip(b"\xef\xbb\xbf \t\r\n").lower())


def _brand(brand: bytes) -> str:
    return "image/avif" if brand in (b"avif", b"avis") else "image/heic" if brand in (b"heic", b"mif1") else "video/mp4"


def _text(head: bytes) -> str:
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "text/html"
    if head.startswith(b"<?xml") or head.startswith(b"<error"):
        return "application/xml"
    return "application/json" if head.startswith((b"{", b"[")) else ""


def wanted(head: bytes, media: Media, whence: str) -> str:
    """The media type of a result. Raises BadAnswer when it is not the kind of media that was asked for."""
    found = kind(head)
    if found not in _SUFFIXES or not found.startswith(f"{media}/"):
        said = _SAID.get(found) or found.rpartition("/")[2].upper()
        asked = "a clip" if media == "video" else "a still"
        raise BadAnswer(f"{whence} gave {said} in the place of {asked}", hint="nothing was kept; fetch it again later")
    return found


def suffix(mime: str) -> str:
    """What names of files of that type end with."""
    return _SUFFIXES[mime]


def is_whole(path: Path, mime: str) -> bool:
    """Whether a file ends where its own structure says; files whose structure does not say count as whole."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if mime in ("video/mp4", "video/quicktime"):
            return _whole_boxes(file, size)
        if mime == "image/webp":
            return int.from_bytes(file.read(8)[4:], "little") + 8 <= size
        file.seek(max(0, size - 64))
        tail = file.read()
    if mime == "image/png":
        return b"IEND" in tail
    return b"\xff\xd9" in tail if mime == "image/jpeg" else True


def _whole_boxes(file: BinaryIO, size: int) -> bool:
    """Whether no outermost box goes on past the end, and the one that describes the file is there (ISO/IEC 14496-12).

    A few bytes after the last box are no box, and are let be.
    """
    at, described = 0, False
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        elif length == 0 and head[4:8] == b"mdat":
            length = size - at
        if length < 8:
            break
        described |= head[4:8] == b"moov"
        at += length
    return described and at <= size
