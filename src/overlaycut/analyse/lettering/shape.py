"""Whether letters are still the same shapes, however the track, the light and the focus have changed.

A tracked plane that is a little off, cloth that folds or a label that turns lower the correlation of lettering that is
perfectly well. So the line is aligned to its reference by an affine map first (ECC: Evangelidis and Psarakis,
"Parametric Image Alignment Using Enhanced Correlation Coefficient Maximization", PAMI 2008), from coarse to fine, and
then compared cell by cell, a cell being as wide as the line is high: about a letter or two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from overlaycut.analyse.tracking.appearance import LocalStatistics
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Quad, homography, shift
from overlaycut.models import upright
from overlaycut.vision.filters import FloatImage, FloatPlane


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeParameters:
    """How shapes of letters are compared. Checked by benchmarks/real_lettering.py and benchmarks/lettering.py."""

    height_px: int = 48
    """Height that a line is scaled to."""
    margin: float = 0.35
    """Surround that is looked at on every side, in line heights: a track may be off by that."""
    alignments: tuple[tuple[float, int], ...] = ((4.0, 30), (2.0, 30), (1.0, 20))
    """Blur in pixels and most iterations of each pass of the alignment, coarse to fine."""
    blurs_px: tuple[float, ...] = (0.0, 1.0, 2.0, 3.0)
    """Blurs of the reference that are tried: what is out of focus is no other shape."""
    noise_variance: float = 30.0
    """Variance of windows, in squared grey levels, below which contrast counts as noise."""
    least_energy: float = 0.3
    """Energy of a cell relative to the mean cell's, below which it holds no letter."""


