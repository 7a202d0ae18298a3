"""Text in pictures: where lines of text are, and what they read.

`TextReader` is the interface. `rapid_reader` is PP-OCRv6 (the small models, Latin, Chinese and Japanese among some 50
languages) as the rapidocr wheel carries it; nothing is ever downloaded. The models are called directly: rapidocr's own
pipeline rounds corners to whole pixels and remembers settings between calls.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Quad
from overlaycut.models.runtime import Network, machine_threads, shipped

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading of one line of text."""

    text: str
    """Empty when nothing could be read."""
    confidence: float
    """Mean of the characters' probabilities, 0..1."""


@dataclass(frozen=True, slots=True)
class DetectedText:
    """One line of text in a picture."""

    quad: Quad
    """Around the line, clockwise from the text's own top-left, in pixels of the picture that was given."""
    text: str
    confidence: float
    """Of the reading, 0..1."""


class TextReader(Protocol):
    """Detects and reads text.

    Give an object with these two methods to use another engine; threads may share it.
    """

    def find(self, picture: Picture, *, long_side: int) -> list[DetectedText]:
        """Every line of text in an RGB picture, (height, width, 3).

        The search works on the picture scaled to `long_side` pixels; the reading on the picture as it is.
        """

    def read(self, lines: Sequence[Picture]) -> list[Reading]:
        """One reading per upright RGB crop of a line, in the order given."""


