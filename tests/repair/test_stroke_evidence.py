"""Strokes that a network found, told from the picture by how lettering is drawn; and letters across a dark edge."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from overlaycut.core.frame import Frame, Mask
from overlaycut.core.geometry import Box, Span
from overlaycut.models import text_segmenter
from overlaycut.repair.estimates import RepairEstimates
from overlaycut.repair.fill.flow_guided import FlowGuidedFill
from overlaycut.repair.segment.halo import soft_shadow
from overlaycut.repair.segment.learned_text import LearnedText, drop_shadow
from overlaycut.repair.segment.stroke_evidence import (
    consistent_strokes,
    encircling,
    has_shade,
    missed_dots,
    own_strokes,
    soft_edge,
    tinged,
    tinged_slits,
)
from overlaycut.resources import folder
from overlaycut.vision.filters import FloatImage, FloatPlane, blurred, dilated

WIDTH, HEIGHT, LINE = 416, 128, 40
WHITE, BLACK = (235.0, 128.0, 128.0), (18.0, 128.0, 128.0)


def table() -> FloatImage:
    """A light table over a brown front, with a hard dark edge that rises to the right."""
    rows, columns = np.indices((HEIGHT, WIDTH), np.float32)
    off = rows + 0.8 * columns - 230
    luma = np.where(off < -6, 165 + 0.05 * columns, np.where(off < 6, 35, 110))
    grey = np.full_like(luma, 128)
    return np.dstack([blurred(luma.astype(np.float32), 0.7), grey, grey]).astype(np.float32)


def coverage(text: str, stroke: int = 0) -> FloatPlane:
    font = ImageFont.truetype(str(folder("fonts") / "Inter-Bold.otf"), LINE)
    drawn = Image.new("L", (WIDTH, HEIGHT))
    ImageDraw.Draw(drawn).text((208, 64), text, fill=255, font=font, anchor="mm", stroke_width=stroke)
    return np.asarray(drawn, np.float32) / 255


def laid(picture: FloatImage, cover: FloatPlane, colour: tuple[float, float, float]) -> FloatImage:
    return np.asarray(picture + cover[..., None] * (np.float32(colour) - picture), np.float32)


def lettered(picture: FloatImage, text: str, stroke: int) -> FloatImage:
    under = laid(picture, coverage(text, stroke), BLACK) if stroke else picture
    return laid(under, coverage(text), WHITE)


def edge_of(picture: FloatImage) -> Mask:
    return picture[..., 0] < 80


@pytest.mark.parametrize(("stroke", "share", "levels"), [(0, 0.4, 52), (2, 0.68, 80)])
def test_letters_across_a_dark_edge_leave_the_edge_whole(stroke: int, share: float, levels: float) -> None:
    """Its error is less than `share` of Telea's, told the exact mask, and 19 pixels in 20 are nearer than `levels`."""
    bare = table()
    shown = lettered(bare, "we ak lin en", stroke)
    own = np.zeros((HEIGHT, WIDTH), np.bool_)
    own[24:104, 16:400] = True
    text = LearnedText(text_segmenter(), own=own, height_px=80)
    frames = [_frame(shown, index) for index in range(10)]
    box = Box(0, 0, WIDTH, HEIGHT)
    for frame in frames:
        text.see(frame.index, frame.yuv(box))
    fill = FlowGuidedFill(box=box, runs=text.runs(), limit=None, span=Span(0, 10))
    drawn = dilated(np.abs(shown - bare).max(axis=2) > 10, 1)
    plain = cv2.inpaint(frames[0].y, drawn.astype(np.uint8), 3, cv2.INPAINT_TELEA)
    crossing = drawn & dilated(edge_of(bare), 8)
    for after in RepairEstimates({"line": (fill,)}).over(frames):
        ours, theirs = (np.abs(made - bare[..., 0])[crossing] for made in (after.frame.y, plain))
        assert np.mean(np.square(ours)) < share * np.mean(np.square(theirs))
        assert np.percentile(ours, 95) < levels < np.percentile(theirs, 95)
        assert ((after.mask > 0) & ~drawn).sum() < 0.1 * drawn.sum()


def _frame(picture: FloatImage, index: int) -> Frame:
    y = np.clip(np.rint(picture[..., 0]), 0, 255).astype(np.uint8)
    half = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    return Frame(index, Fraction(index, 24), Fraction(1, 24), y, half, half, "bt709")


