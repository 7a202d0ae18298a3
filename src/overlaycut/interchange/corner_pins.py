"""Tracks of lettering as corner pins: After Effects keyframe text and Nuke CornerPin2D nodes.

Quads are in pixels with the origin at the top-left corner of the picture and pixel centres at +0.5, which is After
Effects' convention; Nuke has the origin at the bottom-left corner, y upwards, and counts a movie's frames from 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from overlaycut.core.geometry import Point, Quad

FIRST_NUKE_FRAME = 1
"""Number of a movie's first frame in Nuke."""

_DIGITS = 4
"""Decimals of a coordinate: far below the 0.01 px that a compositor can see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CornerPin:
    """Where a region is in the frames of a media file."""

    name: str
    width: int
    height: int
    """Of the media's picture."""
    rate: Fraction
    quads: Mapping[int, Quad]
    """Frame of the media, from 0 → the region, clockwise from the text's own top-left."""
    reference: int
    """The frame to design on: where the region is whole and largest."""

    @property
    def art(self) -> tuple[int, int]:
        """Width and height in pixels of flat artwork for the region, as large as it is in the reference frame."""
        w, h = self.quads[self.reference].size
        return max(round(w), 1), max(round(h), 1)


def after_effects_text(pin: CornerPin) -> str:
    """Keyframe data that After Effects pastes as a Corner Pin effect onto a layer of the picture's size."""
    lines = [
        "Adobe After Effects 8.0 Keyframe Data",
        "",
        f"\tUnits Per Second\t{_number(float(pin.rate), 6)}",
        f"\tSource Width\t{pin.width}",
        f"\tSource Height\t{pin.height}",
        "\tSource Pixel Aspect Ratio\t1",
        "\tComp Pixel Aspect Ratio\t1",
        "",
    ]
    corners = (("Upper Left", 0), ("Upper Right", 1), ("Lower Left", 3), ("Lower Right", 2))
    for number, (name, corner) in enumerate(corners, start=2):
        lines += [f"Effects\tCorner Pin #1\t{name} #{number}", "\tFrame\tX pixels\tY pixels\t"]
        for frame, quad in sorted(pin.quads.items()):
            x, y = _corners(quad)[corner]
            lines.append(f"\t{frame}\t{_number(x)}\t{_number(y)}\t")
        lines.append("")
    return "\n".join([*lines, "End of Keyframe Data", ""])


def nuke_text(pin: CornerPin) -> str:
    """Two CornerPin2D nodes: flat artwork onto the region, and paint on the reference frame along the track."""
    w, h = pin.art
    flat = ((0.0, float(h)), (float(w), float(h)), (float(w), 0.0), (0.0, 0.0))
    painted = tuple((x, pin.height - y) for x, y in _corners(pin.quads[pin.reference]))
    return "\n".join([*_node(pin, "art", flat), *_node(pin, "paint", painted), ""])


def _node(pin: CornerPin, what: str, source: tuple[Point, ...]) -> Iterator[str]:
    """A node that pins `source`, clockwise from the top-left, y upwards; Nuke counts from the bottom-left."""
    order = (3, 2, 1, 0)
    yield "CornerPin2D {"
    yield " inputs 0"
    for number, corner in enumerate(order, start=1):
        x, y = _curve(pin, corner, 0), _curve(pin, corner, 1)
        yield f" to{number} {{{{curve {x}}} {{curve {y}}}}}"
    for number, corner in enumerate(order, start=1):
        px, py = source[corner]
        yield f" from{number} {{{_number(px)} {_number(py)}}}"
    reference = pin.reference + FIRST_NUKE_FRAME
    yield f" label {_quoted(f'{pin.name}: {what}, reference frame {reference}, {pin.art[0]}x{pin.art[1]} px')}"
    yield f" name Pin_{_identifier(pin.name)}_{what}"
    yield "}"


def _curve(pin: CornerPin, corner: int, axis: int) -> str:
    """A key on every frame; "x12 340.5" is frame 12."""
    keys = []
    for frame, quad in sorted(pin.quads.items()):
        value = _corners(quad)[corner][axis]
        keys.append(f"x{frame + FIRST_NUKE_FRAME} {_number(pin.height - value if axis else value)}")
    return " ".join(keys)


def _corners(quad: Quad) -> tuple[Point, Point, Point, Point]:
    return quad.a, quad.b, quad.c, quad.d


def _number(value: float, digits: int = _DIGITS) -> str:
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _identifier(name: str) -> str:
    return "".join(character if character.isascii() and character.isalnum() else "_" for character in name)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("[", "\\[").replace("$", "\\$")
    return f'"{escaped}"'
