"""`caption` from end to end on a drawn clip: every target, every source of words, and what is said."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import overlaycut
from draw import draw_clip, scenes
from overlaycut.captions import read_cues
from overlaycut.core.cues import KeepOut
from overlaycut.core.frame import Layer, Picture
from overlaycut.core.geometry import Box
from overlaycut.errors import OutputError, UsageError
from overlaycut.media import Clip

WIDTH, HEIGHT = 180, 320
SRT = "1\n00:00:00,200 --> 00:00:00,700\nHello there\n\n2\n00:00:00,700 --> 00:00:01,500\ncold brew 🔥\n"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    draw_clip(path, scenes(30, (WIDTH, HEIGHT)), tick=Fraction(1, 30))
    return path


@pytest.fixture
def subs(tmp_path: Path) -> Path:
    path = tmp_path / "words.srt"
    path.write_text(SRT, encoding="utf-8")
    return path


def alphas(path: Path) -> list[float]:
    """Mean alpha of each picture of a layer, 0..1."""
    import av

    found = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        if stream.codec_context.name == "vp9":  # FFmpeg's own decoder drops alpha
            context = av.CodecContext.create("libvpx-vp9", "r")
            frames = (frame for packet in container.demux(stream) for frame in context.decode(packet))
        else:
            frames = container.decode(stream)
        for frame in frames:
            assert frame.format.name.startswith("yuva")
            found.append(float(frame.to_ndarray(format="rgba")[..., 3].mean()) / 255)
    return found


def test_every_target_at_once_and_all_agree(clip: Path, subs: Path, tmp_path: Path) -> None:
    report = overlaycut.caption(
        clip,
        subs,
        out=tmp_path / "out.mp4",
        alpha=tmp_path / "layer",
        stills=[(Fraction(1, 2), tmp_path / "still.png"), (Fraction(99), tmp_path / "last.png")],
        sidecars=[tmp_path / f"words.{kind}" for kind in ("vtt", "ass")],
        style="pop",
    )
    assert [cue.text for cue in report.cues] == ["Hello there", "cold brew 🔥"]
    assert set(report.to_dict()["cues"][0]) >= {"start", "end", "text", "box", "lines"}
    assert report.missing_glyphs == ()
    assert any("beyond the end of the clip" in warning for warning in report.warnings)
    clean, burned = list(Clip(clip).frames()), list(Clip(tmp_path / "out.mp4").frames())
    assert len(clean) == len(burned) == 30
    layer = sorted((tmp_path / "layer").glob("*.png"))
    assert len(layer) == 30
    assert (tmp_path / "layer" / "frames.ffconcat").read_text().count("duration") == 30
    for n in (0, 5, 6, 15, 20, 21, 29):
        alone: Picture = np.array(Image.open(layer[n]))
        assert alone[..., 3].any() == (n >= 6)
        once = clean[n].with_layers(Layer.from_rgba(alone, x=0, y=0))
        assert np.abs(once.y.astype(int) - burned[n].y).mean() < 1.5  # x264 at crf 14 lies between
    still = np.array(Image.open(tmp_path / "still.png")).astype(int)
    assert np.abs(still - burned[15].rgb()).mean() < 3
    assert [cue.text for cue in read_cues(tmp_path / "words.vtt").cues] == ["Hello there", "cold brew 🔥"]
    assert [cue.text for cue in read_cues(tmp_path / "words.ass").cues] == ["Hello there", "cold brew 🔥"]


@pytest.mark.parametrize("name", ["layer.mov", "layer.webm"])
def test_layers_for_editors_have_alpha_where_words_are(clip: Path, subs: Path, tmp_path: Path, name: str) -> None:
    overlaycut.caption(clip, subs, alpha=tmp_path / name)
    means = alphas(tmp_path / name)
    assert len(means) == 30
    assert max(means[:6]) < 0.01 and min(means[9:]) > 0.002


def test_words_keep_clear_of_a_platform_and_of_faces(clip: Path, subs: Path, tmp_path: Path) -> None:
    free = Box(8, 25, 147, 214)  # 1080x1920's 44, 150, 886 and 1286, a sixth of each, rounded away from the edge
    lower = Box(0, 150, WIDTH, 100)
    taken = [KeepOut(lower, Fraction(0), Fraction(9), "a face")]
    for ads in (False, True):
        target = tmp_path / "a.srt"
        report = overlaycut.caption(clip, subs, sidecars=[target], platform="tiktok", ads=ads, taken=taken)
        for cue in report.cues:
            box = cue.box
            assert box.overlap(free) == box.area and box.overlap(lower) == 0
    with pytest.raises(UsageError):
        overlaycut.caption(clip, subs, sidecars=[tmp_path / "a.srt"], ads=True)


def test_the_right_wording_takes_a_transcripts_times(clip: Path, tmp_path: Path) -> None:
    words = [("over", 0.0, 0.2), ("lay", 0.2, 0.3), ("cut", 0.3, 0.5), ("reads", 0.5, 0.7), ("ids", 0.7, 0.9)]
    heard = {"segments": [{"start": 0, "end": 0.9, "text": "", "words": [
        {"word": f" {text}", "start": start, "end": end} for text, start, end in words]}]}  # fmt: skip
    (tmp_path / "heard.json").write_text(json.dumps(heard))
    (tmp_path / "script.txt").write_text("Overlaycut reads IDs.")
    (tmp_path / "names.toml").write_text('"OverlayCut" = ["overlaycut"]')
    report = overlaycut.caption(
        clip,
        tmp_path / "heard.json",
        script=tmp_path / "script.txt",
        glossary=tmp_path / "names.toml",
        sidecars=[tmp_path / "a.srt"],
    )
    (cue,) = report.cues
    assert cue.to_dict()["words"] == [["OverlayCut", 0.0, 0.5], ["reads", 0.5, 0.7], ["IDs.", 0.7, 0.9]]
    assert any("script.txt" in warning for warning in report.warnings)


def test_plain_text_is_spread_over_the_clip(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "script.txt").write_text("Hello there. Cold brew.")
    report = overlaycut.caption(clip, tmp_path / "script.txt", sidecars=[tmp_path / "a.srt"])
    assert [cue.text for cue in report.cues] == ["Hello there.", "Cold brew."]
    assert report.cues[-1].words[-1][2] == 1


@pytest.mark.parametrize(
    ("targets", "error"),
    [
        ({}, UsageError),
        ({"alpha": "layer.mp4"}, OutputError),
        ({"sidecars": ["words.txt"]}, OutputError),
        ({"stills": [(Fraction(-1), "a.png")]}, UsageError),
        ({"stills": [(Fraction(1), "a.jpg")]}, UsageError),
        ({"out": "a.mp4", "sidecars": ["a.srt", "a.srt"]}, UsageError),
        ({"out": "words.srt"}, UsageError),
    ],
)
def test_targets_that_cannot_be_are_refused_and_leave_nothing(
    clip: Path, subs: Path, tmp_path: Path, targets: dict[str, object], error: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error):
        overlaycut.caption(clip, subs, **targets)  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["words.srt"]
    assert subs.read_text(encoding="utf-8") == SRT


def test_a_folder_that_holds_something_is_left_alone(clip: Path, subs: Path, tmp_path: Path) -> None:
    (tmp_path / "layer").mkdir()
    (tmp_path / "layer" / "mine.txt").touch()
    with pytest.raises(OutputError):
        overlaycut.caption(clip, subs, alpha=tmp_path / "layer")
    assert [path.name for path in (tmp_path / "layer").iterdir()] == ["mine.txt"]
    (tmp_path / "layer" / "mine.txt").unlink()
    overlaycut.caption(clip, subs, alpha=tmp_path / "layer")
    assert len(list((tmp_path / "layer").glob("*.png"))) == 30


def test_styles_are_listed_and_drawn(tmp_path: Path) -> None:
    report = overlaycut.styles(tmp_path / "sheet.png", names=["clean", "pill"])
    assert [style.name for style in report.styles] == ["clean", "pill"]
    sheet = np.array(Image.open(tmp_path / "sheet.png"))
    left, right = sheet[:, : sheet.shape[1] // 2], sheet[:, sheet.shape[1] // 2 :]
    violet = [(part[..., 2].astype(int) - part[..., 1] > 150).sum() for part in (left, right)]
    assert violet[1] > 500 > violet[0]
    assert len(overlaycut.styles().styles) >= 10