_STEP = 32
"""Sides of the detection network's input are multiples of this."""
_LINE_HEIGHT = 48
"""Rows of the recognition network's input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrParameters:
    """Pre- and postprocessing of PP-OCR; checked by tests/models/test_ocr.py and benchmarks/lettering.py."""

    pixel_probability: float = 0.3
    """Least probability of a text pixel (DBPostProcess of the released model's inference.yml)."""
    box_probability: float = 0.5
    """Least mean probability inside a box (as above)."""
    unclip_ratio: float = 1.6
    """Area × ratio / perimeter is the margin by which shrunk boxes are grown (Liao et al., 2020; as above)."""
    most_enlarged: float = 2.0
    """Factor by which a small picture is enlarged before detection, at most."""
    thinnest_px: float = 3.0
    """Side of a box on the probability map, at least; anything thinner is noise."""
    least_columns: int = 160
    """Columns of the recognition network's input, at least."""
    most_columns: int = 1600
    """The same at most."""
    vertical_aspect: float = 1.5
    """Height over width from which on a box is a vertical line of text, as in PaddleOCR's own cropping."""


class RapidReader:
    """PP-OCRv6 small. Holds no state between calls, so threads may share it."""

    def __init__(self, *, threads: int, parameters: OcrParameters = OcrParameters()) -> None:
        self._parameters = parameters
        self._detector = Network(shipped("rapidocr", "models/PP-OCRv6_det_small.onnx"), threads=threads)
        self._recogniser = Network(shipped("rapidocr", "models/PP-OCRv6_rec_small.onnx"), threads=threads)
        # CTC: class 0 is the blank, the last one the space.
        self._letters = ["", *self._recogniser.notes["character"].splitlines(), " "]

    def find(self, picture: Picture, *, long_side: int) -> list[DetectedText]:
        """Every line of text in an RGB picture; see `TextReader.find`."""
        crops: list[Picture] = []
        views: list[tuple[int, Quad]] = []
        for number, quad in enumerate(self._quads(picture, long_side)):
            for view in _views(quad, self._parameters.vertical_aspect):
                views.append((number, view))
                crops.append(upright(picture, view))
        best: dict[int, DetectedText] = {}
        for (number, view), reading in zip(views, self.read(crops), strict=True):
            if reading.text and (number not in best or reading.confidence > best[number].confidence):
                best[number] = DetectedText(view, reading.text, reading.confidence)
        return [best[number] for number in sorted(best)]

    def read(self, lines: Sequence[Picture]) -> list[Reading]:
        """One reading per upright RGB crop of a line; see `TextReader.read`."""
        # One by one: a batch takes as long as its lines alone, its padding comes on top (benchmarks/cost.py), and what
        # a line reads would depend on the longest one beside it.
        return [self._decoded(self._recogniser(self._input(line))[0]) for line in lines]

    def _input(self, line: Picture) -> NDArray[np.float32]:
        """One crop as the recogniser takes it: (1, 3, 48, width)."""
        scaled = _line(line, self._parameters.most_columns)
        lacking = max(self._parameters.least_columns - scaled.shape[2], 0)
        return np.pad(scaled, ((0, 0), (0, 0), (0, lacking)))[None]

    def _quads(self, picture: Picture, long_side: int) -> list[Quad]:
        """Rectangles around lines of text, top to bottom, then left to right."""
        height, width = picture.shape[:2]
        scale = min(long_side / max(height, width), self._parameters.most_enlarged)
        rows, columns = (max(round(side * scale / _STEP), 1) * _STEP for side in (height, width))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(picture, (columns, rows), interpolation=method)
        likely = self._detector(_normalised(small)[None])[0, 0]
        quads, limits = [], self._parameters
        mask = cv2.dilate((likely > limits.pixel_probability).astype(np.uint8), np.ones((2, 2), dtype=np.uint8))
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            rectangle = cv2.minAreaRect(contour)
            if min(rectangle[1]) < limits.thinnest_px or _mean_inside(likely, rectangle) < limits.box_probability:
                continue
            w, h = rectangle[1]
            # The detector draws lines shrunk; growing a rectangle by area × ratio / perimeter undoes it (DBNet).
            grow = w * h * limits.unclip_ratio / (2 * (w + h))
            corners = cv2.boxPoints((rectangle[0], (w + 2 * grow, h + 2 * grow), rectangle[2])).astype(np.float64)
            # A contour runs through pixel centres.
            corners = (corners + 0.5) * (width / columns, height / rows)
            quads.append(_clockwise(np.clip(corners, 0, (width, height))))
        return sorted(quads, key=lambda quad: (quad.a[1], quad.a[0]))

    def _decoded(self, classes: NDArray[np.float32]) -> Reading:
        """Greedy CTC decoding of (steps, letters) probabilities."""
        classes = np.nan_to_num(classes, nan=0.0)
        path = classes.argmax(axis=1)
        kept = (path != 0) & np.concatenate([[True], path[1:] != path[:-1]])
        text = "".join(self._letters[i] for i in path[kept]).strip()
        return Reading(text, float(classes.max(axis=1)[kept].mean())) if text else Reading("", 0.0)


class CachedReader:
    """A reader with a cache keyed by the digest of the pixels.

    Clips hold frames, several takes share a still, and a plan is often made again. Safe to use from several threads.
    """

    def __init__(self, reader: TextReader, *, most: int = 1024) -> None:
        self._reader = reader
        self._most = most
        self._found: OrderedDict[bytes, list[DetectedText]] = OrderedDict()
        self._read: OrderedDict[bytes, Reading] = OrderedDict()
        self._lock = Lock()

    def find(self, picture: Picture, *, long_side: int) -> list[DetectedText]:
        """Every line of text in an RGB picture; see `TextReader.find`."""
        key = _digest(picture, long_side)
        known = self._recall(self._found, key)
        if known is None:
            known = self._reader.find(picture, long_side=long_side)
            self._keep(self._found, key, known)
        return list(known)

    def read(self, lines: Sequence[Picture]) -> list[Reading]:
        """One reading per upright RGB crop of a line; see `TextReader.read`."""
        keys = [_digest(line, 0) for line in lines]
        readings = [self._recall(self._read, key) for key in keys]
        fresh = [i for i, reading in enumerate(readings) if reading is None]
        for i, reading in zip(fresh, self._reader.read([lines[i] for i in fresh]) if fresh else [], strict=True):
            readings[i] = reading
            self._keep(self._read, keys[i], reading)
        return [reading for reading in readings if reading is not None]

    def _recall(self, memory: OrderedDict[bytes, T], key: bytes) -> T | None:
        with self._lock:
            if key in memory:
                memory.move_to_end(key)
            return memory.get(key)

    def _keep(self, memory: OrderedDict[bytes, T], key: bytes, value: T) -> None:
        with self._lock:
            memory[key] = value
            while len(memory) > self._most:
                memory.popitem(last=False)


def _digest(picture: Picture, long_side: int) -> bytes:
    said = f"{picture.shape} {long_side} ".encode()
    return hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=16, key=said[:64]).digest()


