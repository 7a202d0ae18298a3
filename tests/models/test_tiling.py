"""Tiles of a picture cover it once."""

import numpy as np
import pytest

from overlaycut.models.tiling import tiles


@pytest.mark.parametrize("size", [(1, 1), (64, 96), (65, 97), (150, 400)])
def test_kept_parts_cover_the_picture_once(size: tuple[int, int]) -> None:
    covered = np.zeros(size, np.int64)
    for tile in tiles(size, largest=(64, 96), margin=16, multiple=16):
        covered[tile.kept_rows, tile.kept_columns] += 1
        assert tile.size[0] % 16 == tile.size[1] % 16 == 0
        assert tile.size[0] <= 64 and tile.size[1] <= 96
    assert (covered == 1).all()


def test_inner_edges_have_their_margin() -> None:
    for tile in tiles((150, 400), largest=(64, 96), margin=16, multiple=16):
        for part, kept, length in ((tile.rows, tile.kept_rows, 150), (tile.columns, tile.kept_columns, 400)):
            assert part.start == 0 or kept.start - part.start >= 16
            assert part.stop == length or part.stop - kept.stop >= 16


def test_what_is_taken_and_put_back_is_the_picture() -> None:
    picture = np.random.default_rng(0).uniform(0, 1, (70, 130, 3)).astype(np.float32)
    back = np.zeros((3, 70, 130), np.float32)
    for tile in tiles((70, 130), largest=(64, 96), margin=16, multiple=16):
        part = tile.taken(picture)
        assert part.shape == (*tile.size, 3)
        tile.put(part.transpose(2, 0, 1), back)
    assert (back.transpose(1, 2, 0) == picture).all()
