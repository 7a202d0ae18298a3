"""Interlaced clips, and clips whose size or shape changes on the way."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import av.filter
import numpy as np
import pytest

from draw import SIZE, draw_clip, scenes
from overlaycut.media import Clip

WIDTH, HEIGHT = 160, 96


def bar(position: float) -> np.ndarray:
    """A bright upright bar on grey, at a place between pixels."""
    columns = np.arange(WIDTH)[None] + 0.5
    edge = np.clip(position + 20 - columns, 0, 1) - np.clip(position - columns, 0, 1)
    return np.repeat(60 + 140 * edge, HEIGHT, axis=0)


def woven(path: Path, *, top_first: bool, codec: str, count: int = 10) -> Path:
    """A bar that moves by 4 pixels a field."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        quality = {"qp": "0", "x264-params": "log-level=none"} if codec == "libx264" else {"qscale": "1"}
        stream.codec_context.options = {"flags": "+ilme+ildct", **quality}
        fields = av.filter.Graph()
        nodes = fields.add_buffer(width=WIDTH, height=HEIGHT, format="yuv420p", time_base=Fraction(1, 25))
        marked = fields.add("setfield", "tff" if top_first else "bff")
        fields.link_nodes(nodes, marked, fields.add("buffersink")).configure()
        for n in range(count):
            first, second = 2 * n, 2 * n + 1
            if not top_first:
                first, second = second, first
            luma = np.empty((HEIGHT, WIDTH))
            luma[0::2], luma[1::2] = bar(10 + 4 * first)[0::2], bar(10 + 4 * second)[1::2]
            planes = np.vstack([luma, np.full((HEIGHT // 2, WIDTH), 128)])
            picture = av.VideoFrame.from_ndarray(np.rint(planes).astype(np.uint8), format="yuv420p")
            picture.pts, picture.time_base = n, Fraction(1, 25)
            fields.vpush(picture)
            out.mux(stream.encode(fields.vpull()))
        out.mux(stream.encode(None))
    return path


def comb(luma: np.ndarray) -> float:
    """How much rows differ from the mean of the rows beside them, in levels."""
    rows = luma.astype(float)
    return float(np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).mean())


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video"])
@pytest.mark.parametrize("top_first", [True, False], ids=["top first", "bottom first"])
def test_an_interlaced_clip_is_deinterlaced_and_says_so(tmp_path: Path, codec: str, top_first: bool) -> None:
    path = woven(tmp_path / ("a.mp4" if codec == "libx264" else "a.mpg"), top_first=top_first, codec=codec)
    clip = Clip(path)
    frames = list(clip.frames())
    assert len(frames) == 10 and any("interlaced: deinterlaced (bwdif)" in text for text in clip.full_facts.warnings)
    assert [frame.at for frame in frames] == [Fraction(n, 25) for n in range(10)]
    assert not clip.is_working_format
    assert comb(woven_luma(10 + 8, 10 + 12)) > 4
    for n, frame in enumerate(frames):
        assert comb(frame.y) < 1.5
        middle = float((np.clip(frame.y[40].astype(float) - 60, 0, None) * (np.arange(WIDTH) + 0.5)).sum())
        weight = float(np.clip(frame.y[40].astype(float) - 60, 0, None).sum())
        assert middle / weight == pytest.approx(10 + 8 * n + 10, abs=2.5), "the bar is where the first field has it"


def woven_luma(first: float, second: float) -> np.ndarray:
    luma = np.empty((HEIGHT, WIDTH))
    luma[0::2], luma[1::2] = bar(first)[0::2], bar(second)[1::2]
    return luma


def test_a_progressive_clip_is_not_touched(tmp_path: Path) -> None:
    clip = Clip(draw_clip(tmp_path / "a.mp4").path)
    assert clip.is_working_format and clip.full_facts.warnings == () and clip.notes == []


def changing(path: Path, *forms: tuple[tuple[int, int], Fraction | None]) -> Path:
    """Streams of different sizes or shapes, one after another in one transport stream."""
    parts = []
    for n, (size, aspect) in enumerate(forms):
        part = path.with_name(f"{n}.ts")
        options = {"x264-params": "log-level=none", "qp": "0"}
        start = 20 * n
        draw_clip(
            part, scenes(20, size), codec="libx264", options=options, pixel_aspect=aspect,
            ticks=range(start, start + 20),
        )  # fmt: skip
        parts.append(part.read_bytes())
    path.write_bytes(b"".join(parts))
    return path


def test_a_size_that_changes_is_letterboxed_and_said(tmp_path: Path) -> None:
    clip = Clip(changing(tmp_path / "a.ts", (SIZE, None), ((128, 64), None)))
    facts = clip.full_facts
    assert (facts.width, facts.height) == SIZE
    assert any("changes to 128x64" in text and "letterboxed into 64x96" in text for text in facts.warnings)
    frames = list(clip.frames())
    last = frames[-1].y
    assert (last[:30] <= 17).all() and (last[-30:] <= 17).all(), "black above and below"
    assert last[34:62].std() > 5, "the picture, 64x32, between"


def test_a_shape_that_changes_is_letterboxed_and_said(tmp_path: Path) -> None:
    clip = Clip(changing(tmp_path / "a.ts", (SIZE, None), (SIZE, Fraction(2))))
    facts = clip.full_facts
    assert any("(pixels 2)" in text for text in facts.warnings)
    last = list(clip.frames())[-1].y
    assert (last[:22] <= 17).all() and (last[-22:] <= 17).all() and last[26:70].std() > 5


@pytest.mark.footage
@pytest.mark.parametrize(
    ("name", "said"), [("inter.mp4", "deinterlaced"), ("sizechange.ts", "letterboxed"), ("vfr.mp4", "variable")]
)
def test_files_that_were_reported(footage: Path, name: str, said: str) -> None:
    path = footage.parent / "cases" / "files" / name
    if not path.exists():
        pytest.skip("the folder of reported files is not here")
    assert any(said in text for text in Clip(path).full_facts.warnings)
