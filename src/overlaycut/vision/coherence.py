"""A fill that continues edges straight through a hole, by transport along the direction of the nearest strong edges.

Every pixel of the hole is the mean of its neighbours, of which those that lie along the local edge count most; with the
picture around the hole given, that is one sparse linear system, whose solution stays between the colours around it
(Bornemann and März, Fast image inpainting based on coherence transport, 2007, there marched from the rim inwards; here
both rims meet). The direction is that of the structure tensor, spread into the hole with strong edges first.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags_array

from overlaycut.core.frame import Mask
from overlaycut.core.geometry import Box
from overlaycut.vision.filters import FloatImage, FloatPlane, blurred, dilated
from overlaycut.vision.illumination import spread
from overlaycut.vision.linear_systems import factorised
from overlaycut.vision.structure_tensor import gradients


@dataclass(frozen=True, slots=True, kw_only=True)
class CoherenceParameters:
    """How edges are continued; set on holes of the tuning clips of benchmarks/subtitles.py."""

    surround_px: int = 32
    """Pixels around the hole in which its edges are looked for."""
    presmoothing: float = 0.7
    """Sigma, in pixels, of the blur under which gradients are taken."""
    window_sigma: float = 3.0
    """Sigma, in pixels, of the window in which they have one direction."""
    rim_px: int = 2
    """Pixels beside the hole whose gradients it touches."""
    noise: float = 1.0
    """Squared levels per pixel of gradient without which there is no edge."""
    across_px: float = 0.35
    """Sigma, in pixels, across a coherent edge within which neighbours count."""
    reach_px: int = 4
    """Pixels to the furthest neighbour: directions are told apart to a quarter of a pixel's slope."""
    least_coherence: float = 0.05
    """Coherence, 0..1, below which only the nearest neighbours count."""


_DEFAULTS = CoherenceParameters()


def coherence_fill(picture: FloatImage, hole: Mask, parameters: CoherenceParameters = _DEFAULTS) -> FloatImage:
    """A copy of `picture`, (rows, columns, 3), with the `hole`, which is not all of it, filled."""
    if not hole.any():
        return picture
    box = Box.of(hole).grown(parameters.surround_px).clipped(hole.shape[1], hole.shape[0]) or Box.of(hole)
    part, inside = picture[box.slices], hole[box.slices]
    rows, columns = np.nonzero(inside)
    normal, coherence = (plane[rows, columns] for plane in _directions(part, inside, parameters))
    weight, places = _neighbours(rows, columns, normal, coherence, inside.shape, parameters)
    reach = parameters.reach_px
    number = np.full((inside.shape[0] + 2 * reach, inside.shape[1] + 2 * reach), -1, np.int32)
    number[rows + reach, columns + reach] = np.arange(len(rows))
    other, counts = number.ravel()[places], weight > 1e-6
    inner, outer = counts & (other >= 0), counts & (other < 0)
    total = np.where(counts, weight, 0).sum(axis=1, dtype=np.float64)
    starts = np.concatenate([[0], np.cumsum(inner.sum(axis=1))])
    shape = (len(rows), len(rows))
    system = csr_matrix((-weight[inner].astype(np.float64), other[inner], starts), shape) + diags_array(total)
    colours = cv2.copyMakeBorder(part, reach, reach, reach, reach, cv2.BORDER_REPLICATE).reshape(-1, 3)
    around = np.concatenate([[0], np.cumsum(outer.sum(axis=1))])
    known = csr_matrix((weight[outer], places[outer], around), (len(rows), len(colours))) @ colours
    made = picture.copy()
    made[box.slices][rows, columns] = np.clip(factorised(system.tocsc()).solve(known.astype(np.float64)), 0, 255)
    return made


def _neighbours(
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    normal: FloatPlane,
    coherence: FloatPlane,
    shape: tuple[int, ...],
    parameters: CoherenceParameters,
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Of every neighbour of each pixel: its weight, 0 outside the picture, and its place in the picture with a border.

    Both are (pixels, neighbours); the border is as wide as the reach, and places are flat indices.
    """
    reach = parameters.reach_px
    side = range(-reach, reach + 1)
    steps = np.array([(down, across) for down in side for across in side], np.int64)
    squares = np.square(steps).sum(axis=1)
    steps, squares = (one[(squares > 0) & (squares <= reach * reach + 1)] for one in (steps, squares))
    off = normal @ steps[:, ::-1].T.astype(np.float32)
    weight = np.exp(-(off * off) * (coherence / np.float32(2 * parameters.across_px**2))[:, None])
    weight /= squares.astype(np.float32)
    weight[np.ix_(coherence < parameters.least_coherence, squares > 2)] = 0
    down, across = rows[:, None] + steps[:, 0], columns[:, None] + steps[:, 1]
    weight[(down < 0) | (across < 0) | (down >= shape[0]) | (across >= shape[1])] = 0
    return weight, (down + reach) * (shape[1] + 2 * reach) + across + reach


def _directions(picture: FloatImage, hole: Mask, parameters: CoherenceParameters) -> tuple[FloatImage, FloatPlane]:
    """The unit vector across the edge, x before y, and the coherence, 0..1, at every pixel."""
    seen = (~hole).astype(np.float32)
    bare = np.where(hole[..., None], spread(picture, seen), picture).astype(np.float32)
    across, down = gradients(blurred(np.ascontiguousarray(bare[..., 0]), parameters.presmoothing))
    counts = (~dilated(hole, parameters.rim_px)).astype(np.float32)
    total = blurred(counts, parameters.window_sigma)
    products = np.dstack([across * across, across * down, down * down]) * counts[..., None]
    tensor = np.asarray(
        blurred(products.astype(np.float32), parameters.window_sigma) / np.maximum(total, 1e-3)[..., None], np.float32
    )
    # Strong edges lead: what lies between them is mostly even.
    weight = np.where(hole | (total <= 1e-2), 0, tensor[..., 0] + tensor[..., 2] + 0.01).astype(np.float32)
    tensor = np.where(hole[..., None], spread(tensor, weight), tensor)
    xx, xy, yy = (tensor[..., plane] for plane in range(3))
    root = np.hypot((xx - yy) / 2, xy)
    coherence = np.square(2 * root / (xx + yy + parameters.noise))
    angle = np.arctan2(2 * xy, xx - yy) / 2
    return np.dstack([np.cos(angle), np.sin(angle)]).astype(np.float32), np.asarray(coherence, np.float32)
