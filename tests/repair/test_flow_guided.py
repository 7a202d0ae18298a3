"""Subtitles taken out over a picture that moves, against the picture without them."""

from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np
import pytest

from overlaycut.core.frame import Frame, Mask, Picture
from overlaycut.core.geometry import Box, Span
from overlaycut.repair.estimates import RepairEstimates
from overlaycut.repair.fill.flow_guided import FlowGuidedFill
from overlaycut.repair.segment.halo import soft_shadow
from overlaycut.repair.segment.static_text import MaskRun, StaticText, StaticTextParameters, text_at
from overlaycut.vision.filters import FloatImage, blurred, dilated
from overlaycut.vision.masked_flow import MaskedPicture

WIDTH, HEIGHT, FRAMES = 320, 120, 30
BOX = Box(0, 0, WIDTH, HEIGHT)


def texture() -> FloatImage:
    noise = np.random.default_rng(4).normal(0, 1, (HEIGHT + 160, WIDTH + 160)).astype(np.float32)
    soft = blurred(noise, 3.0)
    return np.clip(110 + 160 * soft, 20, 210).astype(np.float32)


GROUND = texture()


def bare(index: int, speed: tuple[float, float] = (2.0, 1.0)) -> Picture:
    moved = np.float64([[1, 0, -20 - speed[0] * index], [0, 1, -20 - speed[1] * index]])
    grey = cv2.warpAffine(GROUND, moved, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)
    return np.repeat(np.clip(np.rint(grey), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def inked(text: str = "HELLO YOU") -> Mask:
    drawn = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.putText(drawn, text, (40, 75), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 255, 6, cv2.LINE_AA)
    return drawn > 100


def frame(picture: Picture, index: int) -> Frame:
    return Frame.from_rgb(picture, index=index, at=Fraction(index, 24), lasts=Fraction(1, 24))


def shown(index: int, ink: Mask) -> Frame:
    picture = bare(index).copy()
    picture[ink] = 250
    return frame(picture, index)


def clip(ink: Mask) -> Iterator[Frame]:
    for index in range(FRAMES):
        yield shown(index, ink)


def repairs(ink: Mask) -> RepairEstimates:
    runs = (MaskRun.of(Span(0, FRAMES), dilated(ink, 1)),)
    return RepairEstimates({"subtitle": (FlowGuidedFill(box=BOX, runs=runs, limit=None, span=Span(0, FRAMES)),)})


def error(after: Frame, index: int, where: Mask) -> float:
    truth = frame(bare(index), index).y.astype(float)
    return float(np.sqrt(np.mean(np.square(after.y - truth)[where])))


def test_what_other_frames_show_is_far_nearer_to_the_truth_than_a_fill_of_each_frame() -> None:
    ink = inked()
    hole = dilated(ink, 2)
    for after in repairs(ink).over(clip(ink)):
        index = after.before.index
        filled = cv2.inpaint(after.before.y, hole.astype(np.uint8), 3, cv2.INPAINT_TELEA)
        peer = float(np.sqrt(np.mean(np.square(filled - frame(bare(index), index).y.astype(float))[ink])))
        assert error(after.frame, index, ink) < 0.5 * peer


def test_every_frame_comes_out_once_in_order_and_nothing_else_is_written() -> None:
    ink = inked()
    seen = list(repairs(ink).over(clip(ink)))
    assert [after.frame.index for after in seen] == list(range(FRAMES))
    for after in seen:
        outside = after.mask == 0
        assert (after.frame.y[outside] == after.before.y[outside]).all()
        assert (after.mask[ink] == 255).all()


def test_two_runs_give_the_same_samples() -> None:
    ink = inked()
    made = repairs(ink)
    one, two = ([after.frame.y for after in made.over(clip(ink))] for _ in range(2))
    assert all((a == b).all() for a, b in zip(one, two, strict=True))


def test_what_lies_far_from_the_lettering_changes_nothing() -> None:
    """The fill is worked out around the text alone, on a crop that is as wide as what pixels are followed to."""
    ink = inked("HI")
    assert Box.of(ink).right < 120

    def spoiled() -> Iterator[Frame]:
        for index in range(8):
            picture = bare(index).copy()
            picture[ink] = 250
            picture[:, 220:] = 255 - picture[:, 220:] // (1 + index % 2)
            yield frame(picture, index)

    made = repairs(ink)
    alone = [after.frame.y for after in made.over(shown(index, ink) for index in range(8))]
    beside = [after.frame.y for after in made.over(spoiled())]
    assert all((one[ink] == other[ink]).all() for one, other in zip(alone, beside, strict=True))


def test_motion_is_measured_where_something_is_hidden_only(monkeypatch: pytest.MonkeyPatch) -> None:
    ink, measured = inked("HI"), []

    def counted(here: MaskedPicture, there: MaskedPicture) -> None:
        measured.append(bool(here.covered.any() or there.covered.any()))

    monkeypatch.setattr("overlaycut.repair.fill.flow_guided_pass.motion", counted)
    runs = tuple(MaskRun.of(span, dilated(ink, 1)) for span in (Span(0, 4), Span(16, 20)))
    fill = FlowGuidedFill(box=BOX, runs=runs, limit=None, span=Span(0, 20))
    frames = (shown(index, ink if index in range(4) or index >= 16 else np.zeros_like(ink)) for index in range(20))
    assert len(list(RepairEstimates({"subtitle": (fill,)}).over(frames))) == 20
    beside = StaticTextParameters().mixed_frames
    assert len(measured) == 2 * (4 + beside) and all(measured)


def test_a_locked_picture_is_filled_once_and_stays() -> None:
    ink = inked()
    still = bare(0).copy()
    still[ink] = 250
    frames = [frame(still, index) for index in range(FRAMES)]
    planes = [after.frame.y for after in repairs(ink).over(frames)]
    assert all(np.abs(plane.astype(int) - planes[0]).max() <= 2 for plane in planes)


def test_a_cut_is_not_followed_across() -> None:
    ink = inked()
    after_cut = 255 - bare(3)
    frames = [shown(index, ink) for index in range(10)]
    for index in range(10, 20):
        picture = after_cut.copy()
        picture[ink] = 250
        frames.append(frame(picture, index))
    runs = (MaskRun.of(Span(0, 20), dilated(ink, 1)),)
    made = RepairEstimates({"r": (FlowGuidedFill(box=BOX, runs=runs, limit=None, span=Span(0, 20)),)})
    truth = frame(after_cut, 0).y.astype(float)
    for after in made.over(frames):
        if after.before.index >= 10:
            assert float(np.abs(after.frame.y - truth)[ink].mean()) < 25


def test_runs_of_lettering_are_told_apart_and_keep_one_mask_each() -> None:
    first, second = inked("HELLO YOU"), inked("GOOD BYE")
    own = np.zeros((HEIGHT, WIDTH), np.bool_)
    own[30:95, 20:300] = True
    standing = StaticText(own=own, height_px=34)
    for index in range(24):
        ink = first if index < 12 else second
        standing.see(index, shown(index, ink).yuv(BOX))
    runs = standing.runs()
    assert [run.span for run in runs] == [Span(0, 12), Span(12, 24)]
    for run, ink in zip(runs, (first, second), strict=True):
        assert (run.mask[ink]).mean() > 0.98
        assert run.mask.sum() < 2.2 * ink.sum()
    mixed = text_at(runs, 12)
    assert mixed is not None and (mixed[first | second]).mean() > 0.98
    assert text_at(runs, 40) is None


@pytest.mark.parametrize("count", [1, 2, 3])
def test_short_clips_are_filled_too(count: int) -> None:
    ink = inked()
    runs = (MaskRun.of(Span(0, count), dilated(ink, 1)),)
    made = RepairEstimates({"r": (FlowGuidedFill(box=BOX, runs=runs, limit=None, span=Span(0, count)),)})
    seen = list(made.over(shown(index, ink) for index in range(count)))
    assert len(seen) == count
    assert all(error(after.frame, after.before.index, ink) < 40 for after in seen)


@pytest.mark.parametrize("fall", [(3, 3), (-3, 3), (0, 4)])
def test_a_shadow_that_lettering_throws_belongs_to_it(fall: tuple[int, int]) -> None:
    letters = inked()
    under = np.roll(letters, fall[::-1], axis=(0, 1)).astype(np.float32)
    shade = 1 - 0.7 * blurred(under, 2.0)
    luma = (bare(0).astype(np.float32) * 0.3 + 110) * shade[..., None]
    luma[letters] = 235
    picture = np.dstack([luma[..., 0], np.full_like(shade, 128), np.full_like(shade, 128)]).astype(np.float32)
    found = soft_shadow(picture, dilated(letters, 1), height_px=34)
    dark = (shade < 0.75) & ~dilated(letters, 2)
    assert found[dark].mean() > 0.8
    assert found[~dilated(shade < 0.97, 3)].mean() < 0.05


def test_lettering_without_a_shadow_has_none() -> None:
    letters = inked()
    luma = bare(0)[..., 0].astype(np.float32) * 0.3 + 110
    luma[letters] = 235
    picture = np.dstack([luma, np.full_like(luma, 128), np.full_like(luma, 128)])
    assert soft_shadow(picture, dilated(letters, 1), height_px=34).mean() < 0.02
