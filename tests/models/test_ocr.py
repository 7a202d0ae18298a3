from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from overlaycut.core.geometry import Quad
from overlaycut.errors import MissingPart
from overlaycut.models import ocr, rapid_reader, runtime, upright
from overlaycut.models.ocr import CachedReader, DetectedText, RapidReader, Reading, TextReader
from overlaycut.resources import folder


def picture(words: str, size: int = 64, angle: float = 0.0) -> np.ndarray:
    """Dark words on a light ground, turned counter-clockwise by `angle` degrees."""
    font = ImageFont.truetype(folder("fonts") / "Inter-Bold.otf", size)
    wide = round(font.getlength(words)) + 4 * size
    image = Image.new("RGB", (wide, 3 * size), (225, 220, 210))
    ImageDraw.Draw(image).text((wide / 2, 1.5 * size), words, fill=(30, 35, 50), font=font, anchor="mm")
    return np.asarray(image.rotate(angle, expand=True, fillcolor=(225, 220, 210), resample=Image.Resampling.BICUBIC))


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return rapid_reader(threads=2)


@pytest.mark.parametrize("angle", [0, 12, -25])
def test_a_line_is_found_where_it_is_and_read_at_any_angle(reader: TextReader, angle: float) -> None:
    shown = picture("COLD BREW", angle=angle)
    (line,) = reader.find(shown, long_side=960)
    assert line.text == "COLD BREW" and line.confidence > 0.9
    x, y = line.quad.centre
    assert abs(x - shown.shape[1] / 2) < 8 and abs(y - shown.shape[0] / 2) < 8
    (ax, ay), (bx, by) = line.quad.a, line.quad.b
    assert np.degrees(np.arctan2(-(by - ay), bx - ax)) == pytest.approx(angle, abs=3)


@pytest.mark.parametrize("angle", [90, -90])
def test_a_vertical_line_reads_along_its_own_direction(reader: TextReader, angle: float) -> None:
    (line,) = reader.find(picture("GOLDEN HOUR", angle=angle), long_side=960)
    assert line.text == "GOLDEN HOUR"
    assert line.quad.size[0] > 3 * line.quad.size[1]
    assert (line.quad.b[1] < line.quad.a[1]) == (angle > 0)


def test_small_lettering_keeps_its_place_when_the_search_is_on_a_smaller_picture(reader: TextReader) -> None:
    shown = np.full((1600, 900, 3), 220, dtype=np.uint8)
    words = picture("OPEN DAILY", size=30)
    shown[1200 : 1200 + words.shape[0], 300 : 300 + words.shape[1]] = words
    (line,) = reader.find(shown, long_side=960)
    assert line.text == "OPEN DAILY"
    x, y = line.quad.centre
    assert abs(x - 300 - words.shape[1] / 2) < 4 and abs(y - 1200 - words.shape[0] / 2) < 4


def test_a_picture_without_lettering_has_none(reader: TextReader) -> None:
    assert reader.find(np.full((400, 300, 3), 90, dtype=np.uint8), long_side=640) == []
    assert reader.read([]) == []


def test_crops_are_answered_in_the_order_they_were_given(reader: TextReader) -> None:
    words = ["ONE", "A MUCH LONGER LINE", "TWO", "SEVEN", "NO", "EIGHT HUNDRED", "IX"]
    assert [one.text for one in reader.read([picture(w) for w in words])] == words


def test_what_a_line_reads_does_not_depend_on_those_beside_it() -> None:
    lines = [picture("COLD"), picture("COLD BREW SINCE 1998", size=40), picture("no. 7")]
    engine = ocr.RapidReader(threads=1)
    assert engine.read(lines) == [engine.read([line])[0] for line in lines]


def test_a_run_whose_memory_is_given_back_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    page, engine = picture("COLD BREW"), ocr.RapidReader(threads=1)
    kept = engine.find(page, long_side=640)
    monkeypatch.setattr(runtime, "_KEPT_VALUES", 0)
    assert engine.find(page, long_side=640) == kept and kept


def test_a_crop_of_nothing_reads_nothing(reader: TextReader) -> None:
    (reading,) = reader.read([np.full((48, 200, 3), 128, dtype=np.uint8)])
    assert reading.text == "" and reading.confidence == 0


def test_one_reader_serves_the_whole_process() -> None:
    assert rapid_reader(threads=2) is rapid_reader(threads=2)


def test_upright_lays_a_quad_flat_without_moving_it() -> None:
    rng = np.random.default_rng(3)
    shown = rng.integers(0, 255, (60, 80, 3), dtype=np.uint8)
    quad = Quad((10, 20), (50, 20), (50, 40), (10, 40))
    assert np.array_equal(upright(shown, quad), shown[20:40, 10:50])
    turned = Quad((50, 20), (50, 40), (10, 40), (10, 20))
    assert np.array_equal(upright(shown, turned), np.rot90(shown[20:40, 10:50]))


def test_a_tiny_quad_still_gives_a_picture() -> None:
    shown = np.zeros((20, 20, 3), dtype=np.uint8)
    assert upright(shown, Quad((3, 3), (4, 3), (4, 4), (3, 4))).shape == (4, 4, 3)


class _Network:
    """Stands for both models: finds `likely` everywhere, reads what `classes` gives."""

    def __init__(self, answer: Callable[[np.ndarray], np.ndarray]) -> None:
        self._answer = answer
        self.notes = {"character": "a\nb\nc"}

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        return self._answer(batch)


