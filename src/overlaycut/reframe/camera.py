"""A virtual camera inside a picture of another shape: where it stands in each shot, and how it moves.

Each shot, from cut to cut, is filmed by itself. The camera stands still where one place shows nearly as much as
following would; else it follows on the path of least cost between what it sees and how far it travels, with its
moves eased. Where every place would cut through lettering that stays, or lose a face, the shot is shown whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.cues import KeepOut
from overlaycut.core.geometry import Box, FloatArray
from overlaycut.reframe.saliency import Saliency, SaliencySample, crop_box, fitted

Reframe: TypeAlias = Literal["auto", "centre", "pad"]
"""Film what matters, cut the middle out, or show all of it on a ground."""

_PLACES = 96
"""Places along the free axis between which a moving camera chooses."""

_WORTH_MOVING = 0.045
"""Share of what there is to see that following has to win before the camera moves at all."""

_TRAVEL = 0.25
"""Cost of moving by the camera's own width, in shares of what there is to see for a second."""

_LEAST_MOVE = 0.08
"""Share of the camera's side below which a path is no move, if standing still loses nothing."""

_EASE_SECONDS = 1.2
"""Over how long a move starts and stops."""

_CUT_COST = 4.0
"""Cost of cutting through something for one look, in shares of what there is to see."""
_WHOLE_WORTH = 1.0

_MARGIN = Fraction(1, 50)
"""Share of the camera's side that is kept free around lettering."""
_HEAD, _TIGHT_COST = Fraction(3, 10), 0.6
"""Share of a face's own size that is kept free around it where it can be: hair, ears and chin; and the cost of not."""
_SEEN = 0.85
"""Share of a face that has to be seen: a close-up may lose an ear."""
_LOSABLE = 0.2
"""Share of a shot for which a subject may be cut off: whoever walks in or out is cut by any camera that stands."""


@dataclass(frozen=True, slots=True)
class CameraShot:
    """How one shot is filmed."""

    starts: Fraction
    """Seconds on the clock of the looks; it ends where the next one starts."""
    box: Box
    """Where the camera stands, on even pixels; where it moves, its size and mean place."""
    whole: bool = False
    """Whether the shot is shown whole instead."""
    times: tuple[float, ...] = ()
    """When the camera of a moving shot is at each of `places`; none where it stands still."""
    places: tuple[float, ...] = ()
    """Its first column, or row where the free axis is the vertical one."""

    @property
    def moves(self) -> bool:
        """Whether the camera moves."""
        return bool(self.times)

    def place(self, at: Fraction) -> float:
        """The first column or row at a time."""
        return float(np.interp(float(at), self.times, self.places))


@dataclass(frozen=True, slots=True)
class Camera:
    """All shots of a clip; `along_x` tells which axis is free."""

    size: tuple[int, int]
    """Width and height of the picture that is filmed."""
    target: tuple[int, int]
    """Width and height of the picture that comes out."""
    along_x: bool
    shots: tuple[CameraShot, ...]

    def shot(self, at: Fraction) -> CameraShot:
        """The shot that is on at a time."""
        return self.shots[max(bisect_right([shot.starts for shot in self.shots], at) - 1, 0)]

    def box(self, at: Fraction) -> Box | None:
        """What is shown at a time, to whole pixels; None when all of it is."""
        shot = self.shot(at)
        if shot.whole:
            return None
        if not shot.moves:
            return shot.box
        place = round(shot.place(at))
        box = shot.box
        return Box(place, box.y, box.w, box.h) if self.along_x else Box(box.x, place, box.w, box.h)

    def shown(self, box: Box, at: Fraction) -> Box | None:
        """Where a box of the picture comes to lie in what comes out at a time; None when it is not in the frame."""
        cut, onto = self.box(at), Box(0, 0, *self.target)
        if cut is None:
            cut, onto = Box(0, 0, *self.size), fitted(*self.size, *self.target)
        across, down = Fraction(onto.w, cut.w), Fraction(onto.h, cut.h)
        x, y = floor(onto.x + (box.x - cut.x) * across), floor(onto.y + (box.y - cut.y) * down)
        right, bottom = ceil(onto.x + (box.right - cut.x) * across), ceil(onto.y + (box.bottom - cut.y) * down)
        return Box(x, y, right - x, bottom - y).clipped(*self.target)


