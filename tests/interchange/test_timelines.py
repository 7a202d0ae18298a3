"""Every format has every cut on its frame, at six rates, as a reader of its own finds it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from cuts import RATES, SHOTS, cut
from overlaycut.core.time import named_rate
from overlaycut.interchange import Cut, edl_text, fcp7_text, fcpxml_text, marker_table, otio_text, resolve_marker_list

otio = pytest.importorskip("opentimelineio")

STARTS = [0, *accumulate(frames for _, frames in SHOTS)][:-1]
EXPECTED = [(start, first, frames) for start, (first, frames) in zip(STARTS, SHOTS, strict=True)]
by_rate = pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{float(rate):.3f}")


def shots_in(timeline: Any, rate: Fraction) -> Iterator[tuple[int, int, int]]:
    """Start on the track, first frame of the media and frames of each clip of the first track of pictures."""
    track = next(one for one in timeline.tracks if one.kind == otio.schema.TrackKind.Video)
    for clip in track.find_clips():
        at = clip.range_in_parent().start_time
        times = (at, clip.source_range.start_time, clip.source_range.duration)
        assert {named_rate(Fraction(one.rate).limit_denominator(100_000)) for one in times} == {rate}
        assert all(one.value == int(one.value) for one in times)
        start, first, frames = (int(one.value) for one in times)
        yield start, first, frames


@by_rate
def test_otio_is_exact(rate: Fraction) -> None:
    timeline = otio.adapters.read_from_string(otio_text(cut(rate)), "otio_json")
    assert list(shots_in(timeline, rate)) == EXPECTED
    assert [track.name for track in timeline.tracks] == ["shots", "captions", "voice"]
    first = timeline.tracks[0][0]
    assert first.media_reference.target_url == "media/shot-01.mov"
    assert first.media_references()["plate"].target_url == "media/shot-01-plate.mov"
    handles = first.media_reference.available_range.duration.value - SHOTS[0][1]
    assert handles == 9
    (marker,) = timeline.tracks[0][1].markers
    assert (marker.name, marker.color) == ("restore: COLD BREW", "GREEN")
    assert marker.marked_range.start_time.value == SHOTS[1][0] + 5


@by_rate
def test_an_edit_list_is_exact(rate: Fraction) -> None:
    text = edl_text(cut(rate))
    timeline = otio.adapters.read_from_string(text, "cmx_3600", rate=float(rate))
    assert list(shots_in(timeline, rate)) == EXPECTED
    assert [clip.name for clip in timeline.tracks[0]] == ["shot-01.mov", "shot-02.mov", "shot-03.mov"]
    assert text.splitlines()[1] == f"FCM: {'' if rate.denominator == 1001 and rate > 24 else 'NON-'}DROP FRAME"
    assert len(set(re.findall(r"^\d{3}  (\S+)", text, re.MULTILINE))) == 3, "reels have names of their own"


@by_rate
def test_final_cut_7_is_exact(rate: Fraction, tmp_path: Path) -> None:
    text = fcp7_text(cut(rate), tmp_path / "a b")
    timeline = otio.adapters.read_from_string(text, "fcp_xml")
    assert list(shots_in(timeline, rate)) == EXPECTED
    urls = [clip.media_reference.target_url for clip in timeline.tracks[0].find_clips()]
    assert urls[0] == "file://localhost" + str(tmp_path / "a%20b" / "media" / "shot-01.mov")
    root = Xml.fromstring(text)
    size = root.find(".//sequence/media/video/format/samplecharacteristics")
    assert size is not None
    assert (size.findtext("width"), size.findtext("height")) == ("1080", "1920")
    assert size.findtext("rate/ntsc") == ("TRUE" if rate.denominator == 1001 else "FALSE")


# FCPXML


def seconds(text: str | None) -> Fraction:
    assert text is not None and re.fullmatch(r"-?\d+(/\d+)?s", text), text
    return Fraction(text.removesuffix("s"))


def faults_of(root: Xml.Element) -> list[str]:
    """What breaks Apple's rules: references, content models, times on frames, ranges and URLs of media."""
    return [*references_of(root), *(fault for one in root.iter() for fault in model_of(one)), *media_of(root)]


