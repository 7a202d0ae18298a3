"""How like its reference a restored region is: whether it is there, in its place, and as sharp as its surround."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from overlaycut.core.frame import Frame, Mask
from overlaycut.core.geometry import FloatArray, Quad
from overlaycut.vision.filters import FloatPlane, blurred, pearson_correlation
from overlaycut.vision.rectification import RectifiedPlane
from overlaycut.vision.texture import blur_between, gradient


@dataclass(frozen=True, slots=True, kw_only=True)
class LikenessParameters:
    """How a restored region is compared with the reference; checked by benchmarks/gates.py."""

    most_pixels: int = 24_000
    """Pixels of the rectified plane."""
    margin: tuple[float, float] = (0.8, 40.0)
    """Surround of the lettering, as `RectifiedPlane.around` takes it."""
    presmoothing: float = 0.05
    """Sigma of the blur of both pictures, over the lettering's height."""
    search: float = 0.3
    """Farthest displacement that is tried, over the lettering's height."""
    near: float = 0.45
    """Room around the lettering that counts as its surround, over its height; 5 pixels at least."""
    least_surround: float = 0.8
    """Correlation of the surround from which its displacement counts."""
    least_own: float = 0.6
    """The same of the lettering."""
    least_contradiction: float = 0.08
    """Correlation that the surround must lose under the lettering's displacement to contradict it."""
    least_pixels: int = 60
    """Pixels that are compared, at least."""
    most_compared: int = 1500
    """Pixels that are compared, at most."""
    detail_percentile: float = 70
    """Percentile of the gradient above which a pixel has detail, by which sharpness is measured."""
    blurs: tuple[float, ...] = (0.0, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 4.0)
    """Sigmas of blur, in pixels of the plane, that are tried."""
    least_sharp_correlation: float = 0.6
    """Correlation under the best blur from which it counts."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A region in one frame against its reference."""

    correlation: float
    """Of the lettering in its place, blurred a little, -1..1; gain and offset of the light do not count."""
    displaced: float
    """Distance of the lettering from where track or surround have it, in pixels of the plane."""
    blur: float | None
    """Sigma, in pixels of the plane, of the blur of the lettering; None where it cannot be measured."""
    surround_blur: float | None
    """The same of the surround."""


class RestoredReference:
    """The reference of one region, with its surround, rectified."""

    def __init__(self, picture: Frame, quad: Quad, quads: Sequence[Quad], parameters: LikenessParameters) -> None:
        self._parameters = parameters
        self._plane = RectifiedPlane.around(
            quads, density=1.0, most_pixels=parameters.most_pixels, margin=parameters.margin
        )
        seen, self._valid = self._plane.read(picture, quad)
        self._sharp = np.ascontiguousarray(seen[..., 0])
        self.height = min(self._plane.lettering)
        """Of the lettering, in pixels of the plane."""
        self._luma = blurred(self._sharp, parameters.presmoothing * self.height)
        self._inside = self._plane.region()
        near = self._plane.region(grown=max(parameters.near * self.height, 5.0))
        self._around = self._valid & near & ~self._plane.region(grown=0.1 * self.height)
        steep = gradient(self._sharp)
        self._detail = [self._detailed(steep, part) for part in (self._inside, self._around)]

    def _detailed(self, steep: FloatPlane, part: Mask) -> Mask:
        if not part.any():
            return part
        edges = part & (steep >= max(float(np.percentile(steep[part], self._parameters.detail_percentile)), 3.0))
        grown: Mask = np.asarray(cv2.dilate(edges.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & part
        return grown

    def likeness(self, frame: Frame, quad: Quad, changed: Mask, *, place: bool = True) -> Likeness:
        """How a frame that shows the region as `quad` compares; changed: pixels that a repair wrote to."""
        parameters = self._parameters
        seen, valid = self._plane.read(frame, quad)
        sharp = np.ascontiguousarray(seen[..., 0])
        luma = blurred(sharp, parameters.presmoothing * self.height)
        inside = self._inside & valid & self._valid
        if inside.sum() < 0.3 * self._inside.sum():
            return Likeness(0.0, 0.0, None, None)
        correlation = pearson_correlation(self._luma[inside], luma[inside])
        if not place:
            return Likeness(correlation, 0.0, None, None)
        free = self._plane.read_plane(changed.astype(np.uint8) * 255, quad) < 1
        surround = self._around & valid & free
        off = self._displaced(luma, inside, surround)
        blur, surround_blur = (self._blur(sharp, where & valid) for where in (self._detail[0], self._detail[1] & free))
        return Likeness(correlation, off, blur, surround_blur)

    def _blur(self, luma: FloatPlane, where: Mask) -> float | None:
        sigma, correlation = blur_between(self._sharp, luma, where, blurs=self._parameters.blurs)
        return sigma if correlation >= self._parameters.least_sharp_correlation else None

    def _displaced(self, luma: FloatPlane, inside: Mask, surround: Mask) -> float:
        """Distance of the lettering from the nearer of where the track has it and where the surround does."""
        parameters = self._parameters
        own = self._scores(luma, inside)
        if own is None or own.max() < parameters.least_own:
            return 0.0
        middle = len(own) // 2
        here = _peak(own)
        around = self._scores(luma, surround)
        if around is None or around.max() < parameters.least_surround:
            return float(np.hypot(here[0] - middle, here[1] - middle))
        if around[here] > around.max() - parameters.least_contradiction:
            return 0.0
        there = _peak(around)
        return min(
            float(np.hypot(here[0] - there[0], here[1] - there[1])), float(np.hypot(here[0] - middle, here[1] - middle))
        )

    def _scores(self, luma: FloatPlane, where: Mask) -> FloatArray | None:
        """Correlation of the reference's pixels of `where` with `luma` by rows and columns of displacement."""
        reach = max(2, round(self._parameters.search * self.height))
        core = np.zeros(where.shape, np.bool_)
        core[reach:-reach, reach:-reach] = True
        rows, columns = np.nonzero(where & core)
        if len(rows) < self._parameters.least_pixels:
            return None
        step = max(1, len(rows) // self._parameters.most_compared)
        rows, columns = rows[::step], columns[::step]
        due = self._luma[rows, columns]
        scores = np.full((2 * reach + 1, 2 * reach + 1), -1.0)
        for down in range(-reach, reach + 1):
            for across in range(-reach, reach + 1):
                scores[down + reach, across + reach] = pearson_correlation(due, luma[rows + down, columns + across])
        return scores


def _peak(scores: FloatArray) -> tuple[int, int]:
    row, column = np.unravel_index(int(scores.argmax()), scores.shape)
    return int(row), int(column)