def rapid_reader(*, threads: int | None = None) -> CachedReader:
    """The reader for this process: made once for each number of threads, by default as many as the machine gives.

    Raises MissingPart when rapidocr or onnxruntime is not installed or its model files are damaged.
    """
    with _MAKING:
        return _made(threads or machine_threads())


_MAKING = Lock()


@lru_cache
def _made(threads: int) -> CachedReader:
    return CachedReader(RapidReader(threads=threads))


def upright(picture: Picture, quad: Quad) -> Picture:
    """The inside of `quad` as an upright RGB picture of its own size, at least 4 × 4 pixels."""
    width, height = (max(round(side), 4) for side in quad.size)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    # OpenCV's pixel centres are whole numbers, those of quads are halves.
    source = (quad.array() - 0.5).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(source, target - np.float32(0.5))
    flat = cv2.warpPerspective(picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(flat, dtype=np.uint8)


def _views(quad: Quad, vertical_aspect: float) -> list[Quad]:
    """The directions in which a detected rectangle may read: as it lies, or, when it is tall, turned either way."""
    width, height = quad.size
    if height < vertical_aspect * width:
        return [quad]
    a, b, c, d = quad.a, quad.b, quad.c, quad.d
    return [quad, Quad(b, c, d, a), Quad(d, a, b, c)]


def _clockwise(corners: NDArray[np.float64]) -> Quad:
    """Four corners of a rectangle in clockwise order, from its top-left on."""
    centre = corners.mean(axis=0)
    angle = np.arctan2(corners[:, 1] - centre[1], corners[:, 0] - centre[0])
    ordered = corners[np.argsort(angle)]
    # Of the two edges that run rightward most, the upper one is the text's top.
    edges = np.roll(ordered, -1, axis=0) - ordered
    first = int(np.argmax(edges[:, 0] / np.maximum(np.linalg.norm(edges, axis=1), 1e-9)))
    return Quad.of(np.roll(ordered, -first, axis=0))


def _mean_inside(likely: NDArray[np.float32], rectangle: cv2.typing.RotatedRect) -> float:
    corners = cv2.boxPoints(rectangle)
    x, y = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1
    part = likely[y:bottom, x:right]
    inside = np.zeros(part.shape, dtype=np.uint8)
    cv2.fillPoly(inside, [(corners - (x, y)).astype(np.int32)], (1,))
    return float(part[inside > 0].mean()) if inside.any() else 0.0


def _line(picture: Picture, most_columns: int) -> NDArray[np.float32]:
    """One crop as the recogniser takes it: (3, 48, width)."""
    height, width = picture.shape[:2]
    columns = int(np.clip(np.ceil(_LINE_HEIGHT * width / height), 8, most_columns))
    return _normalised(cv2.resize(picture, (columns, _LINE_HEIGHT)))


_LEVELS = np.arange(256, dtype=np.float32) / np.float32(127.5) - np.float32(1)
"""What the models take for each byte, -1..1."""


def _normalised(picture: Picture | cv2.typing.MatLike) -> NDArray[np.float32]:
    """RGB bytes into the models' BGR planes, -1..1: (3, height, width)."""
    planes = np.empty((3, *picture.shape[:2]), dtype=np.float32)
    for values, levels in zip(planes, reversed(cv2.split(picture)), strict=True):
        cv2.LUT(levels, _LEVELS, dst=values)
    return planes
