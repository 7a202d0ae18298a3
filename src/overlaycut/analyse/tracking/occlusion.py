"""Which cells of the text something passes in front of."""

from __future__ import annotations

from typing import TypeAlias, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.tracking.parameters import OcclusionParameters
from overlaycut.core.frame import Plane
from overlaycut.core.geometry import FloatArray, Points

Cells: TypeAlias = NDArray[np.bool_]
"""One flag per cell of the text, (rows, columns)."""

S = TypeVar("S", bound=np.generic)

_REACH = 2
"""Pixels from which grey levels may have moved to where they are."""


class OcclusionDetector:
    """Occluded cells of the text, from changes on the rectified patch.

    A cell has changed when it leaves, within a few frames and by more than a pixel of misalignment explains, the grey
    levels it had. It is occluded when the surface beside it, above or below or at the ends of the line, has changed
    too: occluders are larger than strokes, while melting keeps to them. Pixels of `neighbours` (other text) are left
    out.

    reference: rectified luma; corners: the text's, (4, 2), an upright rectangle on it.
    """

    def __init__(
        self, reference: Plane, corners: Points, neighbours: NDArray[np.bool_], *, parameters: OcclusionParameters
    ) -> None:
        self._parameters = parameters
        columns, rows = _grid(corners, reference.shape, parameters)
        (top, bottom), (left, right) = _pixel_bounds(rows), _pixel_bounds(columns)
        # All that is looked at: the cells, and what lies within reach of them. Margins are many times as large.
        y, x = (max(int(low[0]) - _REACH, 0) for low in (top, left))
        self._part = (slice(y, int(bottom[-1]) + _REACH), slice(x, int(right[-1]) + _REACH))
        self._cell_corners = tuple(
            np.ix_(across - y, along - x)
            for across, along in ((bottom, right), (top, right), (bottom, left), (top, left))
        )
        self._cell_sizes = np.outer(bottom - top, right - left)
        self._counts = np.where(neighbours[self._part], np.float32(0), np.float32(1))
        self._share = np.maximum(self._cell_means(self._counts), 0.1)
        self._known = reference[self._part].astype(np.float32)
        cells = (len(rows) - 1, len(columns) - 1)
        self._usual = np.full(cells, parameters.usual)
        self._changed = np.zeros(cells, dtype=np.bool_)
        self._text_cells = _cells_of_pixels(reference.shape, rows[1:-1], columns[1:-1])
        all_rows, all_columns = _cells_of_pixels(reference.shape, rows, columns)
        self._part_cells = all_rows[self._part[0]], all_columns[self._part[1]]
        self._text = (
            slice(round(float(rows[1])) - y, round(float(rows[-2])) + 1 - y),
            slice(round(float(columns[1])) - x, round(float(columns[-2])) + 1 - x),
        )
        part_rows, part_columns = (own[part] for own, part in zip(self._text_cells, self._part, strict=True))
        self._own_cells = part_rows[self._text[0]], part_columns[self._text[1]]

    @property
    def none(self) -> Cells:
        """Cells of which none is occluded."""
        rows, columns = self._changed.shape
        return np.zeros((rows - 2, columns - 2), dtype=np.bool_)

    def occluded(self, patch: Plane, *, learn: bool = True) -> Cells:
        """The cells of the text that are occluded in `patch`; with `learn` the known grey levels follow it."""
        now = patch[self._part].astype(np.float32)
        change = self._change(now)
        limit = np.maximum(self._parameters.least_change, self._parameters.times_usual * self._usual)
        # A cell that has changed stays so until it is clearly back.
        self._changed = change > np.where(self._changed, self._parameters.release * limit, limit)
        # An occluder as bright as the strokes changes no range, but has no strokes.
        flat = self._cell_deviations(now) < self._parameters.flat * self._cell_deviations(self._known)
        inner = self._changed[1:-1, 1:-1] | flat[1:-1, 1:-1]
        beside = np.repeat((self._changed[:1, 1:-1] | self._changed[-1:, 1:-1]), inner.shape[0], axis=0)
        near = min(2, inner.shape[1])
        beside[:, :near] |= self._changed[1:-1, :1]
        beside[:, -near:] |= self._changed[1:-1, -1:]
        above, below = self._changed[:1, 1:-1], self._changed[-1:, 1:-1]
        hidden = inner & beside | np.repeat(above & below, inner.shape[0], axis=0)
        if learn:
            self._learn(now, change, hidden | beside)
        return hidden

    def _change(self, now: NDArray[np.float32]) -> FloatArray:
        """Mean excess of each cell over the grey levels within two pixels of its known ones."""
        around = np.ones((2 * _REACH + 1, 2 * _REACH + 1), dtype=np.uint8)
        over = now - cv2.dilate(self._known, around)
        under = cv2.erode(self._known, around) - now
        excess = np.maximum(np.maximum(over, under), 0)
        return np.asarray(self._cell_means(excess * self._counts) / self._share)

    def _learn(self, now: NDArray[np.float32], change: FloatArray, doubtful: Cells) -> None:
        free = ~self._changed
        self._usual[free] += self._parameters.usual_rate * (change[free] - self._usual[free])
        # Strokes may change, and are followed, but not next to something that may be creeping over them; the surface
        # beside them hardly changes. Occluders are not learnt.
        limits = self._parameters
        rate = _laid_out(np.where(self._changed, 0.0, limits.surface_rate).astype(np.float32), *self._part_cells)
        rate[self._text] = _laid_out(np.where(doubtful, 0.0, limits.text_rate).astype(np.float32), *self._own_cells)
        self._known += rate * (now - self._known)

    def reset(self, patch: Plane) -> None:
        """Take the text in `patch` as it is, occluded by nothing; the surface beside it keeps its state."""
        self._known[self._text] = patch[self._part][self._text]
        self._changed[1:-1, 1:-1] = False

    def at(self, points: Points, occluded: Cells) -> NDArray[np.bool_]:
        """Whether each patch point lies in or beside an occluded cell."""
        column, row = points.astype(int).T
        rows, columns = self._text_cells
        return np.asarray(occluded[rows[row], columns[column]], dtype=np.bool_)

    def mask(self, cells: Cells) -> NDArray[np.bool_]:
        """Cells of the text as a mask of patch pixels; the outermost cells reach into the margin."""
        return _laid_out(cells, *self._text_cells)

    def _cell_deviations(self, picture: NDArray[np.float32]) -> FloatArray:
        """Standard deviation of every cell."""
        sums, squares = cv2.integral2(picture, sdepth=cv2.CV_64F, sqdepth=cv2.CV_64F)
        return np.asarray(np.sqrt(np.maximum(self._by_cell(squares) - self._by_cell(sums) ** 2, 0)))

    def _cell_means(self, picture: NDArray[np.float32]) -> FloatArray:
        """Mean of every cell, by the integral image."""
        return self._by_cell(cv2.integral(picture, sdepth=cv2.CV_64F))

    def _by_cell(self, sums: cv2.typing.MatLike) -> FloatArray:
        """Mean of every cell from an integral image."""
        last, above, before, first = (sums[corner] for corner in self._cell_corners)
        return np.asarray((last - above - before + first) / self._cell_sizes, dtype=np.float64)


