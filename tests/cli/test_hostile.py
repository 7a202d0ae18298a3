"""Files that are meant to break: bounded time and memory, and a refusal or a result."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import time
import zlib
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from PIL import Image

from mp4_clips import write_mp4
from overlaycut.core.geometry import Span
from plans import plan, region

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="memory is counted by getrusage")]


@dataclass(frozen=True)
class Ended:
    code: int
    err: str
    seconds: float
    peak: float
    """MiB."""


_MEASURED = (
    "import resource, subprocess, sys\n"
    "with open('stderr', 'wb') as errors:\n"
    "    said = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=errors)\n"
    "print(said.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
)
"""Runs a command from a small process: a child's peak on Linux is at least what its parent held when it forked."""


def overlaycut(*words: object, cwd: Path) -> Ended:
    begun = time.monotonic()
    command = [sys.executable, "-c", _MEASURED, sys.executable, "-m", "overlaycut", *map(str, words)]
    code, peak = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout.split()
    return Ended(int(code), (cwd / "stderr").read_text(), time.monotonic() - begun, float(peak))


def refused(said: Ended, *, code: int = 3, peak: float = 600) -> None:
    assert said.code == code and len(said.err.splitlines()) == 1, said.err
    assert said.peak < peak and said.seconds < 60


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *extra: bytes, rows: int | None = None) -> bytes:
    """A black picture, of which only `rows` rows are there."""
    packed, row = zlib.compressobj(9), bytes(width * 3 + 1)
    data = b"".join(packed.compress(row) for _ in range(height if rows is None else rows)) + packed.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def clip_of(path: Path, picture: bytes, size: tuple[int, int], *, frames: int = 3) -> Path:
    """The same PNG again and again as a clip."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("png", rate=25)
        stream.width, stream.height = size
        stream.pix_fmt = "rgb24"
        for at in range(frames):
            packet = av.Packet(picture)
            packet.stream, packet.pts, packet.dts, packet.duration = stream, at, at, 1
            packet.time_base = Fraction(1, 25)
            container.mux(packet)
    return path


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 3), (1, 2000), (4000, 2)], ids=str)
def test_clips_of_few_pixels(tmp_path: Path, size: tuple[int, int]) -> None:
    clip = clip_of(tmp_path / "a.mov", png(*size), size)
    assert overlaycut("probe", clip, cwd=tmp_path).code == 0
    said = overlaycut("clean", clip, "--no-cache", "-o", "out.mp4", cwd=tmp_path)
    assert said.code in (0, 1), said.err
    assert said.peak < 900


@pytest.mark.parametrize("size", [(30000, 64), (64, 30000)], ids=str)
def test_clips_larger_than_can_be_encoded(tmp_path: Path, size: tuple[int, int]) -> None:
    clip = clip_of(tmp_path / "a.mov", png(*size), size)
    (tmp_path / "a.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    for words in (("clean", clip, "--area", "1,1,20,20", "--no-cache"), ("caption", clip, "--subs", "a.srt")):
        said = overlaycut(*words, "-o", "out.mp4", cwd=tmp_path)
        refused(said, code=2, peak=400)  # before the first frame is analysed
        assert "16384" in said.err


def test_a_frame_of_8k(tmp_path: Path) -> None:
    clip = clip_of(tmp_path / "a.mov", png(7680, 4320), (7680, 4320), frames=1)
    said = overlaycut("clean", clip, "--area", "100,100,200,100", "--no-cache", "-o", "out.mp4", cwd=tmp_path)
    assert said.code in (0, 1) and said.peak < 4000, said.err


@pytest.mark.parametrize("text", ["a " * 1000, "w" * 2000, "a" + "\u0301" * 1999], ids=["words", "letters", "marks"])
def test_the_longest_cues_that_are_read(tmp_path: Path, text: str) -> None:
    clip = write_mp4(tmp_path / "a.mp4", frames=4)
    (tmp_path / "a.vtt").write_text(f"WEBVTT\n\n00:00.000 --> 00:01.000\n{text}\n", encoding="utf-8")
    said = overlaycut("caption", clip, "--subs", "a.vtt", "-o", "out.mp4", cwd=tmp_path)
    assert said.code == 0 and said.seconds < 60 and said.peak < 600, said.err


def test_a_cue_of_100_000_characters(tmp_path: Path) -> None:
    clip = write_mp4(tmp_path / "a.mp4", frames=4)
    (tmp_path / "a.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\n" + "word " * 20_000)
    refused(overlaycut("caption", clip, "--subs", "a.vtt", "-o", "out.mp4", cwd=tmp_path), code=2)


def test_5000_cues(tmp_path: Path) -> None:
    clip = write_mp4(tmp_path / "a.mp4", frames=4)
    times = [f"{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}.000" for n in range(5001)]
    cues = "".join(f"{start} --> {end}\nline\n\n" for start, end in pairwise(times))
    (tmp_path / "a.vtt").write_text(f"WEBVTT\n\n{cues}")
    said = overlaycut("caption", clip, "--subs", "a.vtt", "-o", "out.mp4", cwd=tmp_path)
    assert said.code == 0 and said.seconds < 120 and said.peak < 600, said.err


def test_a_plan_of_10_000_regions(tmp_path: Path) -> None:
    clip = write_mp4(tmp_path / "a.mp4", frames=4)
    path = tmp_path / "plan.json"
    path.write_text(plan(*(region(f"r{n}", span=Span(0, 1)) for n in range(1000))).to_json())
    document = json.loads(path.read_text())
    document["regions"] *= 10
    path.write_text(json.dumps(document))
    refused(overlaycut("clean", clip, "--plan", path, "--no-cache", "-o", "out.mp4", cwd=tmp_path), code=2)


def test_a_plan_of_100_000_quads(tmp_path: Path) -> None:
    clip = write_mp4(tmp_path / "a.mp4", frames=4)
    path = tmp_path / "plan.json"
    path.write_text(plan(region(span=Span(0, 100_000), decision="keep", edit=None)).to_json())
    said = overlaycut("clean", clip, "--plan", path, "--no-cache", "-o", "out.mp4", cwd=tmp_path)
    refused(said, code=2)


@pytest.mark.parametrize("side", [65535, 16384])
def test_headers_that_claim_a_large_picture(tmp_path: Path, side: int) -> None:
    clip = write_mp4(tmp_path / "a.mp4", frames=4)
    data = bytearray(clip.read_bytes())
    entry, track = data.index(b"avc1\0\0\0\0"), data.index(b"tkhd")
    data[entry + 28 : entry + 32] = struct.pack(">HH", side, side)
    data[track + 80 : track + 88] = struct.pack(">II", side << 16, side << 16)
    clip.write_bytes(data)
    said = overlaycut("clean", clip, "--no-cache", "-o", "out.mp4", cwd=tmp_path)
    assert said.code == 0 and said.peak < 900
    bomb = clip_of(tmp_path / "b.mov", png(side, side, rows=2), (64, 64))
    refused(overlaycut("probe", bomb, cwd=tmp_path), peak=2500)


def test_a_clip_that_says_ten_hours(tmp_path: Path) -> None:
    clip = write_mp4(tmp_path / "a.mp4", frames=3, ticks=[0, 1, 36_000 * 30], layout=None)
    for words in (("probe",), ("clean", "--no-cache", "-o", "out.mp4")):
        said = overlaycut(words[0], clip, *words[1:], cwd=tmp_path)
        assert said.code == 0 and said.peak < 900 and said.seconds < 60, said.err


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.tiff"])
def test_decompression_bombs(tmp_path: Path, name: str) -> None:
    clip, still = write_mp4(tmp_path / "a.mp4", frames=4), tmp_path / name
    if name == "a.gif":
        size = struct.pack("<HH", 65535, 65535)
        head = b"GIF89a" + size + b"\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0" + size
        still.write_bytes(head + b"\0\x02\x02\x4c\x01\0;")
    elif name == "a.tiff":
        Image.new("1", (20000, 20000)).save(still, compression="group4")
    else:
        still.write_bytes(png(30000, 30000))
    said = overlaycut("analyze", clip, "--still", still, "--no-cache", cwd=tmp_path)
    refused(said)
    assert "100 million pixels" in said.err


@pytest.mark.parametrize(
    "data",
    [
        png(8, 8, *[chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(60_000_000), 9))] * 2),
        png(8, 8, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(100_000_000), 9))),
        png(400, 400)[:-60],
    ],
    ids=["text", "profile", "truncated"],
)
def test_pngs_that_are_wrong_inside(tmp_path: Path, data: bytes) -> None:
    clip, still = write_mp4(tmp_path / "a.mp4", frames=4), tmp_path / "a.png"
    still.write_bytes(data)
    refused(overlaycut("analyze", clip, "--still", still, "--no-cache", cwd=tmp_path))


def test_a_project_of_500_shots(tmp_path: Path) -> None:
    shots = "".join(f'[[shots]]\nclip = "{n}.mp4"\n' for n in range(500))
    (tmp_path / "p.toml").write_text(f'[project]\nname = "p"\noutputs = ["tiktok"]\n{shots}')
    said = overlaycut("run", "p.toml", "-o", "out", cwd=tmp_path)
    refused(said, code=2)
