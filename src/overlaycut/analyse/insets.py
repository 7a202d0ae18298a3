"""Pictures in the picture: rectangles that stand still on the screen and move otherwise than what is around them.

Edges of an inset lie at the same rows and columns in every frame, and on one side of them the picture changes while it
does not on the other, or changes otherwise: a window or a door has the edges, but neither side of them moves. What
stands still in a picture that stands still cannot be told from a part of the scene.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.shots import CutDetector
from overlaycut.core.cues import KeepOut
from overlaycut.core.frame import Frame, Mask, Plane
from overlaycut.core.geometry import Box
from overlaycut.vision.filters import FloatPlane, pearson_correlation
from overlaycut.vision.thumbnails import reduced, reduced_size


@dataclass(frozen=True, slots=True, kw_only=True)
class InsetParameters:
    """What counts as an inset; checked by tests/analyse/test_insets.py and by looking at 90 clips."""

    long_side_px: int = 320
    """Longer side of the picture that is searched."""
    interval: Fraction = Fraction(1, 4)
    """Seconds between looks."""
    least_looks: int = 5
    """Looks at a shot below which nothing is said."""
    most_looks: int = 48
    """Looks at a shot at most: in a longer one every other is dropped, and they are made half as often."""
    edge_levels: float = 5.0
    """Mean step of luma over all looks, from one pixel to the next, that makes an edge."""
    covered: float = 0.8
    """Share of a side along which there is an edge."""
    above_beside: float = 3.0
    """How many times as high that step is along a side as along the lines 3 to 7 pixels away: in foliage, or where
    something passes, there is an edge everywhere."""
    gap_px: int = 6
    """Length over which an edge may be missing within a side, in pixels of the small picture."""
    least_side: float = 0.12
    """Sides of an inset at least, in parts of the picture's shorter side."""
    most_area: float = 0.4
    """Its area at most, in parts of the picture's; larger ones are the picture itself between bars or columns."""
    ring_px: int = 4
    """Width of the strips beside an edge, in pixels of the small picture, in which change is compared."""
    still_levels: float = 1.0
    """Mean change of luma from one look to the next up to which something stands still: what codecs and grain do."""
    times_still: float = 3.0
    """How many times as much something else has to change."""
    alike: float = 0.25
    """Correlation of what changes at both sides of an edge, below which they are two pictures."""
    most_runs: int = 80
    """Edges that are tried, the longest first, in either direction."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A straight edge that stays: along one line, from `start` to `end`."""

    line: int
    start: int
    end: int


@dataclass(slots=True)
class _Shot:
    starts: Fraction
    interval: Fraction
    looks: list[Plane] = field(default_factory=list)


class InsetAnalyser:
    """Insets of every shot. See `core.analyser.Analyser` for how it is used."""

    def __init__(self, width: int, height: int, *, parameters: InsetParameters = InsetParameters()) -> None:
        self._frame, self._parameters = (width, height), parameters
        self._size = reduced_size(width, height, parameters.long_side_px, least=16)
        self._cut_detector = CutDetector()
        self._shot = _Shot(Fraction(0), parameters.interval)
        self._found: list[KeepOut] = []
        self._look_at = self._ends = Fraction(0)

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        small = reduced(frame.y, self._size)
        if self._cut_detector.see(small):
            self._close(frame.at)
            self._look_at = frame.at
        if frame.at >= self._look_at:
            self._look(frame.at, small)
        self._ends = frame.at + frame.lasts

    def result(self) -> tuple[KeepOut, ...]:
        """The insets, each for its shot, in pixels and seconds of the clip. They have to be shown whole."""
        self._close(self._ends)
        return tuple(self._found)

    def _look(self, at: Fraction, small: Plane) -> None:
        shot = self._shot
        shot.looks.append(small)
        if len(shot.looks) > self._parameters.most_looks:
            shot.looks, shot.interval = shot.looks[::2], 2 * shot.interval
        self._look_at = at + shot.interval

    def _close(self, at: Fraction) -> None:
        """Search the shot that ends."""
        shot, self._shot = self._shot, _Shot(at, self._parameters.interval)
        across, down = (whole / small for whole, small in zip(self._frame, self._size, strict=True))
        for small in insets(shot.looks, parameters=self._parameters):
            box = _to_the_edge(small, self._size)
            x, y = round(box.x * across), round(box.y * down)
            whole = Box(x, y, round(box.right * across) - x, round(box.bottom * down) - y)
            self._found.append(KeepOut(whole, shot.starts, at, "an inset", required=True))


