"""The editors' scripts of docs/scripts, run: programs that are not here are stood in for, and what they set is read."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import overlaycut
import plans
from cuts import RATES, SHOTS, cut
from draw import draw_clip, scenes
from overlaycut.core.geometry import Box
from overlaycut.interchange import marker_table, otio_text
from overlaycut.media import read_still

SCRIPTS = Path(__file__).resolve().parents[2] / "docs" / "scripts"
SIZE = (108, 192)


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# A folder cleaned, its timeline relinked


def test_a_folder_is_cleaned_and_its_timeline_relinked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    media = tmp_path / "media"
    media.mkdir()
    for number in (1, 2):
        draw_clip(media / f"shot-0{number}.mp4", scenes(6, SIZE), tick=Fraction(1, 25))
    text = otio_text(cut(Fraction(25))).replace(".mov", ".mp4")
    (tmp_path / "cut.otio").write_text(text, encoding="utf-8")
    judge = overlaycut.analyze

    def one_is_broken(clip: Path, **more: Any) -> overlaycut.EditPlan:
        plan = judge(clip, **more)
        if clip.stem != "shot-01":
            return plan.model_copy(update={"regions": ()})
        region = plans.region(box=Box(20, 60, 44, 20), span=overlaycut.Span(0, 6))
        return plan.model_copy(update={"regions": (region,)})

    monkeypatch.setattr(overlaycut, "analyze", one_is_broken)
    monkeypatch.setattr(overlaycut.CleanReport, "ok", property(lambda _: True))
    relinked = script("clean_and_relink").main(["media", "cut.otio"])
    assert relinked is not None
    assert [one.clip.name for one in relinked.relinked] == ["shot-01.clean.mp4"]
    otio = pytest.importorskip("opentimelineio")
    track = otio.adapters.read_from_file(str(relinked.out)).tracks[0]
    names = [clip.media_reference.target_url for clip in track.find_clips()]
    assert names == ["clean/shot-01.clean.mp4", "media/shot-02.mp4", "media/shot-03.mp4"]


# A caption's style


def test_a_caption_is_drawn_in_a_brands_style(tmp_path: Path) -> None:
    draw_clip(tmp_path / "clip.mp4", scenes(8, SIZE), tick=Fraction(1, 25))
    (tmp_path / "words.srt").write_text("1\n00:00:00,000 --> 00:00:00,300\nHi there\n", encoding="utf-8")
    words = [str(tmp_path / "clip.mp4"), str(tmp_path / "words.srt"), "--out", str(tmp_path / "o")]
    report = script("caption_style").main([*words, "--fill", "#ff0000", "--size", "0.2"])
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == [
        "captions.mov", "clip.mp4", "look.png", "words.vtt"
    ]  # fmt: skip
    look = read_still(tmp_path / "o" / "look.png").astype(int)
    red = (look[..., 0] > 200) & (look[..., 1] < 60) & (look[..., 2] < 60)
    assert red.sum() > 50, "the brand's colour is on the picture"
    assert report.cues[0].box.h > 0.15 * SIZE[0]
    with pytest.raises(overlaycut.InvalidValue):
        script("caption_style").brand_style("clean", "red-ish", None)


# Resolve


@dataclass
class ResolveTimeline:
    """Resolve's markers: one per frame, and a True that means little."""

    loses_colour: bool = False
    markers: dict[int, dict[str, Any]] = field(default_factory=dict)

    def GetMarkers(self) -> dict[int, dict[str, Any]]:
        return {frame: dict(one) for frame, one in self.markers.items()}

    def AddMarker(self, frame: int, color: str, name: str, note: str, duration: int, custom: str) -> bool:
        if frame in self.markers:
            return False
        colour = "Blue" if self.loses_colour else color
        told = {"color": colour, "name": name, "note": note, "duration": duration, "customData": custom}
        self.markers[frame] = told
        return True

    def DeleteMarkerAtFrame(self, frame: int) -> bool:
        return self.markers.pop(frame, None) is not None


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "markers.csv"
    path.write_text(marker_table(cut(Fraction(24))) + "53,00:00:02.208,warning,second,of one frame\n", encoding="utf-8")
    return path


def test_markers_come_onto_resolves_timeline(table: Path) -> None:
    timeline, add = ResolveTimeline(), script("resolve_markers").add_markers
    timeline.markers[7] = {"color": "Pink", "name": "mine", "note": "", "duration": 1, "customData": ""}
    assert add(timeline, table) == add(timeline, table) == 2
    assert set(timeline.markers) == {7, 25, 53}
    assert timeline.markers[25]["color"] == "Green" and timeline.markers[25]["name"] == "restore: COLD BREW"
    assert timeline.markers[53]["color"] == "Red", "the worst of one frame"
    assert "second: of one frame" in timeline.markers[53]["note"]


def test_a_setter_that_did_nothing_is_found(table: Path) -> None:
    with pytest.raises(RuntimeError, match="Blue"):
        script("resolve_markers").add_markers(ResolveTimeline(loses_colour=True), table)


# Premiere


