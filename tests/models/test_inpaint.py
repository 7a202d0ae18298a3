from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import graphs
from overlaycut.core.frame import Mask
from overlaycut.errors import MissingPart, ModelError, UsageError
from overlaycut.models import inpainter, known
from overlaycut.models.catalogue import Graph
from overlaycut.models.inpaint import OnnxInpainter
from overlaycut.models.runtime import Network

SIDE = 64
LAMA = Graph(side=SIDE, samples="float32", mask_marks="hole")
MIGAN = Graph(side=SIDE, samples="uint8", mask_marks="known", blends_px=3)

Picture = NDArray[np.uint8]


def noise(rows: int, columns: int, seed: int = 0) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (rows, columns, 3), dtype=np.uint8)


def box(shape: tuple[int, int], y: int, x: int, rows: int, columns: int) -> Mask:
    hole = np.zeros(shape, dtype=np.bool_)
    hole[y : y + rows, x : x + columns] = True
    return hole


def opened(make: Callable[[Path, int], Path], graph: Graph, tmp_path: Path) -> OnnxInpainter:
    return OnnxInpainter("stand-in", graph, Network(make(tmp_path / "model.onnx", SIDE), threads=1, again="again"))


@dataclass
class Painter:
    """A runtime that answers with one colour and remembers what it was shown."""

    colour: int = 77
    images: list[NDArray[np.float32]] = field(default_factory=list)
    masks: list[NDArray[np.float32]] = field(default_factory=list)

    def run(self, inputs: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        self.images.append(inputs["image"])
        self.masks.append(inputs["mask"])
        return np.full(inputs["image"].shape, self.colour, dtype=np.float32)


@pytest.mark.parametrize(("make", "graph"), [(graphs.lama, LAMA), (graphs.migan, MIGAN)], ids=["lama", "migan"])
def test_the_models_are_spoken_to_as_they_are_published(
    make: Callable[[Path, int], Path], graph: Graph, tmp_path: Path
) -> None:
    """The stand-ins fill with the mean of what is known: ranges, channels and the mask's sense have to be right."""
    picture = noise(SIDE, SIDE)
    hole = box((SIDE, SIDE), 20, 24, 9, 14)
    seen = box(
        (SIDE, SIDE), 20 - graph.blends_px, 24 - graph.blends_px, 9 + 2 * graph.blends_px, 14 + 2 * graph.blends_px
    )
    filled = opened(make, graph, tmp_path)(picture, hole)
    mean = picture[~seen].mean(axis=0)
    assert np.abs(filled[hole] - mean).max() <= 0.51  # rounded to whole levels, the sum taken in float32
    assert np.array_equal(filled[~hole], picture[~hole])


@pytest.mark.parametrize(("make", "graph"), [(graphs.lama, LAMA), (graphs.migan, MIGAN)], ids=["lama", "migan"])
def test_what_lies_under_the_hole_does_not_matter(
    make: Callable[[Path, int], Path], graph: Graph, tmp_path: Path
) -> None:
    one, other = noise(150, 130), noise(150, 130)
    hole = box((150, 130), 30, 10, 90, 20) | box((150, 130), 60, 15, 6, 110)
    other[hole] = 255
    fill = opened(make, graph, tmp_path)
    assert np.array_equal(fill(one, hole)[hole], fill(other, hole)[hole])


def test_a_model_that_blends_at_the_edge_shows_nothing_of_what_was_there(tmp_path: Path) -> None:
    picture = np.full((SIDE, SIDE, 3), (200, 90, 30), dtype=np.uint8)
    hole = box((SIDE, SIDE), 20, 20, 12, 20)
    plain = picture.copy()
    picture[hole] = 0
    assert np.array_equal(opened(graphs.migan, MIGAN, tmp_path)(picture, hole), plain)
    naive = MIGAN.model_copy(update={"blends_px": 0})
    assert not np.array_equal(opened(graphs.migan, naive, tmp_path)(picture, hole), plain)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_pixel_of_the_hole_is_written_and_no_other(data: st.DataObject) -> None:
    rows, columns = data.draw(st.integers(1, 300)), data.draw(st.integers(2, 300))
    hole = np.zeros((rows, columns), dtype=np.bool_)
    for _ in range(data.draw(st.integers(1, 4))):
        y, x = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
        hole |= box(hole.shape, y, x, data.draw(st.integers(1, rows)), data.draw(st.integers(1, columns)))
    hole[data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))] = False
    painter = Painter()
    fill = OnnxInpainter("painter", LAMA, painter)
    picture = noise(rows, columns)
    before, asked = picture.copy(), hole.copy()
    assert np.array_equal(fill(picture, hole)[~hole], before[~hole])
    assert np.array_equal(picture, before) and np.array_equal(hole, asked)  # what is given stays as it is
    picture[~hole] = painter.colour
    assert (fill(picture, hole) == painter.colour).all()
    assert all(image.shape == (1, 3, SIDE, SIDE) and image.dtype == np.float32 for image in painter.images)
    for image, mask in zip(painter.images, painter.masks, strict=True):
        assert ((mask == 0) | (mask == 1)).all()
        assert not (image * mask).any()  # nothing under the hole is shown