@dataclass(frozen=True, slots=True, eq=False)
class LineShape:
    """A line of lettering in luma, scaled to one height, with its margin."""

    luma: FloatPlane
    parameters: ShapeParameters
    chroma: FloatImage | None = None
    """Cr and Cb of every pixel, (rows, columns, 2); None where they are not needed."""

    @classmethod
    def of(cls, frame: Frame, quad: Quad, *, parameters: ShapeParameters) -> Self | None:
        """The line in a frame, in clip pixels; None where it is out of the picture."""
        picture = cls.picture(frame, quad, parameters=parameters)
        if picture is None:
            return None
        ycc = cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb).astype(np.float32)
        return cls(np.ascontiguousarray(ycc[..., 0]), parameters, np.asarray(ycc[..., 1:], np.float32))

    @classmethod
    def fine(
        cls, frame: Frame, quad: Quad, *, size: tuple[int, int] | None = None, parameters: ShapeParameters
    ) -> Self | None:
        """The same straight onto its grid, by one interpolation, for lines that are smaller than that.

        size: columns and rows of the grid; by default as the line's own proportions ask.
        """
        grown = quad.grown(parameters.margin * quad.size[1])
        box = grown.box().grown(2).clipped(frame.width, frame.height)
        if box is None:
            return None
        if size is None:
            rows = round(parameters.height_px * (1 + 2 * parameters.margin))
            size = (max(8, round(rows * grown.size[0] / max(grown.size[1], 1e-6))), rows)
        columns, rows = size
        target = Quad.of(np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], dtype=float))
        half = shift(0.5, 0.5)
        matrix = np.linalg.inv(half) @ homography(grown.mapped(shift(-box.x, -box.y)), target) @ half
        patch = cv2.cvtColor(frame.patch(box), cv2.COLOR_RGB2YCrCb).astype(np.float32)
        flat = cv2.warpPerspective(patch, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return cls(np.ascontiguousarray(flat[..., 0]), parameters, np.asarray(flat[..., 1:], np.float32))

    @property
    def rgb(self) -> Picture:
        """The line without its margin, in RGB, for a reader."""
        height = self.parameters.height_px
        border = round(self.parameters.margin * height)
        chroma = np.full((*self.luma.shape, 2), 128, np.float32) if self.chroma is None else self.chroma
        ycc = np.clip(np.rint(np.dstack([self.luma, chroma])), 0, 255).astype(np.uint8)
        inner = ycc[border : border + height, border : max(ycc.shape[1] - border, border + 4)]
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(inner), cv2.COLOR_YCrCb2RGB), dtype=np.uint8)

    @staticmethod
    def picture(frame: Frame, quad: Quad, *, parameters: ShapeParameters) -> Picture | None:
        """The same in RGB."""
        grown = quad.grown(parameters.margin * quad.size[1])
        box = grown.box().grown(2).clipped(frame.width, frame.height)
        if box is None:
            return None
        return _scaled(upright(frame.patch(box), grown.mapped(shift(-box.x, -box.y))), parameters)

    def compared(self, other: LineShape) -> tuple[float, float]:
        """Similarity of `other` to this reference, -1..1: of the whole line, and of its weakest cell."""
        size, window = self.luma.shape[::-1], self.parameters.height_px // 2 | 1
        now = cv2.resize(other.luma, size, interpolation=cv2.INTER_LINEAR)
        shown = [LocalStatistics(one, window) for one in (now, self.aligned(now))]
        best = (-1.0, -1.0)
        for blur in self.parameters.blurs_px:
            then = LocalStatistics(cv2.GaussianBlur(self.luma, (0, 0), blur) if blur else self.luma, window)
            for one in shown:
                alike = then.ncc(one, noise_variance=self.parameters.noise_variance)
                best = max(best, self._by_cell(alike, then.variance))
        return best

    def aligned(self, now: cv2.typing.MatLike) -> cv2.typing.MatLike:
        """The line `now`, of the size of this reference, aligned with it; as far as that converges."""
        return self.moved(now, self.alignment(now))

    def moved(self, now: cv2.typing.MatLike, matrix: FloatPlane) -> cv2.typing.MatLike:
        """The line `now` brought to this reference by an affine map from it, (2, 3)."""
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(now, matrix, self.luma.shape[::-1], flags=how, borderMode=cv2.BORDER_REPLICATE)

    def alignment(self, now: cv2.typing.MatLike) -> FloatPlane:
        """The affine map from this reference to the line `now`, of the same size, (2, 3); as far as that converges."""
        matrix = np.eye(2, 3, dtype=np.float32)
        for blur, iterations in self.parameters.alignments:
            then, there = (cv2.GaussianBlur(one, (0, 0), blur) for one in (self.luma, now))
            stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, iterations, 1e-4)
            try:
                _, found = cv2.findTransformECC(then, there, matrix, cv2.MOTION_AFFINE, stop)
            except cv2.error:
                break
            matrix = np.asarray(found, dtype=np.float32)
        return matrix

    def _by_cell(self, ncc: FloatPlane, energy: FloatPlane) -> tuple[float, float]:
        """The mean of `ncc` weighted by `energy` over the line, and over its weakest cell."""
        limits = self.parameters
        height, border = limits.height_px, round(limits.margin * limits.height_px)
        inner = (slice(border, border + height), slice(border, max(border + 8, ncc.shape[1] - border)))
        value, weight = (ncc * energy)[inner].sum(axis=0), energy[inner].sum(axis=0)
        starts = range(0, max(1, len(weight) - height // 2), height // 2)
        cells = [(value[at : at + height].sum(), weight[at : at + height]) for at in starts]
        least = limits.least_energy * float(weight.mean())
        alike = [float(sum_ / max(part.sum(), 1e-6)) for sum_, part in cells if part.mean() >= least]
        whole = float(value.sum() / max(weight.sum(), 1e-6))
        return whole, min(alike, default=whole)


def _scaled(crop: Picture, parameters: ShapeParameters) -> Picture:
    rows = round(parameters.height_px * (1 + 2 * parameters.margin))
    scale = rows / crop.shape[0]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(crop, (max(8, round(crop.shape[1] * scale)), rows), interpolation=how)
    return np.asarray(scaled, dtype=np.uint8)
