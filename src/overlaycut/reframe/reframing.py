"""A clip in another shape: filmed by a virtual camera, cut out of its middle, or shown whole on a ground."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.cues import KeepOut
from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame, Plane
from overlaycut.core.geometry import Box
from overlaycut.media import Scaler
from overlaycut.reframe.camera import CameraShot, Reframe, filmed
from overlaycut.reframe.saliency import Saliency, crop_box, even_below, fitted

Background: TypeAlias = Literal["blur", "mirror", "colour"]
"""What stands beside a picture that is shown whole: itself enlarged and out of focus, its edges mirrored, or the mean
colour of its edges."""

_GROUND_LUMA = 0.55
"""How bright the ground behind a padded picture is, against the picture itself."""

_GROUND_SHRINK = 16

_TAPS = 8
"""Of the Lanczos kernel that moves a picture by part of a pixel."""


def reframed(
    width: int,
    height: int,
    target_w: int,
    target_h: int,
    *,
    mode: Reframe = "auto",
    keep: Sequence[Box | KeepOut] = (),
    subjects: Sequence[Box | KeepOut] = (),
    interest: Saliency | None = None,
    ground: Background = "blur",
    zero: Fraction = Fraction(0),
) -> Stage:
    """A stage that brings width × height frames to target_w × target_h; same frames, same times.

    mode, keep, subjects, interest: see `filmed`. ground: what fills a picture that is shown whole. zero: the time of
    the frames that is 0 for `interest`, `keep` and `subjects`. Pictures that already have the shape are only scaled.
    """
    if target_w % 2 or target_h % 2:
        raise ValueError(f"4:2:0 has even sides, not {target_w}x{target_h}")
    camera = filmed(width, height, target_w, target_h, mode=mode, interest=interest, keep=keep, subjects=subjects)

    def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
        lens = _Lens(width, height, target_w, target_h, camera.along_x, ground)
        for frame in frames:
            at = frame.at - zero
            shot = camera.shot(at)
            if shot.whole:
                yield lens.whole(frame)
            elif shot.moves:
                yield lens.moving(frame, shot, at)
            else:
                yield lens.standing(frame, shot.box)

    return stage


@dataclass(slots=True)
class _Lens:
    """Takes pictures of one size into those of another; its scalers are made when they are first needed."""

    width: int
    height: int
    target_w: int
    target_h: int
    along_x: bool
    ground: Background
    _scalers: dict[tuple[Box, int, int], Scaler] = field(default_factory=dict)
    _colours: tuple[int, int, int] | None = None

    def standing(self, frame: Frame, box: Box) -> Frame:
        """The part of the frame in `box`."""
        return self._scaled(frame, box, self.target_w, self.target_h)

    def moving(self, frame: Frame, shot: CameraShot, at: Fraction) -> Frame:
        """The part that the camera sees at a time, to a part of a pixel."""
        box = shot.box
        if self.along_x:
            w, h = max(even_below(self.width * self.target_w / box.w + 1), self.target_w), self.target_h
        else:
            w, h = self.target_w, max(even_below(self.height * self.target_h / box.h + 1), self.target_h)
        whole = self._scaled(frame, Box(0, 0, self.width, self.height), w, h)
        scale, room = (w / self.width, w - self.target_w) if self.along_x else (h / self.height, h - self.target_h)
        offset = min(max(shot.place(at) * scale, 0.0), float(room))
        planes = [
            _window(plane, offset / step, self.target_w // step, self.target_h // step, along_x=self.along_x)
            for plane, step in zip(whole.planes, (1, 2, 2), strict=True)
        ]
        return Frame(frame.index, frame.at, frame.lasts, *planes)

    def whole(self, frame: Frame) -> Frame:
        """All of the frame in the middle, on its ground."""
        fit = fitted(self.width, self.height, self.target_w, self.target_h)
        top = self._scaled(frame, Box(0, 0, self.width, self.height), fit.w, fit.h)
        planes = []
        for index, (above, below) in enumerate(zip(top.planes, self._grounds(frame, top, fit.x, fit.y), strict=True)):
            step = 1 if index == 0 else 2
            rows, columns = above.shape
            below[fit.y // step : fit.y // step + rows, fit.x // step : fit.x // step + columns] = above
            planes.append(below)
        return Frame(frame.index, frame.at, frame.lasts, *planes)

    def _grounds(self, frame: Frame, top: Frame, x: int, y: int) -> list[Plane]:
        shapes = [(self.target_h // step, self.target_w // step) for step in (1, 2, 2)]
        if self.ground == "colour":
            if self._colours is None:  # of the first frame that is shown whole, so that the ground does not flicker
                self._colours = _edge_colour(top, across=x > y)
            return [np.full(shape, value, np.uint8) for shape, value in zip(shapes, self._colours, strict=True)]
        if self.ground == "mirror":
            return [
                _mirrored(plane, shape, x // step, y // step, luma=step == 1)
                for plane, shape, step in zip(top.planes, shapes, (1, 2, 2), strict=True)
            ]
        small_w, small_h = (max(even_below(side / _GROUND_SHRINK), 2) for side in (self.target_w, self.target_h))
        behind = crop_box(self.width, self.height, self.target_w, self.target_h)
        small = self._scaled(frame, behind, small_w, small_h)
        return [
            _soft(plane, shape, luma=index == 0)
            for index, (plane, shape) in enumerate(zip(small.planes, shapes, strict=True))
        ]

    def _scaled(self, frame: Frame, box: Box, width: int, height: int) -> Frame:
        key = box, width, height
        if key not in self._scalers:
            self._scalers[key] = Scaler(*key)
        return self._scalers[key](frame)


def _window(plane: Plane, offset: float, width: int, height: int, *, along_x: bool) -> Plane:
    """The part of a plane that begins `offset` samples along its free axis, with Lanczos between samples."""
    whole = math.floor(offset)
    part = offset - whole
    if part < 1e-3 or part > 1 - 1e-3:
        start = round(offset)
        return plane[:, start : start + width] if along_x else plane[start : start + height]
    kernel = _lanczos(part)
    first, last = whole - _TAPS // 2 + 1, whole + (width if along_x else height) + _TAPS // 2
    indices = np.arange(first, last)
    taken = plane.take(indices, axis=1 if along_x else 0, mode="clip")
    one = np.ones(1, dtype=np.float32)
    anchor = (_TAPS // 2 - 1, 0) if along_x else (0, _TAPS // 2 - 1)
    moved = cv2.sepFilter2D(taken, -1, kernel if along_x else one, one if along_x else kernel, anchor=anchor)
    begin = _TAPS // 2 - 1
    cut = moved[:, begin : begin + width] if along_x else moved[begin : begin + height]
    return np.asarray(cut, dtype=np.uint8)


def _lanczos(part: float) -> NDArray[np.float32]:
    """Lanczos weights, four lobes to a side, for a place `part` of a sample after the fourth of eight."""
    at = np.arange(_TAPS) - (_TAPS // 2 - 1) - part
    weights = np.sinc(at) * np.sinc(at / (_TAPS // 2))
    return np.asarray(weights / weights.sum(), dtype=np.float32)


def _edge_colour(top: Frame, *, across: bool) -> tuple[int, int, int]:
    """The mean of the edges that the ground touches."""
    means = []
    for plane in top.planes:
        edges = (plane[:, :2], plane[:, -2:]) if across else (plane[:2], plane[-2:])
        means.append(round(float(np.mean([np.mean(edge) for edge in edges]))))
    return means[0], means[1], means[2]


def _mirrored(plane: Plane, shape: tuple[int, int], x: int, y: int, *, luma: bool) -> Plane:
    """The picture's reflection around it, dimmed and a little out of focus so that nobody takes it for the picture."""
    rows, columns = plane.shape
    right, bottom = shape[1] - columns - x, shape[0] - rows - y
    wide = cv2.copyMakeBorder(plane, y, bottom, x, right, cv2.BORDER_REFLECT_101)
    soft = cv2.GaussianBlur(wide, (0, 0), max(min(plane.shape) / 90, 0.8))
    return _dimmed(soft.astype(np.float32), luma=luma)


def _soft(plane: Plane, shape: tuple[int, int], *, luma: bool) -> Plane:
    soft = cv2.GaussianBlur(plane.astype(np.float32), (0, 0), max(min(plane.shape) / 24, 0.8))
    wide = cv2.resize(soft, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return _dimmed(wide.astype(np.float32), luma=luma)


def _dimmed(plane: NDArray[np.float32], *, luma: bool) -> Plane:
    darker = 16 + _GROUND_LUMA * (plane - 16) if luma else 128 + 0.8 * (plane - 128)
    return np.asarray(np.clip(np.rint(darker), 0, 255), dtype=np.uint8)
