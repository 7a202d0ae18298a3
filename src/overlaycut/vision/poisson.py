"""Poisson blending of several sources into a hole.

Poisson image editing (Pérez, Gangnet and Blake, 2003): sources give gradients, not colours, so that neither their light
nor a seam shows where they meet. Their colours, in the picture's light, hold the solution loosely, so that an edge that
is missing on one side of the hole does not tinge all of it (the screened equation of Bhat, Curless, Cohen and Zitnick,
Fourier analysis of the 2D screened Poisson equation for gradient domain problems, 2008).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from overlaycut.core.frame import Mask
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, Samples, blurred
from overlaycut.vision.illumination import spread
from overlaycut.vision.linear_systems import factorised


@dataclass(frozen=True, slots=True, kw_only=True)
class PoissonParameters:
    """How sources are blended; checked by benchmarks/repair.py."""

    screening: float = 0.02
    """Weight of a pixel's colour against its gradients: it prevails beyond seven pixels."""
    light_window: int = 101
    """Side, in pixels, of the window in which the light of a source is taken as constant."""
    trust_sigma: float = 6.0
    """Sigma, in pixels, of the window in which the sources' gradients are held against the picture's."""
    trust_least: float = 8.0
    """Squared levels per pixel of gradient below which nothing tells against them."""
    light_limit: float = 30.0
    """Levels by which light may differ from a source to the picture; more is something that has moved."""


@dataclass(frozen=True, slots=True, eq=False)
class GuidanceField:
    """Gradients and colours of one source."""

    across: FloatImage
    """(rows, columns, 3): the next column's colour less the pixel's own."""
    down: FloatImage
    """(rows, columns, 3): the next row's colour less the pixel's own."""
    colour: FloatImage
    """(rows, columns, 3): the colour, in the hole and on a rim around it."""
    weight: FloatPlane
    """(rows, columns), weight of the source, 0 where it shows nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class _Borders:
    """All neighbours in one direction of which at least one is in the hole."""

    first: NDArray[np.int64]
    """Flat indices of the left or the upper one of each pair, (pairs,)."""
    second: NDArray[np.int64]
    """Those of the right or the lower one."""
    divergence: csr_matrix
    """What the gradients between them, (pairs,), add to the hole's equations, (n,)."""
    rim: csr_matrix
    """What the known pixels among them, (m,), add."""
    rim_pixels: NDArray[np.int64]
    """The flat indices of these, (m,)."""

    @classmethod
    def of(cls, first: NDArray[np.int64], second: NDArray[np.int64], number: NDArray[np.int64], count: int) -> _Borders:
        """number: the number of each pixel in the hole, -1 outside; count: how many those are."""
        pair = np.arange(len(first))
        ends = [(first, second, -1.0), (second, first, 1.0)]
        within = [number[own] >= 0 for own, _, _ in ends]
        signs = np.concatenate([np.full(int(w.sum()), sign) for w, (_, _, sign) in zip(within, ends, strict=True)])
        places = np.concatenate([number[own[w]] for w, (own, _, _) in zip(within, ends, strict=True)])
        pairs = np.concatenate([pair[w] for w in within])
        on_rim = [w & (number[neighbour] < 0) for w, (_, neighbour, _) in zip(within, ends, strict=True)]
        own = np.concatenate([number[one[w]] for w, (one, _, _) in zip(on_rim, ends, strict=True)])
        pixels = np.concatenate([other[w] for w, (_, other, _) in zip(on_rim, ends, strict=True)])
        return cls(
            first,
            second,
            csr_matrix((signs, (places, pairs)), shape=(count, len(first))),
            csr_matrix((np.ones(len(own)), (own, np.arange(len(own)))), shape=(count, len(own))),
            pixels,
        )


