"""How words come, go and swell: poses as functions of exact time, the same at every frame rate.

The easings are Penner's (Robert Penner's Programming Macromedia Flash MX, 2002, chapter 7).
"""

from __future__ import annotations

from fractions import Fraction
from math import cos, pi
from typing import NamedTuple

from overlaycut.captions.style import Move, Movement, Style

_BACK = 1.70158
"""Penner's constant for an overshoot of a tenth."""
_OVERSHOOT = 1.10
"""What `pop` and `bounce` grow to at most."""
_TRAVEL = 0.55
"""How far `slide` and `bounce` come from, of the font size."""


_FIRST = 0.2
"""How much is seen at the very start: a cue is there on its first frame, whatever the rate."""


class Pose(NamedTuple):
    """How something is drawn other than at rest: moved in ems, scaled about its middle, seen through."""

    dx: float = 0.0
    dy: float = 0.0
    scale: float = 1.0
    opacity: float = 1.0

    def then(self, other: Pose) -> Pose:
        """Both at once, about one middle."""
        return Pose(self.dx + other.dx, self.dy + other.dy, self.scale * other.scale, self.opacity * other.opacity)


REST = Pose()
GONE = Pose(opacity=0.0)


def share(at: Fraction, start: Fraction, seconds: float) -> float:
    """How much of a movement that begins at `start` is over, 0..1; the division is exact until it is rounded once."""
    if seconds <= 0:
        return 1.0 if at >= start else 0.0
    return min(max(float((at - start) / Fraction(seconds)), 0.0), 1.0)


def entering(move: Move, done: float) -> Pose:
    """The pose when `done` (0..1) of coming is over."""
    if move == "none" or done >= 1:
        return REST
    seen = min(_FIRST + done * 2.5, 1.0)
    if move == "fade":
        return Pose(opacity=_FIRST + (1 - _FIRST) * _smooth(done))
    if move == "slide":
        return Pose(dy=_TRAVEL * (1 - _out_cubic(done)), opacity=seen)
    if move == "zoom":
        return Pose(scale=0.7 + 0.3 * _out_cubic(done), opacity=seen)
    if move == "pop":
        return Pose(scale=0.55 + 0.45 * _out_back(done), opacity=seen)
    return Pose(dy=-_TRAVEL * (1 - _out_bounce(done)), opacity=seen)


def leaving(move: Move, done: float) -> Pose:
    """The pose when `done` (0..1) of going is over: the way in which it came, backward and without overshoot."""
    if move == "none" or done <= 0:
        return REST
    left = 1 - done
    if move in {"slide", "bounce"}:
        return Pose(dy=-_TRAVEL * (1 - _out_cubic(left)), opacity=_smooth(left))
    if move in {"pop", "zoom"}:
        return Pose(scale=0.8 + 0.2 * _out_cubic(left), opacity=_smooth(left))
    return Pose(opacity=_smooth(left))


def swelling(scale: float, grown: float) -> float:
    """The scale of a word on its way between its own size (`grown` 0) and `scale` (1)."""
    return 1 + (scale - 1) * (_out_back(grown) if scale > 1 else _out_cubic(grown))


def swell(style: Style) -> float:
    """The largest scale that a word of this style ever has, overshoot included."""
    grows = 1 + (style.active.scale - 1) * _OVERSHOOT if style.active.scale > 1 else 1.0
    return max(grows, _peak(style.enter) if style.reveal != "cue" else 1.0)


def glided(done: float) -> float:
    """How far a box has slid from one word to the next."""
    return _out_cubic(done)


def _peak(movement: Movement) -> float:
    return 0.55 + 0.45 * _OVERSHOOT if movement.move == "pop" else 1.0


def _smooth(t: float) -> float:
    return (1 - cos(pi * t)) / 2


def _out_cubic(t: float) -> float:
    return 1 - (1 - t) ** 3


def _out_back(t: float) -> float:
    return 1 + (_BACK + 1) * (t - 1) ** 3 + _BACK * (t - 1) ** 2


def _out_bounce(t: float) -> float:
    if t < 1 / 2.75:
        return 7.5625 * t * t
    for middle, floor in ((1.5, 0.75), (2.25, 0.9375), (2.625, 0.984375)):
        if t < (middle + (0.5 if middle == 1.5 else 0.25 if middle == 2.25 else 0.125)) / 2.75:
            return 7.5625 * (t - middle / 2.75) ** 2 + floor
    return 1.0
