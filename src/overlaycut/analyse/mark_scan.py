"""Marks in the places that a person wants changed, whatever a plan says of them.

An analysis finds the marks of a clip; a plan that was edited by hand, or a clip in which the analysis read them too
late, needs a second look before anything is taken out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from overlaycut.analyse.watermarks import protected
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, Quad, Span, shift
from overlaycut.models import TextReader


@dataclass(frozen=True, slots=True)
class ProtectedMark:
    """A mark that was read in a clip."""

    name: str
    """The label, service or library, folded."""
    text: str
    """As it was read."""
    box: Box
    """Where it stands, in clip pixels: around every place in which it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkScanParameters:
    """How closely places are searched. Checked by tests/analyse/test_mark_scan.py."""

    frames: int = 4
    """Frames of each place that are read, spread over its span."""
    margin: float = 0.5
    """Room around the place that is read as well, in parts of its height: a mark may reach out of it."""
    long_side: int = 960
    """Pixels to which the longer side of the crop is scaled for the search."""
    least_confidence: float = 0.5
    """Of a reading, 0..1."""


def scanned_frames(span: Span, *, parameters: MarkScanParameters = MarkScanParameters()) -> tuple[int, ...]:
    """The frames of `span` in which its place is read: first, last, and evenly in between."""
    count = min(parameters.frames, len(span))
    return tuple(sorted({span.start + round(n * (len(span) - 1) / max(count - 1, 1)) for n in range(count)}))


def scan_marks(
    frames: Iterable[Frame],
    places: Sequence[tuple[Span, Mapping[int, Quad]]],
    reader: TextReader,
    *,
    parameters: MarkScanParameters = MarkScanParameters(),
) -> tuple[ProtectedMark, ...]:
    """The protected marks in and around `places`, read in a few frames of each.

    frames: the clip's, in display order. places: span and, frame by frame, the quad that is to be changed.
    """
    wanted: dict[int, list[Quad]] = {}
    for span, quads in places:
        for index in scanned_frames(span, parameters=parameters):
            if index in quads:
                wanted.setdefault(index, []).append(quads[index])
    found: dict[str, ProtectedMark] = {}
    last = max(wanted, default=-1)
    for frame in frames:
        if frame.index > last:
            break
        for quad in wanted.get(frame.index, ()):
            for mark in _marks_near(frame, quad, reader, parameters):
                known = found.get(mark.name)
                box = mark.box if known is None else Box.around([known.box, mark.box])
                found[mark.name] = ProtectedMark(mark.name, mark.text, box)
    return tuple(found.values())


def _marks_near(frame: Frame, quad: Quad, reader: TextReader, parameters: MarkScanParameters) -> list[ProtectedMark]:
    around = quad.grown(parameters.margin * quad.size[1]).box().clipped(frame.width, frame.height)
    if around is None:
        return []
    marks = []
    for line in reader.find(frame.patch(around), long_side=parameters.long_side):
        place = line.quad.mapped(shift(around.x, around.y))
        name = protected(line.text, place, frame.width, frame.height)
        box = place.box().clipped(frame.width, frame.height)
        if name is not None and box is not None and line.confidence >= parameters.least_confidence:
            marks.append(ProtectedMark(name, line.text, box))
    return marks