@pytest.mark.parametrize(
    "hole",
    [
        box((400, 300), 100, 40, 200, 200),
        box((400, 300), 0, 0, 250, 300),
        box((400, 300), 150, 0, 30, 300),
        ~box((400, 300), 0, 0, 400, 40),
    ],
    ids=["thick", "to three edges", "across", "all but a strip"],
)
def test_every_square_shows_something_known(hole: Mask) -> None:
    painter = Painter()
    OnnxInpainter("painter", LAMA, painter)(noise(*hole.shape), hole)
    assert painter.masks and all(mask.min() == 0 for mask in painter.masks)


def test_a_long_thin_hole_is_looked_at_as_large_as_it_is() -> None:
    picture, hole = noise(200, 400), box((200, 400), 90, 20, 12, 360)
    painter = Painter()
    OnnxInpainter("painter", LAMA, painter)(picture, hole)
    assert 8 <= len(painter.images) <= 9  # 360 pixels by squares of 64 that keep 48
    first = np.rint(painter.images[0][0].transpose(1, 2, 0) * 255).astype(np.uint8)
    known_there = painter.masks[0][0, 0] == 0
    at = [(y, x) for y in range(200 - SIDE + 1) for x in (12,) if np.array_equal(first[0], picture[y, x : x + SIDE])]
    assert len(at) == 1
    ((y, x),) = at
    assert np.array_equal(first[known_there], picture[y : y + SIDE, x : x + SIDE][known_there])


def test_a_thick_hole_is_looked_at_from_further_away() -> None:
    painter = Painter()
    OnnxInpainter("painter", LAMA, painter)(noise(400, 400), box((400, 400), 100, 100, 200, 200))
    assert len(painter.images) == 1
    assert painter.masks[0].mean() == pytest.approx(0.25, abs=0.05)  # half the square's side


