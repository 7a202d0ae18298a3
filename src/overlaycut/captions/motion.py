"""Animation of words: poses as functions of exact time, independent of the frame rate.

The easing functions are Penner's (Robert Penner's Programming Macromedia Flash MX, 2002, chapter 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import cos, pi
from typing import NamedTuple

from overlaycut.captions.style import Move, Movement, Style

_BACK = 1.70158
"""Penner's constant for an overshoot of a tenth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionParameters:
    """Amplitudes of entry, exit and emphasis; chosen by eye, checked by tests/captions/test_compositing.py."""

    overshoot: float = 1.10
    """Largest value of the ease-out-back curve, as a share of its end: what room a growing word is given."""
    travel: float = 0.55
    """Distance of `slide` and `bounce`, in font sizes."""
    first_opacity: float = 0.2
    """Opacity at the very start, so that a cue is visible on its first frame at every rate."""
    opacity_rate: float = 2.5
    """Opacity gained over a whole entry by moves that are not fades: they are opaque after a third of it."""
    pop_from: float = 0.55
    """Scale at which `pop` begins."""
    zoom_from: float = 0.7
    """Scale at which `zoom` begins."""
    exit_to: float = 0.8
    """Scale at which `pop` and `zoom` end."""


class Pose(NamedTuple):
    """A transform about a centre, with opacity."""

    dx: float = 0.0
    """In font sizes."""
    dy: float = 0.0
    """In font sizes; downward is positive."""
    scale: float = 1.0
    opacity: float = 1.0

    def then(self, other: Pose) -> Pose:
        """Both transforms, about the same centre."""
        return Pose(self.dx + other.dx, self.dy + other.dy, self.scale * other.scale, self.opacity * other.opacity)


REST = Pose()
HIDDEN = Pose(opacity=0.0)


def progress_at(at: Fraction, start: Fraction, seconds: float) -> float:
    """The share (0..1) of a movement from `start` on that is over; the division is exact and rounded once."""
    if seconds <= 0:
        return 1.0 if at >= start else 0.0
    return min(max(float((at - start) / Fraction(seconds)), 0.0), 1.0)


def entry_pose(move: Move, done: float, parameters: MotionParameters = MotionParameters()) -> Pose:
    """The pose at the share `done` (0..1) of an entry."""
    if move == "none" or done >= 1:
        return REST
    first, travel = parameters.first_opacity, parameters.travel
    opacity = min(first + done * parameters.opacity_rate, 1.0)
    if move == "fade":
        return Pose(opacity=first + (1 - first) * _smooth(done))
    if move == "slide":
        return Pose(dy=travel * (1 - ease_out(done)), opacity=opacity)
    if move == "zoom":
        return Pose(scale=_between(parameters.zoom_from, ease_out(done)), opacity=opacity)
    if move == "pop":
        return Pose(scale=_between(parameters.pop_from, _out_back(done)), opacity=opacity)
    return Pose(dy=-travel * (1 - _out_bounce(done)), opacity=opacity)


def exit_pose(move: Move, done: float, parameters: MotionParameters = MotionParameters()) -> Pose:
    """The pose at the share `done` (0..1) of an exit: the entry backward, without overshoot."""
    if move == "none" or done <= 0:
        return REST
    left = 1 - done
    if move in {"slide", "bounce"}:
        return Pose(dy=-parameters.travel * (1 - ease_out(left)), opacity=_smooth(left))
    if move in {"pop", "zoom"}:
        return Pose(scale=_between(parameters.exit_to, ease_out(left)), opacity=_smooth(left))
    return Pose(opacity=_smooth(left))


def emphasis_scale(scale: float, grown: float) -> float:
    """The scale of a word between its own size (`grown` 0) and `scale` (`grown` 1)."""
    return 1 + (scale - 1) * (_out_back(grown) if scale > 1 else ease_out(grown))


def largest_scale(style: Style, parameters: MotionParameters) -> float:
    """The largest scale that a word of this style reaches, overshoot included."""
    active = style.active.scale
    grows = 1 + (active - 1) * parameters.overshoot if active > 1 else 1.0
    return max(grows, _peak(style.enter, parameters) if style.reveal != "cue" else 1.0)


def ease_out(t: float) -> float:
    """Ease-out cubic."""
    return 1 - (1 - t) ** 3


def _peak(movement: Movement, parameters: MotionParameters) -> float:
    return _between(parameters.pop_from, parameters.overshoot) if movement.move == "pop" else 1.0


def _between(start: float, t: float) -> float:
    """From `start` (t 0) to 1 (t 1)."""
    return start + (1 - start) * t


def _smooth(t: float) -> float:
    return (1 - cos(pi * t)) / 2


def _out_back(t: float) -> float:
    return 1 + (_BACK + 1) * (t - 1) ** 3 + _BACK * (t - 1) ** 2


def _out_bounce(t: float) -> float:
    if t < 1 / 2.75:
        return 7.5625 * t * t
    for middle, floor in ((1.5, 0.75), (2.25, 0.9375), (2.625, 0.984375)):
        if t < (middle + (0.5 if middle == 1.5 else 0.25 if middle == 2.25 else 0.125)) / 2.75:
            return 7.5625 * (t - middle / 2.75) ** 2 + floor
    return 1.0
