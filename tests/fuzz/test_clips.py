"""Clips with flipped bits, cut short, or with parts doubled are read or refused; no process dies and none hangs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.mutations import TIMES
from mp4_clips import write_mp4

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.slow
def test_damaged_clips(tmp_path: Path) -> None:
    clips = [
        write_mp4(tmp_path / "h264.mp4", frames=12),
        write_mp4(tmp_path / "fragmented.mp4", frames=12, muxing={"movflags": "frag_keyframe+empty_moov"}),
        write_mp4(tmp_path / "stream.ts", frames=12, muxing={}),
        write_mp4(tmp_path / "matroska.mkv", frames=12, muxing={}),
        write_mp4(tmp_path / "mpeg4.mov", frames=12, muxing={}, codec="mpeg4"),
    ]
    command = [sys.executable, str(Path(__file__).with_name("clip_reader.py")), str(tmp_path), "6", str(150 * TIMES)]
    path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    said = subprocess.run(
        [*command, *map(str, clips)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300 * TIMES,
    )
    assert said.returncode == 0, said.stderr[-2000:]
    *failures, counts = said.stdout.splitlines()
    assert failures == []
    read, refused = map(int, counts.split())
    assert read and refused and read + refused == 150 * TIMES
