"""Profiles of a picture across the contour of a mask: steps, lines and rims along it, and texture that ends at it.

Around the contour lie rings of equal distance to it. Along the contour they are divided into cells, and every pixel
counts for the cell of the nearest contour pixel and for the side on which the contour faces there. The means of a cell,
ring by ring, are a profile across the contour. Profiles of several frames are averaged: where the picture moves behind
the mask its own edges average out, and what follows the contour stays. What a picture has by itself differs from cell
to cell and from side to side, so its spread over cells tells how much of a mean is chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import FloatArray
from overlaycut.qc.region_view import RegionView
from overlaycut.vision.filters import FloatPlane, blurred, dilated

_Whole: TypeAlias = NDArray[np.int64]
_Form: TypeAlias = Literal["step", "line", "rim"]
_Rings: TypeAlias = tuple[int, int]
"""Half-open range of rings; ring 0 begins at the contour, negative ones lie inside."""

_SIDES = 4
_CELLS = 4096
"""Cells across a picture, more than any crop has: keys of different frames must mean the same cell."""

_FORMS: Mapping[_Form, tuple[_Rings, tuple[_Rings, ...]]] = {
    "step": ((0, 2), ((-2, 0),)),
    "line": ((-1, 1), ((-3, -1), (1, 3))),
    "rim": ((-2, 0), ((-5, -2), (0, 2))),
}
"""Rings of which the mean is compared with that of other rings."""

_PLACES: Sequence[tuple[_Form, int]] = (("step", 0), ("line", 0), ("line", 1), ("rim", 0))
"""What is looked for, and the ring around which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContourParameters:
    """How profiles are taken and judged; set by the tuning half of benchmarks/gates.py."""

    ring_px: float = 1.5
    """Width of a ring."""
    rings: tuple[int, int] = (-8, 12)
    """First ring, and the one after the last."""
    cell_px: float = 8.0
    """Length of a cell along the contour, at least."""
    cell_strokes: float = 0.9
    """The same in strokes."""
    kept_px: int = 5
    """Distance to lettering that stays, below which nothing is measured."""
    feather_px: float = 2.5
    """Distance from the contour within which pixels that a repair wrote to in part count as outside."""
    least_px: float = 2.0
    """Pixels per frame of a ring's part, on the scarcer side of a comparison, from which a cell counts."""
    most_px: float = 60.0
    """The same beyond which a cell counts no more than others."""
    away: tuple[int, ...] = (5, 7, 9)
    """Rings around which the picture is compared for what it has by itself."""
    levels: float = 1.0
    """Levels of such differences below which cells have one weight."""
    least_cells: int = 6
    """Cells without which nothing is said."""
    least_on_side: int = 3
    """Cells of a side without which it is not heard."""
    errors: float = 2.0
    """Standard errors of the mean that are taken off."""
    inside: _Rings = (-4, -1)
    """Rings whose texture is compared, inside the contour."""
    outside: tuple[_Rings, ...] = ((0, 2), (2, 5), (5, 9))
    """The same outside, where the least of them counts: codecs leave ringing close to lettering, and things that stand
    beside it do not reach it."""
    presmoothing_px: float = 0.7
    """Sigma of the blur before gradients are taken."""
    least_texture_px: float = 6.0
    """Pixels per frame of each of these rings from which a cell counts."""
    least_energy: float = 1.0
    """Mean square of the gradient along the contour, in levels per pixel, from which there is texture to lose."""
    energy_floor: float = 0.05
    """Energy that counts as none."""
    least_textured: int = 7
    """Cells with texture without which nothing is said: fewer are edges of things."""


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Of cells' rings: (n,) each."""

    keys: _Whole
    """Cell, side and ring in one number."""
    pixels: FloatArray
    luma: FloatArray
    energy: FloatArray