def references_of(root: Xml.Element) -> Iterator[str]:
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    if len(ids) != len(set(ids)):
        yield "an id is there twice"
    for one in root.iter():
        yield from (f"{one.tag} has no {key}" for key in ("ref", "format") if one.get(key) not in (None, *ids))


def model_of(one: Xml.Element) -> Iterator[str]:
    inside, attributes = _MODEL[one.tag]
    yield from (f"{one.tag} has no {tag}" for tag in {child.tag for child in one} - set(inside.split()))
    yield from (f"{one.tag} has no attribute {name}" for name in one.attrib.keys() - set(attributes.split()))
    order = [_ORDER.get(child.tag, 0) for child in one]
    if order != sorted(order):
        yield f"children of {one.tag} are out of order: {[child.tag for child in one]}"


def media_of(root: Xml.Element) -> Iterator[str]:
    frame = seconds(_one(root, "resources/format").get("frameDuration"))
    for one in root.iter():
        times = [(key, text) for key in ("offset", "start", "duration", "tcStart") if (text := one.get(key))]
        yield from (f"{one.tag} {key}={text}" for key, text in times if (seconds(text) / frame).denominator != 1)
    assets = {one.get("id"): one for one in root.iter("asset")}
    for clip in root.iter("asset-clip"):
        asset = assets.get(clip.get("ref"))
        ends = seconds(clip.get("start")) + seconds(clip.get("duration"))
        if asset is not None and ends > seconds(asset.get("duration")):
            yield f"{clip.get('name')} lasts longer than its media"
    sources = [_one(asset, "media-rep").get("src") or "" for asset in assets.values()]
    yield from (f"{one} is no file URL" for one in sources if not re.fullmatch(r"file:///[A-Za-z0-9/._~%-]+", one))


_ORDER = {
    "note": 0, "spine": 1, "conform-rate": 1, "asset-clip": 2, "video": 2, "marker": 3, "media-rep": 0, "metadata": 9,
}  # fmt: skip
"""Place of elements among their siblings in the content models of the FCPXML reference."""

_CLIP = "offset name start duration enabled lane ref"
_MODEL = {
    "fcpxml": ("import-options resources library event", "version"),
    "resources": ("asset effect format media locator", ""),
    "format": ("", "id name frameDuration fieldOrder width height paspH paspV colorSpace projection stereoscopic"),
    "asset": (
        "media-rep metadata",
        "id name uid start duration hasVideo format hasAudio videoSources audioSources audioChannels audioRate",
    ),
    "media-rep": ("bookmark", "kind sig src suggestedFilename"),
    "library": ("event smart-collection", "location colorProcessing"),
    "event": ("clip audition mc-clip ref-clip sync-clip asset-clip project", "name uid"),
    "project": ("sequence", "name uid id modDate"),
    "sequence": ("note spine metadata", "format duration tcStart tcFormat audioLayout audioRate renderFormat keywords"),
    "spine": ("audio video clip title asset-clip gap transition", "lane offset name format"),
    "transition": ("filter-video filter-audio marker", "name offset duration"),
    "asset-clip": ("note asset-clip video marker metadata", f"{_CLIP} srcEnable format audioRole videoRole"),
    "video": ("param note asset-clip video marker", f"{_CLIP} srcID role"),
    "marker": ("", "start duration value completed note"),
}
"""Element → the children and the attributes that Apple's FCPXML reference gives it, as far as we write any."""


def _one(root: Xml.Element, path: str) -> Xml.Element:
    found = root.find(path)
    assert found is not None, path
    return found


@by_rate
def test_fcpxml_is_exact_and_keeps_the_rules(rate: Fraction, tmp_path: Path) -> None:
    root = Xml.fromstring(fcpxml_text(cut(rate), tmp_path / "ä b"))
    assert faults_of(root) == []
    assert root.get("version") == "1.12"
    clips = root.findall(".//spine/asset-clip")
    found = [tuple(seconds(clip.get(key)) * rate for key in ("offset", "start", "duration")) for clip in clips]
    assert found == EXPECTED
    assert _one(root, ".//format").get("frameDuration") == f"{rate.denominator}/{rate.numerator}s"
    captions, voice = clips[0].findall("asset-clip")
    assert (captions.get("lane"), voice.get("lane"), voice.get("audioRole")) == ("1", "-1", "dialogue")
    (marker,) = clips[1].findall("marker")
    assert seconds(marker.get("start")) * rate == SHOTS[1][0] + 5


