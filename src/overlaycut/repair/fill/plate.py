"""The surface without its lettering: solved once, from other frames where they show it, else by evidence.

What no frame reveals is guessed in three ways, and the guesses are weighed by how well each of them rebuilds pieces of
the known surface: the hole is moved onto bare surface nearby, filled there, and compared with what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn, idctn
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box
from overlaycut.vision.filters import FloatImage, FloatPlane, blurred, dilated, scaled, scaled_mask
from overlaycut.vision.illumination import spread

Fill: TypeAlias = Callable[[FloatImage, Mask], FloatImage]
"""A picture, (rows, columns, 3), and a hole in it, (rows, columns), into a picture without; the rest is as it was."""

_MOST_PIXELS = 80_000
"""Pixels of a hole beyond which it is filled at half its size: so thick a hole has no detail to be told."""

_STENCIL: tuple[tuple[float, tuple[tuple[int, int], ...]], ...] = (
    (20.0, ((0, 0),)),
    (-8.0, ((0, 1), (1, 0), (0, -1), (-1, 0))),
    (2.0, ((1, 1), (1, -1), (-1, 1), (-1, -1))),
    (1.0, ((0, 2), (2, 0), (0, -2), (-2, 0))),
)
"""Weights of the biharmonic operator, and the neighbours (rows down, columns across) that have them."""

_BLOCK = 32
"""Pixels of a side of the blocks that sparse fills work on: some strokes across."""
_BLOCK_STEP = 6

_BESIDE = 6
"""Pixels around a hole in which what may not be used is filled as well."""

_LEAST_ERROR = 0.5
"""Squared levels below which one guess is as good as another."""


def borrowed(
    samples: Sequence[NDArray[np.uint8]], hidden: Sequence[Mask], *, hole: Mask, least: int = 3
) -> tuple[FloatImage, Mask]:
    """The median of what `samples` show of the hole where they are not `hidden`, and where that is known.

    samples: (rows, columns, 3) in one light. hidden: for each sample, ink, things in front, and what is out
    of the frame. A pixel is known when at least `least` samples show it.
    """
    if len(samples) != len(hidden) or least < 1:
        raise ValueError("every sample needs its mask, and at least one sample is asked for")
    picture, known = np.zeros((*hole.shape, 3), np.float32), np.zeros_like(hole)
    where = np.flatnonzero(hole)
    if not samples or not len(where):
        return picture, known
    values = np.stack([sample.reshape(-1, 3)[where] for sample in samples]).astype(np.float32)
    covered = np.stack([mask.ravel()[where] for mask in hidden])
    enough = (~covered).sum(axis=0) >= least
    values[covered] = np.nan
    picture.reshape(-1, 3)[where[enough]] = np.nanmedian(values[:, enough], axis=0)
    known.ravel()[where[enough]] = True
    return picture, known


def filled(
    picture: FloatImage, hole: Mask, *, usable: Mask, guess: Fill | None = None
) -> tuple[FloatImage, float | None]:
    """A copy of `picture` with the `hole` filled, once and for all frames that it will be laid over.

    usable: pixels whose colours may be used. Values inside the hole are ignored. guess: one more fill to be tried, as a
    trained model's. Three guesses are made, each good
    where others are not; their mean, weighed by how well each rebuilds bare surface nearby, is nearer to the truth than
    any of them. The second result is by how many levels of luma the best of them was off there; None when no bare
    surface could be found to try them on.
    """
    if picture.shape[:2] != hole.shape or hole.shape != usable.shape:
        raise ValueError("picture, hole and usable have one size")
    if not hole.any():
        return picture, None
    if hole.sum() > _MOST_PIXELS:
        return _filled_small(picture, hole, usable, guess)
    ready, open_ = _bridged(picture, hole, usable)
    # Where nothing can be tried, a model that someone chose is believed, and a pattern is the boldest guess.
    errors = _LEAST_ERROR * np.array([1.0, 1.0, 4.0, 0.1][: len(_FILLS) + (guess is not None)])
    fills = _FILLS if guess is None else (*_FILLS, guess)
    trials = _trials(open_, usable)
    for trial in trials:
        # Real lettering is hidden from the trial, too: all guesses see it bridged.
        errors += [float(np.mean(np.square((fill(ready, trial) - ready)[..., 0][trial]))) for fill in fills]
    weights = (1 / errors) / (1 / errors).sum()
    guesses = (fill(ready, open_) * np.float32(weight) for fill, weight in zip(fills, weights, strict=True))
    error = float(np.sqrt(errors.min() / len(trials))) if trials else None
    return np.where(hole[..., None], sum(guesses), picture).astype(np.float32), error


def filled_quickly(picture: FloatImage, hole: Mask, *, usable: Mask) -> FloatImage:
    """As `filled`, by the one guess that is best most of the time: for the slivers that a moving picture uncovers."""
    if not hole.any():
        return picture
    if hole.sum() > _MOST_PIXELS:
        return _filled_small(picture, hole, usable)[0]
    return np.where(hole[..., None], _STRUCTURE(*_bridged(picture, hole, usable)), picture).astype(np.float32)


def _bridged(picture: FloatImage, hole: Mask, usable: Mask) -> tuple[FloatImage, Mask]:
    """A picture to fill, and all that has to be filled in it.

    A fill must not draw from what is neither surface nor to be filled: beside the hole that is filled along with
    it, further away it is bridged smoothly.
    """
    open_ = hole | (~usable & dilated(hole, _BESIDE))
    return np.where((hole | ~usable)[..., None], spread(picture, (usable & ~hole).astype(np.float32)), picture), open_


def _filled_small(
    picture: FloatImage, hole: Mask, usable: Mask, guess: Fill | None = None
) -> tuple[FloatImage, float | None]:
    """As `filled`, at half the size."""
    less, small = _halved(*_bridged(picture, hole, usable))
    known = scaled_mask(usable & ~hole, (small.shape[1], small.shape[0]), share=0.99)
    made, error = filled(less, small, usable=known, guess=guess)
    return _doubled(made, picture, hole), error


def _trials(hole: Mask, usable: Mask) -> list[Mask]:
    """The hole moved to places where a good part of it lands on bare surface; only those pixels are kept."""
    rows, columns = hole.shape
    bare = usable & ~dilated(hole, 2)
    box = Box.of(hole)
    tall, wide = box.h, box.w
    moves = [(tall, 0), (-tall, 0), (tall // 2, 0), (-(tall // 2), 0), (tall // 3, wide // 5), (0, 7), (7, 0)]
    found = []
    for down, across in moves:
        moved = np.zeros_like(hole)
        target = slice(max(down, 0), rows + min(down, 0)), slice(max(across, 0), columns + min(across, 0))
        source = slice(max(-down, 0), rows + min(-down, 0)), slice(max(-across, 0), columns + min(-across, 0))
        moved[target] = hole[source]
        moved &= bare
        if moved.sum() >= max(0.15 * hole.sum(), 40):
            found.append(moved)
    return found[:2]


def _smooth(picture: FloatImage, hole: Mask) -> FloatImage:
    """The membrane over the hole: pull-push, then relaxed towards the solution of Laplace's equation."""
    known = (~hole).astype(np.float32)
    out = np.where(hole[..., None], spread(picture, known), picture)
    for sigma in (4.0, 2.0, 1.0, 1.0, 1.0):
        for _ in range(4):
            out = np.where(hole[..., None], blurred(out, sigma), picture)
    return out


