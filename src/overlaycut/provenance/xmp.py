"""The XMP statement of how a picture came to be: IPTC's DigitalSourceType in a box at the end of an MP4.

The box is the top-level `uuid` of XMP specification part 3, 1.2.7. At the end of the file it moves nothing, so the
sample tables stay right.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias
from xml.etree import ElementTree

from overlaycut.errors import DecodeError, InputError

SourceType: TypeAlias = Literal["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"]
"""Made by a model as it is; or made by a model with other things laid into it, which is what is edited here."""

SOURCE_TYPES: dict[SourceType, str] = {
    "trainedAlgorithmicMedia": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia": (
        "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    ),
}
"""Terms of IPTC's NewsCodes vocabulary; its addresses are http."""

_USER_TYPE = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XMP = "http://ns.adobe.com/xap/1.0/"

_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="{rdf}">
  <rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{ext}" xmlns:xmp="{xmp}"
    Iptc4xmpExt:DigitalSourceType="{term}" xmp:CreatorTool="{tool}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""

_MOST_PACKET = 1 << 20


def embed_xmp(path: Path, source_type: SourceType, *, tool: str) -> None:
    """Append the statement to an MP4 or MOV file that is still being made.

    tool: the program's name and version. Raises OSError where the file cannot be written.
    """
    packet = _PACKET.format(rdf=_RDF, ext=_EXT, xmp=_XMP, term=SOURCE_TYPES[source_type], tool=_quoted(tool))
    payload = _USER_TYPE + packet.encode("utf-8")
    with path.open("ab") as file:
        file.write((8 + len(payload)).to_bytes(4, "big") + b"uuid" + payload)


def source_type_of(path: Path) -> str | None:
    """The DigitalSourceType that a file's XMP box states, as its full address; None when it has none.

    Raises InputError when the file cannot be read, DecodeError when the box holds no XMP.
    """
    try:
        packet = _packet(path)
    except OSError as error:
        raise InputError(path, error.strerror or "cannot be read") from error
    if packet is None:
        return None
    try:
        root = ElementTree.fromstring(packet.strip(b"\0 \n"))
    except ElementTree.ParseError as error:
        raise DecodeError(path, f"its XMP is no XML: {error}", hint="export it again") from error
    name = f"{{{_EXT}}}DigitalSourceType"
    for description in root.iter(f"{{{_RDF}}}Description"):
        value = description.get(name) or description.findtext(name)
        if value:
            return value.strip()
    return None


def _packet(path: Path) -> bytes | None:
    """The contents of the XMP box among the boxes at the top."""
    total = path.stat().st_size
    at = 0
    with path.open("rb") as file:
        while at + 8 <= total:
            file.seek(at)
            head = file.read(32)
            size, header = int.from_bytes(head[:4], "big"), 8
            if size == 1:
                size, header = int.from_bytes(head[8:16], "big"), 16
            elif size == 0:
                size = total - at
            if size < header or at + size > total:
                return None
            if head[4:8] == b"uuid" and head[header : header + 16] == _USER_TYPE and size <= _MOST_PACKET:
                file.seek(at + header + 16)
                return file.read(size - header - 16)
            at += size
    return None


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
