"""Clips whose frames last unequally, delivered at a constant rate: every picture is still there."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import overlaycut
from draw import draw_clip
from overlaycut.media import Clip
from policies import policy

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("verb", ["export", "run"])
def test_a_burst_after_slow_pictures_keeps_them_all(tmp_path: Path, verb: str) -> None:
    gaps = [1] * 20 + [2, 3] * 8 + [1] * 10  # ticks of 1/30 s: a mean of 19 pictures a second, 30 at most
    ticks = [0, *np.cumsum(gaps).tolist()]
    levels = [40 + 150 * (n % 2) + n for n in range(len(ticks))]
    grey = np.full((96, 54), 128, np.uint8)
    pictures = [(np.full((192, 108), level, np.uint8), grey, grey) for level in levels]
    clip = draw_clip(tmp_path / "a.mp4", pictures, ticks=ticks, tick=Fraction(1, 30)).path
    facts = Clip(clip).full_facts
    assert facts.vfr and facts.peak_rate == 30 and facts.fps is not None and facts.fps < 24
    wide = policy(tmp_path, "tall", ("min_fps = 23", "min_fps = 24"))
    if verb == "export":
        path = overlaycut.export(clip, [wide], tmp_path / "out", preset="ultrafast").deliveries[0].path
    else:
        project = tmp_path / "project.toml"
        project.write_text(f'[project]\noutputs = ["{wide}"]\n\n[[shots]]\nclip = "a.mp4"\n', encoding="utf-8")
        path = overlaycut.run(project, tmp_path / "out").deliveries[0].path
    frames = list(Clip(path).frames())
    found = [min(range(len(levels)), key=lambda n: abs(levels[n] - float(frame.y.mean()))) for frame in frames]
    assert sorted(set(found)) == list(range(len(levels)))
    assert len(frames) == ticks[-1] + 1
