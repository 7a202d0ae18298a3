"""Colour from clip to file: samples and tags as they were read, and BT.709 where a delivery is made."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from draw import QUARTERS, UNTAGGED, Tags, colour_planes, colours_of, draw_clip, quarters, raw_planes, scene_frames
from overlaycut.core.colour import YcbcrMatrix
from overlaycut.core.frame import Frame
from overlaycut.media import Clip, Encoding, to_bt709, write_clip
from overlaycut.vision.colour import colour_of, samples_of

TAGGED = {
    "untagged": (UNTAGGED, (6, 6, 6)),
    "525 lines": (Tags(matrix=6, primaries=6, transfer=6), (6, 6, 6)),
    "625 lines": (Tags(matrix=5, primaries=5, transfer=6), (5, 6, 5)),
    "matrix alone": (Tags(matrix=5, primaries=None, transfer=None), (6, 6, 5)),
    "sRGB curve": (Tags(matrix=1, primaries=1, transfer=13), (1, 13, 1)),
    "709": (Tags(), (1, 1, 1)),
}


def tags_of(path: Path) -> tuple[int, int, int]:
    """Primaries, transfer and matrix as FFmpeg reads them."""
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        return context.color_primaries, context.color_trc, context.colorspace


@pytest.mark.parametrize(("tags", "written"), TAGGED.values(), ids=TAGGED)
def test_samples_go_through_and_tags_are_written_as_they_were_read(
    tmp_path: Path, tags: Tags, written: tuple[int, int, int]
) -> None:
    planes = colour_planes(quarters(), "yuv420p", matrix=tags.matrix or 6)
    drawn = draw_clip(tmp_path / "a.mp4", [planes] * 2, tags=tags)
    clip, out = Clip(drawn.path), tmp_path / "b.mp4"
    write_clip(clip.frames(), out, tick=clip.facts.tick, encoding=Encoding(lossless=True), tags=clip.tags)
    for before, after in zip(drawn.pictures, raw_planes(out), strict=True):
        assert all((a == b).all() for a, b in zip(before, after, strict=True))
    assert tags_of(out) == written
    assert Clip(out).facts.matrix == clip.facts.matrix
    assert np.abs(colours_of(Clip(out).frames()) - QUARTERS).max() <= 2


@pytest.mark.parametrize("matrix", [5, 6])
def test_a_delivery_has_the_colours_in_709(tmp_path: Path, matrix: int) -> None:
    planes = colour_planes(quarters(), "yuv420p", matrix=matrix)
    clip = Clip(draw_clip(tmp_path / "a.mp4", [planes] * 2, tags=Tags(matrix=matrix)).path)
    assert clip.facts.matrix == "bt601"
    frames = list(to_bt709(clip.frames()))
    assert [(frame.matrix, frame.at) for frame in frames] == [("bt709", Fraction(0)), ("bt709", Fraction(1, 25))]
    assert np.abs(colours_of(frames) - QUARTERS).max() <= 2
    write_clip(iter(frames), tmp_path / "b.mp4", tick=Fraction(1, 25), encoding=Encoding(lossless=True))
    assert tags_of(tmp_path / "b.mp4") == (1, 1, 1)


def test_frames_of_709_are_not_copied() -> None:
    frames = list(scene_frames(3))
    assert all(a is b for a, b in zip(to_bt709(iter(frames)), frames, strict=True))


@pytest.mark.parametrize("matrix", ["bt709", "bt601"])
def test_a_colour_comes_back_through_its_own_matrix(matrix: YcbcrMatrix) -> None:
    for colour in QUARTERS:
        assert np.abs(np.subtract(colour_of(samples_of(colour, matrix), matrix), colour)).max() <= 2
    frame = Frame.from_rgb(quarters(), index=0, at=Fraction(0), lasts=Fraction(1), matrix=matrix)
    assert np.abs(colours_of([frame]) - QUARTERS).max() <= 2
    expected = colour_planes(quarters(), "yuv420p", matrix=1 if matrix == "bt709" else 6)
    assert np.abs(frame.y.astype(int) - expected[0]).max() <= 1
