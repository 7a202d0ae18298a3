"""What each program is given: formats and notes as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Editor: TypeAlias = Literal["resolve", "premiere", "fcp", "capcut", "ae", "nuke"]

TimelineFormat: TypeAlias = Literal["otio", "fcpxml", "fcp7", "edl", "markers"]

PinFormat: TypeAlias = Literal["ae", "nuke"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorNeeds:
    """What a program reads."""

    title: str
    timelines: tuple[TimelineFormat, ...] = ("otio",)
    pins: tuple[PinFormat, ...] = ()
    """Corner-pin tracks of every region that was changed."""
    note: str
    """How to open it, for the folder's README."""


EDITORS: Mapping[Editor, EditorNeeds] = {
    "resolve": EditorNeeds(
        title="DaVinci Resolve 18.5 or later",
        timelines=("otio", "fcpxml", "edl", "markers"),
        note="File > Import > Timeline, the .otio. Markers: Timelines > Import > Timeline Markers from EDL.",
    ),
    "premiere": EditorNeeds(
        title="Premiere 25.6 or later",
        timelines=("otio", "fcp7"),
        note="File > Import, the .otio. Older versions read the .xml (Final Cut Pro 7), which has absolute paths.",
    ),
    "fcp": EditorNeeds(
        title="Final Cut Pro 11 or later",
        timelines=("otio", "fcpxml"),
        note="File > Import > XML, the .fcpxml. It has absolute paths: where the folder was moved, relink to media/.",
    ),
    "capcut": EditorNeeds(
        title="CapCut",
        note="CapCut imports media and subtitles, no timelines, and documents no draft format: drag the clips of "
        "media/ in order of their names onto the main track, and import the .srt under Captions. "
        "Drafts are not written: no validator of theirs exists that one could be held against.",
    ),
    "ae": EditorNeeds(
        title="After Effects",
        pins=("ae",),
        note="Import the clip and its plate, copy all text of a tracks/*.ae.txt, select the layer of the new label (as "
        "large as the composition) and paste: it gets a Corner Pin. The interface has to be in English for the paste.",
    ),
    "nuke": EditorNeeds(
        title="Nuke",
        pins=("nuke",),
        note="File > Insert Comp Nodes, a tracks/*.nk: one CornerPin2D for flat artwork of the size in its label, "
        "one for paint on the reference frame. Nuke counts frames from 1.",
    ),
}
"""Versions: OpenTimelineIO import came to Resolve with 18.5 and to Premiere with 25.6 (their release notes)."""


def chosen_editors(names: Sequence[str]) -> tuple[Editor, ...]:
    """The editors of a list of names; "all" is every one. Raises KeyError for another name."""
    wanted = [one for name in names for one in (get_args(Editor) if name == "all" else (name,))]
    if unknown := next((name for name in wanted if name not in EDITORS), None):
        raise KeyError(unknown)
    return tuple(editor for editor in get_args(Editor) if editor in wanted)
