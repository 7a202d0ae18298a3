"""Repairs to look at: each changed region before and after, at its worst moment and around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from overlaycut.core.frame import Frame, Picture, Plane
from overlaycut.core.geometry import Box, Span
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.core.repaired import RepairedFrame
from overlaycut.report.pictures import EncodedPicture, PictureParameters, jpeg, loop

_MOST_REGIONS = 12
"""Regions of a clip that are shown; the page says how many there are beyond."""
_MAP = 4
"""Pixels to a sample of the map of what was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentParameters:
    """What is kept of a repair; benchmarks/review.py says what it costs and weighs."""

    stills: int = 10
    """Moments of a region that are kept while it is not known which of them is the worst."""
    loop_seconds: float = 1.6
    """Duration of a looping crop."""
    loop_frames: int = 20
    """Its frames at most."""
    surround: float = 0.6
    """What is shown around a region, in shares of its height at each side."""
    least_share: float = 0.35
    """Columns of the picture that a still shows at least, 0..1."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionMoment:
    """One region at its worst moment, before and after its repair, and a loop of both, before above after."""

    region: str
    index: int
    seconds: float
    before: EncodedPicture
    after: EncodedPicture
    loop: EncodedPicture | None


@dataclass(frozen=True, slots=True, eq=False)
class RepairPictures:
    """Everything of a clip's repairs that is shown."""

    moments: tuple[RegionMoment, ...] = ()
    written: Plane | None = None
    """Where samples were written in any frame, (rows, columns) of every fourth pixel: 0 nowhere."""
    left_out: int = 0
    """Changed regions that are not shown."""


@dataclass(frozen=True, slots=True, eq=False)
class _Still:
    index: int
    seconds: float
    before: EncodedPicture
    after: EncodedPicture


class RepairPictureTaker:
    """Takes pictures of repairs on the way. Push every repaired frame, in display order.

    legible: legibility, 0..1, by region and frame, where it was measured: the loop is around the least of it.
    """

    def __init__(
        self,
        plan: EditPlan,
        *,
        legible: Mapping[str, Mapping[int, float]],
        parameters: MomentParameters = MomentParameters(),
        pictures: PictureParameters = PictureParameters(),
    ) -> None:
        changed = [region for region in plan.regions if region.changes and region.quads]
        self._left_out = max(len(changed) - _MOST_REGIONS, 0)
        fps = plan.clip.fps
        self._takers = [
            _RegionTaker(region, legible.get(region.id, {}), fps, parameters, pictures)
            for region in changed[:_MOST_REGIONS]
        ]
        self._written: Plane | None = None

    def see(self, after: RepairedFrame) -> None:
        """Take in one frame."""
        for taker in self._takers:
            taker.see(after)
        if after.layers:
            mask = after.mask[::_MAP, ::_MAP]
            self._written = mask.copy() if self._written is None else np.maximum(self._written, mask)

    def result(self, worst: Mapping[str, int]) -> RepairPictures:
        """The pictures; `worst` is the frame that a measurement found worst, by region, where one did."""
        found = (taker.result(worst.get(taker.region)) for taker in self._takers)
        return RepairPictures(tuple(one for one in found if one is not None), self._written, self._left_out)


class _RegionTaker:
    """The pictures of one region."""

    def __init__(
        self,
        region: RegionPlan,
        legible: Mapping[int, float],
        fps: float,
        parameters: MomentParameters,
        pictures: PictureParameters,
    ) -> None:
        assert region.edit is not None  # it changes
        self.region, self._quads, self._edit = region.id, region.quads, region.edit
        self._parameters, self._pictures = parameters, pictures
        self._worst = _least(legible, region.edit)
        self._stride = max(1, round(parameters.loop_seconds * fps / parameters.loop_frames))
        self._fps = fps
        self._window = _window(self._worst, region.edit, round(parameters.loop_seconds * fps))
        self._loop_size: tuple[int, int] | None = None
        count = min(parameters.stills, len(region.edit))
        spread = {region.edit.start + round(n * (len(region.edit) - 1) / max(count - 1, 1)) for n in range(count)}
        self._wanted = frozenset({self._worst, *spread})
        self._stills: list[_Still] = []
        self._loop: list[Picture] = []

    def see(self, after: RepairedFrame) -> None:
        index = after.before.index
        if index in self._wanted and index in self._quads:
            self._stills.append(self._still(after))
        if index in self._window and (index - self._window.start) % self._stride == 0 and index in self._quads:
            self._loop.append(self._pair(after))

    def result(self, worst: int | None) -> RegionMoment | None:
        if not self._stills:
            return None
        wanted = self._worst if worst is None else worst
        still = min(self._stills, key=lambda one: abs(one.index - wanted))
        looped = None
        if len(self._loop) > 1:
            looped = loop(
                self._loop, seconds=self._stride / self._fps, width=self._pictures.loop_px,
                quality=self._pictures.loop_quality,
            )  # fmt: skip
        return RegionMoment(self.region, still.index, still.seconds, still.before, still.after, looped)

    def _still(self, after: RepairedFrame) -> _Still:
        frame, width = after.before, self._pictures.wipe_px
        box = self._around(frame, least=self._parameters.least_share)
        before, now = (
            jpeg(one.patch(box), width=width, quality=self._pictures.wipe_quality) for one in (frame, after.frame)
        )
        return _Still(frame.index, float(frame.at), before, now)

    def _pair(self, after: RepairedFrame) -> Picture:
        """Before above after, of one size throughout the loop."""
        frame = after.before
        box = self._around(frame, least=0.0)
        if self._loop_size is None:
            self._loop_size = box.w, box.h
        box = _of_size(box, *self._loop_size, frame.width, frame.height)
        gap = np.full((max(2, box.h // 40), box.w, 3), 128, np.uint8)
        return np.vstack((frame.patch(box), gap, after.frame.patch(box)))

    def _around(self, frame: Frame, *, least: float) -> Box:
        """The part of the picture around the region, at least `least` of its columns wide."""
        quad = self._quads[frame.index]
        box = quad.grown(self._parameters.surround * quad.size[1]).box()
        wide = max(box.w, round(least * frame.width))
        high = max(box.h, round(0.5 * wide))
        return _of_size(box, min(wide, frame.width), min(high, frame.height), frame.width, frame.height)


def _of_size(box: Box, width: int, height: int, most_x: int, most_y: int) -> Box:
    """A box of that size with the same centre, moved into a picture of `most_x` x `most_y` pixels."""
    x = min(max(box.x + (box.w - width) // 2, 0), most_x - width)
    y = min(max(box.y + (box.h - height) // 2, 0), most_y - height)
    return Box(x, y, width, height)


def _least(legible: Mapping[int, float], edit: Span) -> int:
    """The least legible frame of a span; its middle where nothing was measured."""
    known = [index for index in edit if index in legible]
    return min(known, key=lambda index: legible[index]) if known else edit.start + len(edit) // 2


def _window(middle: int, edit: Span, frames: int) -> Span:
    """At most `frames` frames of a span around one of them."""
    count = max(min(frames, len(edit)), 1)
    start = min(max(middle - count // 2, edit.start), edit.end - count)
    return Span(start, start + count)


def worst_frames(gates: Mapping[str, Sequence[tuple[bool, int | None]]]) -> dict[str, int]:
    """Region → the worst frame of the first gate that failed; gates as (failed, worst frame)."""
    return {
        name: next(frame for failed, frame in found if failed and frame is not None)
        for name, found in gates.items()
        if any(failed and frame is not None for failed, frame in found)
    }
