"""Masks of subtitles of many kinds, over pictures that stand or move, against how they were drawn."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from overlaycut.core.frame import Mask, Picture
from overlaycut.core.geometry import Box
from overlaycut.models import text_segmenter
from overlaycut.models.text_segmentation import TextProbabilities
from overlaycut.repair.segment.learned_text import LearnedText, icon_outlines, outlined_shapes
from overlaycut.repair.segment.static_text import MaskRun, text_at
from overlaycut.resources import folder
from overlaycut.vision.filters import FloatImage, FloatPlane, blurred, dilated

WIDTH, HEIGHT, FRAMES = 416, 128, 12
FACE, OUTLINE = (235.0, 128.0, 128.0), (18.0, 128.0, 128.0)
YELLOW = (200.0, 30.0, 146.0)


def ground(index: int, speed: float) -> FloatImage:
    """A cloudy picture that moves by `speed` pixels a frame."""
    noise = np.random.default_rng(4).normal(0, 1, (HEIGHT, WIDTH + 160)).astype(np.float32)
    left = 20 + round(speed * index)
    luma = np.clip(120 + 260 * blurred(noise, 6.0), 40, 190)[:, left : left + WIDTH]
    chroma = np.full_like(luma, 128)
    return np.dstack([luma, chroma + 12, chroma - 8]).astype(np.float32)


def coverage(text: str, stroke: int = 0, at: tuple[int, int] = (208, 64)) -> FloatPlane:
    """How much of each pixel a line of text covers, 0..1, with an outline of `stroke` pixels."""
    font = ImageFont.truetype(str(folder("fonts") / "Inter-Bold.otf"), 40)
    drawn = Image.new("L", (WIDTH, HEIGHT))
    ImageDraw.Draw(drawn).text(at, text, fill=255, font=font, anchor="mm", stroke_width=stroke)
    return np.asarray(drawn, np.float32) / 255


def laid(picture: FloatImage, cover: FloatPlane, colour: Sequence[float]) -> FloatImage:
    return np.asarray(picture + cover[..., None] * (np.float32(colour) - picture), np.float32)


def outlined(picture: FloatImage, text: str) -> FloatImage:
    return laid(laid(picture, coverage(text, 3), OUTLINE), coverage(text), FACE)


def shadowed(picture: FloatImage, text: str) -> FloatImage:
    fallen = np.roll(coverage(text, 1), (3, 3), axis=(0, 1))
    return laid(laid(laid(picture, 0.6 * fallen, OUTLINE), coverage(text, 1), OUTLINE), coverage(text), FACE)


def boxed(picture: FloatImage, text: str) -> FloatImage:
    rows, columns = np.nonzero(coverage(text) > 0)
    box = np.zeros((HEIGHT, WIDTH), np.float32)
    box[rows.min() - 8 : rows.max() + 9, columns.min() - 10 : columns.max() + 11] = 1
    return laid(laid(picture, box, (30.0, 128.0, 128.0)), coverage(text), FACE)


def runs_of(pictures: Sequence[FloatImage]) -> tuple[MaskRun, ...]:
    own = np.zeros((HEIGHT, WIDTH), np.bool_)
    own[24:104, 16:400] = True
    text = LearnedText(text_segmenter(), own=own, height_px=80)
    for index, picture in enumerate(pictures):
        text.see(index, picture)
    return text.runs()


def drawn(picture: FloatImage, without: FloatImage) -> Mask:
    return np.asarray(np.abs(picture - without).max(axis=2) > 16)


@pytest.mark.parametrize(("frames", "boxes"), [(3, 0), (8, 1)])
def test_the_picture_under_a_box_is_solved_for_only_where_frames_enough_show_it(frames: int, boxes: int) -> None:
    box = np.zeros((HEIGHT, WIDTH), np.float32)
    box[40:88, 84:332] = 0.5
    dimmed = [laid(ground(index, 2.0), box, (30.0, 128.0, 128.0)) for index in range(frames)]
    (run,) = runs_of([laid(picture, coverage("soft hands"), FACE) for picture in dimmed])
    assert len(run.boxes) == boxes and run.mask.any()


@pytest.mark.parametrize(("marked", "goes"), [(Box(16, 24, 384, 80), True), (Box(162, 46, 92, 38), False)])
def test_a_box_goes_with_its_letters_where_all_of_it_is_marked(marked: Box, goes: bool) -> None:
    own = np.zeros((HEIGHT, WIDTH), np.bool_)
    own[marked.slices] = True
    text = LearnedText(text_segmenter(), own=own, height_px=80, limited=True)
    for index in range(6):
        text.see(index, boxed(ground(index, 2.0), "soft"))
    (run,) = text.runs()
    box = drawn(boxed(ground(0, 0.0), "soft"), ground(0, 0.0))
    letters = coverage("soft") > 0.5
    assert run.mask[letters].mean() > 0.98
    assert bool(run.mask[box & ~dilated(letters, 6)].mean() > 0.9) == goes


def judge(pictures: Sequence[FloatImage], speed: float) -> None:
    """Every frame's mask holds what was drawn there, and little but that and what the frames beside it show."""
    runs = runs_of(pictures)
    wanted = [drawn(picture, ground(index, speed)) for index, picture in enumerate(pictures)]
    for index, text in enumerate(wanted):
        mask = text_at(runs, index)
        if not text.any():
            continue
        assert mask is not None
        assert mask[text].mean() > 0.98, index
        near = np.logical_or.reduce(wanted[max(index - 3, 0) : index + 4])
        assert (mask & ~dilated(near, 4)).sum() < 0.1 * text.sum(), index


