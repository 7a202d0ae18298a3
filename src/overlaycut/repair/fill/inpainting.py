"""Inpainting of still pictures: a biharmonic surface, and sparse fills in overlapping cosine blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn, idctn
from scipy.sparse import csc_matrix

from overlaycut.core.frame import Mask
from overlaycut.vision.filters import FloatImage, FloatPlane, blurred, scaled
from overlaycut.vision.illumination import spread
from overlaycut.vision.linear_systems import factorised

Fill: TypeAlias = Callable[[FloatImage, Mask], FloatImage]
"""Fills a hole, (rows, columns), of a picture, (rows, columns, 3), and leaves the rest as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InpaintingParameters:
    """How sparse fills work; checked by benchmarks/repair.py."""

    block: int = 32
    """Side, in pixels, of the blocks of the sparse fills: some strokes."""
    block_step: int = 6
    """Pixels from one block to the next."""
    structure_thresholds: tuple[float, float, int] = (60.0, 3.0, 20)
    """First and last threshold, in levels, and their number, of the fill that continues edges and texture."""
    pattern_thresholds: tuple[float, float, int] = (200.0, 5.0, 30)
    """The same of the fill that repeats patterns."""
    membrane_sigmas: tuple[float, ...] = (4.0, 2.0, 1.0, 1.0, 1.0)
    """Sigmas, in pixels, of the blurs that relax the membrane, `membrane_rounds` times each."""
    membrane_rounds: int = 4


_STENCIL: tuple[tuple[float, tuple[tuple[int, int], ...]], ...] = (
    (20.0, ((0, 0),)),
    (-8.0, ((0, 1), (1, 0), (0, -1), (-1, 0))),
    (2.0, ((1, 1), (1, -1), (-1, 1), (-1, -1))),
    (1.0, ((0, 2), (2, 0), (0, -2), (-2, 0))),
)
"""Weights of the biharmonic operator's thirteen-point stencil, and their places (rows down, columns right)."""


def structure_fill(parameters: InpaintingParameters) -> Fill:
    """Edges and texture run on."""
    return _sparse_fill(biharmonic, parameters.structure_thresholds, parameters)


def pattern_fill(parameters: InpaintingParameters) -> Fill:
    """What repeats is repeated."""

    def membrane(picture: FloatImage, hole: Mask) -> FloatImage:
        return _membrane(picture, hole, parameters)

    return _sparse_fill(membrane, parameters.pattern_thresholds, parameters)


def _membrane(picture: FloatImage, hole: Mask, parameters: InpaintingParameters) -> FloatImage:
    """The membrane over the hole: pull-push, then relaxed towards the solution of Laplace's equation."""
    known = (~hole).astype(np.float32)
    out = np.where(hole[..., None], spread(picture, known), picture)
    for sigma in parameters.membrane_sigmas:
        for _ in range(parameters.membrane_rounds):
            out = np.where(hole[..., None], blurred(out, sigma), picture)
    return out


def biharmonic(picture: FloatImage, hole: Mask) -> FloatImage:
    """The surface of least bending over the hole, so that gradients run on: Δ²u = 0 with the pixels around it given.

    The thirteen-point stencil of the biharmonic operator, mirrored at the edge of the picture, as one sparse system
    (Damelin and Hoang, On surface completion and image inpainting by biharmonic functions, 2018).
    """
    rows, columns = np.nonzero(hole)
    number = np.full(hole.shape, -1, np.int64)
    number[rows, columns] = np.arange(len(rows))
    known = np.zeros((len(rows), 3))
    entries = []
    for weight, moves in _STENCIL:
        for down, across in moves:
            at = _mirrored(rows + down, hole.shape[0]), _mirrored(columns + across, hole.shape[1])
            other = number[at]
            inner = other >= 0
            entries.append((np.full(int(inner.sum()), weight), np.flatnonzero(inner), other[inner]))
            known[~inner] -= weight * picture[at][~inner]
    values, down_, across_ = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    system = csc_matrix((values, (down_, across_)), shape=(len(rows), len(rows)))
    filled = picture.copy()
    filled[rows, columns] = np.clip(factorised(system).solve(known), 0, 255)
    return filled


