"""TextSegmentation on boards, edges and weave, beside other lettering, and beside pictures as dark as their ink."""

import cv2
import numpy as np
import pytest

from overlaycut.core.frame import Frame, Mask
from overlaycut.core.geometry import Span
from overlaycut.repair.segment.halo import soft_shadow
from overlaycut.repair.segment.occlusion import LitAppearance, occluders, similar_elsewhere
from overlaycut.repair.segment.static_text import StaticText, text_at
from overlaycut.repair.segment.text_segmentation import segment_text
from overlaycut.vision.filters import FloatImage, FloatPlane, blurred, dilated, eroded
from repair.test_flow_guided import BOX, bare, frame, inked

HEIGHT, WIDTH = 120, 320


def letters(text: str = "HELLO YOU", *, base: int = 75, thickness: int = 6) -> Mask:
    drawn = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.putText(drawn, text, (40, base), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 255, thickness, cv2.LINE_AA)
    return drawn > 100


def region(top: int = 38, bottom: int = 82) -> Mask:
    inside = np.zeros((HEIGHT, WIDTH), np.bool_)
    inside[top:bottom, 30:285] = True
    return inside


def canvas(luma: FloatPlane) -> FloatImage:
    grey = np.full_like(luma, 128)
    return np.dstack([blurred(luma.astype(np.float32), 0.6), grey, grey]).astype(np.float32)


def board() -> FloatImage:
    """A dark, narrow board between a bright ceiling and brighter windows."""
    luma = np.full((HEIGHT, WIDTH), 150, np.float32)
    luma[32:88] = 30
    luma[88:] = 200
    return luma


def edges() -> FloatImage:
    """The edge of a table from bright to dark, right through the line."""
    across, down = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    return np.where(down + 0.2 * across < 92, 170, 90).astype(np.float32)


def weave() -> FloatImage:
    across, down = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    return (130 + 25 * np.sign(np.sin(across * 1.9) * np.sin(down * 1.9))).astype(np.float32)


@pytest.mark.parametrize(
    ("surface", "ink"), [(board, 215.0), (edges, 235.0), (weave, 30.0)], ids=["a board", "an edge", "a weave"]
)
def test_only_strokes_are_ink(surface: object, ink: float) -> None:
    assert callable(surface)
    luma, drawn = surface(), letters()
    luma[drawn] = ink
    found = segment_text(canvas(luma), region=region(), valid=np.ones_like(drawn), height_px=44)
    assert found.clear
    assert found.ink[drawn].mean() > 0.95
    assert found.ink[~dilated(drawn, 3)].mean() < 0.01


def test_letters_on_a_bright_seam_are_found_whole() -> None:
    drawn = letters()
    luma = np.full((HEIGHT, WIDTH), 90, np.float32)
    luma[58:62, 230:] = luma[:, 296:304] = 170
    luma[drawn] = 235
    found = segment_text(canvas(luma), region=region(), valid=np.ones_like(drawn), height_px=44)
    assert found.ink[drawn].mean() > 0.97


def test_the_next_line_is_not_touched() -> None:
    upper, lower = letters(base=62), letters("MORE TEXT", base=104)
    luma = np.full((HEIGHT, WIDTH), 170, np.float32)
    luma[upper | lower] = 40
    picture = canvas(luma)
    found = segment_text(picture, region=region(26, 76), valid=np.ones_like(upper), height_px=50)
    assert found.ink[upper].mean() > 0.95
    assert not found.ink[lower].any()
    assert similar_elsewhere(picture, found, np.ones_like(upper))[lower].mean() > 0.95


def test_what_is_as_dark_as_the_ink_beside_it_belongs_elsewhere() -> None:
    drawn = letters()
    luma = np.full((HEIGHT, WIDTH), 190, np.float32)
    luma[:, :24] = luma[:, 296:] = 45
    luma[drawn] = 40
    picture = canvas(luma)
    found = segment_text(picture, region=region(), valid=np.ones_like(drawn), height_px=44)
    other = similar_elsewhere(picture, found, np.ones_like(drawn))
    assert other[:, :20].mean() > 0.95
    assert not (other & drawn).any()


def test_a_region_far_higher_than_its_line_finds_the_same_strokes() -> None:
    drawn = letters()
    luma = np.full((HEIGHT, WIDTH), 110, np.float32)
    luma[12:32, 60:130] = 225
    luma[dilated(drawn, 3)] = 16
    luma[drawn] = 245
    found = segment_text(canvas(luma), region=region(6, 114), valid=np.ones_like(drawn), height_px=108)
    assert found.height_px < 80
    assert found.ink[dilated(drawn, 2)].mean() > 0.95
    assert found.ink[~dilated(drawn, 7)].mean() < 0.02


def test_dark_places_beside_a_few_letters_are_no_shadow() -> None:
    drawn = letters()
    luma = np.full((HEIGHT, WIDTH), 150, np.float32)
    luma[:, 60:100] = 40
    luma[drawn] = 235
    assert soft_shadow(canvas(luma), dilated(drawn, 1), height_px=44).mean() < 0.01


