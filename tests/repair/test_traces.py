"""Lettering that fades, changes its colour or both, while it melts on a surface that moves, is taken out whole."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from overlaycut.core.frame import Frame
from overlaycut.repair.estimate.estimation import estimate_repairs
from overlaycut.repair.segment.traces import traces
from repair.scene import WIDTH, Scene

PALE = ((205, 186, 156), (196, 160, 136), (184, 176, 152), (203, 180, 140), (192, 176, 136))
"""Colours that letters on the light wall end with: no darker than that, as their own ink was."""
BLACK = ((10, 10, 10),) * 5


@dataclass(frozen=True)
class Fading(Scene):
    """Each of the five letters turns into a colour of its own."""

    into: tuple[tuple[int, int, int], ...] = PALE
    stays: bool = True
    """Whether letters keep their shapes."""

    def shown(self, t: int) -> Frame:
        text = self._text() if self.stays else self._melted(t)
        wall = self._painted(None).astype(np.float32)
        share = min(max((t - self.onset + 1) / (self.frames - self.onset), 0), 1)
        letter = np.clip((np.arange(WIDTH) - 75) // 35, 0, 4)
        ink = np.array([235, 230, 220] if self.light_on_dark else [40, 50, 90], np.float32)
        colour = (1 - share) * ink + share * np.array(self.into, np.float32)[letter]
        painted = np.rint(wall + (colour - wall) * text[..., None])
        return self._frame(t, np.clip(painted, 0, 255).astype(np.uint8), noisy=True)


@pytest.mark.parametrize(
    "scene",
    [
        Fading(frames=12, onset=1),
        Fading(frames=12, onset=1, stays=False),
        Fading(frames=12, onset=1, stays=False, light_on_dark=True, into=BLACK),
    ],
    ids=["fades", "fades and melts", "turns from white to black and melts"],
)
def test_nothing_is_left_of_letters_that_fade(scene: Scene) -> None:
    estimates = estimate_repairs(scene.plan("erase"), reference=scene.still(), frames=scene.clip)
    for after in estimates.over(scene.clip()):
        truth = scene.bare(after.frame.index).y.astype(np.float32)
        off = cv2.GaussianBlur(np.abs(after.frame.y - truth), (0, 0), 2)
        inside = scene.quad(after.frame.index).grown(8).box().slices
        assert off[inside].max() < 8
        assert np.square(after.frame.y - truth)[inside].mean() < 5


def test_strokes_that_differ_by_less_than_grain_does_are_traces() -> None:
    rng = np.random.default_rng(0)
    strokes = np.zeros((60, 160), np.bool_)
    strokes[20:40, 20:26] = strokes[20:40, 80:86] = True
    off = rng.normal(0, 3, (60, 160, 3)).astype(np.float32)
    off[20:40, 20:26] += (3, 0, 3)
    found = traces(off, strokes, np.zeros_like(strokes), 6.0)
    assert found[22:38, 20:26].mean() > 0.9
    assert found[:, 60:].mean() < 0.01
