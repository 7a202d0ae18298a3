"""Sizes and boxes of a given shape within a picture, on whole 4:2:0 chroma samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from overlaycut.core.geometry import Box
from overlaycut.reframe.saliency import Saliency, centre_prior


def crop_box(
    width: int,
    height: int,
    target_w: int,
    target_h: int,
    *,
    keep: Sequence[Box] = (),
    saliency: Saliency | None = None,
) -> Box:
    """The largest part of a width × height picture with the shape of target_w × target_h, on even pixels.

    It is placed so that as many boxes of `keep` as possible are in it whole, then so that as few as possible are cut
    through, then where the picture is most salient; without either it is the middle. The shape is exact to within one
    pixel. Raises ValueError for a side below 2.
    """
    if min(width, height, target_w, target_h) < 2:
        raise ValueError(f"cannot cut {target_w}x{target_h} out of {width}x{height}")
    w, h = largest_size(width, height, target_w, target_h)
    free_x, free_y = width - w, height - h
    middle = Box(even_below(free_x / 2), even_below(free_y / 2), w, h)
    if (not keep and saliency is None) or (free_x < 2 and free_y < 2):
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
    cells = centre_prior(width, height) if saliency is None else saliency.map
    total = np.concatenate([[0.0], np.cumsum(cells.sum(axis=0 if along_x else 1))])
    edges = np.linspace(0, length, len(total))
    seen = np.interp(starts + side, edges, total) - np.interp(starts, edges, total)
    off = np.abs(starts - room / 2) / max(room, 1)
    # The last key is the first criterion; the middle breaks ties.
    best = int(starts[np.lexsort((off, -np.round(seen, 4), cut, -whole))[0]])
    return replace(middle, x=best) if along_x else replace(middle, y=best)


def letterboxed(width: int, height: int, target_w: int, target_h: int) -> Box:
    """Where a width × height picture that is shown whole lies in one of target_w × target_h: in its middle."""
    w, h = largest_size(target_w, target_h, width, height)
    return Box(even_below((target_w - w) / 2), even_below((target_h - h) / 2), w, h)


def largest_size(width: int, height: int, shape_w: int, shape_h: int) -> tuple[int, int]:
    """The largest even size within width × height that has the shape of shape_w × shape_h."""
    w = min(height * shape_w / shape_h, width)
    h = min(width * shape_h / shape_w, height)
    return _even_within(w, width), _even_within(h, height)


def even_below(value: float) -> int:
    """The largest even number that is not above `value`."""
    return 2 * math.floor(value / 2)


def _even_within(value: float, most: int) -> int:
    return max(min(2 * round(value / 2), most - most % 2), 2)
