"""A clip in another shape: cut around what matters, cut out the middle, or shown whole on a soft ground."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame, Plane
from overlaycut.core.geometry import Box
from overlaycut.media import Scaler

Reframe: TypeAlias = Literal["auto", "centre", "pad"]
"""Cut around the subject, cut the middle out, or show all of it on a blurred ground."""

_MAP_SIDE = 96
"""Cells along the longer side of an interest map."""

_EVERY = 3
"""Frames between those that are looked at: what matters stays longer than that."""

# Skin in 8-bit Cb and Cr: Chai and Ngan, Face segmentation using skin-color map (1999).
_SKIN_CB, _SKIN_CR = (77, 127), (133, 173)

_GROUND_LUMA = 0.55
"""How bright the ground behind a padded picture is, against the picture itself."""

_GROUND_SHRINK = 16


class Interest:
    """Where in the picture there is something to see. Push frames, in display order."""

    def __init__(self, width: int, height: int) -> None:
        if width < 2 or height < 2:
            raise ValueError(f"a picture of {width}x{height} has nothing to see")
        share = min(_MAP_SIDE / max(width, height), 1.0)
        self._size = max(round(width * share), 2), max(round(height * share), 2)
        self._sum = np.zeros(self._size[::-1], np.float64)
        self._last: NDArray[np.float32] | None = None
        self._frames = 0

    def see(self, frame: Frame) -> None:
        """Take in one frame: its detail, what stands out from its surround, skin, and what moves."""
        if frame.index % _EVERY:
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
        for part, weight in zip(parts, (0.8, 1.0, 1.2, 0.8), strict=True):
            level = float(np.mean(part))
            if level > 1e-3:
                # Each kind of evidence weighs the same in every frame, and no single cell outshouts the rest.
                self._sum += weight * np.minimum(part / level, 6.0)
        self._last = luma
        self._frames += 1

    @property
    def map(self) -> NDArray[np.float64]:
        """Interest per cell, (rows, columns), summing to 1; leans to the middle, and is only that without frames."""
        rows, columns = self._sum.shape
        y, x = np.mgrid[0:rows, 0:columns]
        off = ((x + 0.5) / columns - 0.5) ** 2 + ((y + 0.5) / rows - 0.5) ** 2
        lean = np.exp(-off / (2 * 0.35**2))
        seen = lean * (self._sum / self._frames if self._frames else 1.0)
        return np.asarray(seen / seen.sum(), dtype=np.float64)


def crop_box(
    width: int,
    height: int,
    target_w: int,
    target_h: int,
    *,
    keep: Sequence[Box] = (),
    interest: Interest | None = None,
) -> Box:
    """The largest part of a width × height picture with the shape of target_w × target_h, on even pixels.

    It is placed so that as few boxes of `keep` as possible are cut through, then so that as many as possible
    are in it whole, then where most `interest` is; without either it is the middle. The shape is exact to
    within one pixel.
    """
    if min(width, height, target_w, target_h) < 2:
        raise ValueError(f"cannot cut {target_w}x{target_h} out of {width}x{height}")
    w, h = _largest(width, height, target_w, target_h)
    free_x, free_y = width - w, height - h
    middle = Box(_even(free_x / 2), _even(free_y / 2), w, h)
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
    profile = (interest or Interest(width, height)).map.sum(axis=0 if along_x else 1)
    total = np.concatenate([[0.0], np.cumsum(profile)])
    edges = np.linspace(0, length, len(total))
    seen = np.interp(starts + side, edges, total) - np.interp(starts, edges, total)
    off = np.abs(starts - room / 2) / max(room, 1)
    # Wholes first where something can be kept, then no cuts; the middle breaks ties.
    order = np.lexsort((off, -np.round(seen, 4), cut, -whole))
    best = int(starts[order[0]])
    return replace(middle, x=best) if along_x else replace(middle, y=best)


def padded(frame: Frame, picture: Scaler, ground: Scaler, *, width: int, height: int) -> Frame:
    """`frame` whole in the middle of a width × height one, on its own enlarged, blurred and darkened copy.

    picture: scales the frame to fit. ground: scales the part that fills the new shape to a small size.
    """
    top = picture(frame)
    small = ground(frame)
    x, y = _even((width - top.width) / 2), _even((height - top.height) / 2)
    planes = []
    for index, (below, above) in enumerate(zip(small.planes, top.planes, strict=True)):
        step = 1 if index == 0 else 2
        plane = _ground(below, width // step, height // step, luma=index == 0)
        rows, columns = above.shape
        plane[y // step : y // step + rows, x // step : x // step + columns] = above
        planes.append(plane)
    return Frame(frame.index, frame.at, frame.lasts, *planes)


def reframed(
    width: int,
    height: int,
    target_w: int,
    target_h: int,
    *,
    mode: Reframe = "auto",
    keep: Sequence[Box] = (),
    interest: Interest | None = None,
) -> Stage:
    """A stage that brings width × height frames to target_w × target_h; same frames, same times.

    mode: "auto" cuts around `keep` and what `interest` found, "centre" cuts out the middle, "pad" cuts
    nothing. keep: what must not be cut through, in pixels of the source. Pictures that already have the shape
    are only scaled.
    """
    if target_w % 2 or target_h % 2:
        raise ValueError(f"4:2:0 has even sides, not {target_w}x{target_h}")
    if mode != "pad":
        box = (
            crop_box(width, height, target_w, target_h, keep=keep, interest=interest)
            if mode == "auto"
            else crop_box(width, height, target_w, target_h)
        )

        def cut(frames: Iterator[Frame]) -> Iterator[Frame]:
            scaler = Scaler(box, target_w, target_h)
            return (scaler(frame) for frame in frames)

        return cut
    fit_w, fit_h = _largest(target_w, target_h, width, height)
    small_w, small_h = (max(_even(side / _GROUND_SHRINK), 2) for side in (target_w, target_h))
    behind = crop_box(width, height, target_w, target_h)

    def pad(frames: Iterator[Frame]) -> Iterator[Frame]:
        picture, ground = Scaler(Box(0, 0, width, height), fit_w, fit_h), Scaler(behind, small_w, small_h)
        return (padded(frame, picture, ground, width=target_w, height=target_h) for frame in frames)

    return pad


def _ground(plane: Plane, width: int, height: int, *, luma: bool) -> Plane:
    soft = cv2.GaussianBlur(plane.astype(np.float32), (0, 0), max(min(plane.shape) / 24, 0.8))
    soft = 16 + _GROUND_LUMA * (soft - 16) if luma else 128 + 0.8 * (soft - 128)
    wide = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(np.rint(wide), 0, 255).astype(np.uint8)


def _largest(width: int, height: int, shape_w: int, shape_h: int) -> tuple[int, int]:
    """The largest even size within width × height that has the shape of shape_w × shape_h."""
    w = min(height * shape_w / shape_h, width)
    h = min(width * shape_h / shape_w, height)
    return _even_within(w, width), _even_within(h, height)


def _even(value: float) -> int:
    """The nearest even number that is not above `value` by more than a rounding."""
    return 2 * math.floor(value / 2)


def _even_within(value: float, most: int) -> int:
    return max(min(2 * round(value / 2), most - most % 2), 2)
