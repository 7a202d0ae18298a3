"""The README of a hand-over's folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from overlaycut.interchange.cut import Cut
from overlaycut.interchange.editors import EDITORS, Editor
from overlaycut.interchange.marker_lists import timecode

_MEANING = {
    "timeline": "the programme as a timeline",
    "markers": "what was decided and what to look at",
    "clip": "a shot repaired, at its own size, with handles",
    "framed": "a shot repaired and framed as in the programme, with handles",
    "plate": "the same frames with all lettering taken out that is no protected mark",
    "matte": "white where the repair wrote, black where the clip is as it was",
    "captions": "the captions alone, straight alpha (ProRes 4444)",
    "subtitles": "the captions as text",
    "stem": "sound; the stems add up to the programme's mix before its loudness is set",
    "still": "the end card",
    "track": "a corner pin of a region that was changed",
    "sequence": "one picture per frame, numbered from 1",
    "plan": "the edit plan of a shot",
}


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file, or a folder of pictures, of the hand-over."""

    path: PurePosixPath
    """Relative to the folder."""
    kind: str


def folder_readme(cut: Cut, files: Sequence[ListedFile], editors: Sequence[Editor], notes: Sequence[str]) -> str:
    """The text of README.md: what is here, how each program opens it, the clock, and what was not done."""
    return "\n".join(_lines(cut, files, editors, notes)) + "\n"


def _lines(cut: Cut, files: Sequence[ListedFile], editors: Sequence[Editor], notes: Sequence[str]) -> Iterator[str]:
    rate = f"{float(cut.rate):.3f}".rstrip("0").rstrip(".")
    yield f"# {cut.name}"
    yield ""
    yield f"{cut.width}x{cut.height}, {rate} frames per second ({cut.rate}), {cut.frames} frames."
    yield "All clips have this rate, so a frame of a clip is a frame of the timeline; BT.709, limited range."
    yield ""
    yield "## Open it"
    yield ""
    for editor in editors:
        yield f"- **{EDITORS[editor].title}**: {EDITORS[editor].note}"
    yield ""
    yield "## Shots"
    yield ""
    yield "| shot | clip | on the timeline | frames | from frame of the clip |"
    yield "|---|---|---|---|---|"
    for clip in cut.shots.trimmed:
        begins = timecode(clip.starts, cut.rate)
        yield f"| {clip.name} | {clip.media.path} | {begins} | {clip.frames} | {clip.source_in} |"
    yield ""
    yield "## Files"
    yield ""
    for one in files:
        yield f"- `{one.path}`: {_MEANING.get(one.kind, one.kind)}"
    if notes:
        yield ""
        yield "## Look at"
        yield ""
        yield from (f"- {note}" for note in notes)
