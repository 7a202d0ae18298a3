"""An editor's cut read as the shot list, and timelines relinked to cleaned clips."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

import overlaycut
from cuts import RATES, SHOTS, cut
from draw import draw_clip, scenes
from overlaycut.core.project import read_project
from overlaycut.errors import DocumentError, UsageError
from overlaycut.interchange import edl_text, fcp7_text, fcpxml_text, otio_text, read_cut
from policies import policy

otio = pytest.importorskip("opentimelineio")

by_rate = pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{float(rate):.3f}")


def written(folder: Path, kind: str, rate: Fraction) -> Path:
    given = cut(rate)
    text = {
        ".otio": lambda: otio_text(given),
        ".edl": lambda: edl_text(given),
        ".xml": lambda: fcp7_text(given, folder),
        ".fcpxml": lambda: fcpxml_text(given, folder),
    }[kind]()
    path = folder / f"cut{kind}"
    path.write_text(text, encoding="utf-8")
    return path


@by_rate
@pytest.mark.parametrize("kind", [".otio", ".edl", ".xml", ".fcpxml"])
def test_what_we_write_is_read_back_to_the_frame(tmp_path: Path, kind: str, rate: Fraction) -> None:
    found = read_cut(written(tmp_path, kind, rate), rate=rate)
    assert [(one.start * rate, (one.end - one.start) * rate) for one in found.shots] == list(SHOTS)
    assert [one.media.name for one in found.shots] == ["shot-01.mov", "shot-02.mov", "shot-03.mov"]
    left_out = [] if kind == ".edl" else ["captions" if kind != ".fcpxml" else "connected"]
    assert len(found.notes) == (0 if kind == ".edl" else 1)
    assert all(word in found.notes[0] or kind == ".xml" for word in left_out)


def with_time_code(text: str) -> str:
    """The timeline of media whose own time code begins at one hour."""
    document = json.loads(text)
    for track in document["tracks"]["children"]:
        for clip in track["children"]:
            for where in (clip["source_range"], *(one["available_range"] for one in clip["media_references"].values())):
                where["start_time"]["value"] += 3600 * 25
    return json.dumps(document)


def test_media_with_a_time_code_of_their_own_count_from_their_first_frame(tmp_path: Path) -> None:
    path = tmp_path / "cut.otio"
    path.write_text(with_time_code(otio_text(cut(Fraction(25)))), encoding="utf-8")
    assert [one.start * 25 for one in read_cut(path).shots] == [first for first, _ in SHOTS]


# Refusals


def edited(change: Callable[[dict[str, Any]], None]) -> str:
    document = json.loads(otio_text(cut(Fraction(24))))
    change(document["tracks"])
    return json.dumps(document)


def transition(stack: dict[str, Any]) -> None:
    time = {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 4.0}
    made = {
        "OTIO_SCHEMA": "Transition.1", "metadata": {}, "name": "", "in_offset": time, "out_offset": time,
        "transition_type": "SMPTE_Dissolve",
    }  # fmt: skip
    stack["children"][0]["children"].insert(1, made)


def gap(stack: dict[str, Any]) -> None:
    clip = stack["children"][0]["children"][1]
    stack["children"][0]["children"][1] = {
        "OTIO_SCHEMA": "Gap.1", "metadata": {}, "name": "", "source_range": clip["source_range"], "effects": [],
        "markers": [], "enabled": True,
    }  # fmt: skip


def speed(stack: dict[str, Any]) -> None:
    twice = {"OTIO_SCHEMA": "LinearTimeWarp.1", "metadata": {}, "name": "", "effect_name": "", "time_scalar": 2.0}
    stack["children"][0]["children"][2]["effects"] = [twice]


def unknown(stack: dict[str, Any]) -> None:
    stack["children"][0]["children"].append({"OTIO_SCHEMA": "Hologram.1", "name": "x"})


def cyclic(stack: dict[str, Any]) -> None:
    stack["OTIO_REF_ID"] = "Stack-1"
    stack["children"][0]["children"].append({"OTIO_SCHEMA": "SerializableObjectRef.1", "id": "Stack-1"})


def generated(stack: dict[str, Any]) -> None:
    clip = stack["children"][0]["children"][0]
    clip["media_references"]["DEFAULT_MEDIA"] = {
        "OTIO_SCHEMA": "GeneratorReference.1", "metadata": {}, "name": "", "available_range": None,
        "generator_kind": "SMPTEBars", "parameters": {},
    }  # fmt: skip


REFUSED = {
    transition: r"item 2: found a transition",
    gap: r"item 2: found a gap",
    speed: r"item 3: found a change of speed",
    unknown: r"tracks\.children\[0\]\.children\[3\]: found a Hologram",
    cyclic: r"children\[3\]: found a composition that contains itself",
    generated: r"item 1: found a GeneratorReference",
}


@pytest.mark.parametrize("change", REFUSED, ids=lambda change: change.__name__)
def test_what_a_programme_cannot_do_is_refused_with_its_place(
    tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    path = tmp_path / "cut.otio"
    path.write_text(edited(change), encoding="utf-8")
    with pytest.raises(DocumentError, match=REFUSED[change]):
        read_cut(path)


def compound(text: str) -> str:
    media = '<media id="m1"><sequence format="r1"><spine><ref-clip ref="m1" duration="1s"/></spine></sequence></media>'
    return text.replace("</resources>", f"{media}</resources>")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (compound, "contains itself"),
        (lambda text: text.replace("<spine>", '<spine><gap duration="1s"/>', 1), r"spine, item 1: found a gap"),
        (lambda text: text.replace('ref="r2"', 'ref="r77"', 1), r"item 1: found media 'r77'"),
        (lambda text: text.replace("fcpxml", "fcpxmk"), "found <fcpxmk>"),
        (lambda text: '<!DOCTYPE fcpxml [<!ENTITY a "b">]>' + text.partition("?>")[2], "entities"),
        (lambda text: text[:200], "no XML"),
    ],
)
def test_fcpxml_that_cannot_be_a_programme_is_refused(tmp_path: Path, change: Callable[[str], str], says: str) -> None:
    path = tmp_path / "cut.fcpxml"
    path.write_text(change(fcpxml_text(cut(Fraction(24)), tmp_path)), encoding="utf-8")
    with pytest.raises(DocumentError, match=says):
        read_cut(path)


def test_an_edit_list_needs_a_rate(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not say its frame rate"):
        read_cut(written(tmp_path, ".edl", Fraction(24)))


def test_a_dissolve_that_the_adapter_cannot_read_is_said(tmp_path: Path) -> None:
    """The fault of OpenTimelineIO's reader of Final Cut Pro 7 XML becomes one line, not a traceback."""
    timeline = otio.adapters.read_from_string(edited(transition), "otio_json")
    path = tmp_path / "cut.xml"
    path.write_text(otio.adapters.write_to_string(timeline, "fcp_xml"), encoding="utf-8")
    with pytest.raises(DocumentError, match=r"cannot read|transition"):
        read_cut(path)


