"""A project handed over: the files are there, stand for the same frames as the programme, and play elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

import overlaycut
from draw import SKIN, Tone, draw_clip, draw_sound, scenes
from overlaycut.api.results import HandoverReport
from overlaycut.cli.app import run as command_line
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Quad
from overlaycut.decide import area_regions
from overlaycut.errors import MissingPart, UsageError
from overlaycut.media import Clip, samples
from policies import policy

otio = pytest.importorskip("opentimelineio")
pytestmark = pytest.mark.slow

SIZE = (108, 192)


def project(folder: Path, *, rate: str = "25", size: tuple[int, int] = SIZE) -> Path:
    """Shots of unlike rates, the second trimmed off its frames, the third faster and held; captions, voice, a card."""
    tone = Tone(seconds=Fraction(1), click=Fraction(1, 4), codec="pcm_s16le")
    draw_clip(folder / "a.mov", scenes(24, size), tick=Fraction(1, 24), tone=tone)
    draw_clip(folder / "b.mov", scenes(40, size)[8:], tick=Fraction(1001, 30000))
    draw_clip(folder / "c.mov", scenes(30, size)[4:], tick=Fraction(1, 25))
    draw_sound(folder / "voice.wav", Tone(seconds=Fraction(2), click=Fraction(1), codec="pcm_s16le"))
    Image.new("RGB", size, SKIN).save(folder / "card.png")
    (folder / "words.srt").write_text("1\n00:00:00,200 --> 00:00:01,000\nHi there\n", encoding="utf-8")
    path = folder / "project.toml"
    path.write_text(
        f"""
[project]
name = "Cuts & more"
outputs = ["{policy(folder, "tall")}"]
master = "{SIZE[0]}x{SIZE[1]}@{rate}"
[[shots]]
name = "kitchen"
clip = "a.mov"
[[shots]]
clip = "b.mov"
in = 0.21
out = 0.9
[[shots]]
clip = "c.mov"
speed = 1.25
hold = 0.2
[captions]
source = "words.srt"
[audio]
voice = "voice.wav"
[end_card]
image = "card.png"
seconds = 0.4
""",
        encoding="utf-8",
    )
    return path


def kinds_of(report: HandoverReport) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in report.files:
        assert one.path.exists(), one.path
        found.setdefault(one.kind, []).append(one.path.relative_to(report.folder).as_posix())
    return found


def test_everything_is_in_the_folder_under_relative_names(tmp_path: Path) -> None:
    report = overlaycut.handover(project(tmp_path), tmp_path / "ho")
    kinds = kinds_of(report)
    assert kinds["clip"] == ["media/shot-01.mov", "media/shot-02.mov", "media/shot-03.mov"]
    assert set(kinds["timeline"]) == {f"Cuts-more{end}" for end in (".otio", ".fcpxml", ".edl", ".xml")}
    assert set(kinds["subtitles"]) == {f"Cuts-more{end}" for end in (".srt", ".vtt", ".ass")}
    assert set(kinds["stem"]) == {"media/sound.wav", "media/voice.wav"}
    assert kinds["captions"] == ["media/captions.mov"]
    assert "matte" not in kinds, "nothing was repaired"
    timeline = otio.adapters.read_from_file(str(tmp_path / "ho" / "Cuts-more.otio"))
    for clip in timeline.find_clips():
        url = clip.media_reference.target_url
        assert not url.startswith("/") and (tmp_path / "ho" / url).is_file()
    readme = (tmp_path / "ho" / "README.md").read_text(encoding="utf-8")
    assert "DaVinci Resolve 18.5" in readme and "kitchen" in readme and "media/shot-02.mov" in readme
    facts = {path.name: Clip(path).facts for path in (tmp_path / "ho" / "media").glob("*.mov")}
    assert {one.fps for one in facts.values()} == {Fraction(25)}
    assert facts["captions.mov"].codec == "prores" and facts["captions.mov"].pix_fmt.startswith("yuva444")


def off(one: Frame, other: Frame) -> float:
    """Mean distance of two frames, in levels of luma."""
    return float(np.abs(one.y.astype(int) - other.y).mean())


@pytest.mark.parametrize("rate", ["24000/1001", "30"])
def test_the_clips_hold_the_programmes_frames(tmp_path: Path, rate: str) -> None:
    """Frame for frame: what the timeline names is what the master shows."""
    path = project(tmp_path, rate=rate)
    master = list(Clip(overlaycut.run(path, tmp_path / "out", master="lossless").master).frames())
    report = overlaycut.handover(path, tmp_path / "ho", to=["fcp"], plans=tmp_path / "out" / "plans")
    assert report.frames == len(master)
    timeline = otio.adapters.read_from_file(str(tmp_path / "ho" / "Cuts-more.otio"))
    shots = [clip for clip in timeline.tracks[0].find_clips() if clip.name != "end card"]
    assert [clip.name for clip in shots] == ["kitchen", "shot-02", "shot-03"]
    at = 0
    for clip in shots:
        first, frames = (int(one.value) for one in (clip.source_range.start_time, clip.source_range.duration))
        media = list(Clip(tmp_path / "ho" / clip.media_reference.target_url).frames())
        assert len(media) == clip.media_reference.available_range.duration.value >= first + frames
        for n in range(frames):
            own, *others = (
                off(media[first + n], master[i]) for i in (at + n, at + n - 1, at + n + 1) if i < len(master)
            )
            assert own < 3 and own <= min(others), (clip.name, n)
        at += frames
    assert int(timeline.tracks[0][-1].source_range.duration.value) == len(master) - at


def test_stems_add_up_to_the_mix(tmp_path: Path) -> None:
    path = project(tmp_path)
    wave = np.concatenate(list(samples(overlaycut.run(path, tmp_path / "out", master="prores").master)))
    overlaycut.handover(path, tmp_path / "ho", to=["resolve"])
    stems = [np.concatenate(list(samples(tmp_path / "ho" / "media" / f"{name}.wav"))) for name in ("sound", "voice")]
    assert stems[0].shape == stems[1].shape == wave.shape
    assert np.abs(sum(stems) - wave).max() < 1e-5


def test_a_clip_of_another_shape_is_framed_and_kept_whole(tmp_path: Path) -> None:
    report = overlaycut.handover(project(tmp_path, size=(192, 108)), tmp_path / "ho", to=["resolve"])
    kinds = kinds_of(report)
    assert len(kinds["clip"]) == len(kinds["framed"]) == 3
    whole, framed = (Clip(tmp_path / "ho" / kinds[kind][0]).facts for kind in ("clip", "framed"))
    assert (whole.width, whole.height, framed.width, framed.height) == (192, 108, *SIZE)
    timeline = otio.adapters.read_from_file(str(tmp_path / "ho" / "Cuts-more.otio"))
    assert timeline.tracks[0][0].media_reference.target_url == "media/shot-01-framed.mov"


def test_a_crossfade_has_its_frames_on_both_sides(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        draw_clip(tmp_path / name, scenes(20, SIZE), tick=Fraction(1, 25))
    (tmp_path / "p.toml").write_text(
        f"""