@pytest.mark.parametrize("speed", [0.0, 2.0])
@pytest.mark.parametrize("look", [outlined, shadowed, boxed])
def test_outline_shadow_and_box_belong_to_a_line(look: Callable[[FloatImage, str], FloatImage], speed: float) -> None:
    judge([look(ground(index, speed), "soft hands") for index in range(FRAMES)], speed)


@pytest.mark.parametrize("colour", [(165.0, 60.0, 150.0), (95.0, 165.0, 95.0), (110.0, 110.0, 60.0)])
def test_the_box_of_a_single_word_goes_whatever_its_colour(colour: tuple[float, float, float]) -> None:
    """Its edges lie so close to the next word's outline that they do not show."""
    words, place = coverage("so it begins"), np.zeros((HEIGHT, WIDTH), np.float32)
    columns = np.flatnonzero(words.any(axis=0))
    gaps = np.flatnonzero(np.diff(columns) > 6)
    first, last = columns[gaps[-1] + 1], columns[-1]
    place[40:92, first - 5 : last + 6] = 1
    box = place > 0
    pictures = []
    for index in range(FRAMES):
        shown = outlined(ground(index, 2.0), "so it begins")
        pictures.append(laid(laid(shown, place, colour), words * place, FACE))
    mask = runs_of(pictures)[0].mask
    assert mask[box].mean() > 0.99
    assert mask[~dilated(box | (coverage("so it begins", 3) > 0), 8)].mean() < 0.01


@pytest.mark.parametrize("speed", [0.0, 2.0])
def test_each_of_two_subtitles_has_a_mask_of_its_own(speed: float) -> None:
    lines = ["soft hands"] * FRAMES + ["all day long"] * FRAMES
    judge([outlined(ground(index, speed), text) for index, text in enumerate(lines)], speed)


def test_nothing_is_masked_before_a_subtitle_comes() -> None:
    pictures = [ground(index, 2.0) if index < 12 else outlined(ground(index, 2.0), "hello") for index in range(24)]
    judge(pictures, 2.0)
    early = text_at(runs_of(pictures), 4)
    assert early is not None and not early.any()


def test_words_that_are_revealed_are_masked_from_then_on() -> None:
    texts = ["one"] * FRAMES + ["one more"] * FRAMES
    pictures = []
    for index, text in enumerate(texts):
        picture = laid(ground(index, 0.0), coverage("one", 3, (110, 64)), OUTLINE)
        picture = laid(picture, coverage("one", 0, (110, 64)), FACE)
        if text != "one":
            picture = laid(picture, coverage("more", 3, (250, 64)), OUTLINE)
            picture = laid(picture, coverage("more", 0, (250, 64)), FACE)
        pictures.append(picture)
    judge(pictures, 0.0)


def test_a_colour_that_runs_through_the_words_changes_nothing() -> None:
    pictures = []
    for index in range(2 * FRAMES):
        picture = outlined(ground(index, 2.0), "sing along")
        sung = coverage("sing along") * (np.arange(WIDTH) < 80 + 12 * index)
        pictures.append(laid(picture, sung.astype(np.float32), YELLOW))
    judge(pictures, 2.0)


@pytest.mark.parametrize("speed", [0.0, 2.0])
def test_every_frame_of_a_fade_is_masked(speed: float) -> None:
    strength = [0.0] * 8 + [0.2, 0.4, 0.6, 0.8] + [1.0] * FRAMES + [0.8, 0.6, 0.4, 0.2] + [0.0] * 8
    pictures = []
    for index, share in enumerate(strength):
        under = ground(index, speed)
        pictures.append(np.asarray(under + share * (outlined(under, "soft hands") - under), np.float32))
    judge(pictures, speed)