def test_an_edge_of_the_picture_is_no_outline_where_letters_have_none() -> None:
    bare = table()
    shown = lettered(bare, "weak linen", 0)
    letter, outline = coverage("weak linen"), (edge_of(bare) & (coverage("weak linen") < 0.5)).astype(np.float32)
    outline[:, :150] = outline[:, 280:] = 0
    strokes = own_strokes(letter, outline, shown, LINE)
    assert not strokes[(outline > 0) & (letter == 0)].any()
    assert (strokes[letter > 0.5] > 0.5).all()


def test_outlines_of_letters_stay_and_what_reaches_beyond_them_goes() -> None:
    letter = coverage("weak linen")
    outline = np.clip(coverage("weak linen", 3) - letter, 0, 1)
    true = outline > 0.5
    outline[90:97, 180:210] = 1
    strokes = own_strokes(letter, outline, lettered(table(), "weak linen", 3), LINE)
    assert (strokes[true] > 0.5).mean() > 0.97
    assert not strokes[92:96, 183:207].any()


def test_doubtful_pieces_of_other_colours_are_none_of_the_lettering() -> None:
    letter = coverage("linen")
    picture = lettered(table(), "linen", 0)
    picture[40:80, 20:50] = (90.0, 110.0, 150.0)
    letter[40:80, 20:50] = 0.6
    letter[50:60, 390:400] = 0.6
    picture[50:60, 390:400] = WHITE
    kept = consistent_strokes(letter > 0.5, letter, np.zeros_like(letter), picture)
    assert not kept[45:75, 25:45].any()
    assert kept[52:58, 392:398].all()