def test_the_rules_of_fcpxml_can_be_broken(tmp_path: Path) -> None:
    text = fcpxml_text(cut(RATES[0]), tmp_path)
    for good, bad in (('ref="r2"', 'ref="r99"'), ('start="0s"', 'start="1/7s"'), ("<spine>", '<spine speed="2">')):
        assert good in text
        assert faults_of(Xml.fromstring(text.replace(good, bad, 1)))


@by_rate
def test_fcpxml_is_valid_against_apples_own_definition(rate: Fraction, tmp_path: Path) -> None:
    """Apple's DTD may not be passed on: it is used where somebody has it, as in an installed Final Cut Pro."""
    definition, lint = os.environ.get("FCPXML_1_12_DTD"), shutil.which("xmllint")
    if definition is None or lint is None:
        pytest.skip("FCPXML_1_12_DTD names no copy of Apple's DTD, or xmllint is not installed")
    path = tmp_path / "cut.fcpxml"
    path.write_text(fcpxml_text(cut(rate), tmp_path), encoding="utf-8")
    said = subprocess.run([lint, "--noout", "--dtdvalid", definition, path], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr


# Markers


def test_markers_for_resolve_are_on_their_frames() -> None:
    lines = resolve_marker_list(cut(Fraction(24))).splitlines()
    events = [line for line in lines if re.match(r"\d{3}  ", line)]
    assert [event.split()[4] for event in events] == ["00:00:01:01", "00:00:02:05"]
    said = [line for line in lines if "|C:" in line]
    assert said[0] == "restore: COLD BREW: warped from frame 12 / left |C:ResolveColorGreen |M:restore: COLD BREW |D:1"
    assert said[1].startswith("shot-03: gate failed |C:ResolveColorRed")


def test_the_table_of_markers_has_a_row_each() -> None:
    rows = marker_table(cut(Fraction(25))).splitlines()
    assert rows[0] == "frame,time,kind,name,note"
    assert rows[1] == "25,00:00:01.000,decision,restore: COLD BREW,warped from frame 12 | left"
    assert len(rows) == 3


# Crossfades


def crossfaded(frames: int) -> Cut:
    """The cut with a crossfade of so many frames from the first shot to the second."""
    given = cut(Fraction(24))
    first, second, third = given.shots.clips
    clips = (
        first,
        replace(second, starts=second.starts - frames, overlap=frames),
        replace(third, starts=third.starts - frames),
    )
    shots = replace(given.shots, clips=clips)
    return replace(given, frames=given.frames - frames, tracks=(shots, *given.tracks[1:]))


@pytest.mark.parametrize("frames", [1, 5, 8])
def test_a_crossfade_is_a_dissolve_with_handles_and_a_cut_elsewhere(frames: int, tmp_path: Path) -> None:
    given = crossfaded(frames)
    track = otio.adapters.read_from_string(otio_text(given), "otio_json").tracks[0]
    (fade,) = [one for one in track if isinstance(one, otio.schema.Transition)]
    before, after = int(fade.in_offset.value), int(fade.out_offset.value)
    assert before + after == frames
    first, second = track[0], track[2]
    cut_at = second.range_in_parent().start_time.value
    assert cut_at - before == given.shots.clips[1].starts
    assert cut_at + after == given.shots.clips[0].ends
    assert second.source_range.start_time.value == SHOTS[1][0] + before
    assert first.source_range.end_time_exclusive().value + after <= first.available_range().duration.value
    assert int(track.duration().value) == given.frames
    for text, adapter in ((edl_text(given), "cmx_3600"), (fcp7_text(given, tmp_path), "fcp_xml")):
        read = otio.adapters.read_from_string(text, adapter, **({"rate": 24} if adapter == "cmx_3600" else {}))
        assert [int(clip.range_in_parent().start_time.value) for clip in read.tracks[0].find_clips()][1] == cut_at
    spine = _one(Xml.fromstring(fcpxml_text(given, tmp_path)), ".//spine")
    assert [one.tag for one in spine][:3] == ["asset-clip", "transition", "asset-clip"]
    assert seconds(spine[1].get("offset")) * 24 == given.shots.clips[1].starts