def filmed(
    width: int,
    height: int,
    target_w: int,
    target_h: int,
    *,
    mode: Reframe = "auto",
    interest: Saliency | None = None,
    keep: Sequence[Box | KeepOut] = (),
    subjects: Sequence[Box | KeepOut] = (),
) -> Camera:
    """The camera for a width × height picture that is brought to target_w × target_h.

    mode: "auto" films what the others say, "centre" cuts out the middle, "pad" shows all of the picture. interest:
    where the eye goes, with the cuts that were found. keep: lettering that stays, never cut through. subjects: faces,
    not cut off. Both in pixels of the picture, for all of the time or for theirs.
    """
    middle = crop_box(width, height, target_w, target_h)
    free_x, free_y = width - middle.w, height - middle.h
    along_x = free_x >= free_y
    size = (width, height), (target_w, target_h)
    room, side = (free_x, middle.w) if along_x else (free_y, middle.h)
    cuts = [Fraction(0), *(interest.cuts if interest else ())]
    if room < 2 or mode != "auto":
        return Camera(*size, along_x, (CameraShot(Fraction(0), middle, whole=mode == "pad"),))
    looks = interest.looks if interest else ()
    shots = []
    for starts, ends in zip(cuts, [*cuts[1:], None], strict=True):
        seen = [look for look in looks if look.at >= starts and (ends is None or look.at < ends)]
        shots.append(_Solver(middle, along_x, room, side, starts, ends).shot(seen, keep, subjects))
    return Camera(*size, along_x, tuple(shots))


@dataclass(frozen=True, slots=True)
class _Solver:
    middle: Box
    along_x: bool
    room: int
    side: int
    starts: Fraction
    ends: Fraction | None

    def shot(
        self, looks: Sequence[SaliencySample], keep: Sequence[Box | KeepOut], subjects: Sequence[Box | KeepOut]
    ) -> CameraShot:
        """How the shot is filmed."""
        step = max(2, 2 * round(self.room / _PLACES / 2))
        places = np.arange(0, self.room + 1, step, dtype=np.float64)
        times = [look.at for look in looks] or [self.starts]
        seen = np.array([self._captured(look, places) for look in looks]) if looks else np.zeros((1, len(places)))
        held = [self._held(at, places, keep) for at in times]
        faces = [self._faces(at, places, subjects) for at in times]
        cut, whole = np.array([h.cut for h in held]), np.array([h.whole for h in held])
        lost, tight = np.array([f.lost for f in faces]), np.array([f.tight for f in faces])
        # The middle breaks ties.
        off = np.abs(places - self.room / 2) / max(self.room, 1)
        worth = seen - _CUT_COST * (cut + lost) - _TIGHT_COST * tight + _WHOLE_WORTH * whole - 1e-3 * off
        rest = int(np.argmax(worth.mean(axis=0)))
        standing = CameraShot(
            self.starts, self._at(int(places[rest])), whole=_fails(cut[:, rest] > 0, lost[:, rest] > 0)
        )
        best = worth.max(axis=1).mean()
        if best - worth[:, rest].mean() < _WORTH_MOVING or len(looks) < 3:
            return standing
        path = _eased(_cheapest(worth, places / self.side, times), times, places)
        if np.ptp(path) < _LEAST_MOVE * self.side and not standing.whole:
            return standing
        cut, lost = (
            np.array([np.interp(place, places, row) > 0.5 for place, row in zip(path, rows, strict=True)])
            for rows in (cut, lost)
        )
        if _fails(cut, lost):
            return standing
        mean = 2 * round(float(path.mean()) / 2)
        return CameraShot(
            self.starts, self._at(mean), times=tuple(float(at) for at in times), places=tuple(float(p) for p in path)
        )

    def _at(self, place: int) -> Box:
        box = self.middle
        return Box(place, box.y, box.w, box.h) if self.along_x else Box(box.x, place, box.w, box.h)

    def _captured(self, look: SaliencySample, places: FloatArray) -> FloatArray:
        """Share of what there is to see that each place shows."""
        profile = look.columns if self.along_x else look.rows
        total = np.concatenate([[0.0], np.cumsum(profile, dtype=np.float64)])
        edges = np.linspace(0, self.room + self.side, len(total))
        captured = np.interp(places + self.side, edges, total) - np.interp(places, edges, total)
        return np.asarray(captured / max(total[-1], 1e-9), dtype=np.float64)

    def _held(self, at: Fraction, places: FloatArray, boxes: Sequence[Box | KeepOut]) -> _Held:
        cut, whole = np.zeros(len(places)), np.zeros(len(places))
        margin = float(self.side * _MARGIN)
        for begins, ends in self._reaches(at, boxes):
            # A margin of its own, but not one that the picture itself does not leave.
            low, high = max(begins - margin, 0.0), min(ends + margin, float(self.room + self.side))
            inside = (places <= low) & (high <= places + self.side)
            beside = (high <= places) | (places + self.side <= low)
            cut += ~(inside | beside)
            whole += inside
        return _Held(cut, whole)

    def _faces(self, at: Fraction, places: FloatArray, boxes: Sequence[Box | KeepOut]) -> _Faces:
        lost, tight = np.zeros(len(places)), np.zeros(len(places))
        for begins, ends in self._reaches(at, boxes):
            length = ends - begins
            seen = np.minimum(ends, places + self.side) - np.maximum(begins, places)
            lost += seen < _SEEN * length
            room = np.minimum(begins - places, places + self.side - ends)
            margin = min(float(_HEAD * length), max((self.side - length) / 2, 1.0))
            tight += np.clip(1 - room / margin, 0, 1)
        return _Faces(lost, tight)

    def _reaches(self, at: Fraction, boxes: Sequence[Box | KeepOut]) -> Iterator[tuple[int, int]]:
        """Where the boxes that are there at a time begin and end along the free axis."""
        for one in boxes:
            box = one if isinstance(one, Box) else one.box if one.start <= at < one.end else None
            if box is not None:
                yield (box.x, box.right) if self.along_x else (box.y, box.bottom)