def _mirrored(places: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    inside = np.abs(places)
    return np.asarray(np.where(inside >= count, 2 * (count - 1) - inside, inside))


def _sparse_fill(start: Fill, thresholds: tuple[float, float, int], parameters: InpaintingParameters) -> Fill:
    """A fill that starts from another and keeps the few strongest cosines of every block around the hole.

    Hard thresholding in a frame of overlapping DCT blocks while the threshold, in levels, falls: structure that runs
    through a block's known part is found first and continued through the hole (Guleryuz, Nonlinear approximation based
    image recovery using adaptive sparse reconstructions and iterated denoising, 2006).
    """

    def fill(picture: FloatImage, hole: Mask) -> FloatImage:
        thick = is_thick(hole, parameters.block)
        filled = doubled(fill(*halved(picture, hole)), picture, hole) if thick else start(picture, hole)
        blocks = _Blocks(hole, min(parameters.block, *hole.shape), parameters.block_step)
        # Luma only: the structure of chroma is that of light, and would cost as much again.
        plane = np.ascontiguousarray(filled[..., 0])
        for threshold in np.geomspace(*thresholds):
            plane[hole] = blocks.few_cosines(plane, float(threshold))
        filled[..., 0] = np.clip(plane, 0, 255)
        return filled

    return fill


def is_thick(hole: Mask, block: int) -> bool:
    """Whether blocks in the middle of the hole would see little but hole."""
    deepest = float(cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5).max())
    return deepest > block / 3 and min(hole.shape) >= 2 * block and not hole.all()


def halved(picture: FloatImage, hole: Mask) -> tuple[FloatImage, Mask]:
    """A picture at half its size, each pixel the mean of what is known of it, and the hole in it.

    The hole is what is mostly unknown; its surround is twice as near there.
    """
    rows, columns = hole.shape
    size = (columns + 1) // 2, (rows + 1) // 2
    known = (~hole).astype(np.float32)
    share = scaled(known, size, area=True)
    less = scaled(picture * known[..., None], size, area=True) / np.maximum(share, 1e-6)[..., None]
    small = share < 0.5
    bare = np.where(small[..., None], spread(less.astype(np.float32), (~small).astype(np.float32)), less)
    return bare.astype(np.float32), small


def doubled(made: FloatImage, picture: FloatImage, hole: Mask) -> FloatImage:
    """`picture` with the hole as it was `made` at half its size."""
    return np.where(hole[..., None], scaled(made, (hole.shape[1], hole.shape[0])), picture).astype(np.float32)


def _blocks(hole: Mask, side: int, step: int) -> NDArray[np.int64]:
    """Flat indices of the pixels of every block that touches the hole, `step` pixels apart: (blocks, side, side)."""
    rows, columns = hole.shape
    tops = np.unique([*range(0, rows - side + 1, step), rows - side])
    lefts = np.unique([*range(0, columns - side + 1, step), columns - side])
    windows = np.lib.stride_tricks.sliding_window_view(hole, (side, side))[tops][:, lefts]
    down, across = np.nonzero(windows.any(axis=(2, 3)))
    inner = np.arange(side)
    indices = (tops[down][:, None, None] + inner[:, None]) * columns + lefts[across][:, None, None] + inner
    return np.asarray(indices, np.int64)


class _Blocks:
    """The overlapping blocks that touch a hole, and where their pixels lie in it."""

    def __init__(self, hole: Mask, side: int, step: int) -> None:
        self._pixels = _blocks(hole, side, step)
        number = np.cumsum(hole.ravel()) - 1
        inside = hole.ravel()[self._pixels]
        self._inside = np.flatnonzero(inside)
        """Places of the hole's pixels among those of all blocks."""
        self._target = number[self._pixels[inside]]
        """The number of each of them in the hole, in the order of `numpy.nonzero`."""
        self._block = self._inside // side**2
        self._count = int(hole.sum())

    def few_cosines(self, plane: FloatPlane, threshold: float) -> NDArray[np.float32]:
        """The hole, (n,), as the mean of all blocks, each rebuilt from its cosines above `threshold` levels.

        Sparser blocks weigh more.
        """
        cosines = dctn(plane.ravel()[self._pixels], axes=(1, 2), norm="ortho", overwrite_x=True)
        kept = np.abs(cosines) >= threshold
        kept[:, 0, 0] = True
        weight = (1 / np.count_nonzero(kept, axis=(1, 2)))[self._block]
        cosines *= kept
        rebuilt = idctn(cosines, axes=(1, 2), norm="ortho", overwrite_x=True).ravel()[self._inside]
        total = np.bincount(self._target, rebuilt * weight, minlength=self._count)
        weights = np.bincount(self._target, weight, minlength=self._count)
        return np.asarray(total / np.maximum(weights, 1e-9), np.float32)