def _to_the_edge(box: Box, size: tuple[int, int], *, near: int = 3) -> Box:
    """A box a pixel larger, and as far as the picture's edge where it nearly reaches that."""
    left, top, right, bottom = box.x - 1, box.y - 1, box.right + 1, box.bottom + 1
    left, top = (0 if low <= near else low for low in (left, top))
    right, bottom = (whole if high >= whole - near else high for high, whole in zip((right, bottom), size, strict=True))
    return Box(left, top, right - left, bottom - top)


def insets(looks: Sequence[Plane], *, parameters: InsetParameters = InsetParameters()) -> list[Box]:
    """The insets of a shot, from small luma pictures of it in order, in their pixels; none inside another."""
    if len(looks) < parameters.least_looks:
        return []
    stack = np.stack(looks).astype(np.float32)
    upright, level = (_edges(stack, axis, parameters) for axis in (2, 1))
    rows, columns = looks[0].shape
    least = parameters.least_side * min(rows, columns)
    sides = _runs(upright.turned(), least, parameters)
    found = {
        box: clear
        for box, clear in _rectangles(sides, upright, level, least, parameters)
        if box.area <= parameters.most_area * rows * columns and _apart(box, stack, parameters)
    }
    kept: list[Box] = []
    for box in sorted(found, key=lambda one: (-found[one], -one.area)):
        if all(2 * box.overlap(other) < min(box.area, other.area) for other in kept):
            kept.append(box)
    return kept


class _Edges(NamedTuple):
    """Edges in one direction, (rows, columns) each."""

    steps: FloatPlane
    """Mean step of luma to each pixel from the one before it."""
    seen: Mask
    """Where that makes an edge, and a pixel more to either side."""

    def turned(self) -> _Edges:
        """The same with rows for columns."""
        return _Edges(self.steps.T, self.seen.T)

    def between(self, start: int, end: int) -> _Edges:
        """The columns from `start` to `end`."""
        return _Edges(self.steps[:, start:end], self.seen[:, start:end])


def _edges(stack: NDArray[np.float32], axis: int, parameters: InsetParameters) -> _Edges:
    """The edges across `axis` of pictures, (looks, rows, columns)."""
    steps = np.abs(np.diff(stack, axis=axis, prepend=np.take(stack, [0], axis=axis))).mean(axis=0)
    edge = steps >= parameters.edge_levels
    wide = np.any([np.roll(edge, by, axis=axis - 1) for by in (-1, 0, 1)], axis=0)
    return _Edges(np.asarray(steps, np.float32), np.asarray(wide))


def _runs(edges: _Edges, least: float, parameters: InsetParameters) -> list[_Run]:
    """Straight edges along the rows, of at least a length: the longest ones."""
    found = []
    for line in np.flatnonzero(edges.seen.sum(axis=1) >= parameters.covered * least):
        places = np.flatnonzero(edges.seen[line])
        breaks = np.flatnonzero(np.diff(places) > parameters.gap_px)
        for first, last in zip([0, *breaks + 1], [*breaks, len(places) - 1], strict=True):
            start, end = int(places[first]), int(places[last]) + 1
            if end - start >= least and _is_side(edges.between(start, end), int(line), parameters):
                found.append(_Run(int(line), start, end))
    return sorted(found, key=lambda run: run.start - run.end)[: parameters.most_runs]