class PoissonSystem:
    """The linear system of one hole: factorised once, solved for every frame that has it."""

    def __init__(self, hole: Mask, *, parameters: PoissonParameters = PoissonParameters()) -> None:
        self.hole, self._parameters = hole, parameters
        inside = np.flatnonzero(hole)
        number = np.full(hole.size, -1, np.int64)
        number[inside] = np.arange(len(inside))
        places = np.arange(hole.size).reshape(hole.shape)
        self._borders = []
        values, rows, columns = [], [], []
        for first, second in ((places[:, :-1], places[:, 1:]), (places[:-1], places[1:])):
            one, other = first.ravel(), second.ravel()
            touching = hole.ravel()[one] | hole.ravel()[other]
            one, other = one[touching], other[touching]
            self._borders.append(_Borders.of(one, other, number, len(inside)))
            for own, neighbour in ((one, other), (other, one)):
                within = number[own] >= 0
                rows.append(number[own[within]])
                columns.append(number[own[within]])
                values.append(np.ones(int(within.sum())))
                both = within & (number[neighbour] >= 0)
                rows.append(number[own[both]])
                columns.append(number[neighbour[both]])
                values.append(np.full(int(both.sum()), -1.0))
        rows.append(np.arange(len(inside)))
        columns.append(np.arange(len(inside)))
        values.append(np.full(len(inside), parameters.screening))
        system = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        self._solver = factorised(csc_matrix(system, shape=(len(inside), len(inside))))

    def solved(self, picture: FloatImage, slopes: Sequence[GuidanceField], trust: FloatPlane | None = None) -> Colours:
        """The colours of the hole, (n, 3), in the order of `numpy.nonzero`.

        picture: (rows, columns, 3), used outside the hole. Where no source gives a gradient, it is 0. trust: 0..1 at
        every pixel, how far the sources count, against a smooth interpolation; fully when None.
        """
        flat = picture.reshape(-1, 3)
        shown = self._shown(picture, slopes)
        if trust is not None:
            smooth = spread(picture, (~self.hole).astype(np.float32))
            shown = np.asarray(smooth + trust[..., None] * (shown - smooth), np.float32)
        known = self._parameters.screening * shown[self.hole].astype(np.float64)
        for borders, direction in zip(self._borders, ("across", "down"), strict=True):
            step, total = _mean_slope(slopes, direction, borders.first)
            # Where no source gives the gradient at the first pixel, that of the next one is near enough.
            beside, known_beside = _mean_slope(slopes, direction, borders.second)
            step = np.where(total[:, None] > 0, step, np.where(known_beside[:, None] > 0, beside, 0))
            step = step if trust is None else step * trust.ravel()[borders.first][:, None]
            known += borders.divergence @ step.astype(np.float64) + borders.rim @ flat[borders.rim_pixels]
        return np.asarray(np.clip(self._solver.solve(known), 0, 255), np.float32)

    def _shown(self, picture: FloatImage, slopes: Sequence[GuidanceField]) -> FloatImage:
        """`picture` with the mean of the sources in the hole, each in the light that the picture has around it."""
        total, shown = np.zeros(self.hole.shape, np.float32), np.zeros_like(picture)
        for source in slopes:
            shown += source.weight[..., None] * in_light_of(picture, self.hole, source, self._parameters)
            total += source.weight
        shown = np.where(self.hole[..., None], shown / np.maximum(total, 1e-9)[..., None], picture).astype(np.float32)
        return spread(shown, (~self.hole | (total > 0)).astype(np.float32))


def in_light_of(
    picture: FloatImage, hole: Mask, source: GuidanceField, parameters: PoissonParameters = PoissonParameters()
) -> FloatImage:
    """The colours of a source in the light that the picture has around them, as both show the rim of the hole."""
    limit, window = parameters.light_limit, (parameters.light_window,) * 2
    rim = ((source.weight > 0) & ~hole).astype(np.float32)
    off = np.clip(picture - source.colour, -limit, limit) * rim[..., None]
    # Nothing is known beyond the picture's edge, so that a part of a picture has the light of the whole.
    sums, counts = (cv2.blur(one, window, borderType=cv2.BORDER_CONSTANT) for one in (off, rim))
    light = sums / np.maximum(counts, 1e-6)[..., None]
    return np.asarray(source.colour + light, np.float32)


def trusted(
    picture: FloatImage,
    hole: Mask,
    slopes: Sequence[GuidanceField],
    parameters: PoissonParameters = PoissonParameters(),
) -> FloatPlane:
    """How far the sources' gradients are to be believed at every pixel, 0..1, by those of the rim, which are known.

    The regression of the picture's gradients on the sources' in a window: where an edge is brought to a wrong place, it
    is near 0, and a smooth interpolation is nearer to the truth.
    """
    luma = picture[..., :1]
    products, squares = (np.zeros(hole.shape, np.float32) for _ in range(2))
    rows, columns = hole.shape
    given_at = np.logical_or.reduce([source.weight > 0 for source in slopes])
    for direction, step in (("across", (0, 1)), ("down", (1, 0))):
        here, there = (
            (slice(0, rows - step[0]), slice(0, columns - step[1])),
            (slice(step[0], rows), slice(step[1], columns)),
        )
        real = (luma[there] - luma[here])[..., 0]
        seen = ~(hole[here] | hole[there])
        rim = np.pad(seen, ((0, step[0]), (0, step[1]))) & given_at
        at = np.flatnonzero(rim)
        given, total = _mean_slope(slopes, direction, at)
        value = np.where(total > 0, given[:, 0], 0)
        full = np.pad(real, ((0, step[0]), (0, step[1]))).ravel()[at]
        products.ravel()[at] += value * full
        squares.ravel()[at] += value * value
    sigma, least = parameters.trust_sigma, parameters.trust_least
    ratio = (blurred(products, sigma) + least) / (blurred(squares, sigma) + least)
    return np.asarray(np.clip(ratio, 0, 1), np.float32)


def _mean_slope(slopes: Sequence[GuidanceField], direction: str, at: NDArray[np.int64]) -> tuple[Colours, Samples]:
    """The sources' mean gradient at flat indices, (n, 3), and their weight, (n,)."""
    step, total = np.zeros((len(at), 3), np.float32), np.zeros(len(at), np.float32)
    for source in slopes:
        weight = source.weight.ravel()[at]
        step += weight[:, None] * getattr(source, direction).reshape(-1, 3)[at]
        total += weight
    return np.asarray(step / np.maximum(total, 1e-9)[:, None], np.float32), np.asarray(total)
