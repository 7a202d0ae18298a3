"""Planning a virtual camera: a static place or an eased path for every shot.

Each shot, from cut to cut, is planned by itself. The camera is static where one place shows nearly as much as following
would; else it takes the path of least cost between what it does not see and how far it travels, by dynamic programming
(Viterbi, 1967), with its moves eased. Where every place would cut through lettering that stays, lose a face, or leave
out what a person named or a protected mark, the camera zooms out: it shows more of the picture, on a background, as far
as all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.cues import KeepOut
from overlaycut.core.geometry import Box, FloatArray
from overlaycut.reframe.camera import Camera, CameraShot, Reframe, placed
from overlaycut.reframe.crop import crop_box
from overlaycut.reframe.saliency import Saliency


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraParameters:
    """Costs and limits of a camera path; checked by tests/reframe."""

    places: int = 96
    """Places along the free axis between which the camera chooses."""
    least_gain: float = 0.045
    """Share of the saliency that following has to gain over the best static place before the camera moves."""
    travel_cost: float = 0.25
    """Cost of moving by the camera's own side, in shares of the saliency for a second."""
    least_move: float = 0.08
    """Share of the camera's side below which a path counts as static."""
    ease_seconds: float = 1.2
    """Seconds over which a move starts and stops."""
    cut_cost: float = 4.0
    """Cost of cutting through lettering, or of losing a face, in one sample, in shares of its saliency."""
    whole_worth: float = 1.0
    """Worth of showing lettering whole, in the same unit."""
    incidental_cost: float = 0.05
    """Cost of cutting through one piece of incidental lettering, likewise: what moves a camera."""
    text_margin: Fraction = Fraction(1, 50)
    """Share of the camera's side that is kept free around lettering."""
    head_room: Fraction = Fraction(3, 10)
    """Share of a face's size that is kept free around it where there is room: hair, ears and chin."""
    head_room_cost: float = 0.6
    """Cost of having none of that, in shares of the saliency."""
    seen_of_face: float = 0.85
    """Share of a face below which it counts as lost."""
    losable: float = 0.2
    """Share of a shot for which a face may be lost: whoever walks in or out is cut by any static camera."""
    zoom_share: float = 0.9
    """Share of the saliency that stays in view where the camera zooms out only as far as it has to."""
    least_zoom: float = 0.92
    """Share of the picture's side from which all of it is shown instead."""
    composition_cost: float = 0.06
    """Cost of being its own side off the middle of what the still is composed around, in shares of the saliency: some
    more than what moves a camera."""
    off_centre_cost: float = 1e-3
    """Cost of being half the free room away from the middle: breaks ties."""


@dataclass(frozen=True, slots=True, eq=False)
class Framing:
    """What a camera goes by. Boxes are in pixels of the picture, for all of the time or for their own."""

    saliency: Saliency | None = None
    """Of the clip, with its cuts."""
    keep: Sequence[Box | KeepOut] = ()
    """Lettering that stays: never cut through, and shown whole where it is required. Incidental lettering, of a weight
    below 1, is cut through rather than that the picture gets smaller."""
    subjects: Sequence[Box | KeepOut] = ()
    """Faces, which are not cut off."""
    focus: Box | None = None
    """What a person wants in the middle, in every shot; None leaves the place to the rest."""
    composition: Box | None = None
    """What the still has in its middle, where the shot begins: a hint of what belongs there."""


@dataclass(frozen=True, slots=True)
class _Reach:
    """What a box that must be seen takes up along the free axis, and when."""

    start: int
    end: int
    during: KeepOut | None

    @property
    def required(self) -> bool:
        """Whether it has to be inside, not only whole or outside."""
        return self.during is not None and self.during.required

    @property
    def firm(self) -> bool:
        """Whether it must not be cut through."""
        return self.during is None or self.during.firm

    @property
    def name(self) -> str:
        """What it is, for people."""
        if self.during is None:
            return "lettering"
        return repr(self.during.name) if self.during.name else self.during.what

    def at(self, time: Fraction) -> bool:
        """Whether it is there at a time."""
        return self.during is None or self.during.start <= time < self.during.end


