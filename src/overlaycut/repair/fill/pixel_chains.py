"""Chains of motion from the pixels of a hole to the frames that show them, and the gradients found at their ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.repair.fill.flow_guided import FlowGuidedParameters
from overlaycut.vision.filters import FloatImage, FloatPlane, Samples, dilated
from overlaycut.vision.masked_flow import MaskedPicture
from overlaycut.vision.poisson import GuidanceField

_FILLED_STEPS = 1000.0
"""Length of a chain that ends in a filled pixel: longer than any chain to one that was seen."""


@dataclass(frozen=True, slots=True, eq=False)
class PixelChains:
    """For every pixel of a crop: the frame that shows it, the position there, and the length of the chain."""

    frame: NDArray[np.int32]
    """Index of a frame, -1 where unknown."""
    x: FloatPlane
    y: FloatPlane
    steps: FloatPlane
    """Frames in between; `_FILLED_STEPS` or more when the colour there was filled in."""

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> PixelChains:
        """Chains of a crop of which nothing is known."""
        return cls(np.full(shape, -1, np.int32), *(np.zeros(shape, np.float32) for _ in range(3)))

    def within(self, part: tuple[slice, slice]) -> PixelChains:
        """The chains of a part of the crop, as views; their positions stay those of the whole."""
        return PixelChains(self.frame[part], self.x[part], self.y[part], self.steps[part])

    def end_in(self, index: int, pixels: Mask) -> None:
        """Let the chains of `pixels` end where they are, in frame `index`, whose colours there were filled in."""
        rows, columns = np.nonzero(pixels)
        self.frame[pixels], self.x[pixels], self.y[pixels] = index, columns, rows
        self.steps[pixels] = _FILLED_STEPS


@dataclass(slots=True, eq=False)
class Crop:
    """One frame's crop, with what a pass knows of it."""

    index: int
    picture: NDArray[np.uint8]
    """(rows, columns, 3), chroma at full size."""
    text: Mask
    hole: Mask
    """The text and what it tinges."""
    recovered: Mask
    """Pixels outside the hole that show the picture through a box, which was taken out of `picture`."""
    tinged: Mask | None = None
    """Pixels beside the hole whose chroma is interpolated; None before the repair."""
    masked: MaskedPicture | None = None
    """Input of motion estimation; None once the motion to the frame after is known."""
    back: NDArray[np.float16] | None = None
    """Motion to the frame before, (rows, columns, 2), pixels; None when nothing can be followed there."""
    forward: NDArray[np.float16] | None = None
    """Motion to the frame after."""
    repaired: NDArray[np.uint8] | None = None
    """The crop after its repair."""
    before: PixelChains | None = None
    """Chains into the frames before it."""


def chained(
    crop: Crop,
    other: Crop | None,
    motion: NDArray[np.float16] | None,
    links: PixelChains | None,
    *,
    kept: Collection[int],
    parameters: FlowGuidedParameters,
) -> PixelChains:
    """Chains of the pixels of a crop's hole and its rim along `motion` into the neighbouring crop `other`.

    A pixel that `other` shows ends there; one in its hole goes on along `links`, the chains of `other`, when they end
    in one of the frames that are `kept`.
    """
    wide = dilated(crop.hole, parameters.rim_px)
    chains = PixelChains.empty(crop.hole.shape)
    if other is None or motion is None:
        return chains
    rows, columns = np.nonzero(wide)
    step = motion[rows, columns].astype(np.float32)
    x, y = columns + step[:, 0], rows + step[:, 1]
    near_x, near_y = np.rint(x).astype(np.int32), np.rint(y).astype(np.int32)
    height, width = wide.shape
    inside = (near_x >= 1) & (near_y >= 1) & (near_x < width - 1) & (near_y < height - 1)
    near_x, near_y = near_x.clip(0, width - 1), near_y.clip(0, height - 1)
    free = inside & ~dilated(other.hole, parameters.ringing_px)[near_y, near_x]
    good, ends = free, (np.full(len(rows), other.index, np.int32), x, y, np.ones(len(rows), np.float32))
    if links is not None:
        near = near_y, near_x
        linked = inside & ~free & (links.frame[near] >= 0) & np.isin(links.frame[near], list(kept))
        good = free | linked
        ends = (
            np.where(linked, links.frame[near], ends[0]),
            np.where(linked, links.x[near] + (x - near_x), x),
            np.where(linked, links.y[near] + (y - near_y), y),
            np.where(linked, links.steps[near] + 1, 1),
        )
    at = rows[good], columns[good]
    chains.frame[at], chains.x[at], chains.y[at], chains.steps[at] = (values[good] for values in ends)
    return chains


def guidance(
    wide: Mask, chains: PixelChains, crops: Mapping[int, Crop], *, reach: int, parameters: FlowGuidedParameters
) -> GuidanceField:
    """Differences from each pixel of `wide` to the next, as the `crops` at the ends of its chain show them.

    reach: length in frames, of the longest chain that counts in full.
    """
    across, down, colour = (np.zeros((*wide.shape, 3), np.float32) for _ in range(3))
    weights = np.zeros(wide.shape, np.float32)
    rows, columns = np.nonzero(wide & (chains.frame >= 0))
    frames, steps = chains.frame[rows, columns], chains.steps[rows, columns]
    made = steps >= _FILLED_STEPS
    near = np.clip(1 - (steps - 1) / (reach + 1), parameters.least_nearness, 1) ** 2 / np.maximum(steps, 1)
    weights[rows, columns] = np.where(made, parameters.filled_weight, near)
    for index in np.unique(frames):
        source = crops[int(index)]
        for filled_in in (False, True):
            some = (frames == index) & (made == filled_in)
            picture = source.repaired if filled_in else source.picture
            if not some.any() or picture is None:
                continue
            at = rows[some], columns[some]
            x, y = chains.x[at], chains.y[at]
            here, right, below = np.split(
                _sampled(picture, np.concatenate([x, x + 1, x]), np.concatenate([y, y, y + 1])), 3
            )
            colour[at], across[at], down[at] = here, right - here, below - here
    return GuidanceField(across, down, colour, weights)


def _sampled(picture: NDArray[np.uint8], x: Samples, y: Samples) -> FloatImage:
    """The colours of `picture` at positions (n,) counted from pixel centres: (n, 3)."""
    # OpenCV's pictures have fewer than 32768 rows and columns.
    columns = 1024
    rows = -(-len(x) // columns)
    across, down = (np.zeros((rows, columns), np.float32) for _ in range(2))
    across.ravel()[: len(x)], down.ravel()[: len(x)] = x, y
    found = cv2.remap(picture, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32).reshape(-1, 3)[: len(x)]
