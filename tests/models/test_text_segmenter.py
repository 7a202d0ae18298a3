from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from overlaycut.errors import MissingPart
from overlaycut.models import text_segmentation, text_segmenter
from overlaycut.models.runtime import shipped
from overlaycut.models.text_segmentation import (
    OnnxTextSegmenter,
    SegmenterParameters,
    TextProbabilities,
    TextSegmenter,
)
from overlaycut.resources import folder

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@pytest.fixture(scope="module")
def segmenter() -> TextSegmenter:
    return text_segmenter(threads=1)


def surround(rows: int, columns: int, seed: int = 0) -> Picture:
    """Soft coloured patches, as something out of focus."""
    patches = np.random.default_rng(seed).uniform(60, 190, (4, 6, 3)).astype(np.float32)
    return np.clip(cv2.resize(patches, (columns, rows), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


def lettered(words: str, line_px: int, *, outline: float = 0.06, box: bool = False) -> tuple[Picture, Mask, Mask]:
    """White words with a black outline over a soft surround; their letters, and letters with outlines."""
    font = ImageFont.truetype(folder("fonts") / "Inter-Bold.otf", round(line_px / 0.95))
    columns, rows = round(font.getlength(words)) + 3 * line_px, 3 * line_px
    image = Image.fromarray(surround(rows, columns))
    pen = ImageDraw.Draw(image)
    middle = (columns / 2, rows / 2)
    stroke = outline * line_px
    if box:
        left, top, right, bottom = pen.textbbox(middle, words, font=font, anchor="mm")
        pen.rectangle(
            (left - line_px // 3, top - line_px // 3, right + line_px // 3, bottom + line_px // 3), (20, 30, 70)
        )
    pen.text(middle, words, "white", font=font, anchor="mm", stroke_width=stroke, stroke_fill="black")
    masks = []
    for width in (0.0, stroke):
        sheet = Image.new("L", (columns, rows))
        ImageDraw.Draw(sheet).text(middle, words, 255, font=font, anchor="mm", stroke_width=width)
        masks.append(np.asarray(sheet) >= 128)
    return np.asarray(image), masks[0], masks[1]


def iou(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / max((one | other).sum(), 1))


@pytest.mark.parametrize("line_px", [16, 30, 44, 60, 120])
def test_strokes_are_found_at_any_size(segmenter: TextSegmenter, line_px: int) -> None:
    picture, letter, both = lettered("Cold brew 24", line_px)
    (found,) = segmenter.segment([picture], [line_px])
    assert iou(found.strokes(), both) > (0.85 if line_px < 40 else 0.92)
    assert (found.strokes() & both).sum() > 0.97 * both.sum()
    assert iou(found.letter >= 0.5, letter) > 0.75


def test_a_height_that_is_wrong_by_a_third_does_no_harm(segmenter: TextSegmenter) -> None:
    picture, _, both = lettered("Harbour", 40)
    for told in (30.0, 54.0):
        (found,) = segmenter.segment([picture], [told])
        assert iou(found.strokes(), both) > 0.85


def test_outline_and_box_are_told_apart_from_letters(segmenter: TextSegmenter) -> None:
    picture, letter, both = lettered("OUTLINE", 48, outline=0.1)
    (found,) = segmenter.segment([picture], [48])
    assert iou(found.outline >= 0.5, both & ~letter) > 0.6
    assert found.box.max() < 0.5 or (found.box >= 0.5).mean() < 0.05
    picture, letter, _ = lettered("Boxed", 48, outline=0.0, box=True)
    (found,) = segmenter.segment([picture], [48])
    rows, columns = np.nonzero(letter)
    boxed = np.zeros_like(letter)
    boxed[rows.min() - 8 : rows.max() + 8, columns.min() - 8 : columns.max() + 8] = True
    assert (found.box >= 0.5)[boxed & ~cv2.dilate(letter.astype(np.uint8), np.ones((5, 5))).astype(bool)].mean() > 0.8


@pytest.mark.parametrize("opacity", [0.2, 0.45])
def test_lettering_that_fades_is_found(segmenter: TextSegmenter, opacity: float) -> None:
    picture, letter, _ = lettered("Faint line", 44, outline=0.0)
    under = surround(*picture.shape[:2])
    (found,) = segmenter.segment([np.uint8(under * (1 - opacity) + picture * opacity)], [44])
    assert iou(found.strokes(), letter) > 0.9


def test_a_soft_drop_shadow_is_no_stroke(segmenter: TextSegmenter) -> None:
    picture, letter, _ = lettered("Falling", 44, outline=0.0)
    fallen = cv2.GaussianBlur(np.roll(letter, (4, 4), (0, 1)).astype(np.float32), (0, 0), 2) * 0.8
    shaded = np.where(letter[..., None], picture, np.uint8(surround(*letter.shape) * (1 - fallen[..., None])))
    (found,) = segmenter.segment([shaded], [44])
    assert iou(found.strokes(), letter) > 0.8
    dark = (fallen > 0.3) & ~letter
    assert found.shadow[dark].mean() > 2 * found.outline[dark].mean()


def test_lines_and_discs_are_hardly_taken_for_lettering(segmenter: TextSegmenter) -> None:
    picture, rng = surround(132, 400, seed=5), np.random.default_rng(2)
    for _ in range(6):
        colour = tuple(int(level) for level in rng.integers(0, 256, 3))
        start, end = rng.integers(0, (400, 132), (2, 2)).tolist()
        cv2.line(picture, start, end, colour, int(rng.integers(1, 5)), cv2.LINE_AA)
        cv2.circle(picture, end, int(rng.integers(5, 40)), colour, -1, cv2.LINE_AA)
    (found,) = segmenter.segment([picture], [44])
    assert found.strokes().mean() < 0.02


def test_a_picture_without_text_has_no_strokes(segmenter: TextSegmenter) -> None:
    (found,) = segmenter.segment([surround(150, 300, seed=3)], [40])
    assert found.strokes().mean() < 0.001
    assert found.picture.mean() > 0.95


@pytest.mark.parametrize("size", [(1, 1), (15, 33), (128, 512), (300, 1100)])
def test_probabilities_have_the_crops_size_and_add_up_to_one(segmenter: TextSegmenter, size: tuple[int, int]) -> None:
    crop = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    (found,) = segmenter.segment([crop], [40])
    parts = [found.picture, found.letter, found.outline, found.shadow, found.box]
    assert {part.shape for part in parts} == {size} and {part.dtype for part in parts} == {np.dtype(np.float32)}
    assert np.abs(np.sum(parts, axis=0) - 1).max() < 1e-4
    assert min(float(part.min()) for part in parts) >= 0


def test_a_batch_of_many_sizes_is_the_same_as_one_by_one(segmenter: TextSegmenter) -> None:
    made = [lettered(words, line_px) for words, line_px in (("One", 30), ("Second", 90), ("3", 12), ("Four", 30))]
    crops, heights = [picture for picture, _, _ in made], [30, 90, 12, 30]
    together = segmenter.segment(crops, heights)
    assert segmenter.segment([], []) == []
    for crop, height, found in zip(crops, heights, together, strict=True):
        (alone,) = segmenter.segment([crop], [height])
        assert np.abs(alone.letter - found.letter).max() < 1e-3


def test_tiles_meet_without_a_seam() -> None:
    picture, _, _ = lettered("A long line of words to cut", 60)
    whole, tiled = (
        OnnxTextSegmenter(threads=1, parameters=SegmenterParameters(tile=tile)) for tile in ((256, 1536), (128, 256))
    )
    assert picture.shape[1] > 256 and picture.shape[0] > 128
    (one,), (other,) = whole.segment([picture], [60]), tiled.segment([picture], [60])
    assert iou(one.strokes(), other.strokes()) > 0.97


def test_what_is_no_crop_is_refused(segmenter: TextSegmenter) -> None:
    for bad in (np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3), np.float32), np.zeros((0, 8, 3), np.uint8)):
        with pytest.raises(ValueError, match="RGB picture"):
            segmenter.segment([bad], [30])
    for height in (0.0, -3.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="height"):
            segmenter.segment([surround(32, 32)], [height])
    with pytest.raises(ValueError):
        segmenter.segment([surround(32, 32)], [])


def test_least_probability_bounds_strokes() -> None:
    half = np.full((2, 2), 0.3, dtype=np.float32)
    found = TextProbabilities(half, half, half, half, half)
    assert found.strokes(0.6).all() and not found.strokes(0.61).any()


def test_the_weights_are_the_ones_described() -> None:
    weights = shipped("overlaycut", "models/weights/text_segmentation.onnx")
    facts = json.loads(weights.with_suffix(".json").read_text(encoding="utf-8"))
    assert facts["sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert weights.stat().st_size < 2_000_000
    assert facts["licence"] == "Apache-2.0" and facts["pictures"] and facts["fonts"]


def test_missing_weights_name_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_segmentation, "_WEIGHTS", str(Path("models") / "weights" / "none.onnx"))
    with pytest.raises(MissingPart) as caught:
        OnnxTextSegmenter(threads=1)
    assert "overlaycut" in str(caught.value.hint)
