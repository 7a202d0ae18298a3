"""Where in a picture there is something to see, and the crop that shows most of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box

_MAP_SIDE = 96
"""Cells along the longer side of an interest map."""

_EVERY = 3
"""Frames between those that are looked at: what matters stays longer than that."""

# Skin in 8-bit Cb and Cr: Chai and Ngan, Face segmentation using skin-color map (1999).
_SKIN_CB, _SKIN_CR = (77, 127), (133, 173)


@dataclass(frozen=True, slots=True)
class SaliencySample:
    """What one frame showed."""

    at: Fraction
    columns: NDArray[np.float32]
    """Saliency of each column of cells."""
    rows: NDArray[np.float32]
    """Saliency of each row of cells."""


class Saliency:
    """Where in the picture there is something to see. Push frames, in display order."""

    def __init__(self, width: int, height: int) -> None:
        if width < 2 or height < 2:
            raise ValueError(f"a picture of {width}x{height} has nothing to see")
        share = min(_MAP_SIDE / max(width, height), 1.0)
        self._size = max(round(width * share), 2), max(round(height * share), 2)
        self._sum = np.zeros(self._size[::-1], np.float64)
        y, x = np.mgrid[0 : self._size[1], 0 : self._size[0]]
        off = ((x + 0.5) / self._size[0] - 0.5) ** 2 + ((y + 0.5) / self._size[1] - 0.5) ** 2
        self._lean = np.exp(-off / (2 * 0.35**2)).astype(np.float32)
        self._last: NDArray[np.float32] | None = None
        self._looks: list[SaliencySample] = []
        self._cuts: list[Fraction] = []

    @property
    def looks(self) -> Sequence[SaliencySample]:
        """What was seen when, in order."""
        return self._looks

    @property
    def cuts(self) -> Sequence[Fraction]:
        """When new shots began, the first one left out."""
        return self._cuts

    def see(self, frame: Frame, *, cut: bool = False) -> None:
        """Take in one frame: its detail, what stands out from its surround, skin, and what moves.

        cut: whether it begins a new shot.
        """
        if cut:
            self._cuts.append(frame.at)
            self._last = None
        elif frame.index % _EVERY:
            return
        luma, cb, cr = (
            cv2.resize(plane, self._size, interpolation=cv2.INTER_AREA).astype(np.float32) for plane in frame.planes
        )
        detail = np.hypot(cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1)) / 8
        around = self._size[0] / 6
        unlike = sum(np.abs(p - cv2.GaussianBlur(p, (0, 0), around)) for p in (luma, 2 * cb, 2 * cr))
        skin = (cb >= _SKIN_CB[0]) & (cb <= _SKIN_CB[1]) & (cr >= _SKIN_CR[0]) & (cr <= _SKIN_CR[1])
        moves = 0.0 if self._last is None else np.abs(luma - self._last)
        parts = (detail, unlike, cv2.GaussianBlur(skin.astype(np.float32), (0, 0), 1.5), moves)
        seen = np.zeros_like(luma)
        for part, weight in zip(parts, (0.8, 1.0, 1.2, 0.8), strict=True):
            level = float(np.mean(part))
            if level > 1e-3:
                # Each kind of evidence weighs the same in every frame, and no single cell outshouts the rest.
                seen += weight * np.minimum(part / level, 6.0)
        self._sum += seen
        leaning = seen * self._lean
        self._looks.append(SaliencySample(frame.at, leaning.sum(axis=0), leaning.sum(axis=1)))
        self._last = luma

    @property
    def map(self) -> NDArray[np.float64]:
        """Saliency per cell, (rows, columns), summing to 1; leans to the middle, and is only that without frames."""
        seen = self._lean * (self._sum / len(self._looks) if self._looks else 1.0)
        return np.asarray(seen / seen.sum(), dtype=np.float64)


def crop_box(
    width: int,
    height: int,
    target_w: int,
    target_h: int,
    *,
    keep: Sequence[Box] = (),
    interest: Saliency | None = None,
) -> Box:
    """The largest part of a width × height picture with the shape of target_w × target_h, on even pixels.

    It is placed so that as few boxes of `keep` as possible are cut through, then so that as many as possible
    are in it whole, then where most `interest` is; without either it is the middle. The shape is exact to
    within one pixel.
    """
    if min(width, height, target_w, target_h) < 2:
        raise ValueError(f"cannot cut {target_w}x{target_h} out of {width}x{height}")
    w, h = largest(width, height, target_w, target_h)
    free_x, free_y = width - w, height - h
    middle = Box(even_below(free_x / 2), even_below(free_y / 2), w, h)
    if (not keep and interest is None) or (free_x < 2 and free_y < 2):
        return middle
    along_x = free_x >= free_y
    room, side, length = (free_x, w, width) if along_x else (free_y, h, height)
    starts = np.arange(0, room + 1, 2)
    cut, whole = np.zeros(len(starts)), np.zeros(len(starts))
    for box in keep:
        low, high = (box.x, box.right) if along_x else (box.y, box.bottom)
        inside = (starts <= low) & (high <= starts + side)
        outside = (high <= starts) | (starts + side <= low)
        cut += ~(inside | outside)
        whole += inside
    profile = (interest or Saliency(width, height)).map.sum(axis=0 if along_x else 1)
    total = np.concatenate([[0.0], np.cumsum(profile)])
    edges = np.linspace(0, length, len(total))
    seen = np.interp(starts + side, edges, total) - np.interp(starts, edges, total)
    off = np.abs(starts - room / 2) / max(room, 1)
    # Wholes first where something can be kept, then no cuts; the middle breaks ties.
    order = np.lexsort((off, -np.round(seen, 4), cut, -whole))
    best = int(starts[order[0]])
    return replace(middle, x=best) if along_x else replace(middle, y=best)


def fitted(width: int, height: int, target_w: int, target_h: int) -> Box:
    """Where a width × height picture that is shown whole lies in one of target_w × target_h: in its middle."""
    w, h = largest(target_w, target_h, width, height)
    return Box(even_below((target_w - w) / 2), even_below((target_h - h) / 2), w, h)


def largest(width: int, height: int, shape_w: int, shape_h: int) -> tuple[int, int]:
    """The largest even size within width × height that has the shape of shape_w × shape_h."""
    w = min(height * shape_w / shape_h, width)
    h = min(width * shape_h / shape_w, height)
    return _even_within(w, width), _even_within(h, height)


def even_below(value: float) -> int:
    """The nearest even number that is not above `value` by more than a rounding."""
    return 2 * math.floor(value / 2)


def _even_within(value: float, most: int) -> int:
    return max(min(2 * round(value / 2), most - most % 2), 2)
