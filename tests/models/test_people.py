"""Real faces: found, followed, told apart (a photograph of an astronaut that scikit-image ships)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from skimage import data

import graphs
from overlaycut.core.cast import Face
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box
from overlaycut.errors import MissingPart, ModelError, UsageError
from overlaycut.models import dlib_face_embedding, face_detector, onnx_face_embedding
from overlaycut.models.face_embedding import similarity_transform


@pytest.fixture(scope="module")
def astronaut() -> Picture:
    return np.asarray(data.astronaut(), dtype=np.uint8)


def test_the_face_is_found_where_it_is(astronaut: Picture) -> None:
    (face,) = face_detector().find(astronaut, smallest=40)
    assert face.score > 0.95
    assert abs(face.box.x + face.box.w / 2 - 222) < 12 and abs(face.box.y + face.box.h / 2 - 117) < 16
    left, right, nose, *mouth = face.points
    assert left[0] < nose[0] < right[0] and left[1] < nose[1] < mouth[0][1]


def test_a_face_is_followed_and_lost(astronaut: Picture) -> None:
    finder = face_detector()
    (face,) = finder.find(astronaut, smallest=40)
    shifted = np.roll(astronaut, (6, 8), axis=(0, 1))
    (followed,) = finder.follow(shifted, [face.box])
    assert followed is not None
    assert abs(followed.box.x - face.box.x - 8) <= 4 and abs(followed.box.y - face.box.y - 6) <= 4
    assert finder.follow(np.full_like(astronaut, 90), [face.box]) == [None]
    assert finder.follow(astronaut, []) == []


@pytest.mark.parametrize("size", [(5, 5), (11, 400), (240, 320)])
def test_where_there_is_no_face_none_is_found(size: tuple[int, int]) -> None:
    assert face_detector().find(np.full((*size, 3), 127, np.uint8), smallest=20) == []


def test_at_the_edge_of_the_picture(astronaut: Picture) -> None:
    (face,) = face_detector().find(np.ascontiguousarray(astronaut[:, 190:]), smallest=40)
    assert face.box.x < 0 < face.box.right


def test_one_person_lands_near_and_a_cartoon_of_her_far(astronaut: Picture) -> None:
    identity, finder = dlib_face_embedding(), face_detector()
    (face,) = finder.find(astronaut, smallest=40)
    dimmed = np.clip(astronaut[:, ::-1] * 0.8 + 10, 0, 255).astype(np.uint8)
    (mirrored,) = finder.find(dimmed, smallest=40)
    chips = [identity.chip(astronaut, face), identity.chip(dimmed, mirrored)]
    assert chips[0].shape == (150, 150, 3)
    a, b = identity.embed(chips)
    assert a.shape == (128,) and identity.metric.model == "dlib-resnet-v1"
    assert identity.metric.similarity(a, b) > 0.7
    (noise,) = identity.embed([np.random.default_rng(0).integers(0, 255, (150, 150, 3), dtype=np.uint8)])
    assert identity.metric.similarity(a, noise) < 0.5


def test_points_are_laid_on_a_template_without_shear() -> None:
    points = np.array([[10.0, 10], [30, 12], [20, 22], [12, 30], [28, 31]])
    turn = np.array([[0.6, -0.8], [0.8, 0.6]]) * 2
    matrix = similarity_transform(points, points @ turn.T + (5, -7))
    assert np.allclose(matrix, np.hstack([turn, [[5], [-7]]]))


FACE = Face(Box(190, 70, 70, 95), 1.0, ((206, 106), (240, 104), (224, 124), (210, 142), (240, 141)))


def test_a_model_from_a_file(tmp_path: Path, astronaut: Picture) -> None:
    identity = onnx_face_embedding(graphs.sface(tmp_path / "tiny-arc.onnx"))
    chip = identity.chip(astronaut, FACE)
    assert chip.shape == (112, 112, 3)
    (vector,) = identity.embed([chip])
    signed = ((chip.astype(np.float64) - 127.5) / 127.5).reshape(2, 56, 112, 3).mean(axis=(1, 2)).T.ravel()
    assert np.allclose(vector, signed / np.linalg.norm(signed), atol=1e-4)
    assert identity.metric.model == "tiny-arc" and identity.embed([]) == []


def test_a_model_of_the_store_by_its_name(shelf: Callable[..., Path], astronaut: Picture) -> None:
    shelf("sface", graphs.sface)
    identity = onnx_face_embedding("sface")
    chip = identity.chip(astronaut, FACE)
    (vector,) = identity.embed([chip])
    plain = chip.astype(np.float64).reshape(2, 56, 112, 3).mean(axis=(1, 2)).T.ravel()
    assert np.allclose(vector, plain / np.linalg.norm(plain), atol=1e-4)
    assert identity.metric.model == "sface" and identity.metric.threshold == pytest.approx(1.128)


def test_a_model_of_another_kind_is_refused(shelf: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match="lama is not one for faces") as caught:
        onnx_face_embedding("lama")
    assert caught.value.hint == "these are: sface"
    with pytest.raises(MissingPart, match="sface is not in") as missing:
        onnx_face_embedding("sface")
    assert missing.value.hint == "overlaycut models pull sface"


def test_a_model_that_answers_with_something_else_is_named(tmp_path: Path) -> None:
    wrong = onnx_face_embedding(graphs.not_vectors(tmp_path / "wrong.onnx", 112))
    with pytest.raises(ModelError, match=r"wrong\.onnx: returns \(1, 3, 112, 112\)"):
        wrong.embed([np.zeros((112, 112, 3), np.uint8)])


def test_a_model_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(MissingPart, match="no such model"):
        onnx_face_embedding(tmp_path / "none.onnx")
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(b"not a model")
    with pytest.raises(MissingPart, match="not a model"):
        onnx_face_embedding(damaged)