# Projects


def project(folder: Path, kind: str, rate: Fraction = Fraction(25)) -> Path:
    (folder / "media").mkdir()
    for number, (first, frames) in enumerate(SHOTS, start=1):
        count = first + min(frames, 40) + 9
        draw_clip(folder / "media" / f"shot-{number:02d}.mov", scenes(count, (54, 96)), tick=1 / rate)
    written(folder, kind, rate)
    path = folder / "project.toml"
    path.write_text(
        f"""
shots_from = "cut{kind}"
[project]
master = "54x96@{rate}"
outputs = ["{policy(folder, "tall")}"]
[[shots]]
clip = "media/shot-02.mov"
text = ["COLD BREW"]
""",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("kind", [".otio", ".edl", ".xml", ".fcpxml"])
def test_a_project_takes_its_shots_from_the_cut(tmp_path: Path, kind: str) -> None:
    job = overlaycut.read_project(project(tmp_path, kind))
    assert [shot.clip and shot.clip.name for shot in job.shots] == ["shot-01.mov", "shot-02.mov", "shot-03.mov"]
    assert [(shot.start * 25, ((shot.end or 0) - shot.start) * 25) for shot in job.shots] == list(SHOTS)
    assert [shot.text for shot in job.shots] == [(), ("COLD BREW",), ()]


def test_a_project_without_any_shot_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "project.toml"
    path.write_text('[project]\nname = "x"\n', encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        read_project(path)
    assert "shots_from" in caught.value.one_line()


def test_a_clip_that_is_not_there_is_named_with_its_place(tmp_path: Path) -> None:
    path = project(tmp_path, ".otio")
    (tmp_path / "media" / "shot-03.mov").unlink()
    with pytest.raises(DocumentError, match=r"track 'shots', item 3: found shot-03\.mov, which is not there"):
        overlaycut.read_project(path)
    (fault,) = overlaycut.validate(path).faults
    assert "shot-03.mov" in fault.problem


@pytest.mark.slow
def test_a_cut_runs_and_says_what_it_leaves_out(tmp_path: Path) -> None:
    path = project(tmp_path, ".otio")
    text = (tmp_path / "cut.otio").read_text(encoding="utf-8")
    short = re.sub(r'"value": 1801\.0', '"value": 30.0', text)
    (tmp_path / "cut.otio").write_text(short, encoding="utf-8")
    report = overlaycut.run(path, tmp_path / "out")
    timeline = json.loads(report.timeline.read_text(encoding="utf-8"))
    starts = [0, *accumulate(frames for _, frames in SHOTS)][:3]
    assert [one["start_frame"] for one in timeline["segments"]] == starts
    assert any("track 'captions' above the shots is left out" in warning for warning in report.warnings)


# Relinking


@pytest.fixture
def edit(tmp_path: Path) -> Path:
    """A folder with originals in media/ and cleaned clips in clean/; the third one has another length."""
    for number, count in ((1, 12), (2, 12), (3, 12)):
        for folder, end in (("media", ""), ("clean", ".clean")):
            (tmp_path / folder).mkdir(exist_ok=True)
            short = 6 if (folder, number) == ("clean", 3) else 0
            name = f"shot-{number:02d}{end}.mov"
            draw_clip(tmp_path / folder / name, scenes(count - short, (54, 96)), tick=Fraction(1, 25))
    return tmp_path


@pytest.mark.parametrize("kind", [".otio", ".edl", ".xml", ".fcpxml"])
def test_relinking_changes_the_media_and_nothing_else(edit: Path, kind: str) -> None:
    source = written(edit, kind, Fraction(25))
    report = overlaycut.relink(source, edit / "clean", edit / f"new{kind}")
    before, after = (read_cut(path, rate=Fraction(25)).shots for path in (source, report.out))
    assert [(one.start, one.end, one.place) for one in before] == [(one.start, one.end, one.place) for one in after]
    named = [one.media.name for one in after]
    # An edit list has names alone: nothing is there to compare the short one with.
    third = "shot-03.clean.mov" if kind == ".edl" else "shot-03.mov"
    assert named == ["shot-01.clean.mov", "shot-02.clean.mov", third]
    assert any("shot-03" in warning for warning in report.warnings)
    old, new = (re.sub(r"\S*shot-0\d(\.clean)?\.mov|\S*clean/?", "", path.read_text()) for path in (source, report.out))
    if kind != ".otio":  # whose JSON is laid out anew
        assert old == new


def test_a_relinked_otio_is_the_same_but_for_its_media(edit: Path) -> None:
    source = written(edit, ".otio", Fraction(25))
    report = overlaycut.relink(source, edit / "clean", edit / "new.otio")
    first = otio.adapters.read_from_file(str(report.out)).tracks[0][0]
    assert first.media_reference.target_url == "clean/shot-01.clean.mov"
    assert first.available_range().duration.value == SHOTS[0][0] + SHOTS[0][1] + 9, "handles stay"
    assert report.ok and {path.name for path in report.kept} >= {"shot-03.mov", "captions.mov", "voice.wav"}
    old, new = (json.loads(path.read_text()) for path in (source, report.out))
    text = (
        json.dumps(new).replace("clean/shot-01.clean", "media/shot-01").replace("clean/shot-02.clean", "media/shot-02")
    )
    assert json.loads(text.replace(".clean.mov", ".mov")) == old


def test_relinking_refuses_what_it_does_not_know(edit: Path) -> None:
    (edit / "cut.otio").write_text(edited(unknown), encoding="utf-8")
    with pytest.raises(DocumentError, match="Hologram"):
        overlaycut.relink(edit / "cut.otio", edit / "clean", edit / "new.otio")
    (edit / "cut.otio").write_text(edited(cyclic), encoding="utf-8")
    with pytest.raises(DocumentError, match="contains itself"):
        overlaycut.relink(edit / "cut.otio", edit / "clean", edit / "new.otio")
    assert not (edit / "new.otio").exists()


def test_two_candidates_for_one_clip_are_refused(edit: Path) -> None:
    draw_clip(edit / "clean" / "shot-01-clean.mov", scenes(12, (54, 96)), tick=Fraction(1, 25))
    with pytest.raises(UsageError, match="both"):
        overlaycut.relink(written(edit, ".otio", Fraction(25)), edit / "clean")
