"""Clips of odd shapes through whole commands, each in a process of its own: a result or a refusal, never a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import overlaycut
from draw import draw_clip
from policies import policy

pytestmark = pytest.mark.slow

SIZES = [(1280, 240), (2560, 64), (5000, 30), (64, 2560), (3840, 16), (16, 16), (2, 2), (1, 1), (1280, 1)]


def panned(size: tuple[int, int], count: int = 4) -> list[tuple[np.ndarray, ...]]:
    """Noise that moves by a pixel a frame."""
    width, height = size
    rows, columns = (height + 1) // 2, (width + 1) // 2
    base = np.random.default_rng(3).integers(16, 236, (height, width + count)).astype(np.uint8)
    grey = np.full((rows, columns), 128, np.uint8)
    return [(np.ascontiguousarray(base[:, n : n + width]), grey, grey) for n in range(count)]


def code_of(folder: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "overlaycut", *words],
        capture_output=True, text=True, check=False, cwd=folder, timeout=300,
        env={**os.environ, "PYTHONPATH": str(Path(overlaycut.__file__).parents[1])},
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_clip_of_any_shape_is_worked_on_or_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    name = "a.mp4" if min(size) > 1 else "a.mkv"
    clip = draw_clip(tmp_path / name, panned(size), tick=Fraction(1, 25), codec=None if min(size) > 1 else "ffv1").path
    tall = policy(tmp_path, "tall")
    commands = [
        ["rank", str(clip)],
        ["clean", str(clip), "--area", "0,0,200,200", "--mode", "erase", "-o", "clean.mp4"],
        ["export", str(clip), "--to", tall, "--preset", "ultrafast", "-o", "out"],
    ]
    for words in commands:
        code, error = code_of(tmp_path, *words)
        assert code in (0, 1, 2, 3), (words[0], code, error[-300:])
        assert code < 2 or error.count("\n") <= 2, "a refusal is one line"
        if words[0] != "clean":
            assert code < 2, error


def test_the_whole_picture_cannot_be_erased(tmp_path: Path) -> None:
    clip, mask = draw_clip(tmp_path / "a.mp4").path, tmp_path / "mask.png"
    Image.fromarray(np.full((96, 64), 255, np.uint8)).save(mask)
    code, error = code_of(tmp_path, "clean", str(clip), "--mask-in", str(mask), "-o", str(tmp_path / "b.mp4"))
    assert code == 2 and "whole picture" in error
    assert not (tmp_path / "b.mp4").exists()