def with_icon(picture: FloatImage, text: str) -> FloatImage:
    drawn = Image.new("L", (WIDTH, HEIGHT))
    ring = Image.new("L", (WIDTH, HEIGHT))
    ImageDraw.Draw(ring).ellipse((32, 44, 76, 88), fill=255)
    ImageDraw.Draw(drawn).ellipse((36, 48, 72, 84), fill=255)
    picture = laid(outlined(picture, text), np.asarray(ring, np.float32) / 255, OUTLINE)
    return laid(picture, np.asarray(drawn, np.float32) / 255, (90.0, 90.0, 220.0))


def test_what_an_outline_encloses_in_a_colour_of_its_own_belongs_to_it() -> None:
    picture = with_icon(ground(0, 0.0), "hello")
    ring = np.zeros((HEIGHT, WIDTH), np.bool_)
    off = np.hypot(*(np.indices(ring.shape) - np.array([66, 54]).reshape(2, 1, 1)))
    ring[(off > 18) & (off < 22.5)] = True
    letters = coverage("hello", 3) > 0.5
    found = outlined_shapes(picture, ring | letters, 40)
    assert found[off < 17].mean() > 0.95
    assert not found[off > 23].any()


class _SameEverywhere:
    """Finds the same strokes in every crop."""

    def __init__(self, strokes: Mask) -> None:
        self._strokes = strokes.astype(np.float32)

    def segment(self, crops: Sequence[Picture], line_heights_px: Sequence[float]) -> list[TextProbabilities]:
        assert all(crop.shape[:2] == self._strokes.shape for crop in crops) and len(line_heights_px) == len(crops)
        none = np.zeros_like(self._strokes)
        return [TextProbabilities(1 - self._strokes, self._strokes, none, none, none) for _ in crops]


def test_lettering_that_all_moves_with_the_picture_is_said_and_masked_wherever_it_passes() -> None:
    strokes = coverage("SIGN", 3) > 0.5
    text = LearnedText(_SameEverywhere(strokes), own=np.ones((HEIGHT, WIDTH), np.bool_), height_px=60)
    for index in range(FRAMES):
        picture = ground(0, 0.0)
        # They never look the same twice, as strokes of a picture that slides by.
        picture[strokes, 0] += 9 * index
        text.see(index, picture)
    runs = text.runs()
    assert text.moving() and text.all_moves
    assert all(run.mask[strokes].mean() > 0.95 for run in runs)


class _ChangingText:
    """Finds another piece of lettering in every frame."""

    def __init__(self) -> None:
        self._frames = 0

    def segment(self, crops: Sequence[Picture], line_heights_px: Sequence[float]) -> list[TextProbabilities]:
        self._frames += 1
        found = []
        for crop in crops:
            letter = np.zeros(crop.shape[:2], np.float32)
            letter[40:60, 40 + 60 * (self._frames % 5) :][:, :40] = 1
            none = np.zeros_like(letter)
            found.append(TextProbabilities(1 - letter, letter, none, none, none))
        return found


def test_little_is_kept_of_lettering_that_changes_in_every_frame() -> None:
    own = np.zeros((HEIGHT, WIDTH), np.bool_)
    own[24:104, 16:400] = True
    text = LearnedText(_ChangingText(), own=own, height_px=80)
    picture, kept = ground(0, 0.0), []
    tracemalloc.start()
    try:
        for index in range(80):
            text.see(index, picture.copy())
            kept.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert len(text.runs()) == 80 and all(run.mask.any() for run in text.runs())
    assert (kept[79] - kept[39]) / 40 < 2000  # bytes a run; a mask alone has 53,248


def test_a_ring_in_the_colour_of_the_outline_beside_the_letters_is_an_icon_and_a_line_is_none() -> None:
    picture = with_icon(ground(0, 0.0), "hello")
    away = np.hypot(*(np.indices((HEIGHT, WIDTH)) - np.array([66, 54]).reshape(2, 1, 1)))
    ring, whole = (away > 18.5) & (away < 21.5), np.ones((HEIGHT, WIDTH), np.bool_)
    plain = outlined(ground(0, 0.0), "hello")
    text = np.abs(plain - ground(0, 0.0)).max(axis=2) > 60
    dark = (text & (plain[..., 0] < 60)).astype(np.float32)
    found = icon_outlines(picture, text, dark, whole, 40)
    assert found[ring].mean() > 0.8
    assert not found[away > 26].any()
    picture[20:24, 20:200] = OUTLINE
    assert not icon_outlines(picture, text, dark, whole, 40)[20:24, 60:].any()