def _biharmonic(picture: FloatImage, hole: Mask) -> FloatImage:
    """The surface over the hole that bends least, so that gradients run on: Δ²u = 0 with the pixels around it given.

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
    filled[rows, columns] = np.clip(splu(system).solve(known), 0, 255)
    return filled


def _mirrored(places: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    inside = np.abs(places)
    return np.asarray(np.where(inside >= count, 2 * (count - 1) - inside, inside))


def _sparse(start: Fill, thresholds: NDArray[np.float64]) -> Fill:
    """A fill that, from where `start` leaves it, is brought to what few cosines make up in every block around it.

    Hard thresholding in a frame of overlapping DCT blocks while the threshold, in levels, falls: structure that runs
    through a block's known part is found first and continued through the hole (Guleryuz, Nonlinear approximation based
    image recovery using adaptive sparse reconstructions and iterated denoising, 2006).
    """

    def fill(picture: FloatImage, hole: Mask) -> FloatImage:
        filled = _doubled(fill(*_halved(picture, hole)), picture, hole) if _thick(hole) else start(picture, hole)
        side = min(_BLOCK, *hole.shape)
        blocks = _blocks(hole, side)
        # Of luma only: structure of colour is that of light, and as much again would be paid for it.
        plane = np.ascontiguousarray(filled[..., 0])
        for threshold in thresholds:
            plane[hole] = _few_cosines(plane, blocks, side, float(threshold))[hole]
        filled[..., 0] = np.clip(plane, 0, 255)
        return filled

    return fill


def _thick(hole: Mask) -> bool:
    """Whether blocks in the middle of the hole would see little but hole."""
    deepest = float(cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5).max())
    return deepest > _BLOCK / 3 and min(hole.shape) >= 2 * _BLOCK and not hole.all()


def _halved(picture: FloatImage, hole: Mask) -> tuple[FloatImage, Mask]:
    """A picture at half its size, of what is known of each of its pixels, and the hole in it: what is mostly unknown.

    There what surrounds the hole is twice as near.
    """
    rows, columns = hole.shape
    size = (columns + 1) // 2, (rows + 1) // 2
    known = (~hole).astype(np.float32)
    share = scaled(known, size, area=True)
    less = scaled(picture * known[..., None], size, area=True) / np.maximum(share, 1e-6)[..., None]
    small = share < 0.5
    bare = np.where(small[..., None], spread(less.astype(np.float32), (~small).astype(np.float32)), less)
    return bare.astype(np.float32), small


def _doubled(made: FloatImage, picture: FloatImage, hole: Mask) -> FloatImage:
    """`picture` with the hole as it was `made` at half its size."""
    return np.where(hole[..., None], scaled(made, (hole.shape[1], hole.shape[0])), picture).astype(np.float32)


def _blocks(hole: Mask, side: int) -> NDArray[np.int64]:
    """Flat indices of the pixels of every block that touches the hole: (blocks, side, side)."""
    rows, columns = hole.shape
    tops = np.unique([*range(0, rows - side + 1, _BLOCK_STEP), rows - side])
    lefts = np.unique([*range(0, columns - side + 1, _BLOCK_STEP), columns - side])
    windows = np.lib.stride_tricks.sliding_window_view(hole, (side, side))[tops][:, lefts]
    down, across = np.nonzero(windows.any(axis=(2, 3)))
    inner = np.arange(side)
    indices = (tops[down][:, None, None] + inner[:, None]) * columns + lefts[across][:, None, None] + inner
    return np.asarray(indices, np.int64)


def _few_cosines(plane: FloatPlane, blocks: NDArray[np.int64], side: int, threshold: float) -> FloatPlane:
    """The mean of all blocks, each rebuilt from its cosines above `threshold`; sparser ones count more."""
    cosines = dctn(plane.ravel()[blocks], axes=(1, 2), norm="ortho")
    kept = np.abs(cosines) >= threshold
    kept[:, 0, 0] = True
    weight = 1 / kept.sum(axis=(1, 2), keepdims=True, dtype=np.float32)
    rebuilt = idctn(cosines * kept, axes=(1, 2), norm="ortho") * weight
    total = np.bincount(blocks.ravel(), rebuilt.ravel(), minlength=plane.size)
    weights = np.bincount(blocks.ravel(), np.broadcast_to(weight, blocks.shape).ravel(), minlength=plane.size)
    return np.asarray(total / np.maximum(weights, 1e-9), np.float32).reshape(plane.shape)


_STRUCTURE = _sparse(_biharmonic, np.geomspace(60, 3, 20))
_FILLS: tuple[Fill, ...] = (_biharmonic, _STRUCTURE, _sparse(_smooth, np.geomspace(200, 5, 30)))
"""Gradients run on; edges and texture run on; what repeats is repeated."""
