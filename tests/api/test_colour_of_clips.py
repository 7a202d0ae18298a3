"""The colours of a clip of standard definition through whole verbs."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

import overlaycut
from draw import QUARTERS, UNTAGGED, Tags, colour_planes, colours_of, draw_clip, quarters, raw_planes
from overlaycut.deliver import read_mp4
from overlaycut.media import Clip
from policies import policy

pytestmark = pytest.mark.slow

SIZE = (128, 192)
BLUE = (11, 92, 255)


def rgb_by(planes: tuple[np.ndarray, ...], matrix: str) -> np.ndarray:
    """4:2:0 samples as FFmpeg's own conversion by a matrix shows them."""
    picture = av.VideoFrame(planes[0].shape[1], planes[0].shape[0], "yuv420p")
    for plane, values in zip(picture.planes, planes, strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        rows[:, : values.shape[1]] = values
    return picture.reformat(format="rgb24", src_colorspace=matrix, src_color_range="MPEG").to_ndarray()


@pytest.mark.parametrize("tags", [UNTAGGED, Tags(matrix=6, primaries=6, transfer=6)], ids=["untagged", "601"])
def test_a_cover_has_its_colour_and_the_rest_its_samples(tmp_path: Path, tags: Tags) -> None:
    planes = colour_planes(quarters(SIZE), "yuv420p", matrix=6)
    clip = draw_clip(tmp_path / "a.mp4", [planes] * 4, tags=tags).path
    report = overlaycut.clean(
        clip, tmp_path / "b.mp4", mode="cover", areas=[overlaycut.Area.parse("40,80,44,20")],
        cover=overlaycut.Cover(style="bar", colour="#0b5cff", fixed=True), lossless=True,
    )  # fmt: skip
    assert report.untouched_identical and report.ok
    after = raw_planes(tmp_path / "b.mp4")[1]
    assert (after[0][:60] == planes[0][:60]).all() and (after[1][:30] == planes[1][:30]).all()
    found = rgb_by(after, "ITU601")[86:94, 50:74].reshape(-1, 3).mean(axis=0)
    assert np.abs(found - BLUE).max() <= 4
    facts = read_mp4(tmp_path / "b.mp4").pictures[0].picture
    assert facts is not None and facts.colour is not None and facts.colour.matrix == "smpte170m"


@pytest.mark.parametrize("verb", ["export", "caption"])
def test_a_delivery_is_converted_and_tagged(tmp_path: Path, verb: str) -> None:
    planes = colour_planes(quarters((108, 192)), "yuv420p", matrix=6)
    clip = draw_clip(tmp_path / "a.mp4", [planes] * 30, tags=UNTAGGED).path
    subs = tmp_path / "a.srt"
    subs.write_text("1\n00:00:10,000 --> 00:00:11,000\nLate\n", encoding="utf-8")
    if verb == "export":
        report = overlaycut.export(clip, [policy(tmp_path, "tall")], tmp_path / "out", preset="ultrafast")
        path = report.deliveries[0].path
        assert any("read as BT.601" in text for text in report.warnings)
    else:
        path = tmp_path / "b.mp4"
        overlaycut.caption(clip, subs, out=path)
    facts = read_mp4(path).pictures[0].picture
    assert facts is not None and facts.colour is not None
    assert (facts.colour.primaries, facts.colour.transfer, facts.colour.matrix) == ("bt709", "bt709", "bt709")
    assert np.abs(colours_of(Clip(path).frames()) - QUARTERS).max() <= 6
