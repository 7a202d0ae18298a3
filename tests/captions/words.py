"""What the tests of captions share: a style on the shipped font, cues, flat and busy frames."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from overlaycut.captions import Style
from overlaycut.core.cues import Cue
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box

WIDTH, HEIGHT = 540, 960
SAFE = Box(30, 60, 470, 820)
PICTURE = Box(0, 0, WIDTH, HEIGHT)


def style(**changes: object) -> Style:
    return Style.model_validate({"font": "Inter-ExtraBold.otf", "size": 0.08, **changes})


def cue(text: str, start: Fraction | int = 0, end: Fraction | int = 1) -> Cue:
    return Cue(Fraction(start), Fraction(end), text)


def frame(at: Fraction = Fraction(0), *, width: int = WIDTH, height: int = HEIGHT, index: int = 0) -> Frame:
    """Noise in all three planes, the same each time."""
    noise = np.random.default_rng(5)
    y = noise.integers(16, 236, (height, width), np.uint8)
    u, v = noise.integers(16, 241, (2, height // 2, width // 2), np.uint8)
    return Frame(index, at, Fraction(1, 30), y, u, v)
