"""Real faces: found, followed, told apart (a photograph of an astronaut that scikit-image ships)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skimage import data

from overlaycut.core.cast import Face
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box
from overlaycut.errors import MissingPart
from overlaycut.models import dlib_identity, face_finder, onnx_identity
from overlaycut.models.identity import alike


@pytest.fixture(scope="module")
def astronaut() -> Picture:
    return np.asarray(data.astronaut(), dtype=np.uint8)


def test_the_face_is_found_where_it_is(astronaut: Picture) -> None:
    (face,) = face_finder().find(astronaut, smallest=40)
    assert face.score > 0.95
    assert abs(face.box.x + face.box.w / 2 - 222) < 12 and abs(face.box.y + face.box.h / 2 - 117) < 16
    left, right, nose, *mouth = face.points
    assert left[0] < nose[0] < right[0] and left[1] < nose[1] < mouth[0][1]


def test_a_face_is_followed_and_lost(astronaut: Picture) -> None:
    finder = face_finder()
    (face,) = finder.find(astronaut, smallest=40)
    shifted = np.roll(astronaut, (6, 8), axis=(0, 1))
    (followed,) = finder.follow(shifted, [face.box])
    assert followed is not None
    assert abs(followed.box.x - face.box.x - 8) <= 4 and abs(followed.box.y - face.box.y - 6) <= 4
    assert finder.follow(np.full_like(astronaut, 90), [face.box]) == [None]
    assert finder.follow(astronaut, []) == []


@pytest.mark.parametrize("size", [(5, 5), (11, 400), (240, 320)])
def test_where_there_is_no_face_none_is_found(size: tuple[int, int]) -> None:
    assert face_finder().find(np.full((*size, 3), 127, np.uint8), smallest=20) == []


def test_at_the_edge_of_the_picture(astronaut: Picture) -> None:
    found = face_finder().find(np.ascontiguousarray(astronaut[:, 190:]), smallest=40)
    assert all(box.box.right > 0 for box in found)


def test_one_person_lands_near_and_a_cartoon_of_her_far(astronaut: Picture) -> None:
    identity, finder = dlib_identity(), face_finder()
    (face,) = finder.find(astronaut, smallest=40)
    dimmed = np.clip(astronaut[:, ::-1] * 0.8 + 10, 0, 255).astype(np.uint8)
    (mirrored,) = finder.find(dimmed, smallest=40)
    chips = [identity.chip(astronaut, face), identity.chip(dimmed, mirrored)]
    assert chips[0].shape == (150, 150, 3)
    a, b = identity.embed(chips)
    assert a.shape == (128,) and identity.yardstick.model == "dlib-resnet-v1"
    assert identity.yardstick.similarity(a, b) > 0.7
    (noise,) = identity.embed([np.random.default_rng(0).integers(0, 255, (150, 150, 3), dtype=np.uint8)])
    assert identity.yardstick.similarity(a, noise) < 0.5


def test_points_are_laid_on_a_template_without_shear() -> None:
    points = np.array([[10.0, 10], [30, 12], [20, 22], [12, 30], [28, 31]])
    turn = np.array([[0.6, -0.8], [0.8, 0.6]]) * 2
    matrix = alike(points, points @ turn.T + (5, -7))
    assert np.allclose(matrix, np.hstack([turn, [[5], [-7]]]))


def test_a_model_from_a_file(tmp_path: Path, astronaut: Picture) -> None:
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper

    nodes = [helper.make_node("GlobalAveragePool", ["x"], ["p"]), helper.make_node("Flatten", ["p"], ["y"])]
    graph = helper.make_graph(
        nodes, "mean",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 112, 112])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
    )  # fmt: skip
    path = tmp_path / "tiny-arc.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    identity = onnx_identity(path)
    face = Face(Box(190, 70, 70, 95), 1.0, ((206, 106), (240, 104), (224, 124), (210, 142), (240, 141)))
    chip = identity.chip(astronaut, face)
    assert chip.shape == (112, 112, 3)
    (vector,) = identity.embed([chip])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert identity.yardstick.model == "tiny-arc" and identity.embed([]) == []


def test_a_model_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(MissingPart, match="no such model"):
        onnx_identity(tmp_path / "none.onnx")
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(b"not a model")
    with pytest.raises(MissingPart, match="not a model"):
        onnx_identity(damaged)
