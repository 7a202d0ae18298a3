"""A storyboard grid or a character sheet into its panels: gutters are found, never assumed.

A gutter is a straight band across the sheet, or across a part of it, of one colour. The sheet is cut along the widest
one, and each part again, until none is left.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box

_LONG_SIDE = 1200
_PLAIN = 9.0
"""Spread of levels along a row or column up to which it may be gutter; JPEG and drawn lines leave some."""
_ALIKE = 14.0
"""Levels by which the rows of one gutter may differ from each other."""
_THINNEST = 0.004
"""Of the sheet's longer side: narrower bands are lines in a drawing."""
_SMALLEST = 0.06
"""Of the sheet's sides: smaller parts are captions and margins, not panels."""
_DEPTH = 6


def panels(sheet: Picture) -> tuple[Box, ...]:
    """The panels of an RGB sheet in reading order; the whole picture where it has no gutter."""
    scale = min(1.0, _LONG_SIDE / max(sheet.shape[:2]))
    size = (max(round(sheet.shape[1] * scale), 1), max(round(sheet.shape[0] * scale), 1))
    small = np.asarray(cv2.resize(sheet, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
    parts = _split(small, Box(0, 0, size[0], size[1]), _DEPTH)
    least = (_SMALLEST * size[0], _SMALLEST * size[1])
    kept = [part for part in parts if part.w >= least[0] and part.h >= least[1] and _shows(small, part)]
    height, width = sheet.shape[:2]
    grown = [Box(round(b.x / scale), round(b.y / scale), round(b.w / scale), round(b.h / scale)) for b in kept]
    inside = [box.clipped(width, height) for box in grown]
    return tuple(_in_order([box for box in inside if box is not None])) or (Box(0, 0, width, height),)


def matched(panel_pictures: Sequence[Picture], shots: Sequence[Picture]) -> list[tuple[int, float] | None]:
    """For each shot the panel that it is most like and how much, 0..1; None where it is like none of them."""
    prints = [_print(picture) for picture in panel_pictures]
    found: list[tuple[int, float] | None] = []
    for shot in shots:
        mine = _print(shot)
        likeness = [float(np.clip((mine * one).sum(), 0, 1)) for one in prints]
        best = int(np.argmax(likeness)) if likeness else -1
        found.append((best, likeness[best]) if likeness and likeness[best] >= _LIKE else None)
    return found


_LIKE = 0.5
"""Correlation from which on a shot shows its panel; the best of nine unrelated ones reaches 0.45."""


def _split(sheet: NDArray[np.float32], part: Box, depth: int) -> list[Box]:
    part = _trimmed(sheet, part)
    cut = max((_widest(sheet, part, axis) for axis in (0, 1)), key=lambda band: band[2] - band[1])
    axis, start, end = cut
    if depth == 0 or end - start < max(_THINNEST * max(sheet.shape[:2]), 2):
        return [part]
    if axis == 0:
        halves = (Box(part.x, part.y, part.w, start), Box(part.x, part.y + end, part.w, part.h - end))
    else:
        halves = (Box(part.x, part.y, start, part.h), Box(part.x + end, part.y, part.w - end, part.h))
    return [found for half in halves for found in _split(sheet, half, depth - 1)]


def _bands(sheet: NDArray[np.float32], part: Box, axis: int) -> list[tuple[int, int]]:
    """Runs of rows (axis 0) or columns (axis 1) of one colour, [start, end) within the part."""
    inside = sheet[part.slices]
    lines = inside if axis == 0 else inside.transpose(1, 0, 2)
    middle = np.median(lines, axis=1)
    plain = np.quantile(np.abs(lines - middle[:, None]).max(axis=2), 0.97, axis=1) < _PLAIN
    runs, start = [], None
    for place in range(len(plain) + 1):
        same = place < len(plain) and plain[place]
        if start is not None and (not same or np.abs(middle[place] - middle[start]).max() > _ALIKE):
            runs.append((start, place))
            start = None
        if same and start is None:
            start = place
    return runs


def _widest(sheet: NDArray[np.float32], part: Box, axis: int) -> tuple[int, int, int]:
    length = part.h if axis == 0 else part.w
    inner = [(start, end) for start, end in _bands(sheet, part, axis) if start > 0 and end < length]
    # What a gutter leaves on either side has to be large enough for a panel.
    least = _SMALLEST * (sheet.shape[0] if axis == 0 else sheet.shape[1])
    fit = [(start, end) for start, end in inner if start >= least and length - end >= least]
    start, end = max(fit, key=lambda run: run[1] - run[0], default=(0, 0))
    return axis, start, end


def _trimmed(sheet: NDArray[np.float32], part: Box) -> Box:
    """The part without margins of one colour."""
    for axis in (0, 1):
        length = part.h if axis == 0 else part.w
        runs = _bands(sheet, part, axis)
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


def _shows(sheet: NDArray[np.float32], part: Box) -> bool:
    return bool(sheet[part.slices].std(axis=(0, 1)).max() > _PLAIN / 2)


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


def _print(picture: Picture) -> NDArray[np.float32]:
    """What a picture looks like from far: 16 × 16 in a perceptual space, of mean 0 and length 1."""
    height, width = picture.shape[:2]
    side = min(height, width)
    middle = picture[(height - side) // 2 :][:side, (width - side) // 2 :][:, :side]
    small = cv2.resize(np.ascontiguousarray(middle), (16, 16), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    soft = cv2.GaussianBlur(lab, (0, 0), 0.7) - lab.mean(axis=(0, 1))
    return np.asarray(soft / max(float(np.linalg.norm(soft)), 1e-6), dtype=np.float32)
