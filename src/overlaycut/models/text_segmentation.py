"""Crops of a picture into what every pixel is: picture, letter, outline, shadow or glow, box.

The network is a small U-Net trained by `training/` in the repository on drawn text; its weights are in the package. It
knows lines of text 24 to 64 pixels high (from the tops of ascenders to the bottoms of descenders), so crops with lower
or higher lines are scaled; a height that is wrong by a third does no harm. Crops are cut into tiles that overlap, and
tiles of one size are run together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask, Picture
from overlaycut.models.runtime import Network, machine_threads, shipped
from overlaycut.models.tiling import Tile, tiles

Probability: TypeAlias = NDArray[np.float32]
"""Probability of one class at every pixel, 0..1, (rows, columns)."""

_Stack: TypeAlias = NDArray[np.float32]
"""Probabilities of all classes, (5, rows, columns)."""

_WEIGHTS = "models/weights/text_segmentation.onnx"
_REINSTALL = "pip install --force-reinstall overlaycut"
_CLASSES = 5
_STEP = 16
"""Sides of the network's input are multiples of this: it halves the resolution four times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmenterParameters:
    """How crops are brought to the network."""

    lowest_line_px: float = 24.0
    highest_line_px: float = 64.0
    """Line heights between which a crop keeps its size; training/draw.py draws them so."""
    tile: tuple[int, int] = (256, 512)
    """Rows and columns of the largest tile, multiples of 16; bounds memory (about 60 MB a tile)."""
    margin_px: int = 32
    """Part of a tile, at each inner edge, that is computed only as surround of the rest."""
    batch: int = 4
    """Tiles that run at once; more are no faster on a processor (benchmarks/segmentation.py)."""


@dataclass(frozen=True, slots=True, eq=False)
class TextProbabilities:
    """The classes of one crop; at every pixel they add up to 1."""

    picture: Probability
    letter: Probability
    """The faces of letters."""
    outline: Probability
    shadow: Probability
    """Shadows and glows, where neither letter nor outline covers them."""
    box: Probability
    """Boxes behind text, where neither letter nor outline covers them."""

    def strokes(self, least: float = 0.5) -> Mask:
        """Pixels that are letter or outline with a probability of at least `least`."""
        return np.asarray(self.letter + self.outline >= least)


class TextSegmenter(Protocol):
    """Anything that segments lettering."""

    def segment(self, crops: Sequence[Picture], line_heights_px: Sequence[float]) -> list[TextProbabilities]:
        """The classes of every pixel of RGB crops of any sizes, in the order given.

        line_heights_px: height of a line of text in each crop, in its pixels.
        Raises ValueError for crops that are not RGB pictures of bytes, and for heights that are not positive.
        """


class OnnxTextSegmenter:
    """The network that comes with the package. Holds no state between calls, so threads may share it."""

    def __init__(self, *, threads: int, parameters: SegmenterParameters = SegmenterParameters()) -> None:
        self._network = Network(shipped("overlaycut", _WEIGHTS), threads=threads, again=_REINSTALL)
        self._parameters = parameters

    def segment(self, crops: Sequence[Picture], line_heights_px: Sequence[float]) -> list[TextProbabilities]:
        """The classes of every pixel; see `TextSegmenter.segment`."""
        scaled = [self._scaled(crop, height) for crop, height in zip(crops, line_heights_px, strict=True)]
        stacks = [np.empty((_CLASSES, *crop.shape[:2]), dtype=np.float32) for crop in scaled]
        limits = self._parameters
        groups: defaultdict[tuple[int, int], list[tuple[int, Tile]]] = defaultdict(list)
        for number, crop in enumerate(scaled):
            for tile in tiles(crop.shape[:2], largest=limits.tile, margin=limits.margin_px, multiple=_STEP):
                groups[tile.size].append((number, tile))
        for group in groups.values():
            for first in range(0, len(group), self._parameters.batch):
                some = group[first : first + self._parameters.batch]
                inputs = np.stack([tile.taken(scaled[number]) for number, tile in some])
                answers = self._network(np.ascontiguousarray(inputs.transpose(0, 3, 1, 2), dtype=np.float32))
                for (number, tile), answer in zip(some, answers, strict=True):
                    tile.put(answer, stacks[number])
        return [_at_size(stack, crop.shape[:2]) for stack, crop in zip(stacks, crops, strict=True)]

    def _scaled(self, crop: Picture, line_px: float) -> Picture:
        """The crop at the scale that the network knows."""
        if crop.ndim != 3 or crop.shape[2] != 3 or crop.dtype != np.uint8 or not crop.size:
            raise ValueError(f"an RGB picture of bytes, not {crop.shape} of {crop.dtype}")
        if not 0 < line_px < np.inf:
            raise ValueError(f"a line of text has a height, not {line_px}")
        scale = min(max(line_px, self._parameters.lowest_line_px), self._parameters.highest_line_px) / line_px
        if scale == 1:
            return crop
        rows, columns = (max(round(side * scale), 1) for side in crop.shape[:2])
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(crop, (columns, rows), interpolation=how), dtype=np.uint8)


def _at_size(stack: _Stack, size: tuple[int, ...]) -> TextProbabilities:
    """The classes at the crop's own size."""
    if stack.shape[1:] == size:
        return TextProbabilities(*stack)
    return TextProbabilities(*(np.asarray(cv2.resize(part, (size[1], size[0])), dtype=np.float32) for part in stack))


def text_segmenter(*, threads: int | None = None) -> TextSegmenter:
    """The segmenter for this process: made once for each number of threads, by default as many as the machine gives.

    Raises MissingPart when onnxruntime or the weights are missing.
    """
    with _MAKING:
        return _made(threads or machine_threads())


_MAKING = Lock()


@lru_cache
def _made(threads: int) -> OnnxTextSegmenter:
    return OnnxTextSegmenter(threads=threads)
