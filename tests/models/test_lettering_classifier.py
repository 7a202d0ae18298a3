from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from overlaycut.core.geometry import Quad
from overlaycut.errors import MissingPart
from overlaycut.models import LetteringClassifier, lettering_classifier
from overlaycut.models.lettering_classifier import ClassifierParameters, OnnxLetteringClassifier, views
from overlaycut.models.runtime import shipped
from overlaycut.resources import folder

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def classifier() -> LetteringClassifier:
    return lettering_classifier(threads=1)


def surround(rows: int, columns: int, seed: int = 0) -> Picture:
    """Soft coloured patches, as something out of focus."""
    patches = np.random.default_rng(seed).uniform(60, 190, (4, 6, 3)).astype(np.float32)
    return np.clip(cv2.resize(patches, (columns, rows), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


def box(left: float, top: float, right: float, bottom: float) -> Quad:
    return Quad((left, top), (right, top), (right, bottom), (left, bottom))


def lettered(words: str, line_px: int, *, font: str = "Inter-Bold.otf") -> tuple[Picture, Quad]:
    """White words with a thin black outline over a soft surround, and the box around them."""
    face = ImageFont.truetype(folder("fonts") / font, round(line_px / 0.95))
    columns, rows = round(face.getlength(words)) + 8 * line_px, 5 * line_px
    image = Image.fromarray(surround(rows, columns))
    pen = ImageDraw.Draw(image)
    middle = (columns / 2, rows / 2)
    look = {"font": face, "anchor": "mm", "stroke_width": 0.05 * line_px}
    pen.text(middle, words, "white", stroke_fill="black", **look)
    return np.asarray(image), box(*pen.textbbox(middle, words, **look))


def melted(picture: Picture, reach: float) -> Picture:
    """Strokes that run: a smooth warp of so many pixels."""
    rng = np.random.default_rng(4)
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    size = (picture.shape[1], picture.shape[0])
    down, right = (cv2.resize(rng.normal(0, reach, (10, 40)).astype(np.float32), size) for _ in range(2))
    return np.asarray(cv2.remap(picture, columns + right, rows + down, cv2.INTER_LINEAR))


@pytest.mark.parametrize("line_px", [12, 24, 48, 110])
def test_words_of_any_size_are_lettering(classifier: LetteringClassifier, line_px: int) -> None:
    picture, region = lettered("Cold brew", line_px)
    (found,) = classifier.probabilities(picture, [region])
    assert found > 0.9


def test_long_lines_and_single_words_are_lettering(classifier: LetteringClassifier) -> None:
    for words in ("A long line of words that needs several views", "NEW"):
        picture, region = lettered(words, 40)
        assert classifier.probabilities(picture, [region])[0] > 0.9


def test_melted_words_stay_lettering(classifier: LetteringClassifier) -> None:
    picture, region = lettered("Harbour Tea", 48)
    (found,) = classifier.probabilities(melted(picture, 3.0), [region])
    assert found > 0.8


def test_upright_columns_are_turned() -> None:
    picture = surround(300, 200)
    column, line = (views(picture, region) for region in (box(80, 20, 110, 260), box(20, 80, 180, 110)))
    shown = column[0, :, :, 3] > 0
    assert column.shape[1:] == line.shape[1:] == (48, 192, 4)
    assert shown.any(axis=1).sum() == 32 and shown.any(axis=0).sum() == 176


def test_stripes_and_railings_are_none(classifier: LetteringClassifier) -> None:
    soft = surround(200, 400, seed=2)
    stripes = np.repeat(np.uint8(128 + 90 * np.sign(np.sin(np.arange(400) / 4)))[None, :, None], 200, axis=0)
    railing = soft.copy()
    for x in range(10, 400, 24):
        cv2.line(railing, (x, 60), (x, 140), (230, 230, 230), 4, cv2.LINE_AA)
    cv2.line(railing, (0, 60), (400, 60), (230, 230, 230), 5, cv2.LINE_AA)
    for picture in (np.repeat(stripes, 3, axis=2), railing):
        (found,) = classifier.probabilities(picture, [box(90, 76, 260, 124)])
        assert found < 0.5


def test_views_show_the_region_and_its_surround() -> None:
    picture = np.zeros((100, 300, 3), dtype=np.uint8)
    picture[40:60, 100:180] = (200, 100, 50)
    (view,) = views(picture, box(100, 40, 180, 60))
    inside = view[..., 3] == 255
    assert inside.sum() == 32 * 128
    assert np.abs(view[inside][:, :3].astype(int).mean(axis=0) - (200, 100, 50)).max() < 8
    assert view[~inside][:, :3].mean() < 8


def test_long_regions_take_several_views_and_very_long_ones_no_more_than_allowed() -> None:
    picture = surround(60, 3000)
    parameters = ClassifierParameters()
    assert len(views(picture, box(10, 10, 150, 42))) == 1
    assert len(views(picture, box(10, 10, 400, 42))) == 3
    assert len(views(picture, box(10, 10, 2900, 42))) == parameters.most_views


def test_regions_may_leave_the_picture_and_batches_change_nothing(classifier: LetteringClassifier) -> None:
    picture, region = lettered("Edge", 40)
    regions = [region, box(-30, -20, 90, 30), box(picture.shape[1] - 20, 10, picture.shape[1] + 60, 40)] * 7
    together = classifier.probabilities(picture, regions)
    assert classifier.probabilities(picture, []) == []
    alone = [classifier.probabilities(picture, [one])[0] for one in regions[:3]]
    assert np.abs(np.array(together[:3]) - alone).max() < 1e-4
    assert all(0 <= found <= 1 for found in together)


def test_what_is_no_picture_is_refused(classifier: LetteringClassifier) -> None:
    for bad in (np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3), np.float32), np.zeros((0, 8, 3), np.uint8)):
        with pytest.raises(ValueError, match="RGB picture"):
            classifier.probabilities(bad, [box(0, 0, 4, 4)])


def test_the_classifiers_weights_are_the_ones_described() -> None:
    weights = shipped("overlaycut", "models/weights/lettering_classifier.onnx")
    facts = json.loads(weights.with_suffix(".json").read_text(encoding="utf-8"))
    assert facts["sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert weights.stat().st_size < 700_000
    assert facts["licence"] == "Apache-2.0" and facts["pictures"] and facts["fonts"]


def test_a_classifier_without_weights_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = str(Path("models") / "weights" / "none.onnx")
    monkeypatch.setitem(OnnxLetteringClassifier.__init__.__globals__, "_WEIGHTS", lost)
    with pytest.raises(MissingPart) as caught:
        OnnxLetteringClassifier(threads=1)
    assert "overlaycut" in str(caught.value.hint)
