"""Faces into vectors: the same person lies near, another person far.

`dlib_face_embedding` is dlib's ResNet (Davis King, 2017; public domain; 99.38 % on LFW) with its five-point alignment,
as face_recognition_models ships them: the default, offline. `onnx_face_embedding` opens a network of the ArcFace family
(112 × 112 aligned faces in, one vector out): a local ONNX file, or SFace by its name in the store.
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


class FaceEmbedding(Protocol):
    """Turns a face into a vector; faces of one person lie near each other.

    Give an object with these three members to use another model; threads may share it.
    """

    @property
    def metric(self) -> EmbeddingMetric:
        """How its vectors are compared; holds the model's name."""

    def chip(self, picture: Picture, face: Face) -> Picture:
        """The face aligned as the model takes it: a small RGB picture of any fixed size."""

    def embed(self, chips: Sequence[Picture]) -> list[Vector]:
        """One vector per chip, float32, in the order given."""


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
class _Preprocessing:
    """How a network of the family takes pictures, and the distance at which it separates two people."""

    middle: float
    half: float
    """Bytes less `middle` over `half` go in."""
    threshold: float
    """Distance of vectors of length 1."""


_ARC = _Preprocessing(127.5, 127.5, 1.2)
"""-1..1 goes in; at 1.2 the cosine is 0.28, the customary threshold of ArcFace models."""
_PREPROCESSINGS = {"sface": _Preprocessing(0.0, 1.0, 1.128)}
"""Of models of the catalogue. SFace (Zhong et al., 2021) as OpenCV's FaceRecognizerSF runs it: it scales bytes itself,
and its distance of two people is 1.128 (OpenCV's sample face_detect.cpp)."""


class DlibFaceEmbedding:
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
        """See `FaceEmbedding.metric`."""
        return _DLIB

    def chip(self, picture: Picture, face: Face) -> Picture:
        """The face at 150 × 150; see `FaceEmbedding.chip`."""
        box = face.box
        around = self._dlib.rectangle(box.x, box.y, box.right, box.bottom)
        plain = np.ascontiguousarray(picture)
        with self._lock:
            shape = self._points(plain, around)
            return np.asarray(self._dlib.get_face_chip(plain, shape, _CHIP, _PADDING), dtype=np.uint8)

    def embed(self, chips: Sequence[Picture]) -> list[Vector]:
        """One vector of 128 numbers per chip; see `FaceEmbedding.embed`."""
        with self._lock:
            return [np.asarray(self._network.compute_face_descriptor(chip), dtype=np.float32) for chip in chips]


class OnnxFaceEmbedding:
    """A network of the ArcFace family: RGB, (1, 3, 112, 112) in, (1, d) out."""

    def __init__(self, name: str, path: Path, *, threads: int) -> None:
        self._path = path
        self._network = Network(path, threads=threads, again=_AGAIN)
        self._preprocessing = _PREPROCESSINGS.get(name, _ARC)
        self._metric = EmbeddingMetric(name, self._preprocessing.threshold)

    @property
    def metric(self) -> EmbeddingMetric:
        """Named as the model is, or its file; see `FaceEmbedding.metric`."""
        return self._metric

    def chip(self, picture: Picture, face: Face) -> Picture:
        """The face at 112 × 112, laid on ArcFace's template by its five points; see `FaceEmbedding.chip`."""
        matrix = similarity_transform(face.array(), _TEMPLATE)
        flat = cv2.warpAffine(picture, matrix, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR)
        return np.asarray(flat, dtype=np.uint8)

    def embed(self, chips: Sequence[Picture]) -> list[Vector]:
        """Vectors of length 1; see `FaceEmbedding.embed`."""
        # One at a time: the published files of the family are made for a batch of 1 as often as for any.
        return [self._vector(chip) for chip in chips]

    def _vector(self, chip: Picture) -> Vector:
        middle, half = np.float32(self._preprocessing.middle), np.float32(self._preprocessing.half)
        shown = (chip.astype(np.float32) - middle) / half
        output = self._network(np.ascontiguousarray(shown.transpose(2, 0, 1)[None]))
        if output.ndim != 2 or len(output) != 1:
            raise ModelError(f"{self._path}: returns {output.shape}, not one vector, for a face", hint=_AGAIN)
        return np.asarray(output[0] / max(float(np.linalg.norm(output)), 1e-12), dtype=np.float32)


def similarity_transform(points: Points, there: Points) -> FloatArray:
    """The similarity, (2, 3), that maps `points` nearest to `there` in the least squares sense (Umeyama, 1991)."""
    a, b = points - points.mean(axis=0), there - there.mean(axis=0)
    u, stretch, vt = np.linalg.svd(b.T @ a)
    sign = np.array([1.0, np.sign(np.linalg.det(u @ vt))])
    turn = u @ np.diag(sign) @ vt
    scale = float((stretch * sign).sum() / max(float((a**2).sum()), 1e-12))
    return np.hstack([scale * turn, (there.mean(axis=0) - scale * turn @ points.mean(axis=0))[:, None]])


_MAKING = Lock()


@lru_cache
def _made() -> DlibFaceEmbedding:
    return DlibFaceEmbedding()


def dlib_face_embedding() -> FaceEmbedding:
    """The default model of this process, made once.

    Raises MissingPart when dlib or its model files are not installed.
    """
    with _MAKING:
        return _made()


def onnx_face_embedding(given: Path | str) -> FaceEmbedding:
    """A face model: a local ONNX file, or one of the store by its name.

    Raises what `store.chosen` raises, and ModelError when onnxruntime cannot load the file.
    """
    return OnnxFaceEmbedding(*chosen(given, "faces"), threads=machine_threads())
