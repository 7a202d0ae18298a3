"""A watched area in its reference, cell by cell: shapes where there are any, and colours everywhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.judge import LetterMatch
from overlaycut.analyse.lettering.glyphs import GlyphParameters, PieceSheet
from overlaycut.analyse.lettering.shape import LineShape, ShapeParameters
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Quad
from overlaycut.vision.filters import FloatImage


def _finer() -> GlyphParameters:
    return GlyphParameters(blurs=(0.008, 0.02, 0.04), search=0.08, surround=0.0, least_visible=0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaParameters:
    """How watched areas are compared; set by tests/analyse/test_watched_areas.py."""

    shorter_px: int = 112
    """Shorter side to which an area is scaled."""
    margin: float = 0.12
    """Surround that is looked at, in heights of the area."""
    cells: int = 5
    """Cells along the shorter side."""
    rounding: float = 4.0
    """Exponent of the superellipse that cells lie in: the corners of a rectangle around a thing show what is behind
    it."""
    least_variance: float = 200.0
    """Variance of a cell, in squared levels, below which it has no shape."""
    free_levels: float = 8.0
    """Change of a cell's chroma relative to the others', in levels, that costs nothing."""
    colour_range: float = 40.0
    """Change above that at which its colour is another."""
    bin_levels: int = 8
    """Width of the bins in which the colours of the reference are counted."""
    foreign_share: float = 0.4
    """Share of a cell in colours that the reference does not have from which on something is in front of it: what melts
    keeps its colours. It is asked only where the track takes the area for covered."""
    pieces: GlyphParameters = field(default_factory=_finer)


@dataclass(frozen=True, slots=True, eq=False)
class AreaLook:
    """An area as one frame shows it."""

    shape: LineShape
    chroma: FloatImage
    """Cr and Cb of every pixel of the same rectangle, (rows, columns, 2)."""

    @classmethod
    def of(cls, frame: Frame, quad: Quad, parameters: AreaParameters) -> AreaLook | None:
        """None where the area is out of the picture."""
        width, height = quad.size
        scaled = round(parameters.shorter_px * max(1.0, height / max(width, 1e-6)))
        scale = ShapeParameters(
            height_px=scaled, margin=parameters.margin, alignments=((6.0, 30), (3.0, 30), (1.5, 20))
        )
        picture = LineShape.picture(frame, quad, parameters=scale)
        if picture is None:
            return None
        ycc = cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb).astype(np.float32)
        return cls(LineShape(np.ascontiguousarray(ycc[..., 0]), scale), np.asarray(ycc[..., 1:], np.float32))


class AreaSheet(PieceSheet):
    """The cells of an area in its reference."""

    def __init__(self, reference: AreaLook, parameters: AreaParameters) -> None:
        self._area = parameters
        super().__init__(reference.shape, _cells(reference.shape, parameters), parameters.pieces)
        luma = reference.shape.luma
        self._shaped = np.array([luma[window].var() >= parameters.least_variance for window in self._windows])
        self._colours = self._means(reference.chroma)
        known = np.zeros((256 // parameters.bin_levels,) * 2, dtype=np.uint8)
        for window in self._windows:
            known[tuple(reference.chroma[window].reshape(-1, 2).astype(int).T // parameters.bin_levels)] = 1
        self._known = cv2.dilate(known, np.ones((3, 3), np.uint8)) > 0

    def seen(self, index: int, now: AreaLook, *, doubtful: bool = False) -> LetterMatch:
        """How like their reference the cells are in frame `index`; seen are those that can tell.

        doubtful: whether the track takes the area for covered.
        """
        match = self.compared(index, now.shape)
        size = (self._reference.luma.shape[1], self._reference.luma.shape[0])
        chroma = np.asarray(cv2.resize(now.chroma, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
        moved = self._means(chroma)
        off = moved - self._colours
        # The light may have another colour than before, for all cells alike.
        apart = np.linalg.norm(off - np.median(off, axis=0), axis=1)
        alike = 1 - np.clip((apart - self._area.free_levels) / self._area.colour_range, 0, 1)
        told = self._shaped | (alike < 1)
        if doubtful:
            told &= ~self._foreign(chroma - np.median(off, axis=0).astype(np.float32))
        return replace(match, likeness=np.minimum(np.where(self._shaped, match.likeness, 1.0), alike), seen=told)

    def _foreign(self, chroma: FloatImage) -> NDArray[np.bool_]:
        """Cells in colours that the reference does not have, (cells,)."""
        bins = np.clip(chroma, 0, 255).astype(int) // self._area.bin_levels
        novel = ~self._known[bins[..., 0], bins[..., 1]]
        return np.array([novel[window].mean() >= self._area.foreign_share for window in self._windows])

    def _means(self, chroma: FloatImage) -> NDArray[np.float64]:
        return np.array([chroma[window].reshape(-1, 2).mean(axis=0) for window in self._windows], dtype=np.float64)


def _cells(reference: LineShape, parameters: AreaParameters) -> list[tuple[slice, slice]]:
    """Windows of a grid over the area, without its corners."""
    rows, columns = reference.luma.shape
    border = round(reference.parameters.margin * reference.parameters.height_px)
    height, width = rows - 2 * border, columns - 2 * border
    side = max(min(height, width) / parameters.cells, 8.0)
    down, across = max(round(height / side), 1), max(round(width / side), 1)
    ys, xs = (np.linspace(border, border + length, count + 1).round().astype(int)
              for length, count in ((height, down), (width, across)))  # fmt: skip
    power = parameters.rounding
    return [
        (slice(int(ys[j]), int(ys[j + 1])), slice(int(xs[i]), int(xs[i + 1])))
        for j in range(down)
        for i in range(across)
        if abs((2 * i + 1) / across - 1) ** power + abs((2 * j + 1) / down - 1) ** power <= 1.0
    ]