def _grid(corners: Points, shape: tuple[int, ...], parameters: OcclusionParameters) -> tuple[FloatArray, FloatArray]:
    """Column and row edges of the cells; the outermost ones on every side are surface, a gap apart from the text."""
    x, y = corners[0]
    w, h = corners[2] - corners[0]
    down = 2 if h >= parameters.tall_px else 1
    across = int(np.clip(round(2 * w / h), 1, parameters.most_columns))
    rows, columns = shape
    aside = float(np.clip(parameters.surface_height * h, parameters.least_surface_px, min(x, y) - 1))
    gap = min(parameters.gap * h, aside / 3)

    def edges(low: float, length: float, cells: int, limit: int) -> FloatArray:
        inner = np.linspace(low, low + length, cells + 1)[1:-1]
        outer = [low - aside, low - gap, low + length + gap, low + length + aside]
        return np.asarray(np.clip([*outer[:2], *inner, *outer[2:]], 0, limit), dtype=np.float64)

    return edges(x, w, across, columns), edges(y, h, down, rows)


def _cells_of_pixels(
    shape: tuple[int, ...], rows: FloatArray, columns: FloatArray
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The cells that the rows and the columns of the patch lie in, or are nearest to."""
    y = np.clip(np.searchsorted(rows, np.arange(shape[0])) - 1, 0, len(rows) - 2)
    x = np.clip(np.searchsorted(columns, np.arange(shape[1])) - 1, 0, len(columns) - 2)
    return y, x


def _laid_out(cells: NDArray[S], rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[S]:
    """The value of the cell of every pixel."""
    return cells[rows][:, columns]


def _pixel_bounds(edges: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and one past the last pixel of the cells between `edges`, at least one pixel each."""
    low = edges[:-1].astype(np.intp)
    return low, np.maximum(np.ceil(edges[1:]).astype(np.intp), low + 1)