@dataclass(frozen=True, slots=True)
class _Held:
    """For each place: how much lettering is cut through, and how much is shown whole."""

    cut: FloatArray
    whole: FloatArray


@dataclass(frozen=True, slots=True)
class _Faces:
    """For each place: how many faces are lost, and how many have less room around them than a head takes, 0..1 each."""

    lost: FloatArray
    tight: FloatArray


def _fails(cut: NDArray[np.bool_], lost: NDArray[np.bool_]) -> bool:
    """Whether too much is cut, given for every look whether lettering is cut through and whether a face is lost."""
    return bool(cut.any()) or float(lost.mean()) > _LOSABLE


def _cheapest(worth: FloatArray, places: FloatArray, times: Sequence[Fraction]) -> NDArray[np.int64]:
    """The path through `worth` (looks, places) that sees most for least travel (Viterbi, 1967)."""
    lasts = np.diff([float(at) for at in times], append=float(times[-1]))
    lasts[-1] = lasts[:-1].mean()
    travel = _TRAVEL * np.abs(places[:, None] - places[None, :])
    total = worth[0] * lasts[0]
    back = []
    for row, weight in zip(worth[1:], lasts[1:], strict=True):
        reached = total[:, None] - travel
        came_from = reached.argmax(axis=0)
        back.append(came_from)
        total = reached[came_from, np.arange(len(total))] + row * weight
    path = [int(total.argmax())]
    for came_from in reversed(back):
        path.append(int(came_from[path[-1]]))
    return np.array(path[::-1], dtype=np.int64)


def _eased(path: NDArray[np.int64], times: Sequence[Fraction], places: FloatArray) -> FloatArray:
    """The places of a path, every move start and ended softly."""
    chosen = places[path]
    step = float(times[-1] - times[0]) / max(len(times) - 1, 1)
    half = max(round(_EASE_SECONDS / 2 / max(step, 1e-6)), 1)
    window = np.hanning(2 * half + 3)[1:-1]
    held = np.concatenate([np.full(half, chosen[0]), chosen, np.full(half, chosen[-1])])
    return np.asarray(np.convolve(held, window / window.sum(), mode="valid"), dtype=np.float64)