@pytest.mark.parametrize("sigma", [0.6, 2.0])
def test_the_mask_ends_where_the_blur_of_strokes_does(sigma: float) -> None:
    bare = table()
    soft = blurred(coverage("weak linen", 3), sigma)
    mask = tinged(laid(bare, soft, BLACK), coverage("weak linen", 3) > 0.5)
    assert mask[soft > 0.12].mean() > 0.98
    away = cv2.distanceTransform((coverage("weak linen", 3) < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    assert away[mask].max() < 3 + 2 * sigma


def test_a_shade_lies_beside_all_letters_or_is_none() -> None:
    text = coverage("weak linen") > 0.5
    everywhere = dilated(text, 5) & ~text
    here = everywhere.copy()
    here[:, :300] = False
    assert has_shade(everywhere, text, LINE)
    assert not has_shade(here, text, LINE)
    most = everywhere.copy()
    most[:, 160:270] = False
    assert not has_shade(most, text, LINE)


def test_the_dot_of_an_i_is_found_beside_its_stem() -> None:
    shown, letters = lettered(table(), "linen", 0), coverage("linen") > 0.5
    rows, columns = np.nonzero(letters)
    stem = (columns > 208 - 60) & (columns < 208 + 60) & (rows < 57)
    dotless = letters.copy()
    count, labels = cv2.connectedComponents(letters.astype(np.uint8))
    sizes = np.bincount(labels.ravel())
    dot = labels == 1 + sizes[1:count].argmin()
    dotless &= ~dot
    found = missed_dots(shown, dotless, dotless, LINE)
    assert stem.any() and found[dot].mean() > 0.9
    assert (found & ~dilated(dot, 2)).sum() == 0
    assert not missed_dots(table(), dotless, dotless, LINE)[dot].any()


def test_a_full_stop_is_found_behind_the_last_letter() -> None:
    shown, letters = lettered(table(), "linen.", 0), coverage("linen.") > 0.5
    last = letters & (np.arange(WIDTH) > np.nonzero(letters)[1].max() - 8)
    found = missed_dots(shown, letters & ~last, letters & ~last, LINE)
    assert 20 < last.sum() < 80 and found[last].mean() > 0.9
    assert (found & ~dilated(last, 2)).sum() == 0


def dusk() -> FloatImage:
    """A dark picture with a lighter edge that crosses it."""
    rows, columns = np.indices((HEIGHT, WIDTH), np.float32)
    luma = np.where(rows + 0.3 * columns > 130, 46.0, 38.0).astype(np.float32)
    return np.dstack([blurred(luma, 1.0), np.full_like(luma, 128), np.full_like(luma, 128)]).astype(np.float32)


def test_an_outline_nearly_as_dark_as_the_picture_is_found_on_all_sides() -> None:
    shown = lettered(dusk(), "two good", 4)
    whole = encircling(shown, dilated(coverage("two good") > 0.1, 1), LINE)
    assert whole[coverage("two good", 4) > 0.5].mean() > 0.97
    assert not (whole & ~dilated(coverage("two good", 4) > 0.05, 3)).any()


def test_a_glow_in_a_colour_of_its_own_is_found_where_it_is_as_bright_as_the_picture() -> None:
    picture = dusk()
    shape = np.minimum(3 * blurred(coverage("glow", 2), 3.0), 1)
    lit = picture.copy()
    lit[..., 1:] += shape[..., None] * np.float32([20, 45])
    shown = laid(lit, coverage("glow"), WHITE)
    letters = coverage("glow") > 0.3
    found = encircling(shown, letters, LINE)
    assert found[shape > 0.5].mean() > 0.97
    assert not found[~dilated(shape > 0.02, 3)].any()
    assert (encircling(laid(picture, coverage("glow"), WHITE), letters, LINE) & ~dilated(letters, 2)).sum() == 0


def test_gaps_that_show_a_stroke_are_filled_and_those_that_show_the_picture_stay() -> None:
    picture = table()
    picture[40:80, 100:112] = WHITE
    text = np.zeros((HEIGHT, WIDTH), np.bool_)
    text[40:80, 100:112] = True
    text[45:75, 105] = False
    text[40:80, 20:24] = text[40:80, 26:30] = True
    found = tinged_slits(picture, text, LINE)
    assert found[45:75, 105].all()
    assert not found[:, 20:30].any()


def test_a_pale_sign_before_a_dark_ground_is_no_glow_of_its_letters() -> None:
    sign = np.full((HEIGHT, WIDTH, 3), 128, np.float32)
    sign[..., 0] = 40
    sign[36:94, 92:324, 0] = 210
    shown = laid(sign, coverage("weak linen"), BLACK)
    text = dilated(coverage("weak linen") > 0.1, 1)
    assert (encircling(shown, text, LINE) == text).all()


def test_a_plain_dark_strip_under_letters_is_neither_their_shadow_nor_their_glow() -> None:
    bar = np.full((HEIGHT, WIDTH, 3), 128, np.float32)
    bar[..., 0] = np.where(np.arange(HEIGHT) < 88, 17, 225)[:, None]
    shown = laid(bar, coverage("weak linen"), WHITE)
    text = dilated(coverage("weak linen") > 0.1, 1)
    assert (encircling(shown, text, LINE) == text).all()
    assert not drop_shadow(shown, text).any()
    assert not soft_shadow(shown, text, height_px=LINE).any()


@pytest.mark.parametrize(("sigma", "offset"), [(0.0, 3), (3.0, 4)])
def test_shadows_of_letters_are_found(sigma: float, offset: int) -> None:
    plain = np.full((HEIGHT, WIDTH, 3), 128, np.float32)
    plain[..., 0] += 20
    fallen = np.roll(coverage("weak linen"), (offset, offset), axis=(0, 1))
    shown = laid(laid(plain, 0.8 * blurred(fallen, sigma), BLACK), coverage("weak linen"), WHITE)
    text = dilated(coverage("weak linen") > 0.1, 1)
    found = drop_shadow(shown, text) | soft_shadow(shown, text, height_px=LINE)
    assert (found | text)[shown[..., 0] < 108].mean() > 0.9


def test_an_edge_of_the_picture_encircles_nothing() -> None:
    text = dilated(coverage("weak linen") > 0.1, 1)
    assert (encircling(lettered(table(), "weak linen", 0), text, LINE) == text).all()


def test_pixels_beside_the_mask_count_where_they_are_tinged_and_only_there() -> None:
    shown = lettered(table(), "weak linen", 0)
    drawn = coverage("weak linen") > 0
    short = drawn.copy()
    short[:, :200] = (coverage("weak linen") > 0.9)[:, :200]
    beside = soft_edge(shown, short)
    plain = ~dilated(edge_of(table()), 6)
    left, right = (np.arange(WIDTH) < 190) & plain, (np.arange(WIDTH) > 210) & plain
    assert (beside | short)[(coverage("weak linen") > 0.3) & left].mean() > 0.95
    assert (beside & right).sum() < 0.02 * (drawn & right).sum()


def test_a_hard_drop_shadow_does_not_make_dark_parts_of_the_picture_a_shade() -> None:
    text = coverage("weak linen") > 0.5
    fallen = np.zeros_like(text)
    fallen[2:, 2:] = text[:-2, :-2]
    shade = (fallen & ~text) | (edge_of(table()) & dilated(text, 10))
    whole = text | dilated(fallen, 1)
    assert has_shade(shade, text, LINE) and not has_shade(shade & ~whole, whole, LINE)