def plan_camera(
    size: tuple[int, int],
    target: tuple[int, int],
    framing: Framing = Framing(),
    *,
    mode: Reframe = "auto",
    parameters: CameraParameters = CameraParameters(),
) -> Camera:
    """The camera for pictures of `size` that are brought to `target`, (width, height) each.

    mode: "auto" follows `framing`, "centre" cuts out the middle, "pad" shows all of the picture.
    """
    middle = crop_box(*size, *target)
    free_x, free_y = size[0] - middle.w, size[1] - middle.h
    along_x = free_x >= free_y
    if max(free_x, free_y) < 2 or mode == "pad":
        padded = mode == "pad"
        return Camera(size, target, along_x, (CameraShot(Fraction(0), Box(0, 0, *size) if padded else middle, padded),))
    saliency = framing.saliency
    text = _reaches(framing.keep, along_x=along_x)
    planner = _ShotPlanner(
        middle=middle,
        along_x=along_x,
        room=free_x if along_x else free_y,
        text=tuple(one for one in text if one.firm),
        incidental=tuple(one for one in text if not one.firm),
        faces=_reaches(framing.subjects, along_x=along_x),
        centre=_centre(framing.composition, along_x=along_x),
        parameters=parameters,
    )
    focus = middle if mode == "centre" else framing.focus
    if focus is not None:
        return Camera(size, target, along_x, (planner.chosen(focus),))
    times = saliency.times if saliency else ()
    profiles = np.zeros((0, 1)) if saliency is None else saliency.columns if along_x else saliency.rows
    cuts = [Fraction(0), *(saliency.cuts if saliency else ())]
    shots = []
    for starts, ends in zip(cuts, [*cuts[1:], None], strict=True):
        samples = [n for n, at in enumerate(times) if at >= starts and (ends is None or at < ends)]
        shots.append(planner.planned(starts, [times[n] for n in samples], profiles[samples]))
    return Camera(size, target, along_x, tuple(shots))


def _reaches(boxes: Sequence[Box | KeepOut], *, along_x: bool) -> tuple[_Reach, ...]:
    pairs = ((one, None) if isinstance(one, Box) else (one.box, one) for one in boxes)
    return tuple(
        _Reach(box.x, box.right, during) if along_x else _Reach(box.y, box.bottom, during) for box, during in pairs
    )