def report_of(rate: Fraction) -> dict[str, Any]:
    """What `handover --json` prints, as far as the panel wants it."""
    markers = [{"frame": one.frame, "kind": one.kind, "name": one.name, "note": one.note} for one in cut(rate).markers]
    files = [{"path": "/h/media/shot-01.mov", "kind": "clip"}, {"path": "/h/README.md", "kind": "readme"}]
    return {"rate": str(rate), "files": files, "markers": markers}


@pytest.mark.parametrize("rate", [*RATES, Fraction(60000, 1001)])
def test_premieres_ticks_are_whole_frames(rate: Fraction) -> None:
    found = script("premiere_message").message(report_of(rate))
    starts = [Fraction(one["start"]) / 254_016_000_000 * rate for one in found["markers"]]
    assert starts == [25, 53]
    assert found["files"] == ["/h/media/shot-01.mov"]


PREMIERE = """
const { applyMessage } = require(process.argv[2]);
const message = JSON.parse(require("fs").readFileSync(process.argv[3], "utf8"));
let locked = false; const marks = []; let files = null;
const markers = {
  createAddMarkerAction(name, type, start, duration, comments) {
    if (!locked) throw new Error("actions are made inside lockedAccess");
    return () => marks.push({ name, type, start, duration, comments });
  },
  getMarkers: () => marks.map((one) => ({ getName: () => one.name, getStart: () => one.start })),
};
const project = {
  importFiles: async (paths) => { files = paths; return true; },
  getRootItem: async () => ({}),
  getActiveSequence: async () => ({}),
  lockedAccess(work) { locked = true; work(); locked = false; },
  executeTransaction(work) { work({ addAction: (action) => action() }); },
};
const ppro = {
  Project: { getActiveProject: async () => project },
  Markers: { getMarkers: async () => markers },
  TickTime: { createWithTicks: (ticks) => ({ ticks }) },
};
applyMessage(message, ppro).then((said) => console.log(JSON.stringify({ said, marks, files })));
"""


def test_the_panel_imports_and_marks(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    (tmp_path / "message.json").write_text(json.dumps(script("premiere_message").message(report_of(Fraction(24)))))
    (tmp_path / "premiere.js").write_text(PREMIERE, encoding="utf-8")
    panel = SCRIPTS / "premiere_panel" / "panel.js"
    command = [node, str(tmp_path / "premiere.js"), str(panel), str(tmp_path / "message.json")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    assert found["said"] == "1 file(s), 2 marker(s)" and found["files"] == ["/h/media/shot-01.mov"]
    assert [one["start"]["ticks"] for one in found["marks"]] == [str(254_016_000_000 // 24 * n) for n in (25, 53)]
    assert json.loads((panel.parent / "manifest.json").read_text())["host"]["app"] == "premierepro"


# Blender


class Strip:
    """A strip of Blender: its handles move with each other as there."""

    def __init__(self, kind: str, name: str, path: str, channel: int, start: int) -> None:
        self.kind, self.name, self.path, self.channel, self.frame_start = kind, name, path, channel, start
        self.frame_offset_start, self._end, self.blend_type = 0, start + 10_000, "CROSS"
        self.frame_final_duration = 0

    @property
    def frame_final_start(self) -> int:
        return int(self.frame_start + self.frame_offset_start)

    @property
    def frame_final_end(self) -> int:
        return self._end

    @frame_final_end.setter
    def frame_final_end(self, value: int) -> None:
        self._end = value


def blender() -> SimpleNamespace:
    """A scene whose editor makes strips."""
    made = {kind: (lambda *words, kind=kind: Strip(kind, *words)) for kind in ("movie", "image", "sound")}
    strips = SimpleNamespace(**{f"new_{kind}": make for kind, make in made.items()})
    render = SimpleNamespace(resolution_x=0, resolution_y=0, fps=0, fps_base=0.0)
    return SimpleNamespace(render=render, frame_end=1, sequence_editor_create=lambda: SimpleNamespace(strips=strips))


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{float(rate):.3f}")
def test_blender_gets_the_cut_as_strips(tmp_path: Path, rate: Fraction) -> None:
    (tmp_path / "cut.otio").write_text(otio_text(cut(rate)), encoding="utf-8")
    scene = blender()
    strips = script("blender_strips").add_strips(scene, tmp_path / "cut.otio")
    assert scene.render.fps / scene.render.fps_base == pytest.approx(float(rate), abs=1e-9)
    shots = [one for one in strips if one.channel == 1]
    assert [one.frame_offset_start for one in shots] == [first for first, _ in SHOTS]
    lengths = [one.frame_final_end - one.frame_final_start for one in shots]
    assert lengths == [frames for _, frames in SHOTS]
    assert [one.frame_final_start for one in shots] == list(np.cumsum([1, *lengths[:-1]]))
    assert {one.kind for one in strips} == {"movie", "sound"}
    assert [one.blend_type for one in strips if one.path.endswith("captions.mov")] == ["ALPHA_OVER"]
    assert scene.frame_end == sum(lengths)
