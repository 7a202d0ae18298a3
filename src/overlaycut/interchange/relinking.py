"""Timelines whose media are exchanged: nothing else in the document changes, so times and handles stay."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote
from xml.sax.saxutils import escape

from overlaycut.errors import UsageError
from overlaycut.interchange.structure import (
    otio_document,
    path_of,
    read_text,
    refuse_cyclic_media,
    schemas_in,
    xml_document,
)

Exchange: TypeAlias = Callable[[Path], Path | None]
"""A media file, as the timeline names it → what takes its place; None leaves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relinked:
    """A timeline with other media."""

    text: str
    exchanged: tuple[tuple[Path, Path], ...]
    """What was named, and what is named now."""
    kept: tuple[Path, ...]


def relinked_text(cut: Path, out: Path, exchange: Exchange) -> Relinked:
    """The document of `cut` for the place `out`, every media reference sent through `exchange`.

    Raises DocumentError for what is no timeline and for unknown or cyclic structure, UsageError for another format.
    """
    writer = _WRITERS.get(cut.suffix.lower())
    if writer is None:
        raise UsageError(f"{cut}: no timeline is relinked in that", hint=f"one of {', '.join(_WRITERS)}")
    links = _Links(out.resolve().parent, exchange)
    text = writer(cut, links)
    return Relinked(text=text, exchanged=tuple(dict.fromkeys(links.exchanged)), kept=tuple(dict.fromkeys(links.kept)))


class _Links:
    """URLs exchanged while a document is written."""

    def __init__(self, folder: Path, exchange: Exchange) -> None:
        self._folder, self._exchange = folder, exchange
        self.exchanged: list[tuple[Path, Path]] = []
        self.kept: list[Path] = []

    def url(self, old: str) -> str:
        """The URL of what takes the place of the media at `old`, in the same manner: relative, or as a file URL."""
        named = path_of(old)
        new = self._exchange(named)
        if new is None:
            self.kept.append(named)
            return old
        self.exchanged.append((named, new))
        if old.startswith("file:"):
            host = "file://localhost" if old.startswith("file://localhost") else "file://"
            return host + quote(str(new.resolve()))
        if named.is_absolute():
            return str(new.resolve())
        return quote(os.path.relpath(new.resolve(), self._folder).replace(os.sep, "/"))

    def name(self, old: str) -> str:
        """The file name of what takes the place of a clip that is only named."""
        new = self._exchange(Path(old))
        if new is None:
            self.kept.append(Path(old))
            return old
        self.exchanged.append((Path(old), new))
        return new.name


def _otio(cut: Path, links: _Links) -> str:
    document = otio_document(cut)
    for _, one in schemas_in(document, cut):
        if str(one["OTIO_SCHEMA"]).startswith("ExternalReference.") and one.get("target_url"):
            _exchange_reference(one, links)
    return json.dumps(document, indent=4, ensure_ascii=False) + "\n"


def _exchange_reference(reference: dict[str, Any], links: _Links) -> None:
    old = str(reference["target_url"])
    reference["target_url"] = links.url(old)
    if reference["target_url"] != old and reference.get("name") == path_of(old).name:
        reference["name"] = path_of(str(reference["target_url"])).name


def _edl(cut: Path, links: _Links) -> str:
    """Edit lists name clips in comments; a name that follows another of the same event is changed with it."""

    def line(match: re.Match[str]) -> str:
        return match[1] + (links.name(match[2]) if match[2] else "")

    return re.sub(r"^(\* ?(?:FROM CLIP NAME|SOURCE FILE|FROM CLIP): *)(.*?) *$", line, read_text(cut), flags=re.M)


def _fcpxml(cut: Path, links: _Links) -> str:
    root = xml_document(cut, "fcpxml")
    refuse_cyclic_media(root, cut)
    urls = [one.get("src") for one in root.iter() if one.tag in ("media-rep", "asset")]
    text = read_text(cut)
    for old in dict.fromkeys(url for url in urls if url):
        new = links.url(old)
        for quoted in _attribute_texts(old):
            text = text.replace(f'src="{quoted}"', f'src="{escape(new, {chr(34): "&quot;"})}"')
    return text


def _fcp7(cut: Path, links: _Links) -> str:
    root = xml_document(cut, "xmeml")
    text = read_text(cut)
    for old in dict.fromkeys(one.text for one in root.iter("pathurl") if one.text):
        new = links.url(old)
        text = text.replace(f"<pathurl>{escape(old)}</pathurl>", f"<pathurl>{escape(new)}</pathurl>")
    return text


def _attribute_texts(value: str) -> Iterator[str]:
    """How a value may stand in an attribute."""
    yield escape(value, {'"': "&quot;"})
    if "'" in value:
        yield escape(value, {'"': "&quot;", "'": "&apos;"})


_WRITERS: dict[str, Callable[[Path, _Links], str]] = {".otio": _otio, ".edl": _edl, ".xml": _fcp7, ".fcpxml": _fcpxml}
