"""Cuts as OpenTimelineIO documents, CMX 3600 edit lists and Final Cut Pro 7 XML.

The one importer of opentimelineio, which is an optional extra with its adapters. Times are whole frames at the rate's
nearest double, which every reader rounds back to the same broadcast rate. What the adapters get wrong is put right in
the text that they wrote; docs/handover.md names each fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from overlaycut.errors import MissingPart
from overlaycut.interchange.cut import MARKER_COLOURS, Cut, CutClip, CutMedia, CutTrack

INSTALL = "pip install 'overlaycut[handover]'"

_REEL = 8
"""Characters of a reel's name in CMX 3600."""


def opentimelineio() -> Any:
    """The library. Raises MissingPart without the extra."""
    try:
        import opentimelineio as otio
    except ImportError as error:
        raise MissingPart("opentimelineio is not installed: timelines need it", hint=INSTALL) from error
    return otio


def require_adapter(name: str) -> None:
    """Raises MissingPart when OpenTimelineIO does not know an adapter of that name."""
    if name not in opentimelineio().adapters.available_adapter_names():
        raise MissingPart(f"OpenTimelineIO's adapter {name} is not installed", hint=INSTALL)


def otio_text(cut: Cut) -> str:
    """The cut as an .otio document; media by relative URLs, and what can take its place as further references."""
    text: str = opentimelineio().adapters.write_to_string(
        _timeline(cut, lambda media: str(media.path), fades=True), "otio_json"
    )
    return text + "\n"


def edl_text(cut: Cut) -> str:
    """The shots as a CMX 3600 edit list, which has one track of picture and no files: clips are named by theirs."""
    require_adapter("cmx_3600")
    otio = opentimelineio()
    timeline = _timeline(cut, lambda media: media.path.name, audio=False)
    del timeline.tracks[1:]
    for number, clip in enumerate(timeline.tracks[0], start=1):
        clip.name = clip.media_reference.name
        clip.metadata["cmx_3600"] = {"reel": f"S{number:03d}"}
    text: str = otio.adapters.write_to_string(timeline, "cmx_3600", rate=float(cut.rate), reelname_len=_REEL)
    head, _, rest = text.partition("\n")
    count = "DROP FRAME" if drops_frames(cut.rate) else "NON-DROP FRAME"
    return f"{head}\nFCM: {count}\n{rest}"


def fcp7_text(cut: Cut, folder: Path) -> str:
    """The cut as Final Cut Pro 7 XML, with absolute file URLs below `folder`: the format has no relative ones."""
    require_adapter("fcp_xml")
    timeline = _timeline(cut, lambda media: (folder.resolve() / media.path).as_uri().replace("file:///", _LOCALHOST))
    text: str = opentimelineio().adapters.write_to_string(timeline, "fcp_xml")
    return _with_format(text, cut)


_LOCALHOST = "file://localhost/"
"""How Final Cut Pro 7 and Premiere write absolute file URLs."""


def drops_frames(rate: Fraction) -> bool:
    """Whether edit lists count in drop-frame time code: 29.97 and 59.94 (SMPTE ST 12-1)."""
    return rate in (Fraction(30000, 1001), Fraction(60000, 1001))


def _with_format(text: str, cut: Cut) -> str:
    """Final Cut Pro 7 XML whose sequence says its size; the adapter leaves the format empty."""
    base = round(cut.rate)
    ntsc = "TRUE" if cut.rate.denominator == 1001 else "FALSE"
    form = (
        "<format><samplecharacteristics>"
        f"<rate><timebase>{base}</timebase><ntsc>{ntsc}</ntsc></rate>"
        f"<width>{cut.width}</width><height>{cut.height}</height>"
        "<anamorphic>FALSE</anamorphic><pixelaspectratio>square</pixelaspectratio><fielddominance>none</fielddominance>"
        "</samplecharacteristics></format>"
    )
    return re.sub(r"<format\s*/>", form, text, count=1)


def _timeline(cut: Cut, url: Callable[[CutMedia], str], *, audio: bool = True, fades: bool = False) -> Any:
    otio = opentimelineio()
    timeline = otio.schema.Timeline(cut.name, global_start_time=_time(otio, 0, cut.rate))
    timeline.metadata["overlaycut"] = {"rate": str(cut.rate), "width": cut.width, "height": cut.height}
    for track in cut.tracks:
        if audio or track.kind == "video":
            timeline.tracks.append(_track(otio, cut, track, url, fades=fades))
    return timeline


def _track(otio: Any, cut: Cut, track: CutTrack, url: Callable[[CutMedia], str], *, fades: bool) -> Any:
    kind = otio.schema.TrackKind.Video if track.kind == "video" else otio.schema.TrackKind.Audio
    made = otio.schema.Track(track.name, kind=kind)
    made.metadata["overlaycut"] = {"role": track.name}
    for whole, clip in zip(track.clips, track.trimmed, strict=True):
        if whole.overlap and fades:
            before, after = whole.overlap // 2, whole.overlap - whole.overlap // 2
            made.append(
                otio.schema.Transition(
                    transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve,
                    in_offset=_time(otio, before, cut.rate),
                    out_offset=_time(otio, after, cut.rate),
                )
            )
        made.append(_clip(otio, cut, clip, url, marked=track is cut.shots))
    return made


def _clip(otio: Any, cut: Cut, clip: CutClip, url: Callable[[CutMedia], str], *, marked: bool) -> Any:
    made = otio.schema.Clip(
        clip.name,
        media_reference=_reference(otio, cut, clip.media, url),
        source_range=_range(otio, clip.source_in, clip.frames, cut.rate),
    )
    if clip.others:
        references = {label: _reference(otio, cut, media, url) for label, media in clip.others.items()}
        active = made.active_media_reference_key
        made.set_media_references({active: made.media_reference, **references}, active)
    for marker in cut.markers_in(clip) if marked else ():
        made.markers.append(
            otio.schema.Marker(
                name=marker.name,
                marked_range=_range(otio, clip.source_in + marker.frame - clip.starts, 1, cut.rate),
                color=MARKER_COLOURS[marker.kind],
                metadata={"overlaycut": {"kind": marker.kind, "note": marker.note}},
                comment=marker.note,
            )
        )
    return made


def _reference(otio: Any, cut: Cut, media: CutMedia, url: Callable[[CutMedia], str]) -> Any:
    made = otio.schema.ExternalReference(url(media), available_range=_range(otio, 0, media.frames, cut.rate))
    made.name = media.path.name
    return made


def _time(otio: Any, frames: int, rate: Fraction) -> Any:
    return otio.opentime.RationalTime(frames, float(rate))


def _range(otio: Any, first: int, frames: int, rate: Fraction) -> Any:
    return otio.opentime.TimeRange(_time(otio, first, rate), _time(otio, frames, rate))
