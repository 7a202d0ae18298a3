"""An editor's cut as a list of shots: .otio, CMX 3600, Final Cut Pro 7 XML, FCPXML.

What a programme cannot do (gaps, transitions, changes of speed, nested timelines) is refused with its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from overlaycut.core.time import named_rate
from overlaycut.errors import DocumentError, UsageError
from overlaycut.interchange.otio_files import opentimelineio, require_adapter
from overlaycut.interchange.structure import otio_document, path_of, refuse_cyclic_media, xml_document

CUT_FORMATS = (".otio", ".edl", ".xml", ".fcpxml")
"""File name extensions of cuts that can be read."""

_CLIPS = (".mp4", ".mov", ".m4v", ".webm")

_CUTS_ONLY = "shots one after another: cuts only"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceShot:
    """A stretch of a media file, as an editor cut it."""

    name: str
    media: Path
    """As the timeline names it; maybe a name alone."""
    start: Fraction
    """Seconds of the media at which it begins."""
    end: Fraction
    place: str
    """Where it stands in the timeline, for messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutReading:
    """What a timeline says about the picture."""

    shots: tuple[SourceShot, ...]
    notes: tuple[str, ...]
    """What was left out, one line each."""


def read_cut(path: Path, *, rate: Fraction | None = None) -> CutReading:
    """The shots of the lowest track of pictures.

    `rate` is that of an edit list, which does not have it. Raises DocumentError for what is no timeline or has what a
    programme cannot do, UsageError for another format or an edit list without a rate, MissingPart without the extra,
    MissingInput when there is no such file.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UsageError(f"{path}: no cut is read from that", hint=f"a name that ends in {', '.join(CUT_FORMATS)}")
    found = reader(path, rate)
    if not found.shots:
        raise DocumentError(path, "", "no shot", "a track of pictures with clips")
    return found


# OpenTimelineIO and its adapters


def _otio(path: Path, _: Fraction | None) -> CutReading:
    otio_document(path)
    return _shots_of(path, _adapted(path, "otio_json"))


def _edl(path: Path, rate: Fraction | None) -> CutReading:
    if rate is None:
        raise UsageError(
            f"{path}: an edit list does not say its frame rate", hint='give the project one: master = "1080x1920@24"'
        )
    require_adapter("cmx_3600")
    return _shots_of(path, _adapted(path, "cmx_3600", rate=float(rate)))


def _fcp7(path: Path, _: Fraction | None) -> CutReading:
    xml_document(path, "xmeml")
    require_adapter("fcp_xml")
    return _shots_of(path, _adapted(path, "fcp_xml"))


def _adapted(path: Path, adapter: str, **arguments: Any) -> Any:
    """The one timeline of a file."""
    otio = opentimelineio()
    try:
        found = otio.adapters.read_from_file(str(path), adapter, **arguments)
    except Exception as error:  # adapters raise what they stumble over
        said = " ".join(str(error).split())[:200]
        raise DocumentError(path, "", f"what OpenTimelineIO cannot read ({said})", _CUTS_ONLY) from error
    if isinstance(found, otio.schema.SerializableCollection):
        timelines = [one for one in found if isinstance(one, otio.schema.Timeline)]
        if len(timelines) != 1:
            raise DocumentError(path, "", f"{len(timelines)} timelines", "one")
        found = timelines[0]
    if not isinstance(found, otio.schema.Timeline):
        raise DocumentError(path, "", f"a {type(found).__name__}", "a timeline")
    return found


def _shots_of(path: Path, timeline: Any) -> CutReading:
    otio = opentimelineio()
    pictures = [one for one in timeline.tracks if _is_track(otio, one) and one.kind == otio.schema.TrackKind.Video]
    if strange := next((one for one in timeline.tracks if not _is_track(otio, one)), None):
        raise DocumentError(path, strange.name or "tracks", f"a nested {type(strange).__name__}", "tracks of clips")
    used = [track for track in pictures if track.enabled and any(isinstance(one, otio.schema.Clip) for one in track)]
    if not used:
        return CutReading(shots=(), notes=())
    notes = [f"{path.name}: track {track.name!r} above the shots is left out" for track in used[1:]]
    shots = []
    for number, item in enumerate(used[0], start=1):
        place = f"track {used[0].name!r}, item {number}"
        shots.append(_otio_shot(otio, path, item, place))
        if [one for one in item.effects if not _is_timing(otio, one)]:
            notes.append(f"{path.name}: {place}: its effects are left out")
    return CutReading(shots=tuple(shots), notes=tuple(notes))


def _is_track(otio: Any, one: Any) -> bool:
    return isinstance(one, otio.schema.Track)


def _is_timing(otio: Any, effect: Any) -> bool:
    return isinstance(effect, otio.schema.TimeEffect)


def _otio_shot(otio: Any, path: Path, item: Any, place: str) -> SourceShot:
    if not isinstance(item, otio.schema.Clip) or not item.enabled:
        what = "a disabled clip" if isinstance(item, otio.schema.Clip) else f"a {type(item).__name__.lower()}"
        raise DocumentError(path, place, what, _CUTS_ONLY)
    if any(_is_timing(otio, one) and getattr(one, "time_scalar", 0) != 1 for one in item.effects):
        raise DocumentError(path, place, "a change of speed", "clips at their own speed")
    reference = item.media_reference
    used = item.trimmed_range()
    start, length = _seconds(used.start_time), _seconds(used.duration)
    if isinstance(reference, otio.schema.ExternalReference) and reference.target_url:
        media = path_of(reference.target_url)
        if reference.available_range is not None:  # its media's own time code, which counts from there
            start -= _seconds(reference.available_range.start_time)
    elif isinstance(reference, otio.schema.MissingReference) and item.name:
        media = Path(item.name)  # edit lists name clips, not files
    else:
        raise DocumentError(path, place, f"a {type(reference).__name__}", "a clip with a media file")
    if start < 0:
        raise DocumentError(path, place, "a clip that begins before its media", "a range inside the media")
    return SourceShot(name=item.name, media=media, start=start, end=start + length, place=place)


def _seconds(time: Any) -> Fraction:
    """Exact seconds: rates are doubles that stand for broadcast rates, and values whole frames or fractions of one."""
    rate = named_rate(Fraction(time.rate).limit_denominator(100_000))
    return Fraction(time.value).limit_denominator(100_000) / rate


# FCPXML


def _fcpxml(path: Path, _: Fraction | None) -> CutReading:
    root = xml_document(path, "fcpxml")
    refuse_cyclic_media(root, path)
    sequences = list(root.iter("sequence"))
    if len(sequences) != 1:
        raise DocumentError(path, "", f"{len(sequences)} sequences", "one project, without compound clips")
    spine = sequences[0].find("spine")
    assets = {one.get("id", ""): one for one in root.iter("asset")}
    notes: list[str] = []
    shots = []
    for number, item in enumerate([] if spine is None else spine, start=1):
        place = f"spine, item {number}"
        shots.append(_fcpxml_shot(path, item, assets, place))
        if above := [one for one in item if one.get("lane") is not None]:
            notes.append(f"{path.name}: {place}: {len(above)} connected clip(s) are left out")
    return CutReading(shots=tuple(shots), notes=tuple(notes))


def _fcpxml_shot(path: Path, item: Xml.Element, assets: Mapping[str, Xml.Element], place: str) -> SourceShot:
    if item.tag == "clip" and (inside := item.find("video")) is not None and item.get("enabled", "1") == "1":
        reference = inside.get("ref", "")
    elif item.tag in ("asset-clip", "video") and item.get("enabled", "1") == "1":
        reference = item.get("ref", "")
    else:
        raise DocumentError(path, place, f"a {item.tag}", _CUTS_ONLY)
    if item.find("timeMap") is not None:
        raise DocumentError(path, place, "a change of speed", "clips at their own speed")
    asset = assets.get(reference)
    source = None if asset is None else _source(asset)
    if asset is None or source is None:
        raise DocumentError(path, place, f"media {reference!r}", "a clip with a media file")
    origin = _time(path, place, asset.get("start", "0s"))
    start = _time(path, place, item.get("start", asset.get("start", "0s"))) - origin
    length = _time(path, place, item.get("duration", asset.get("duration", "0s")))
    if start < 0 or length <= 0:
        raise DocumentError(path, place, "a clip that begins before its media", "a range inside the media")
    name = item.get("name", asset.get("name", ""))
    return SourceShot(name=name, media=path_of(source), start=start, end=start + length, place=place)


def _source(asset: Xml.Element) -> str | None:
    """The media's URL: of the original representation since 1.9, of the asset itself before."""
    representations = asset.findall("media-rep")
    original = next((one for one in representations if one.get("kind", "original-media") == "original-media"), None)
    return asset.get("src") if original is None else original.get("src")


