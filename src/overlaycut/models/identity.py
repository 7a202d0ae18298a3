"""Faces into vectors: the same person lands near, another person far.

Two ways. `dlib_identity` is dlib's ResNet (Davis King, 2017; public domain; 99.38 % on LFW) with its five-point
alignment, as face_recognition_models ships them: the default, offline. `onnx_identity` opens a network of the ArcFace
family (112 × 112 aligned faces in, one vector out): a local ONNX file, or SFace by its name in the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import cv2
import numpy as np

from overlaycut.core.cast import EmbeddingMetric, Face, Vector
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import FloatArray, Points
from overlaycut.errors import MissingPart, ModelError
from overlaycut.models.runtime import Network, machine_threads, shipped
from overlaycut.models.store import chosen


class FaceIdentity(Protocol):
    """Anything that says by a vector who a face is."""

    @property
    def metric(self) -> EmbeddingMetric:
        """How its vectors are compared; holds the model's name."""

    def chip(self, picture: Picture, face: Face) -> Picture:
        """The face upright and in its place, as the model wants it: a small RGB picture."""

    def embed(self, chips: Sequence[Picture]) -> list[Vector]:
        """The vector of every chip, in the order given."""


_CHIP, _PADDING = 150, 0.25
"""Side and margin of dlib's chips, as its network was trained."""
_DLIB = EmbeddingMetric("dlib-resnet-v1", 0.6)
"""0.6: the distance that dlib's author gives with the model (dnn_face_recognition_ex)."""

_AGAIN = "give another model, or leave it out"

_SIDE = 112
_TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where ArcFace (Deng et al., 2019) has the five points in a picture of 112 × 112."""


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What a network of the family wants to see, and from where on it sees two people."""

    middle: float
    half: float
    """Bytes less `middle` over `half` go in."""
    threshold: float
    """Distance of vectors of length 1."""


_ARC = _Dialect(127.5, 127.5, 1.2)
"""-1..1 goes in; at 1.2 the cosine is 0.28, the customary threshold of ArcFace models."""
_DIALECTS = {"sface": _Dialect(0.0, 1.0, 1.128)}
"""Of models of the catalogue. SFace (Zhong et al., 2021) as OpenCV's FaceRecognizerSF runs it: it scales bytes itself,
and its distance of two people is 1.128 (OpenCV's sample face_detect.cpp)."""


class DlibIdentity:
    """dlib's face recognition network. One thread at a time runs it."""

    def __init__(self) -> None:
        network = shipped("face_recognition_models", "models/dlib_face_recognition_resnet_model_v1.dat")
        points = shipped("face_recognition_models", "models/shape_predictor_5_face_landmarks.dat")
        try:
            import dlib
        except ImportError as error:
            raise MissingPart("dlib is not installed", hint="pip install dlib-bin") from error
        self._dlib: Any = dlib
        try:
            self._network = dlib.face_recognition_model_v1(str(network))
            self._points = dlib.shape_predictor(str(points))
        except RuntimeError as error:
            raise MissingPart(
                f"{network.parent}: not models that dlib can load",
                hint="pip install --force-reinstall face_recognition_models",
            ) from error
        self._lock = Lock()

    @property
    def metric(self) -> EmbeddingMetric:
        """See `FaceIdentity.metric`."""
        return _DLIB

    def chip(self, picture: Picture, face: Face) -> Picture:
        """The face at 150 × 150; see `FaceIdentity.chip`."""
        box = face.box
        around = self._dlib.rectangle(box.x, box.y, box.right, box.bottom)
        plain = np.ascontiguousarray(picture)
        with self._lock:
            shape = self._points(plain, around)
            return np.asarray(self._dlib.get_face_chip(plain, shape, _CHIP, _PADDING), dtype=np.uint8)

    def embed(self, chips: Sequence[Picture]) -> list[Vector]:
        """One vector of 128 numbers per chip; see `FaceIdentity.embed`."""
        with self._lock:
            return [np.asarray(self._network.compute_face_descriptor(chip), dtype=np.float32) for chip in chips]


class OnnxIdentity:
    """A network of the ArcFace family: RGB, (1, 3, 112, 112) in, (1, d) out."""

    def __init__(self, name: str, path: Path, *, threads: int) -> None:
        self._path = path
        self._network = Network(path, threads=threads, again=_AGAIN)
        self._dialect = _DIALECTS.get(name, _ARC)
        self._metric = EmbeddingMetric(name, self._dialect.threshold)

    @property
    def metric(self) -> EmbeddingMetric:
        """Named as the model is, or its file; see `FaceIdentity.metric`."""
        return self._metric

    def chip(self, picture: Picture, face: Face) -> Picture:
        """The face at 112 × 112, laid on ArcFace's template by its five points; see `FaceIdentity.chip`."""
        matrix = alike(face.array(), _TEMPLATE)
        flat = cv2.warpAffine(picture, matrix, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR)
        return np.asarray(flat, dtype=np.uint8)

    def embed(self, chips: Sequence[Picture]) -> list[Vector]:
        """Vectors of length 1; see `FaceIdentity.embed`."""
        # One at a time: the published files of the family are made for a batch of 1 as often as for any.
        return [self._vector(chip) for chip in chips]

    def _vector(self, chip: Picture) -> Vector:
        shown = (chip.astype(np.float32) - np.float32(self._dialect.middle)) / np.float32(self._dialect.half)
        answer = self._network(np.ascontiguousarray(shown.transpose(2, 0, 1)[None]))
        if answer.ndim != 2 or len(answer) != 1:
            raise ModelError(f"{self._path}: answers a face with {answer.shape}, not with one vector", hint=_AGAIN)
        return np.asarray(answer[0] / max(float(np.linalg.norm(answer)), 1e-12), dtype=np.float32)


def alike(points: Points, there: Points) -> FloatArray:
    """The turn, scale and shift, (2, 3), that brings `points` nearest to `there` (Umeyama, 1991)."""
    a, b = points - points.mean(axis=0), there - there.mean(axis=0)
    u, stretch, vt = np.linalg.svd(b.T @ a)
    sign = np.array([1.0, np.sign(np.linalg.det(u @ vt))])
    turn = u @ np.diag(sign) @ vt
    scale = float((stretch * sign).sum() / max(float((a**2).sum()), 1e-12))
    return np.hstack([scale * turn, (there.mean(axis=0) - scale * turn @ points.mean(axis=0))[:, None]])


_MAKING = Lock()


@lru_cache
def _made() -> DlibIdentity:
    return DlibIdentity()


def dlib_identity() -> FaceIdentity:
    """The default model of this process, made once.

    Raises MissingPart when dlib or its model files are not installed.
    """
    with _MAKING:
        return _made()


def onnx_identity(given: Path | str) -> FaceIdentity:
    """A face model: a local ONNX file, or one of the store by its name.

    Raises what `store.chosen` raises, and ModelError when onnxruntime cannot load the file.
    """
    return OnnxIdentity(*chosen(given, "faces"), threads=machine_threads())