def _rectangles(
    sides: Sequence[_Run], upright: _Edges, level: _Edges, least: float, parameters: InsetParameters
) -> Iterator[tuple[Box, float]]:
    """Boxes between two upright edges, or one and the picture's, that have an edge above and below; how clear they are.

    That is the share of their circumference, less the picture's own edges, along which there is an edge.
    """
    rows, columns = level.seen.shape
    near = 3
    lines = sorted({one.line for one in sides})
    for run in sides:
        top = 0 if run.start <= near else run.start
        bottom = rows if run.end >= rows - near else run.end
        beside = upright.turned().between(top, bottom)
        others = [line for line in lines if _is_side(beside, line, parameters)]
        for left, right in {(min(run.line, x), max(run.line, x)) for x in (0, *others, columns)}:
            if right - left < least or (left == 0 and right == columns) or (top == 0 and bottom == rows):
                continue
            between = level.between(left, right)
            if all(line in (0, rows) or _is_side(between, line, parameters) for line in (top, bottom)):
                edges = [level.seen[line, left:right] for line in (top, bottom - 1) if 0 < line < rows - 1]
                edges += [upright.seen[top:bottom, line] for line in (left, right - 1) if 0 < line < columns - 1]
                yield Box(left, top, right - left, bottom - top), float(np.concatenate(edges).mean())


def _is_side(edges: _Edges, line: int, parameters: InsetParameters) -> bool:
    """Whether there is an edge all along a row, give or take two rows, that stands out from the rows beside it."""
    steps = edges.steps
    if edges.seen[max(line - 2, 0) : line + 3].any(axis=0).mean() < parameters.covered:
        return False
    own = max(float(row.mean()) for row in steps[max(line - 2, 0) : line + 3])
    bands = steps[max(line - 7, 0) : max(line - 2, 0)], steps[line + 3 : line + 8]
    return own >= parameters.above_beside * max((float(band.mean()) for band in bands if band.size), default=0.0)


def _apart(box: Box, stack: NDArray[np.float32], parameters: InsetParameters) -> bool:
    """Whether a box moves otherwise than what is around it.

    Either stands still while the other changes, or both change and what happens at the two sides of an edge is not
    alike.
    """
    steps = np.diff(stack, axis=0)
    strips = list(_strips(box, stack.shape[1:], parameters.ring_px))
    if not strips:
        return False
    change = np.abs(steps).mean(axis=0)
    inner = float(change[box.slices].mean())
    outer = [float(change[outside.slices].mean()) for _, outside in strips]
    quiet, lively = parameters.still_levels, parameters.times_still
    if inner >= lively * max(*outer, quiet / 2):
        return True
    if inner <= quiet and float(np.median(outer)) >= lively * max(inner, quiet / 2):
        return True
    return inner > quiet and min(outer) > quiet and max(_alike(steps, *pair) for pair in strips) < parameters.alike


def _alike(steps: NDArray[np.float32], inside: Box, outside: Box) -> float:
    """The correlation of what changes along two strips at the sides of an edge, -1..1."""
    along = 1 if inside.w >= inside.h else 2
    sides = [steps[:, one.y : one.bottom, one.x : one.right].mean(axis=along).ravel() for one in (inside, outside)]
    return pearson_correlation(*sides)


def _strips(box: Box, shape: tuple[int, ...], wide: int) -> Iterator[tuple[Box, Box]]:
    """Strips inside and outside the edges of a box that are not the picture's, a pixel off the edge each."""
    rows, columns = shape
    wide = min(wide, box.w // 3, box.h // 3)
    pairs = (
        (Box(box.x + 1, box.y, wide, box.h), Box(box.x - 1 - wide, box.y, wide, box.h)),
        (Box(box.right - 1 - wide, box.y, wide, box.h), Box(box.right + 1, box.y, wide, box.h)),
        (Box(box.x, box.y + 1, box.w, wide), Box(box.x, box.y - 1 - wide, box.w, wide)),
        (Box(box.x, box.bottom - 1 - wide, box.w, wide), Box(box.x, box.bottom + 1, box.w, wide)),
    )
    for inside, outside in pairs:
        if outside.clipped(columns, rows) == outside:
            yield inside, outside