def test_what_a_square_made_up_is_known_to_the_next() -> None:
    painter = Painter(colour=10)
    OnnxInpainter("painter", LAMA, painter)(noise(SIDE, 200), box((SIDE, 200), 28, 10, 8, 180))
    assert len(painter.masks) > 2
    for image, mask in zip(painter.images[1:], painter.masks[1:], strict=True):
        rows = slice(28, 36)
        assert (image[0, :, rows, : SIDE // 8] == np.float32(10 / 255)).all()
        assert (mask[0, 0, rows, : SIDE // 8] == 0).all()


def test_holes_far_apart_are_looked_at_one_by_one() -> None:
    painter = Painter()
    hole = box((600, 600), 10, 10, 5, 5) | box((600, 600), 580, 570, 5, 5) | box((600, 600), 14, 18, 5, 5)
    OnnxInpainter("painter", LAMA, painter)(noise(600, 600), hole)
    assert sorted(mask.sum() for mask in painter.masks) == [25, 50]


def test_the_same_picture_gives_the_same_answer(tmp_path: Path) -> None:
    picture, hole = noise(180, 140), box((180, 140), 20, 30, 140, 60)
    fill = opened(graphs.lama, LAMA, tmp_path)
    assert np.array_equal(fill(picture, hole), fill(picture, hole))


def test_no_hole_asks_nobody() -> None:
    painter, picture = Painter(), noise(20, 30)
    filled = OnnxInpainter("painter", LAMA, painter)(picture, np.zeros((20, 30), dtype=np.bool_))
    assert np.array_equal(filled, picture) and filled is not picture and not painter.images


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (graphs.wrong_shape, r"answers with \(1, 1, 64, 64\) instead of \(1, 3, 64, 64\)"),
        (graphs.not_numbers, "not numbers"),
        (graphs.words, "cannot run"),
        (graphs.crash, "cannot run"),
        (graphs.other_names, "cannot run"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_model_that_misbehaves_is_one_clear_error(
    make: Callable[[Path, int], Path], problem: str, tmp_path: Path
) -> None:
    fill = opened(make, LAMA, tmp_path)
    picture = noise(SIDE, SIDE)
    before = picture.copy()
    with pytest.raises(ModelError, match=problem) as caught:
        fill(picture, box((SIDE, SIDE), 20, 20, 8, 8))
    assert caught.value.hint and "\n" not in caught.value.one_line()
    assert np.array_equal(picture, before)


@pytest.mark.parametrize(
    ("picture", "hole"),
    [
        (np.zeros((8, 9, 4), dtype=np.uint8), np.zeros((8, 9), dtype=np.bool_)),
        (np.zeros((8, 9, 3), dtype=np.float32), np.zeros((8, 9), dtype=np.bool_)),
        (np.zeros((8, 9, 3), dtype=np.uint8), np.zeros((9, 8), dtype=np.bool_)),
        (np.zeros((8, 9, 3), dtype=np.uint8), np.zeros((8, 9), dtype=np.uint8)),
        (np.zeros((8, 9, 3), dtype=np.uint8), np.ones((8, 9), dtype=np.bool_)),
    ],
    ids=["alpha", "floats", "other size", "bytes for booleans", "all hole"],
)
def test_arrays_of_another_form_are_refused(picture: Picture, hole: Mask) -> None:
    with pytest.raises(ValueError, match=r"a hole|an RGB picture"):
        OnnxInpainter("painter", LAMA, Painter())(picture, hole)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OVERLAYCUT_MODELS", str(tmp_path / "models"))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def test_a_model_is_opened_by_name_once(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = graphs.lama(shelf / "lama.onnx", 512)
    model = known("lama").model_copy(
        update={"size": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    )
    monkeypatch.setattr("overlaycut.models.store.known", lambda name: model)
    opens = []
    monkeypatch.setattr(
        "overlaycut.models.inpaint.Network", lambda path, **how: opens.append(path) or Network(path, **how)
    )
    picture = np.full((700, 300, 3), (9, 99, 199), dtype=np.uint8)
    hole = box((700, 300), 40, 60, 600, 90)
    for _ in range(2):
        assert np.array_equal(
            inpainter("lama", threads=1)(np.where(hole[..., None], 0, picture).astype(np.uint8), hole), picture
        )
    assert opens == [path]


def test_a_model_that_is_not_here_says_how_to_get_it(shelf: Path) -> None:
    with pytest.raises(MissingPart) as caught:
        inpainter("migan")
    assert caught.value.exit_code == 5 and caught.value.hint == "overlaycut models pull migan"


def test_a_model_that_is_not_the_published_file_is_not_opened(shelf: Path) -> None:
    (shelf / "migan.onnx").write_bytes(b"something else")
    with pytest.raises(ModelError, match=r"migan\.onnx: not the published file") as caught:
        inpainter("migan")
    assert caught.value.exit_code == 5 and "models pull migan" in caught.value.hint


def test_only_models_that_fill_holes_are_inpainters(shelf: Path) -> None:
    with pytest.raises(UsageError, match="sface does not fill holes") as caught:
        inpainter("sface")
    assert "lama" in caught.value.hint and "dinov2" not in caught.value.hint
    with pytest.raises(UsageError, match="no model is called 'dall-e'"):
        inpainter("dall-e")