[project]
outputs = ["{policy(tmp_path, "tall")}"]
master = "108x192@25"
[[shots]]
clip = "a.mp4"
[[shots]]
clip = "b.mp4"
transition = "crossfade"
transition_seconds = 0.2
""",
        encoding="utf-8",
    )
    report = overlaycut.handover(tmp_path / "p.toml", tmp_path / "ho", to=["fcp"])
    timeline = otio.adapters.read_from_file(str(tmp_path / "ho" / "overlaycut.otio"))
    first, fade, second = timeline.tracks[0]
    assert (fade.in_offset.value, fade.out_offset.value) == (2, 3)
    assert (int(first.duration().value), int(second.duration().value)) == (17, 18) and report.frames == 35
    assert second.source_range.start_time.value == 2
    assert first.available_range().duration.value == second.available_range().duration.value == 20


@pytest.fixture(scope="module")
def repaired(tmp_path_factory: pytest.TempPathFactory) -> HandoverReport:
    """A clip whose lettering melts, handed over to compositors."""
    folder = tmp_path_factory.mktemp("repaired")
    draw_clip(folder / "a.mp4", scenes(8, SIZE), tick=Fraction(1, 24))
    plan = overlaycut.analyze(folder / "a.mp4")
    (box,) = area_regions([overlaycut.Area(30, 60, 44, 20)], plan.clip, "erase")
    quads = {frame: Quad.of(quad.array() + 0.37 * frame) for frame, quad in box.quads.items()}
    box = box.model_copy(update={"quads": quads, "decided_by": "person", "reason": "legal asked"})
    overlaycut.write_plan(plan.model_copy(update={"regions": (box,)}), folder / "plans" / "shot-01.json")
    return overlaycut.handover(
        folder / "a.mp4", folder / "ho", to=["ae", "nuke"], sequence="exr", plans=folder / "plans"
    )


def test_a_repaired_clip_has_plate_matte_tracks_and_markers(repaired: HandoverReport) -> None:
    kinds = kinds_of(repaired)
    assert kinds["clip"] == ["media/shot-01.mov"] and kinds["plate"] == ["media/shot-01-plate.mov"]
    assert [(one["frame"], one["kind"], one["note"]) for one in repaired.markers if one["kind"] == "decision"] == [
        (0, "decision", "legal asked")
    ]
    assert kinds["matte"] == ["media/shot-01-matte.mov"]
    assert {path.rpartition(".")[2] for path in kinds["track"]} == {"txt", "nk"}
    assert set(kinds["sequence"]) == {"sequences/shot-01-plate", "sequences/shot-01-matte"}
    names = sorted(path.name for path in (repaired.folder / "sequences" / "shot-01-plate").iterdir())
    assert names == [f"shot-01-plate.{n:04d}.exr" for n in range(1, 9)]


def test_the_matte_is_where_clip_and_plate_may_differ(repaired: HandoverReport) -> None:
    source = list(Clip(repaired.folder.parent / "a.mp4").frames())
    clip, matte = (list(Clip(repaired.folder / "media" / f"shot-01{end}.mov").frames()) for end in ("", "-matte"))
    for before, after, mask in zip(source, clip, matte, strict=True):
        outside = mask.y < 20
        assert np.abs(before.y.astype(int) - after.y)[outside].mean() < 3
    assert max(mask.y.max() for mask in matte) > 200


def test_tracks_are_the_plans_quads(repaired: HandoverReport) -> None:
    plan = overlaycut.read_plan(repaired.folder / "plans" / "shot-01.json")
    path = next(one.path for one in repaired.files if one.path.name.endswith(".ae.txt"))
    region = next(one for one in plan.regions if path.name == f"shot-01-{one.id}.ae.txt")
    block = path.read_text(encoding="utf-8").split("Effects\t")[1]
    keys = {int(f): (float(x), float(y)) for f, x, y in re.findall(r"^\t(\d+)\t(\S+)\t(\S+)\t$", block, re.MULTILINE)}
    assert keys.keys() == region.quads.keys()
    assert all(np.abs(np.subtract(keys[f], region.quads[f].a)).max() <= 0.01 for f in keys)


def test_without_the_extra_the_message_has_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "opentimelineio", None)
    with pytest.raises(MissingPart, match="opentimelineio"):
        overlaycut.handover(tmp_path / "a.mp4", tmp_path / "ho")
    assert command_line(["handover", str(tmp_path / "a.mp4"), "-o", str(tmp_path / "ho")]) == 5
    assert "pip install 'overlaycut[handover]'" in capsys.readouterr().err


def test_another_program_is_refused_before_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="avid"):
        overlaycut.handover(tmp_path / "missing.mp4", tmp_path / "ho", to=["avid"])


# Rendered by another program


def mlt_of(timeline: Any, folder: Path, size: tuple[int, int], rate: Fraction) -> str:
    """The lowest track of a timeline as a playlist of MLT."""
    root = Xml.Element("mlt", root=str(folder))
    Xml.SubElement(
        root, "profile", width=str(size[0]), height=str(size[1]), progressive="1", sample_aspect_num="1",
        sample_aspect_den="1", display_aspect_num=str(size[0]), display_aspect_den=str(size[1]),
        frame_rate_num=str(rate.numerator), frame_rate_den=str(rate.denominator), colorspace="709",
    )  # fmt: skip
    playlist = Xml.Element("playlist", id="shots")
    for number, clip in enumerate(timeline.tracks[0].find_clips()):
        producer = Xml.SubElement(root, "producer", id=f"p{number}")
        Xml.SubElement(producer, "property", name="resource").text = clip.media_reference.target_url
        first, frames = (int(one.value) for one in (clip.source_range.start_time, clip.source_range.duration))
        Xml.SubElement(playlist, "entry", {"producer": f"p{number}", "in": str(first), "out": str(first + frames - 1)})
    root.append(playlist)
    return Xml.tostring(root, encoding="unicode")


def test_melt_renders_the_timeline_as_our_programme(tmp_path: Path) -> None:
    melt = shutil.which("melt")
    if melt is None:
        pytest.skip("melt is not installed (Debian's package melt)")
    path = project(tmp_path, rate="30000/1001")
    master = list(Clip(overlaycut.run(path, tmp_path / "out", master="lossless").master).frames())
    overlaycut.handover(path, tmp_path / "ho", to=["resolve"])
    timeline = otio.adapters.read_from_file(str(tmp_path / "ho" / "Cuts-more.otio"))
    script, out = tmp_path / "cut.mlt", tmp_path / "melt.mkv"
    script.write_text(mlt_of(timeline, tmp_path / "ho", SIZE, Fraction(30000, 1001)), encoding="utf-8")
    consumer = [f"avformat:{out}", "vcodec=ffv1", "pix_fmt=yuv420p", "an=1", "real_time=-1"]
    said = subprocess.run(
        [melt, "-quiet", str(script), "-consumer", *consumer], capture_output=True, text=True, timeout=300,
        env={"PATH": "/usr/bin:/bin", "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert out.is_file() and out.stat().st_size, (said.returncode, said.stderr)
    rendered = list(Clip(out).frames())
    assert len(rendered) == len(master)
    likeness = [structural_similarity(a.y, b.y) for a, b in zip(rendered, master, strict=True)]
    assert min(likeness) >= 0.98
