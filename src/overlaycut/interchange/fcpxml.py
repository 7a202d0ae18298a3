"""Cuts as FCPXML 1.12, written from Apple's description of the format.

OpenTimelineIO's adapter writes rates as whole numbers and so has no 23.976 or 29.97; here every time is a fraction of
seconds. Media are absolute, percent-encoded file URLs. Sources: Apple, "FCPXML Reference" (Professional Video
Applications) for elements and attributes, ISO/IEC 23001-8 for colour spaces.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as Xml

from overlaycut.interchange.cut import Cut, CutClip, CutMarker, CutMedia, CutTrack, seconds_text

VERSION = "1.12"
"""Final Cut Pro 11 and later write it; Resolve 20 reads it."""

_COLOUR = "1-1-1 (Rec. 709)"

_ROLES = {"voice": "dialogue", "music": "music"}
"""Final Cut's standard roles of sound; the third one is "effects"."""

_PICTURE = {"hasVideo": "1", "videoSources": "1"}
_SOUND = {"hasAudio": "1", "audioSources": "1", "audioChannels": "2", "audioRate": "48000"}


def fcpxml_text(cut: Cut, folder: Path) -> str:
    """The cut as an FCPXML document whose media lie below `folder`."""
    return _Document(cut, folder.resolve()).text()


class _Document:
    """One document while it is written: resources get their identifiers in the order in which they are met."""

    def __init__(self, cut: Cut, folder: Path) -> None:
        self._cut, self._folder = cut, folder
        self._root = Xml.Element("fcpxml", version=VERSION)
        self._resources = Xml.SubElement(self._root, "resources")
        self._formats: dict[tuple[int, int, bool], str] = {}
        self._assets: dict[CutMedia, str] = {}

    def text(self) -> str:
        cut = self._cut
        form = self._format(cut.width, cut.height, still=False)
        event = Xml.SubElement(Xml.SubElement(self._root, "library"), "event", name=cut.name)
        project = Xml.SubElement(event, "project", name=cut.name)
        sequence = Xml.SubElement(
            project, "sequence", format=form, duration=self._time(cut.frames), tcStart="0s", tcFormat="NDF",
            audioLayout="stereo", audioRate="48k",
        )  # fmt: skip
        spine = Xml.SubElement(sequence, "spine")
        upper = [track for track in cut.tracks[1:] if track.kind == "video"]
        lower = [track for track in cut.tracks[1:] if track.kind == "audio"]
        for number, (whole, clip) in enumerate(zip(cut.shots.clips, cut.shots.trimmed, strict=True)):
            if whole.overlap:
                at, lasts = self._time(whole.starts), self._time(whole.overlap)
                Xml.SubElement(spine, "transition", name="Cross Dissolve", offset=at, duration=lasts)
            element = self._clip(spine, clip, offset=clip.starts, audio=False)
            if number == 0:  # whatever its length, what is connected may reach to the end of the sequence
                self._connect(element, clip, upper, [lane for lane, _ in enumerate(upper, start=1)])
                self._connect(element, clip, lower, [-lane for lane, _ in enumerate(lower, start=1)])
            for marker in cut.markers_in(clip):
                self._marker(element, marker, clip)
        Xml.indent(self._root, " ")
        body = Xml.tostring(self._root, encoding="unicode")
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n\n{body}\n'

    def _connect(self, parent: Xml.Element, below: CutClip, tracks: list[CutTrack], lanes: list[int]) -> None:
        """Connect the clips of further tracks to `below`, in whose own clock their offsets are."""
        for track, lane in zip(tracks, lanes, strict=True):
            for clip in track.clips:
                offset = below.source_in + clip.starts - below.starts
                element = self._clip(parent, clip, offset=offset, audio=track.kind == "audio")
                element.set("lane", str(lane))

    def _clip(self, parent: Xml.Element, clip: CutClip, *, offset: int, audio: bool) -> Xml.Element:
        ref = self._asset(clip.media)
        common = {
            "ref": ref, "offset": self._time(offset), "name": clip.name, "start": self._time(clip.source_in),
            "duration": self._time(clip.frames),
        }  # fmt: skip
        if clip.media.still:
            return Xml.SubElement(parent, "video", common)
        element = Xml.SubElement(parent, "asset-clip", common)
        if audio:
            element.set("audioRole", _ROLES.get(clip.name, "effects"))
        else:
            element.set("videoRole", "video")
        return element

    def _marker(self, parent: Xml.Element, marker: CutMarker, clip: CutClip) -> None:
        at = self._time(clip.source_in + marker.frame - clip.starts)
        element = Xml.SubElement(parent, "marker", start=at, duration=self._time(1), value=marker.name)
        if marker.note:
            element.set("note", marker.note)

    def _asset(self, media: CutMedia) -> str:
        if media in self._assets:
            return self._assets[media]
        form = self._format(media.width, media.height, still=media.still) if media.has_picture else None
        name = self._assets[media] = f"r{len(self._assets) + len(self._formats) + 1}"
        length = "0s" if media.still else self._time(media.frames)
        attributes = {"id": name, "name": media.path.stem, "start": "0s", "duration": length}
        attributes |= _PICTURE if media.has_picture else _SOUND
        asset = Xml.SubElement(self._resources, "asset", attributes)
        if form is not None:
            asset.set("format", form)
        Xml.SubElement(asset, "media-rep", kind="original-media", src=(self._folder / media.path).as_uri())
        return name

    def _format(self, width: int, height: int, *, still: bool) -> str:
        key = width, height, still
        if key not in self._formats:
            name = self._formats[key] = f"r{len(self._assets) + len(self._formats) + 1}"
            attributes = {"id": name, "width": str(width), "height": str(height), "colorSpace": _COLOUR}
            attributes |= {"name": "FFVideoFormatRateUndefined"} if still else {"frameDuration": self._time(1)}
            Xml.SubElement(self._resources, "format", attributes)
        return self._formats[key]

    def _time(self, frames: int) -> str:
        return seconds_text(Fraction(frames) / self._cut.rate)
