"""Thin holes of a picture, as strokes of lettering, filled by a network from what lies around them.

The network is a small U-Net trained by `training/` in the repository on drawn holes in photographs and textures; its
weights are in the package. It improves on three fills that were computed before: it is given all, and answers with a
blend of them and what has to be added. Pictures are cut into tiles that overlap; tiles without a hole are not run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.models.runtime import Network, machine_threads, shipped
from overlaycut.models.tiling import tiles

Samples: TypeAlias = NDArray[np.float32]
"""Luma and chroma in levels, (rows, columns, 3)."""

_WEIGHTS = "models/weights/thin_hole_fill.onnx"
_REINSTALL = "pip install --force-reinstall overlaycut"
_MULTIPLE = 16
"""Sides of the network's input are multiples of this: it halves the resolution four times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinHoleFillParameters:
    """How pictures are brought to the network."""

    tile: tuple[int, int] = (256, 384)
    """Rows and columns of the largest tile, multiples of 16; bounds memory (about 80 MB a tile)."""
    margin_px: int = 32
    """Part of a tile, at each inner edge, that is computed only as surround of the rest."""


class ThinHoleFill(Protocol):
    """Anything that improves on three fills of a hole. Threads may share it."""

    def __call__(self, structure: Samples, pattern: Samples, smooth: Samples, hole: Mask) -> Samples:
        """A copy of `structure` with other samples where `hole`, (rows, columns), is True.

        structure: the picture with edges and texture continued through its hole. pattern: with what repeats repeated
        there. smooth: with a smooth interpolation there. All in levels of luma and chroma of any matrix. Raises
        ValueError for arrays of other shapes.
        """


class OnnxThinHoleFill:
    """The network that comes with the package. Holds no state between calls, so threads may share it."""

    def __init__(self, *, threads: int, parameters: ThinHoleFillParameters = ThinHoleFillParameters()) -> None:
        self._network = Network(shipped("overlaycut", _WEIGHTS), threads=threads, again=_REINSTALL)
        self._parameters = parameters

    def __call__(self, structure: Samples, pattern: Samples, smooth: Samples, hole: Mask) -> Samples:
        """The picture with its hole filled; see `ThinHoleFill`."""
        if hole.ndim != 2 or hole.dtype != np.bool_:
            raise ValueError(f"a hole of (rows, columns) booleans, not {hole.shape} of {hole.dtype}")
        shapes = {structure.shape, pattern.shape, smooth.shape}
        if shapes != {(*hole.shape, 3)}:
            raise ValueError(f"three pictures of {(*hole.shape, 3)}, not {sorted(shapes)}")
        planes = np.dstack([structure, smooth, hole, pattern]).astype(np.float32)
        made = np.ascontiguousarray(planes[..., :3].transpose(2, 0, 1))
        limits = self._parameters
        for tile in tiles(hole.shape, largest=limits.tile, margin=limits.margin_px, multiple=_MULTIPLE):
            if hole[tile.kept_rows, tile.kept_columns].any():
                batch = tile.taken(planes).transpose(2, 0, 1)[None]
                tile.put(self._network(np.ascontiguousarray(batch))[0], made)
        filled = np.clip(made.transpose(1, 2, 0), 0, 255)
        return np.where(hole[..., None], filled, structure).astype(np.float32)


def thin_hole_fill(*, threads: int | None = None) -> ThinHoleFill:
    """The fill for this process: made once for each number of threads, by default as many as the machine gives.

    Raises MissingPart when onnxruntime or the weights are missing.
    """
    with _MAKING:
        return _made(threads or machine_threads())


_MAKING = Lock()


@lru_cache
def _made(threads: int) -> OnnxThinHoleFill:
    return OnnxThinHoleFill(threads=threads)