class ContourProfiles:
    """Gathers the profiles of one region over frames."""

    def __init__(self, parameters: ContourParameters) -> None:
        self._parameters = parameters
        self._frames: list[_Sums] = []

    def see(self, view: RegionView) -> None:
        """Take in one frame."""
        if view.replaced.all() or not view.replaced.any():
            return
        keys, here = _keys(view, self._parameters)
        luma = np.ascontiguousarray(view.after[..., 0])
        unique, index = np.unique(keys, return_inverse=True)
        values = (_along(luma, view.reach, self._parameters.presmoothing_px)[here], luma[here])
        energy, summed = (np.asarray(np.bincount(index, value), dtype=np.float64) for value in values)
        self._frames.append(_Sums(unique, np.bincount(index).astype(np.float64), summed, energy))

    def seam(self) -> float | None:
        """Levels of luma by which the picture changes along the contour, beyond chance; None where nothing is known.

        A step across it, a line on it or a rim inside of it, whichever is most. It must show on most sides of the
        contour: an edge of the picture that a line of text lies along shows on one.
        """
        if not self._frames:
            return None
        pixels, (luma, _), sides = self._gathered(by_side=True)
        means = luma / np.maximum(pixels, 1)
        found = [
            value for form, ring in _PLACES if (value := self._response(means, pixels, sides, form, ring)) is not None
        ]
        return max(found, default=None)

    def texture(self) -> float | None:
        """Texture and edges that go on across the contour, over those just outside, 0..1 and a little more.

        Of the surface's gradient along the contour, so that neither edges of the fill nor lines beside the mask count.
        The mean over cells plus its uncertainty; None where the surround has nothing to lose.
        """
        if not self._frames:
            return None
        p = self._parameters
        pixels, (_, energy), _ = self._gathered(by_side=False)
        inside, known = _of(energy, pixels, p.inside, p)
        around = [_of(energy, pixels, rings, p) for rings in p.outside]
        due = np.min([value for value, _ in around], axis=0)
        least = np.min([known, *(count for _, count in around)], axis=0)
        counted = (least >= p.least_texture_px * len(self._frames)) & (due > p.least_energy)
        if counted.sum() < p.least_textured:
            return None
        share = np.minimum(1, (inside[counted] + p.energy_floor) / (due[counted] + p.energy_floor))
        weight = due[counted] ** 0.25
        mean = float(weight @ share / weight.sum())
        error = np.sqrt((weight**2 @ (share - mean) ** 2) * len(share) / (len(share) - 1)) / weight.sum()
        return mean + p.errors * float(error)

    def _gathered(self, *, by_side: bool) -> tuple[FloatArray, tuple[FloatArray, FloatArray], _Whole]:
        """Pixels, and sums of luma and energy, of all frames together, (cells, rings); and each cell's side."""
        first, last = self._parameters.rings
        keys = np.concatenate([sums.keys for sums in self._frames])
        cells, rings = np.divmod(keys, last - first)
        if not by_side:
            cells //= _SIDES
        known, rows = np.unique(cells, return_inverse=True)
        tables = []
        for name in ("pixels", "luma", "energy"):
            table = np.zeros((len(known), last - first))
            np.add.at(table, (rows, rings), np.concatenate([getattr(sums, name) for sums in self._frames]))
            tables.append(table)
        return tables[0], (tables[1], tables[2]), known % _SIDES

    def _response(
        self, means: FloatArray, pixels: FloatArray, sides: _Whole, form: _Form, ring: int
    ) -> float | None:  # fmt: skip
        """Levels of one form around one ring, beyond chance."""
        p, frames = self._parameters, len(self._frames)
        least = p.least_px * frames
        away = [_compared(means, pixels, form, other, p) for other in p.away]
        own = np.array([np.where(n >= least, np.abs(d), np.nan) for d, n in away])
        known = np.isfinite(own).sum(axis=0)
        usual = np.nansum(own, axis=0) / np.maximum(known, 1)
        if not known.any():
            return None
        usual = np.where(known > 0, usual, np.median(usual[known > 0]))
        difference, count = _compared(means, pixels, form, ring, p)
        counted = count >= least
        if counted.sum() < p.least_cells:
            return None
        weight = np.minimum(count, p.most_px * frames)[counted] / (usual[counted] ** 2 + p.levels**2)
        difference, side = difference[counted], sides[counted]
        mean, error = _robust_mean(difference, weight)
        of_sides = [
            np.sign(mean) * _robust_mean(difference[side == s], weight[side == s])[0]
            for s in range(_SIDES)
            if (side == s).sum() >= p.least_on_side
        ]
        if len(of_sides) < 2:
            return None
        most_sides = sorted(of_sides)[(len(of_sides) - 1) // 2]
        return float(min(abs(mean), most_sides) - p.errors * error)


def _keys(view: RegionView, p: ContourParameters) -> tuple[_Whole, Mask]:
    """Cell, side and ring of pixels near the contour in one number, and the pixels that these are, (rows, columns)."""
    first, last = p.rings
    ring = np.floor(view.reach / p.ring_px).astype(np.int64) - first
    here = (ring >= 0) & (ring < last - first) & ~dilated(view.kept, p.kept_px)
    here &= ~(view.any_written & (view.reach > p.feather_px))
    here[[0, 1, -2, -1]] = here[:, [0, 1, -2, -1]] = False
    row, column = _nearest(view.replaced)
    smooth = blurred(np.clip(view.reach, -20, 40), 2.0)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    side = np.where(np.abs(across) > np.abs(down), across > 0, 2 + (down > 0)).astype(np.int64)
    size = max(p.cell_px, p.cell_strokes * view.stroke)
    placed = view.region if view.region.any() else view.replaced
    top, left = int(placed.any(axis=1).argmax()), int(placed.any(axis=0).argmax())
    at = row[here], column[here]
    cells = [((v - origin) // size).astype(np.int64) + _CELLS // 2 for v, origin in zip(at, (top, left), strict=True)]
    return ((cells[0] * _CELLS + cells[1]) * _SIDES + side[at]) * (last - first) + ring[here], here


def _nearest(mask: Mask) -> tuple[_Whole, _Whole]:
    """Row and column of the contour pixel next to every pixel."""
    rows, columns = (np.zeros(mask.shape, np.int64) for _ in range(2))
    for own in (mask, ~mask):
        _, labels = cv2.distanceTransformWithLabels(
            own.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        there = np.nonzero(~own)
        for plane, places in zip((rows, columns), there, strict=True):
            table = np.zeros(int(labels.max()) + 1, np.int64)
            table[labels[there]] = places
            plane[own] = table[labels[own]]
    return rows, columns


def _along(luma: FloatPlane, reach: FloatPlane, presmoothing: float) -> FloatPlane:
    """Square of the gradient along the contour."""
    plane, normal = blurred(luma, presmoothing), blurred(np.clip(reach, -20, 40), 1.5)
    (gx, gy), (nx, ny) = (
        [cv2.Sobel(p, cv2.CV_32F, *o, scale=1 / 8) for o in ((1, 0), (0, 1))] for p in (plane, normal)
    )
    return np.asarray((gy * nx - gx * ny) ** 2 / (nx * nx + ny * ny + 1e-6), dtype=np.float32)


def _of(sums: FloatArray, pixels: FloatArray, rings: _Rings, p: ContourParameters) -> tuple[FloatArray, FloatArray]:
    """Mean of some rings in every cell, and their pixels."""
    chosen = slice(max(rings[0] - p.rings[0], 0), rings[1] - p.rings[0])
    count = pixels[:, chosen].sum(axis=1)
    return sums[:, chosen].sum(axis=1) / np.maximum(count, 1), count


def _compared(
    means: FloatArray, pixels: FloatArray, form: _Form, ring: int, p: ContourParameters
) -> tuple[FloatArray, FloatArray]:
    """The difference that a form has around a ring in every cell, and the pixels that it rests on."""
    own, others = _FORMS[form]
    sums = means * pixels
    value, count = _of(sums, pixels, (own[0] + ring, own[1] + ring), p)
    around = [_of(sums, pixels, (low + ring, high + ring), p) for low, high in others]
    # Thin strokes have nothing farther inside: then the outside alone is compared with.
    inner, outer = around[0], around[-1]
    due = np.where(inner[1] > 0, 0.5 * (inner[0] + outer[0]), outer[0])
    return value - due, np.minimum(count, outer[1])


def _robust_mean(values: FloatArray, weights: FloatArray) -> tuple[float, float]:
    """Mean of most of the values, by reweighting with Cauchy's function, and its standard error."""
    mean, weight = float(weights @ values / weights.sum()), weights
    for _ in range(8):
        spread = max(1.4826 * float(np.median(np.abs(values - mean))), 0.7)
        weight = weights / (1 + ((values - mean) / (2 * spread)) ** 2)
        mean = float(weight @ values / weight.sum())
    return mean, float(np.sqrt(weight**2 @ (values - mean) ** 2) / weight.sum())
