"""A model's RGB fill as a fill of luma and chroma."""

import numpy as np
import pytest

from overlaycut.core.colour import YcbcrMatrix
from overlaycut.core.frame import Mask, Picture
from overlaycut.repair.fill.learned import learned_fill
from overlaycut.vision.colour import samples_of


def canvas(rows: int, columns: int) -> np.ndarray:
    luma = np.random.default_rng(0).integers(40, 200, (rows, columns))
    return np.dstack([luma, np.full_like(luma, 110), np.full_like(luma, 140)]).astype(np.float32)


@pytest.mark.parametrize("shape", [(40, 60), (41, 60), (40, 61), (13, 7)])
def test_only_the_hole_is_written_with_the_colour_that_was_made(shape: tuple[int, int]) -> None:
    hole = np.zeros(shape, np.bool_)
    hole[4:9, 2:6] = True
    asked = []

    def grey(picture: Picture, hole: Mask) -> Picture:
        asked.append((picture.shape, picture.dtype, hole.sum()))
        return np.where(hole[..., None], np.uint8(128), picture)

    before = canvas(*shape)
    after = learned_fill(grey)(before, hole)
    assert asked == [((*shape, 3), np.uint8, hole.sum())]
    assert (after[~hole] == before[~hole]).all()
    # Grey of half the range is luma 126 in limited range, and has no chroma; the surround's reaches in by a pixel.
    assert np.abs(after[5:8, 3:5] - (126, 128, 128)).max() < 8 and (after[hole][:, 0] == 126).all()


def test_a_picture_comes_through_as_it_was() -> None:
    before = canvas(40, 60)
    made = learned_fill(lambda picture, _hole: picture)(before, np.eye(40, 60, dtype=np.bool_))
    assert np.abs(made - before)[..., 0].max() <= 2


@pytest.mark.parametrize("matrix", ["bt709", "bt601"])
def test_a_model_sees_and_paints_the_colours_of_the_clip_s_matrix(matrix: YcbcrMatrix) -> None:
    red, green = (200, 40, 30), (30, 160, 60)
    shown = []

    def paints_green(picture: Picture, hole: Mask) -> Picture:
        shown.append(picture[0, 0])
        return np.where(hole[..., None], np.uint8(green), picture)

    before = np.tile(np.float32(samples_of(red, matrix)), (32, 32, 1))
    hole = np.zeros((32, 32), np.bool_)
    hole[8:24, 8:24] = True
    after = learned_fill(paints_green, matrix=matrix)(before, hole)
    assert np.abs(shown[0].astype(int) - red).max() <= 2
    assert np.abs(after[16, 16] - samples_of(green, matrix)).max() <= 1


def test_it_is_not_asked_where_nothing_is_known_or_nothing_missing() -> None:
    def never(_picture: Picture, _hole: Mask) -> Picture:
        raise AssertionError("asked")

    before = canvas(20, 20)
    for hole in (np.ones((20, 20), np.bool_), np.zeros((20, 20), np.bool_)):
        assert (learned_fill(never)(before, hole) == before).all()