def shown(index: int, ink: Mask, strength: float) -> Frame:
    picture = bare(index).astype(np.float32)
    picture[ink] += strength * (250 - picture[ink])
    return frame(np.rint(picture).astype(np.uint8), index)


def test_every_frame_of_a_fade_is_covered() -> None:
    ink = inked()
    own = np.zeros(ink.shape, np.bool_)
    own[30:95, 20:300] = True
    standing = StaticText(own=own, height_px=34)
    strength = [0.25, 0.5, 0.75, *[1.0] * 14, 0.75, 0.5, 0.25]
    for index, share in enumerate(strength):
        standing.see(index, shown(index, ink, share).yuv(BOX))
    runs = standing.runs()
    for index in range(len(strength)):
        mask = text_at(runs, index)
        assert mask is not None
        assert mask[ink].mean() > 0.98
        assert mask.sum() < 2.2 * ink.sum()


def test_letters_as_white_as_their_surface_leave_no_star() -> None:
    drawn = letters(thickness=9)
    luma = np.full((HEIGHT, WIDTH), 228, np.float32)
    luma[:, :160] = 120
    luma[dilated(drawn, 3)] = 16
    luma[drawn] = 235
    picture = canvas(luma)
    standing = StaticText(own=region(), height_px=44)
    for index in range(6):
        standing.see(index, picture)
    (run,) = standing.runs()
    assert run.span == Span(0, 6)
    assert run.mask[drawn].all()
    assert run.mask[~dilated(drawn, 8)].mean() < 0.02


def test_a_coat_as_dark_as_the_letters_behind_it_is_in_front_as_a_whole() -> None:
    surface = np.full((60, 240, 3), (170, 122, 132), np.float32)
    wanted = surface.copy()
    for left in range(20, 230, 14):
        wanted[18:42, left : left + 6] = (52, 118, 138)
    seen = wanted.copy()
    coat = np.zeros((60, 240), np.bool_)
    coat[6:, :120] = True
    seen[coat] = (56, 117, 137)
    room = np.ones(coat.shape, np.bool_)
    colours = np.array([[52, 118, 138]], np.float32)
    front = occluders(seen, LitAppearance(surface, wanted, colours, 6.0), limit=26.0, room=room)
    inner = eroded(coat, 3)
    assert front[inner].mean() > 0.98
    assert not front[:, 128:].any()


def test_melted_letters_beside_something_in_front_are_not_in_front() -> None:
    ink = letters(thickness=7)
    surface = canvas(np.full(ink.shape, 90, np.float32))
    wanted = surface.copy()
    wanted[ink] = (230, 128, 128)
    seen = surface.copy()
    down = np.rint(9 * np.sin(np.arange(WIDTH) / 14)).astype(int)
    melted = np.column_stack([np.roll(dilated(ink, 2)[:, x], down[x]) for x in range(WIDTH)])
    seen[melted] = (230, 128, 128)
    arm = np.zeros_like(ink)
    arm[:, 150:190] = True
    seen[arm] = (150, 110, 156)
    colours = np.array([[230, 128, 128]], np.float32)
    front = occluders(seen, LitAppearance(surface, wanted, colours, 7.0), limit=26.0, room=np.ones(arm.shape, np.bool_))
    assert front[eroded(arm, 3)].mean() > 0.98
    assert not (front & ~dilated(arm, 18)).any()


def outlined(luma: FloatPlane) -> tuple[FloatImage, Mask]:
    """White letters with a black outline on `luma`, and where they are."""
    face = letters(thickness=7)
    whole = dilated(face, 3)
    return canvas(np.where(face, 235, np.where(whole, 18, luma)).astype(np.float32)), whole


def test_the_width_of_an_outline_is_told_by_what_lies_outside_of_it() -> None:
    cloth = 140 + 26 * blurred(np.random.default_rng(3).normal(0, 6, (HEIGHT, WIDTH)).astype(np.float32), 3.0)
    picture, whole = outlined(cloth)
    found = segment_text(picture, region=region(28, 92), valid=np.ones_like(whole), height_px=64)
    assert found.clear
    assert found.ink[whole].mean() > 0.9
    assert (found.ink & ~dilated(whole, 1)).sum() < 0.05 * whole.sum()


def test_a_face_tinges_nothing_beyond_its_outline() -> None:
    off = np.abs(np.arange(HEIGHT, dtype=np.float32) - 60)[:, None]
    lit = np.repeat(130 + 70 * np.exp(-((off / 22) ** 2)), WIDTH, axis=1)
    picture, whole = outlined(lit.astype(np.float32))
    found = segment_text(picture, region=region(28, 92), valid=np.ones_like(whole), height_px=64)
    assert found.clear
    assert found.halo_px <= 2


def test_a_dark_band_that_goes_on_behind_the_letters_is_no_shadow() -> None:
    drawn = letters()
    off = np.abs(np.arange(HEIGHT, dtype=np.float32) - 60)[:, None]
    luma = np.repeat(np.where(off < 30, 90, 150), WIDTH, axis=1)
    luma[drawn] = 235
    assert not soft_shadow(canvas(luma.astype(np.float32)), dilated(drawn, 1), height_px=44).any()
