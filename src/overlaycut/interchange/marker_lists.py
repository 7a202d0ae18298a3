"""Markers beside the timelines: as the edit list that Resolve imports onto a timeline, and as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from fractions import Fraction

from overlaycut.core.time import clock
from overlaycut.interchange.cut import Cut, CutMarker, MarkerKind

_RESOLVE_COLOURS: Mapping[MarkerKind, str] = {
    "decision": "ResolveColorGreen",
    "warning": "ResolveColorYellow",
    "gate": "ResolveColorRed",
}


def timecode(frame: int, rate: Fraction) -> str:
    """Non-drop time code of a frame: it counts frames, 24 to the second at 23.976 (SMPTE ST 12-1)."""
    base = round(rate)
    seconds, frames = divmod(frame, base)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}"


def resolve_marker_list(cut: Cut) -> str:
    """An edit list of markers for Resolve's "Timeline Markers from EDL"; the timeline begins at 00:00:00:00."""
    lines = [f"TITLE: {_one_line(cut.name)}", "FCM: NON-DROP FRAME", ""]
    for number, marker in enumerate(cut.markers, start=1):
        first, end = timecode(marker.frame, cut.rate), timecode(marker.frame + 1, cut.rate)
        lines.append(f"{number:03d}  001      V     C        {first} {end} {first} {end}  ")
        said = f"{marker.name}: {marker.note}" if marker.note else marker.name
        lines += [f"{_one_line(said)} |C:{_RESOLVE_COLOURS[marker.kind]} |M:{_one_line(marker.name)} |D:1", ""]
    return "\n".join(lines)


def marker_table(cut: Cut) -> str:
    """The markers as CSV: frame, time, kind, name, note."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["frame", "time", "kind", "name", "note"])
    writer.writerows(_rows(cut.markers, cut.rate))
    return out.getvalue()


def _rows(markers: tuple[CutMarker, ...], rate: Fraction) -> Iterator[tuple[object, ...]]:
    for one in markers:
        yield one.frame, clock(one.frame / rate), one.kind, one.name, one.note


def _one_line(text: str) -> str:
    """Text without what separates fields and lines."""
    return " ".join(text.replace("|", "/").split())
