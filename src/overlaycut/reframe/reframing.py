"""A stage that brings a clip to another shape: through a virtual camera, or whole on a background."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from overlaycut.core.flow import Stage
from overlaycut.core.frame import Frame, Plane
from overlaycut.core.geometry import Box
from overlaycut.media import Scaler
from overlaycut.reframe.background import Background, BackgroundParameters, edge_colour, enlarged, mirrored
from overlaycut.reframe.camera import CameraShot, Reframe
from overlaycut.reframe.camera_path import Framing, plan_camera
from overlaycut.reframe.crop import crop_box, even_below, letterboxed
from overlaycut.reframe.resampling import subpixel_window

_STEPS = (1, 2, 2)
"""Luma samples from one sample of each plane to the next."""


def reframed(
    size: tuple[int, int],
    target: tuple[int, int],
    framing: Framing = Framing(),
    *,
    mode: Reframe = "auto",
    background: Background = "blur",
    zero: Fraction = Fraction(0),
) -> Stage:
    """A stage that brings frames of `size` to `target`, (width, height) each; same frames, same times.

    framing, mode: see `plan_camera`. background: what surrounds a padded picture. zero: the time of the
    frames that is 0 for `framing`. Pictures that already have the shape are
    only scaled. Raises ValueError for an odd target.
    """
    if target[0] % 2 or target[1] % 2:
        raise ValueError(f"4:2:0 has even sides, not {target[0]}x{target[1]}")
    camera = plan_camera(size, target, framing, mode=mode)

    def stage(frames: Iterator[Frame]) -> Iterator[Frame]:
        view = _View(size, target, camera.along_x, background)
        for frame in frames:
            at = frame.at - zero
            shot = camera.shot(at)
            if shot.padded:
                yield view.padded(frame, shot.box)
            elif shot.moves:
                yield view.moving(frame, shot, at)
            else:
                yield view.static(frame, shot.box)

    return stage


@dataclass(slots=True)
class _View:
    """Brings frames of one size to another; scalers are made when they are first needed."""

    size: tuple[int, int]
    target: tuple[int, int]
    along_x: bool
    background: Background
    parameters: BackgroundParameters = field(default_factory=BackgroundParameters)
    _scalers: dict[tuple[Box, int, int], Scaler] = field(default_factory=dict)
    _colours: tuple[int, int, int] | None = None

    def static(self, frame: Frame, box: Box) -> Frame:
        """The part of the frame in `box`."""
        return self._scaled(frame, box, *self.target)

    def moving(self, frame: Frame, shot: CameraShot, at: Fraction) -> Frame:
        """The part that a moving camera shows at a time, to a part of a pixel."""
        axis = 0 if self.along_x else 1
        shown = (shot.box.w, shot.box.h)[axis]
        scaled = list(self.target)
        scaled[axis] = max(even_below(self.size[axis] * self.target[axis] / shown + 1), self.target[axis])
        whole = self._scaled(frame, Box(0, 0, *self.size), *scaled)
        room = scaled[axis] - self.target[axis]
        offset = min(max(shot.place(at) * (scaled[axis] / self.size[axis]), 0.0), float(room))
        planes = [
            subpixel_window(plane, offset / step, self.target[0] // step, self.target[1] // step, along_x=self.along_x)
            for plane, step in zip(whole.planes, _STEPS, strict=True)
        ]
        return replace(frame, y=planes[0], u=planes[1], v=planes[2])

    def padded(self, frame: Frame, box: Box) -> Frame:
        """The part of the frame in `box` in the middle, on its background."""
        fit = letterboxed(box.w, box.h, *self.target)
        top = self._scaled(frame, box, fit.w, fit.h)
        planes = []
        for step, above, below in zip(_STEPS, top.planes, self._background(frame, top, fit), strict=True):
            rows, columns = above.shape
            below[fit.y // step : fit.y // step + rows, fit.x // step : fit.x // step + columns] = above
            planes.append(below)
        return replace(frame, y=planes[0], u=planes[1], v=planes[2])

    def _background(self, frame: Frame, top: Frame, fit: Box) -> list[Plane]:
        """Planes of the target's size behind `top`, the frame as it is shown in `fit`."""
        target_w, target_h = self.target
        shapes = [(target_h // step, target_w // step) for step in _STEPS]
        if self.background == "colour":
            if self._colours is None:  # of the first frame that is padded, so that the background does not flicker
                self._colours = edge_colour(top, across=fit.x > fit.y)
            return [np.full(shape, value, np.uint8) for shape, value in zip(shapes, self._colours, strict=True)]
        if self.background == "mirror":
            return [
                mirrored(plane, shape, fit.x // step, fit.y // step, luma=step == 1, parameters=self.parameters)
                for plane, shape, step in zip(top.planes, shapes, _STEPS, strict=True)
            ]
        small_w, small_h = (max(even_below(side / self.parameters.shrink), 2) for side in self.target)
        small = self._scaled(frame, crop_box(*self.size, *self.target), small_w, small_h)
        return [
            enlarged(plane, shape, luma=step == 1, parameters=self.parameters)
            for plane, shape, step in zip(small.planes, shapes, _STEPS, strict=True)
        ]

    def _scaled(self, frame: Frame, box: Box, width: int, height: int) -> Frame:
        key = box, width, height
        if key not in self._scalers:
            self._scalers[key] = Scaler(*key)
        return self._scalers[key](frame)