def _reader(monkeypatch: pytest.MonkeyPatch, answer: Callable[[np.ndarray], np.ndarray]) -> RapidReader:
    monkeypatch.setattr(ocr, "Network", lambda path, *, threads: _Network(answer))
    return RapidReader(threads=1)


def test_repeated_letters_and_blanks_are_decoded_as_ctc_says(monkeypatch: pytest.MonkeyPatch) -> None:
    path = [0, 1, 1, 0, 1, 2, 2, 4, 3, 0]  # blank, a, b, c, space

    def answer(batch: np.ndarray) -> np.ndarray:
        classes = np.full((len(batch), len(path), 5), 0.01, dtype=np.float32)
        classes[:, range(len(path)), path] = 0.9
        return classes

    (reading,) = _reader(monkeypatch, answer).read([np.zeros((20, 90, 3), dtype=np.uint8)])
    assert reading.text == "aab c" and reading.confidence == pytest.approx(0.9)


def test_a_detector_that_sees_text_everywhere_gives_quads_inside_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(batch: np.ndarray) -> np.ndarray:
        if batch.shape[2] == 48:  # the recogniser's lines
            classes = np.zeros((len(batch), 6, 5), dtype=np.float32)
            classes[..., 1] = 1
            return classes
        return np.ones((1, 1, *batch.shape[2:]), dtype=np.float32)

    found = _reader(monkeypatch, answer).find(np.zeros((300, 200, 3), dtype=np.uint8), long_side=320)
    assert found
    for line in found:
        corners = line.quad.array()
        assert (corners >= 0).all() and (corners <= (200, 300)).all()


def test_probabilities_that_are_not_numbers_find_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(batch: np.ndarray) -> np.ndarray:
        return np.full((1, 1, *batch.shape[2:]), np.nan, dtype=np.float32)

    assert _reader(monkeypatch, answer).find(np.zeros((100, 100, 3), dtype=np.uint8), long_side=320) == []


def test_missing_weights_are_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "rapidocr"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "rapidocr", raising=False)
    with pytest.raises(MissingPart) as caught:
        RapidReader(threads=1)
    assert "PP-OCRv6_det_small.onnx" in str(caught.value) and "pip install" in str(caught.value.hint)


class _Counting:
    """A reader that says how often it was really asked, and for what."""

    def __init__(self) -> None:
        self.searches, self.lines = 0, 0

    def find(self, picture: np.ndarray, *, long_side: int) -> list[DetectedText]:
        self.searches += 1
        return [DetectedText(Quad((0, 0), (9, 0), (9, 4), (0, 4)), f"{picture.sum()} at {long_side}", 0.9)]

    def read(self, lines: list[np.ndarray]) -> list[Reading]:
        self.lines += len(lines)
        return [Reading(str(line.sum()), 0.9) for line in lines]


def test_what_was_read_before_is_not_read_again_and_answers_stay_in_order() -> None:
    real = _Counting()
    remembering = CachedReader(real)
    a, b, c = (np.full((5, 9, 3), n, dtype=np.uint8) for n in (1, 2, 3))
    assert [r.text for r in remembering.read([a, b])] == ["135", "270"]
    assert [r.text for r in remembering.read([c, a, b, a])] == ["405", "135", "270", "135"]
    assert real.lines == 3
    first = remembering.find(a, long_side=320)
    first.clear()  # what a caller does to its answer is its own affair
    assert [f.text for f in remembering.find(a.copy(), long_side=320)] == ["135 at 320"]
    assert [f.text for f in remembering.find(a, long_side=640)] == ["135 at 640"]
    assert real.searches == 2


def test_pictures_with_equal_bytes_and_other_shapes_are_told_apart() -> None:
    real = _Counting()
    remembering = CachedReader(real)
    picture = np.arange(90, dtype=np.uint8).reshape(5, 6, 3)
    remembering.read([picture, picture.reshape(6, 5, 3)])
    assert real.lines == 2


def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    real = _Counting()
    remembering = CachedReader(real, most=2)
    pictures = [np.full((4, 4, 3), n, dtype=np.uint8) for n in range(3)]
    for picture in (pictures[0], pictures[1], pictures[0], pictures[2]):
        remembering.find(picture, long_side=64)
    assert real.searches == 3
    remembering.find(pictures[0], long_side=64)
    assert real.searches == 3
    remembering.find(pictures[1], long_side=64)
    assert real.searches == 4


@pytest.mark.parametrize("steps", [0, 6])
def test_a_recogniser_that_is_sure_of_nothing_reads_nothing(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    def answer(batch: np.ndarray) -> np.ndarray:
        return np.full((len(batch), steps, 5), np.nan, dtype=np.float32)

    crops = [np.zeros((20, 90, 3), dtype=np.uint8)] * 2
    assert _reader(monkeypatch, answer).read(crops) == [Reading("", 0.0)] * 2


def test_an_error_of_the_model_is_passed_on_and_nothing_is_remembered_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = True

    def answer(batch: np.ndarray) -> np.ndarray:
        if broken:
            raise MissingPart("cannot run")
        classes = np.zeros((len(batch), 1, 5), dtype=np.float32)
        classes[..., 1] = 1
        return classes

    remembering = CachedReader(_reader(monkeypatch, answer))
    crops = [np.zeros((20, 90, 3), dtype=np.uint8)]
    with pytest.raises(MissingPart):
        remembering.read(crops)
    broken = False
    assert remembering.read(crops) == [Reading("a", 1.0)]
