"""Subjects into vectors by their appearance: products, animals, drawn characters, people from behind.

`histogram_appearance` needs no model: colours, and edge directions by parts of the subject. It separates what differs
in these, and nothing finer. `onnx_appearance` opens a network of the DINOv2 family (224 × 224 in): a local ONNX file,
or one of the store by its name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.cast import EmbeddingMetric, Vector
from overlaycut.core.frame import Picture, Plane
from overlaycut.errors import ModelError
from overlaycut.models.runtime import Network, machine_threads
from overlaycut.models.store import chosen


class AppearanceEmbedding(Protocol):
    """Turns a segmented subject into a vector; alike subjects lie near each other.

    Give an object with these two members to use another model; threads may share it.
    """

    @property
    def metric(self) -> EmbeddingMetric:
        """How its vectors are compared; holds the model's name."""

    def embed(self, picture: Picture, mask: Plane) -> Vector:
        """The vector of what `mask` (255 inside, 0 outside) covers of an RGB picture of the same size."""


_AGAIN = "give another model, or leave it out"

# What makes the embedding "colour-and-edges-1": other values make another model.
_SIDE = 96
"""Rows and columns of the picture that is described."""
_LIGHTS, _COLOURS = 6, 8
"""Bins of lightness, and of either chroma axis, in CIELAB."""
_DIRECTIONS, _PARTS = 9, 3
"""Bins of edge direction, and parts along each side that have a histogram of them (Dalal and Triggs, 2005)."""
_COLOUR_SHARE = 0.7
"""Of the vector's squared length; the rest is the directions of edges."""
_APART = 0.62
"""Distance at which similarity is 0.5: beyond what a subject reaches against its own later half (0.56), so that some
different things count as alike (benchmarks/cast.py)."""


class HistogramAppearance:
    """Colour histogram of the whole, and edge directions of its parts (after HOG: Dalal and Triggs, 2005)."""

    metric = EmbeddingMetric("colour-and-edges-1", _APART)

    def embed(self, picture: Picture, mask: Plane) -> Vector:
        """See `AppearanceEmbedding.embed`; of length 1, so that distances are Hellinger's."""
        small = np.asarray(cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        inside = cv2.resize(mask, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float64) / 255
        colours, edges = _colours(small, inside), _edges(small, inside)
        vector = np.concatenate([np.sqrt(_COLOUR_SHARE * colours), np.sqrt((1 - _COLOUR_SHARE) * edges)])
        return vector.astype(np.float32)


class OnnxAppearance:
    """A network of the DINOv2 family: RGB by ImageNet's mean and spread, (n, 3, 224, 224) in."""

    _MEAN, _SPREAD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    _PIXELS = 224

    def __init__(self, name: str, path: Path, *, threads: int) -> None:
        self._path = path
        self._network = Network(path, threads=threads, again=_AGAIN)
        # Of vectors of length 1: a cosine of 0.5. Chosen, not measured; see docs/cast.md.
        self.metric = EmbeddingMetric(name, 1.0)

    def embed(self, picture: Picture, mask: Plane) -> Vector:
        """See `AppearanceEmbedding.embed`: the class token, or the pooled output, of length 1."""
        small = cv2.resize(picture, (self._PIXELS, self._PIXELS), interpolation=cv2.INTER_AREA).astype(np.float64) / 255
        inside = cv2.resize(mask, (self._PIXELS, self._PIXELS), interpolation=cv2.INTER_AREA)[..., None] / 255
        # What is behind the subject becomes the mean colour, which is 0 to the network.
        planes = ((small - self._MEAN) / self._SPREAD * inside).transpose(2, 0, 1)[None].astype(np.float32)
        tokens = self._network(np.ascontiguousarray(planes))
        if tokens.ndim not in (2, 3):
            raise ModelError(f"{self._path}: answers a picture with {tokens.shape}, not with vectors", hint=_AGAIN)
        vector = tokens[0, 0] if tokens.ndim == 3 else tokens[0]
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), dtype=np.float32)


def _colours(picture: Picture, inside: NDArray[np.float64]) -> NDArray[np.float64]:
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).reshape(-1, 3).astype(np.float64)
    bins = (_LIGHTS, _COLOURS, _COLOURS)
    counts, _ = np.histogramdd(lab, bins=bins, range=((0, 256), (64, 192), (64, 192)), weights=inside.ravel())
    # Neighbouring bins share, so that another illumination is not at once another colour.
    soft = counts
    for axis in range(3):
        soft = 0.5 * soft + 0.25 * (np.roll(soft, 1, axis) + np.roll(soft, -1, axis))
    return np.asarray(soft.ravel() / max(float(soft.sum()), 1e-9))


def _edges(picture: Picture, inside: NDArray[np.float64]) -> NDArray[np.float64]:
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1.0)
    dx, dy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    strength = np.hypot(dx, dy) * inside
    way = np.mod(np.arctan2(dy, dx), np.pi) / np.pi * _DIRECTIONS
    y, x = np.indices(grey.shape)
    cell = (y * _PARTS // _SIDE) * _PARTS + x * _PARTS // _SIDE
    place = cell * _DIRECTIONS + np.minimum(way.astype(int), _DIRECTIONS - 1)
    counts = np.bincount(place.ravel(), weights=strength.ravel(), minlength=_PARTS**2 * _DIRECTIONS)
    return np.asarray(counts / max(float(counts.sum()), 1e-9))


def histogram_appearance() -> AppearanceEmbedding:
    """The embedding that needs no model file."""
    return HistogramAppearance()


def onnx_appearance(given: Path | str) -> AppearanceEmbedding:
    """An appearance embedding: a local ONNX file, or one of the store by its name.

    Raises what `store.chosen` raises, and ModelError when onnxruntime cannot load the file.
    """
    return OnnxAppearance(*chosen(given, "looks"), threads=machine_threads())
