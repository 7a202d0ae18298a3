"""Whether a region of a picture is lettering, or only looks like it: ornaments, prints, railings, leaves, hair.

The network is a small classifier trained by `training/` in the repository on drawn lettering and on surfaces without
any; its weights are in the package. It looks at the region with some of its surround, scaled so that the line of text
is 32 pixels high, and is told which part of that is the region. Long regions are looked at in several views.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Quad
from overlaycut.models.runtime import Network, machine_threads, shipped

Views: TypeAlias = NDArray[np.uint8]
"""What the network looks at: red, green, blue, and 255 in the region, (n, rows, columns, 4)."""

_WEIGHTS = "models/weights/lettering_classifier.onnx"
_REINSTALL = "pip install --force-reinstall overlaycut"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierParameters:
    """How regions are brought to the network. The sizes are those of training/lettering_draw.py."""

    size: tuple[int, int] = (48, 192)
    """Rows and columns of a view."""
    region_px: int = 32
    """Rows of the region within a view."""
    widest_px: int = 176
    """Columns of a region that one view shows; longer ones take several views, which overlap by a quarter."""
    tall: float = 1.5
    """Height over width from which on a region is turned to lie along its longer side."""
    most_views: int = 6
    """Views of one region, at most; those of longer ones lie apart."""
    batch: int = 16
    """Views that run at once."""


class LetteringClassifier(Protocol):
    """Anything that tells lettering from what looks like it."""

    def probabilities(self, picture: Picture, regions: Sequence[Quad]) -> list[float]:
        """For each region of an RGB picture, how likely it is lettering, 0..1.

        regions: around one line, a word or a letter each, closely (as detectors draw them: up to a quarter of the
        line's height beyond the strokes), in pixels of the picture; the edge from `a` to `b` is the top of the text.
        Surround within the picture is taken along and need not be cut off. Melted, drawn, and foreign lettering counts
        as lettering. Raises ValueError for pictures that are not RGB of bytes.
        """


class OnnxLetteringClassifier:
    """The network that comes with the package. Holds no state between calls, so threads may share it."""

    def __init__(self, *, threads: int, parameters: ClassifierParameters = ClassifierParameters()) -> None:
        self._network = Network(shipped("overlaycut", _WEIGHTS), threads=threads, again=_REINSTALL)
        self._parameters = parameters

    def probabilities(self, picture: Picture, regions: Sequence[Quad]) -> list[float]:
        """How likely each region is lettering; see `LetteringClassifier.probabilities`."""
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or not picture.size:
            raise ValueError(f"an RGB picture of bytes, not {picture.shape} of {picture.dtype}")
        looks = [views(picture, region, self._parameters) for region in regions]
        owners = np.repeat(np.arange(len(looks)), [len(look) for look in looks])
        if not looks:
            return []
        inputs = np.concatenate(looks).transpose(0, 3, 1, 2)
        batch = self._parameters.batch
        parts = [inputs[first : first + batch] for first in range(0, len(inputs), batch)]
        found = np.concatenate([self._network(np.ascontiguousarray(part, dtype=np.float32)).ravel() for part in parts])
        return [float(found[owners == at].mean()) for at in range(len(looks))]


def views(picture: Picture, region: Quad, parameters: ClassifierParameters = ClassifierParameters()) -> Views:
    """The views of one region."""
    if region.size[1] > parameters.tall * region.size[0]:
        region = Quad(region.b, region.c, region.d, region.a)
    width, height = (max(side, 1.0) for side in region.size)
    scale = parameters.region_px / height
    small, corners = _reduced(picture, region.array(), scale)
    columns = max(round(width * scale), 4)
    shown = min(columns, parameters.widest_px)
    count = min(int(np.ceil((columns - shown) / (0.75 * parameters.widest_px))) + 1, parameters.most_views)
    return np.stack(
        [_view(small, corners, columns, left, shown, parameters) for left in _starts(columns, shown, count)]
    )


def _starts(columns: int, shown: int, count: int) -> list[float]:
    return [float(left) for left in np.linspace(0, columns - shown, count)]


def _reduced(picture: Picture, corners: NDArray[np.float64], scale: float) -> tuple[Picture, NDArray[np.float64]]:
    """The part of the picture around the region, reduced where the view is smaller, and the region's corners in it."""
    reach = 100 / scale  # half of a view and a little, about three line heights
    left, top = np.maximum(np.floor(corners.min(axis=0) - reach), 0).astype(int)
    right, bottom = np.ceil(corners.max(axis=0) + reach).astype(int)
    part = picture[min(top, picture.shape[0] - 1) : max(bottom, 1), min(left, picture.shape[1] - 1) : max(right, 1)]
    moved = corners - (min(left, picture.shape[1] - 1), min(top, picture.shape[0] - 1))
    if scale > 0.7:
        return part, moved
    rows, columns = (max(round(side * scale), 1) for side in part.shape[:2])
    small = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), moved * (columns / part.shape[1], rows / part.shape[0])


def _view(
    picture: Picture,
    corners: NDArray[np.float64],
    columns: int,
    left: float,
    shown: int,
    parameters: ClassifierParameters,
) -> Views:
    """The region from its column `left` on, and as much of its surround as fits."""
    rows, across = parameters.size
    x, y = (across - shown) / 2, (rows - parameters.region_px) / 2
    bottom, start, end = y + parameters.region_px, x - left, x - left + columns
    target = np.array([(start, y), (end, y), (end, bottom), (start, bottom)])
    # OpenCV's pixel centres are whole numbers, those of quads are halves.
    matrix = cv2.getPerspectiveTransform((corners - 0.5).astype(np.float32), (target - 0.5).astype(np.float32))
    view = np.zeros((rows, across, 4), dtype=np.uint8)
    view[..., :3] = cv2.warpPerspective(picture, matrix, (across, rows), borderMode=cv2.BORDER_REPLICATE)
    view[int(y) : int(y) + parameters.region_px, round(x) : round(x) + shown, 3] = 255
    return view


def lettering_classifier(*, threads: int | None = None) -> LetteringClassifier:
    """The classifier for this process: made once for each number of threads, by default as many as the machine gives.

    Raises MissingPart when onnxruntime or the weights are missing.
    """
    with _MAKING:
        return _made(threads or machine_threads())


_MAKING = Lock()


@lru_cache
def _made(threads: int) -> OnnxLetteringClassifier:
    return OnnxLetteringClassifier(threads=threads)
