"""The network that fills thin holes: its interface. How good it is: tests/repair/test_network_fill.py."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from numpy.typing import NDArray

from overlaycut.errors import MissingPart
from overlaycut.models import ThinHoleFill, thin_hole_fill, thin_holes
from overlaycut.models.runtime import shipped
from overlaycut.models.thin_holes import OnnxThinHoleFill, ThinHoleFillParameters

Samples = NDArray[np.float32]


@pytest.fixture(scope="module")
def fill() -> ThinHoleFill:
    return thin_hole_fill(threads=1)


def surface(rows: int, columns: int, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).uniform(40, 200, (rows, columns, 3)).astype(np.float32)


def strokes(rows: int, columns: int) -> NDArray[np.bool_]:
    """Diagonal strokes, six pixels wide and 24 apart."""
    down, across = np.mgrid[:rows, :columns]
    return np.asarray((down + across) % 24 < 6)


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (37, 85), (300, 500)])
def test_only_the_hole_is_written_at_any_size(fill: ThinHoleFill, size: tuple[int, int]) -> None:
    structure, hole = surface(*size), strokes(*size)
    made = fill(structure, surface(*size, 1), surface(*size, 2), hole)
    assert made.shape == structure.shape and made.dtype == np.float32
    assert (made[~hole] == structure[~hole]).all()
    assert np.isfinite(made).all() and made.min() >= 0 and made.max() <= 255


def test_the_same_twice(fill: ThinHoleFill) -> None:
    structure, pattern, smooth, hole = *(surface(60, 90, seed) for seed in range(3)), strokes(60, 90)
    assert (fill(structure, pattern, smooth, hole) == fill(structure, pattern, smooth, hole)).all()


def test_nothing_to_fill_is_the_picture(fill: ThinHoleFill) -> None:
    structure = surface(30, 30)
    assert (fill(structure, structure, structure, np.zeros((30, 30), np.bool_)) == structure).all()


def test_tiles_meet_without_a_seam() -> None:
    rows, columns = np.mgrid[:100, :260]
    structure = np.dstack([100 + 40 * np.sin(rows / 9) + columns / 4] * 3).astype(np.float32)
    whole, tiled = (
        OnnxThinHoleFill(threads=1, parameters=ThinHoleFillParameters(tile=tile))(
            structure, structure, structure, strokes(100, 260)
        )
        for tile in ((128, 288), (96, 128))
    )
    assert np.abs(whole - tiled)[..., 0].max() < 3


def test_arrays_of_other_forms_are_refused(fill: ThinHoleFill) -> None:
    good, hole = surface(20, 20), strokes(20, 20)
    for one, other in ((good[:-1], good), (good, good[..., :2]), (good[..., 0], good[..., 0])):
        with pytest.raises(ValueError, match="three pictures"):
            fill(one, other, other, hole)
    for bad in (hole.astype(np.uint8), hole[None]):
        with pytest.raises(ValueError, match="booleans"):
            fill(good, good, good, bad)


def test_the_weights_are_the_ones_described() -> None:
    weights = shipped("overlaycut", "models/weights/thin_hole_fill.onnx")
    facts = json.loads(weights.with_suffix(".json").read_text(encoding="utf-8"))
    assert facts["sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert weights.stat().st_size < 4_000_000
    assert facts["licence"] == "Apache-2.0" and facts["pictures"] and facts["fonts"]


def test_missing_weights_name_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thin_holes, "_WEIGHTS", "models/weights/none.onnx")
    with pytest.raises(MissingPart) as caught:
        OnnxThinHoleFill(threads=1)
    assert "overlaycut" in str(caught.value.hint)