def _centre(box: Box | None, *, along_x: bool) -> float | None:
    """The middle of a box along the free axis."""
    if box is None:
        return None
    return (box.x + box.right) / 2 if along_x else (box.y + box.bottom) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShotPlanner:
    """Places the camera along the free axis of one picture."""

    middle: Box
    along_x: bool
    room: int
    """Pixels along the free axis that the camera does not show."""
    text: tuple[_Reach, ...]
    incidental: tuple[_Reach, ...]
    faces: tuple[_Reach, ...]
    centre: float | None
    """Where the middle of the still's composition lies along the free axis, in pixels."""
    parameters: CameraParameters

    @property
    def side(self) -> int:
        """Pixels that the camera shows along the free axis."""
        return self.middle.w if self.along_x else self.middle.h

    def chosen(self, focus: Box) -> CameraShot:
        """The place that a person chose: with `focus` in the middle as far as the picture reaches, or shown whole."""
        low, high = (focus.x, focus.right) if self.along_x else (focus.y, focus.bottom)
        place = min(max(2 * round((low + high - self.side) / 4), 0), self.room)
        box = placed(self.middle, place, along_x=self.along_x)
        if high - low > self.side:
            return CameraShot(Fraction(0), self._wide(low, high), padded=True, loses=("what is in focus",))
        return CameraShot(Fraction(0), box, loses=self.lost_at(place, None))

    def lost_at(self, place: float, times: Sequence[Fraction] | None) -> tuple[str, ...]:
        """What a place cuts through or leaves out although it should be seen, at some of the times (None: ever)."""

        def seen(reach: _Reach) -> bool:
            inside = place <= reach.start and reach.end <= place + self.side
            beside = reach.end <= place or place + self.side <= reach.start
            return inside or (beside and not reach.required)

        there = [one for one in self.text if times is None or any(one.at(at) for at in times)]
        return tuple(dict.fromkeys(reach.name for reach in there if not seen(reach)))

    def _conflict(self, place: float, times: Sequence[Fraction], *, face: bool) -> tuple[str, ...]:
        """What cannot be seen together: what the best place loses, and what it must not lose."""
        there = [one for one in self.text if any(one.at(at) for at in times)]
        required = (one.name for one in there if one.required)
        known = tuple(dict.fromkeys((*self.lost_at(place, times), *required, *(("a face",) if face else ()))))
        return known or tuple(dict.fromkeys(one.name for one in there))

    def planned(self, starts: Fraction, samples: Sequence[Fraction], profiles: NDArray[np.floating]) -> CameraShot:
        """The camera for the shot that starts at a time.

        samples: times of the saliency samples in the shot. profiles: their saliency along the free axis, (samples,
        cells).
        """
        parameters = self.parameters
        step = max(2, 2 * round(self.room / parameters.places / 2))
        places = np.arange(0, self.room + 1, step, dtype=np.float64)
        times = list(samples) or [starts]
        cut, lost, worth = self._judged(times, profiles, places)
        static_at = int(np.argmax(worth.mean(axis=0)))
        static = CameraShot(starts, placed(self.middle, int(places[static_at]), along_x=self.along_x))
        if self._fails(cut[:, static_at] > 0, lost[:, static_at] > 0):
            loses = self._conflict(places[static_at], times, face=bool(lost[:, static_at].any()))
            static = CameraShot(starts, self._zoomed_out(times, profiles), padded=True, loses=loses)
        gain = worth.max(axis=1).mean() - worth[:, static_at].mean()
        if gain < parameters.least_gain or len(samples) < 3:
            return static
        path = self._eased(places[self._cheapest(worth, places / self.side, times)], times)
        if np.ptp(path) < parameters.least_move * self.side and not static.padded:
            return static
        cut_on_path, lost_on_path = (
            np.array([np.interp(place, places, row) > 0.5 for place, row in zip(path, rows, strict=True)])
            for rows in (cut, lost)
        )
        if self._fails(cut_on_path, lost_on_path):
            return static
        return CameraShot(
            starts,
            placed(self.middle, 2 * round(float(path.mean()) / 2), along_x=self.along_x),
            times=tuple(float(at) for at in times),
            places=tuple(float(place) for place in path),
        )

    def _zoomed_out(self, times: Sequence[Fraction], profiles: NDArray[np.floating]) -> Box:
        """The smallest part of the picture with faces, what is required, and nearly all that is salient in a shot.

        It cuts through no lettering: what it would cut through is shown too. Where nothing is known to be salient, all
        of the picture is shown.
        """
        full = self.room + self.side
        total = np.asarray(profiles, np.float64).sum(axis=0)
        if not total.sum() > 0:
            return self._wide(0, full)
        shares, edges = np.concatenate([[0.0], np.cumsum(total / total.sum())]), np.linspace(0, full, len(total) + 1)
        outside = (1 - self.parameters.zoom_share) / 2
        low, high = (float(np.interp(share, shares, edges)) for share in (outside, 1 - outside))
        text = [one for one in self.text if any(one.at(at) for at in times)]
        seen = [one for one in text if one.required] + [f for f in self.faces if any(f.at(at) for at in times)]
        margin = float(self.side * self.parameters.text_margin)
        while True:
            low = 2 * floor(min((low, *(one.start - margin for one in seen))) / 2)
            high = 2 * ceil(max((high, *(one.end + margin for one in seen))) / 2)
            text = [one for one in text if one not in seen]
            reached = [one for one in text if one.start < high and low < one.end]
            seen = [one for one in reached if not low <= one.start < one.end <= high]
            if not seen:
                return self._wide(low, high)

    def _wide(self, low: float, high: float) -> Box:
        """The picture from `low` to `high` along the free axis, on even pixels; all of it where that is most of it."""
        full = self.room + self.side
        start, end = max(2 * floor(low / 2), 0), min(2 * ceil(high / 2), full)
        if end - start >= self.parameters.least_zoom * full:
            start, end = 0, full
        m = self.middle
        return Box(start, m.y, end - start, m.h) if self.along_x else Box(m.x, start, m.w, end - start)

    def _judged(
        self, times: Sequence[Fraction], profiles: NDArray[np.floating], places: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Lettering cut through, faces lost, and the worth of every place, each (times, places)."""
        parameters = self.parameters
        seen = np.array([self._captured(row, places) for row in profiles]) if len(profiles) else np.zeros(len(places))
        text = np.array([self._text_at(at, places) for at in times])
        faces = np.array([self._faces_at(at, places) for at in times])
        (cut, whole), (lost, tight) = text.swapaxes(0, 1), faces.swapaxes(0, 1)
        off = np.abs(places - self.room / 2) / max(self.room, 1)
        costs = parameters.cut_cost * (cut + lost)
        worth = (
            seen
            - costs
            - parameters.head_room_cost * tight
            - parameters.incidental_cost * np.array([self._nicked_at(at, places) for at in times])
            + parameters.whole_worth * whole
            - parameters.off_centre_cost * off
        )
        if self.centre is not None:
            worth = worth - parameters.composition_cost * np.abs(places + self.side / 2 - self.centre) / self.side
        return cut, lost, worth

    def _captured(self, profile: NDArray[np.floating], places: FloatArray) -> FloatArray:
        """Share of a sample's saliency that each place shows: (places,)."""
        total = np.concatenate([[0.0], np.cumsum(profile, dtype=np.float64)])
        edges = np.linspace(0, self.room + self.side, len(total))
        captured = np.interp(places + self.side, edges, total) - np.interp(places, edges, total)
        return np.asarray(captured / max(total[-1], 1e-9), dtype=np.float64)

    def _text_at(self, at: Fraction, places: FloatArray) -> tuple[FloatArray, FloatArray]:
        """How many pieces of lettering each place cuts through at a time, and how many it shows whole: (places,)."""
        cut, whole = np.zeros(len(places)), np.zeros(len(places))
        margin = float(self.side * self.parameters.text_margin)
        for reach in _present(self.text, at):
            # The picture itself may leave no margin.
            low, high = max(reach.start - margin, 0.0), min(reach.end + margin, float(self.room + self.side))
            inside = (places <= low) & (high <= places + self.side)
            beside = (high <= places) | (places + self.side <= low)
            cut += ~inside if reach.required else ~(inside | beside)
            whole += inside
        return cut, whole

    def _nicked_at(self, at: Fraction, places: FloatArray) -> FloatArray:
        """How many pieces of incidental lettering each place cuts through at a time: (places,)."""
        nicked = np.zeros(len(places))
        for reach in _present(self.incidental, at):
            edges = places, places + self.side
            nicked += np.any([(reach.start < edge) & (edge < reach.end) for edge in edges], axis=0)
        return nicked

    def _faces_at(self, at: Fraction, places: FloatArray) -> tuple[FloatArray, FloatArray]:
        """How many faces each place loses at a time, and the head room that is missing, 0..1 per face: (places,)."""
        lost, tight = np.zeros(len(places)), np.zeros(len(places))
        for reach in _present(self.faces, at):
            length = reach.end - reach.start
            seen = np.minimum(reach.end, places + self.side) - np.maximum(reach.start, places)
            lost += seen < self.parameters.seen_of_face * length
            room = np.minimum(reach.start - places, places + self.side - reach.end)
            margin = min(float(self.parameters.head_room * length), max((self.side - length) / 2, 1.0))
            tight += np.clip(1 - room / margin, 0, 1)
        return lost, tight

    def _fails(self, cut: NDArray[np.bool_], lost: NDArray[np.bool_]) -> bool:
        """Whether too much is lost, given for every sample whether lettering is cut through and a face is lost."""
        return bool(cut.any()) or float(lost.mean()) > self.parameters.losable

    def _cheapest(self, worth: FloatArray, places: FloatArray, times: Sequence[Fraction]) -> NDArray[np.int64]:
        """The path through `worth`, (times, places), that gains most for least travel: indices of places, (times,).

        places: in units of the camera's side.
        """
        lasts = np.diff([float(at) for at in times], append=float(times[-1]))
        lasts[-1] = lasts[:-1].mean()
        travel = self.parameters.travel_cost * np.abs(places[:, None] - places[None, :])
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

    def _eased(self, path: FloatArray, times: Sequence[Fraction]) -> FloatArray:
        """`path`, (times,) in pixels, under a raised-cosine window, so that every move starts and stops softly."""
        step = float(times[-1] - times[0]) / max(len(times) - 1, 1)
        half = max(round(self.parameters.ease_seconds / 2 / max(step, 1e-6)), 1)
        window = np.hanning(2 * half + 3)[1:-1]
        held = np.concatenate([np.full(half, path[0]), path, np.full(half, path[-1])])
        return np.asarray(np.convolve(held, window / window.sum(), mode="valid"), dtype=np.float64)


def _present(reaches: Sequence[_Reach], at: Fraction) -> Iterator[_Reach]:
    return (reach for reach in reaches if reach.at(at))
