"""Timelines as documents: what OpenTimelineIO has no name for, and what contains itself, is refused with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as Xml

from overlaycut.errors import DocumentError, InputError, MissingInput

_NAMES = """
Box2d V2d Clip Composable Composition Effect ExternalReference FreezeFrame Gap GeneratorReference
ImageSequenceReference Item LinearTimeWarp Marker MediaReference MissingReference RationalTime SerializableCollection
SerializableObjectRef SerializableObjectWithMetadata Stack TimeEffect TimeRange TimeTransform Timeline Track Transition
"""
SCHEMAS = frozenset(_NAMES.split())
"""The schemas of OpenTimelineIO 0.18, without versions."""

_DEEPEST = 200
"""Levels of a document; timelines have some twenty."""


def read_text(path: Path) -> str:
    """A timeline's text. Raises MissingInput or InputError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingInput(path, "no such timeline", hint="check the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path, "cannot be read as text") from error


def otio_document(path: Path) -> Any:
    """The JSON of an .otio file. Raises DocumentError for what is none, and for unknown or cyclic structure."""
    try:
        document = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise DocumentError(path, "", "no JSON", "an OpenTimelineIO document") from error
    for where, one in schemas_in(document, path):
        name = str(one["OTIO_SCHEMA"]).partition(".")[0]
        if name not in SCHEMAS:
            raise DocumentError(path, where, f"a {name}", "what OpenTimelineIO itself defines")
    return document


def schemas_in(document: Any, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of OpenTimelineIO in a document, with its place.

    Raises DocumentError for one that contains itself, and for a document that is too deep.
    """

    def walk(value: Any, where: str, above: tuple[str, ...], depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
        if depth > _DEEPEST:
            raise DocumentError(path, where, "a deeper level than any timeline has", f"at most {_DEEPEST} levels")
        if isinstance(value, dict):
            if "OTIO_SCHEMA" in value:
                yield where, value
                if value.get("id") in above and str(value["OTIO_SCHEMA"]).startswith("SerializableObjectRef"):
                    raise DocumentError(path, where, "a composition that contains itself", "a tree")
            inside = (*above, str(value["OTIO_REF_ID"])) if "OTIO_REF_ID" in value else above
            for key, one in value.items():
                if key != "metadata":
                    yield from walk(one, f"{where}.{key}" if where else key, inside, depth + 1)
        elif isinstance(value, list):
            for number, one in enumerate(value):
                yield from walk(one, f"{where}[{number}]", above, depth + 1)

    yield from walk(document, "", (), 0)


def xml_document(path: Path, root: str) -> Xml.Element:
    """The root of an XML timeline; entities of its own are refused. Raises DocumentError for another document."""
    text = read_text(path)
    if "<!ENTITY" in text:
        raise DocumentError(path, "", "entities of its own", "plain XML")
    try:
        found = Xml.fromstring(text)
    except Xml.ParseError as error:
        raise DocumentError(path, "", f"no XML ({error})", f"a <{root}>") from error
    if found.tag != root:
        raise DocumentError(path, "", f"<{found.tag}>", f"a <{root}>")
    return found


def refuse_cyclic_media(root: Xml.Element, path: Path) -> None:
    """Raises DocumentError where a compound clip of an FCPXML document contains itself."""
    inside = {
        media.get("id", ""): [one.get("ref", "") for one in media.iter() if one.tag in ("ref-clip", "mc-clip")]
        for media in root.iter("media")
    }

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise DocumentError(path, f"media {name}", "a compound clip that contains itself", "a tree")
        for other in inside.get(name, ()):
            visit(other, (*above, name))

    for name in inside:
        visit(name, ())


def path_of(url: str) -> Path:
    """The path that a media URL names: file URLs with or without a host, percent-encoded or relative, plain paths."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    if "%" in url and parts.scheme == "":
        return Path(unquote(url))
    return Path(url)