def _time(path: Path, place: str, text: str) -> Fraction:
    try:
        return Fraction(text.removesuffix("s"))
    except (ValueError, ZeroDivisionError) as error:
        raise DocumentError(path, place, repr(text), 'seconds as a fraction: "1001/24000s"') from error


_READERS: Mapping[str, Callable[[Path, Fraction | None], CutReading]] = {
    ".otio": _otio,
    ".edl": _edl,
    ".xml": _fcp7,
    ".fcpxml": _fcpxml,
}


def media_of(shot: SourceShot, cut: Path, folders: Sequence[Path]) -> Path:
    """The media file of a shot, found where the timeline says, else by its name in one of `folders`.

    Raises DocumentError when it is not there, or several are.
    """
    named = shot.media if shot.media.is_absolute() else cut.resolve().parent / shot.media
    if named.is_file():
        return named
    found = sorted({one.resolve() for folder in folders for one in _named(folder, shot.media.name)})
    if len(found) != 1:
        what = f"{shot.media.name}, which is {'there twice' if found else 'not there'}"
        looked = ", ".join(str(folder) for folder in folders)
        raise DocumentError(cut, shot.place, what, f"one media file of that name (looked in {looked})")
    return found[0]


def _named(folder: Path, name: str) -> Iterator[Path]:
    """Files of that name, or where it has no extension of that stem, in a folder."""
    exact = folder / name
    if exact.is_file():
        yield exact
    elif not exact.suffix and folder.is_dir():
        yield from (one for one in folder.iterdir() if one.stem == name and one.suffix.lower() in _CLIPS)
