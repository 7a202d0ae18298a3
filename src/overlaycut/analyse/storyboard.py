"""A storyboard grid or a character sheet into its panels: gutters are detected, never assumed.

A gutter is a straight band across the sheet, or across a part of it, of one colour. The sheet is cut along the widest
one, and each part again, until none is left (recursive X-Y cut: Nagy and Seth, 1984).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box
from overlaycut.vision.filters import FloatImage
from overlaycut.vision.thumbnails import reduced, reduced_size


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryboardParameters:
    """Gutters, panels and their likeness to shots; checked by tests/analyse/test_storyboard.py."""

    long_side_px: int = 1200
    """Longer side of the sheet as it is searched."""
    plain: float = 9.0
    """Spread of levels along a row or column up to which it may be gutter; JPEG and drawn lines leave some."""
    alike: float = 14.0
    """Levels by which the rows of one gutter may differ from each other."""
    thinnest: float = 0.004
    """Width of a gutter in parts of the sheet's longer side; narrower bands are lines in a drawing."""
    smallest: float = 0.06
    """Sides of a panel in parts of the sheet's; smaller parts are captions and margins."""
    depth: int = 6
    """Cuts along one path, at most."""
    least_likeness: float = 0.5
    """Correlation from which on a shot shows its panel; the best of nine unrelated ones reaches 0.45."""


def panels(sheet: Picture, *, parameters: StoryboardParameters = StoryboardParameters()) -> tuple[Box, ...]:
    """The panels of an RGB sheet in reading order; the whole picture where it has no gutter."""
    height, width = sheet.shape[:2]
    scale = min(1.0, parameters.long_side_px / max(height, width))
    small = reduced(sheet, reduced_size(width, height, parameters.long_side_px)).astype(np.float32)
    rows, columns = small.shape[:2]
    parts = _Cutter(small, parameters).split(Box(0, 0, columns, rows), parameters.depth)
    least = (parameters.smallest * columns, parameters.smallest * rows)
    kept = [part for part in parts if part.w >= least[0] and part.h >= least[1] and _shows(small, part, parameters)]
    grown = [Box(round(b.x / scale), round(b.y / scale), round(b.w / scale), round(b.h / scale)) for b in kept]
    inside = [box.clipped(width, height) for box in grown]
    return tuple(_in_order([box for box in inside if box is not None])) or (Box(0, 0, width, height),)


def matched(
    panel_pictures: Sequence[Picture],
    shots: Sequence[Picture],
    *,
    parameters: StoryboardParameters = StoryboardParameters(),
) -> list[tuple[int, float] | None]:
    """For each shot the panel that it is most like and how much, 0..1; None where it is like none of them."""
    descriptors = [_descriptor(picture) for picture in panel_pictures]
    found: list[tuple[int, float] | None] = []
    for shot in shots:
        own = _descriptor(shot)
        likeness = [float(np.clip((own * one).sum(), 0, 1)) for one in descriptors]
        best = int(np.argmax(likeness)) if likeness else -1
        like = bool(likeness) and likeness[best] >= parameters.least_likeness
        found.append((best, likeness[best]) if like else None)
    return found


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Cuts a sheet, (rows, columns, 3), along its gutters."""

    sheet: FloatImage
    parameters: StoryboardParameters

    def split(self, part: Box, depth: int) -> list[Box]:
        """The parts of `part` between gutters."""
        part = self._trimmed(part)
        axis, start, end = max((self._widest(part, axis) for axis in (0, 1)), key=lambda band: band[2] - band[1])
        if depth == 0 or end - start < max(self.parameters.thinnest * max(self.sheet.shape[:2]), 2):
            return [part]
        if axis == 0:
            halves = (Box(part.x, part.y, part.w, start), Box(part.x, part.y + end, part.w, part.h - end))
        else:
            halves = (Box(part.x, part.y, start, part.h), Box(part.x + end, part.y, part.w - end, part.h))
        return [found for half in halves for found in self.split(half, depth - 1)]

    def _bands(self, part: Box, axis: int) -> list[tuple[int, int]]:
        """Runs of rows (axis 0) or columns (axis 1) of one colour, [start, end) within the part."""
        inside = self.sheet[part.slices]
        lines = inside if axis == 0 else inside.transpose(1, 0, 2)
        middle = np.median(lines, axis=1)
        spread = np.quantile(np.abs(lines - middle[:, None]).max(axis=2), 0.97, axis=1)
        plain = spread < self.parameters.plain
        runs, start = [], None
        for place in range(len(plain) + 1):
            same = place < len(plain) and plain[place]
            if start is not None and (not same or self._differ(middle[place], middle[start])):
                runs.append((start, place))
                start = None
            if same and start is None:
                start = place
        return runs

    def _differ(self, one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
        return bool(np.abs(one - other).max() > self.parameters.alike)

    def _widest(self, part: Box, axis: int) -> tuple[int, int, int]:
        """Axis, start and end of the widest gutter that leaves room for a panel on either side."""
        length = part.h if axis == 0 else part.w
        inner = [(start, end) for start, end in self._bands(part, axis) if start > 0 and end < length]
        least = self.parameters.smallest * (self.sheet.shape[0] if axis == 0 else self.sheet.shape[1])
        fit = [(start, end) for start, end in inner if start >= least and length - end >= least]
        start, end = max(fit, key=lambda run: run[1] - run[0], default=(0, 0))
        return axis, start, end

    def _trimmed(self, part: Box) -> Box:
        """The part without margins of one colour."""
        for axis in (0, 1):
            length = part.h if axis == 0 else part.w
            runs = self._bands(part, axis)
            first = next((end for start, end in runs if start == 0), 0)
            last = next((start for start, end in runs if end == length), length)
            if first >= last:
                continue
            part = (
                Box(part.x, part.y + first, part.w, last - first)
                if axis == 0
                else Box(part.x + first, part.y, last - first, part.h)
            )
        return part


def _shows(sheet: FloatImage, part: Box, parameters: StoryboardParameters) -> bool:
    """Whether there is more than one colour in a part."""
    return bool(sheet[part.slices].std(axis=(0, 1)).max() > parameters.plain / 2)


def _in_order(boxes: list[Box]) -> list[Box]:
    """Row by row, left to right: boxes share a row when they overlap in height by half."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.y):
        for row in rows:
            shared = min(box.bottom, row[0].bottom) - max(box.y, row[0].y)
            if shared > 0.5 * min(box.h, row[0].h):
                row.append(box)
                break
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row, key=lambda box: box.x)]


def _descriptor(picture: Picture) -> FloatImage:
    """The middle square of a picture at 16 × 16 in CIELAB, of mean 0 and length 1: dot products are correlations."""
    height, width = picture.shape[:2]
    side = min(height, width)
    middle = picture[(height - side) // 2 :][:side, (width - side) // 2 :][:, :side]
    small = cv2.resize(np.ascontiguousarray(middle), (16, 16), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    soft = cv2.GaussianBlur(lab, (0, 0), 0.7) - lab.mean(axis=(0, 1))
    return np.asarray(soft / max(float(np.linalg.norm(soft)), 1e-6), dtype=np.float32)
