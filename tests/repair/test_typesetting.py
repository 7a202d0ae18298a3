"""Clean words in the place of melted ones, on a drawn scene whose truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box
from overlaycut.core.plan import Typeset
from overlaycut.repair.estimate.estimation import estimate_repairs
from overlaycut.repair.retypeset.renderer import OriginalText, RenderedText
from overlaycut.repair.retypeset.typesetting import retypeset, softness
from overlaycut.repair.segment.text_colours import text_colours
from overlaycut.repair.segment.text_segmentation import segment_text
from overlaycut.vision.colour import rgb, samples_of
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, blurred
from repair.scene import Scene

SURFACE, FACE, SECOND = (np.array(c, np.float32) for c in ((150, 120, 130), (60, 150, 110), (230, 128, 128)))


def echo(_text: str, original: OriginalText, _font: str | None) -> RenderedText:
    """A text_renderer that sets what stood there anew, crisp: as if the very font had been found."""
    return RenderedText((original.coverage > 0.5).astype(np.float32), "the same")


def word() -> FloatPlane:
    ink = np.zeros((240, 640), np.uint8)
    cv2.putText(ink, "BREWS", (60, 160), cv2.FONT_HERSHEY_SIMPLEX, 4.2, 255, 24, cv2.LINE_AA)
    return cv2.resize(ink, (320, 120), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def lettering(second: Colours | None) -> FloatImage:
    picture = np.broadcast_to(SURFACE, (120, 320, 3)).astype(np.float32)
    for coverage, ink in ((second, SECOND), (word(), FACE)):
        if coverage is not None:
            picture = picture + (ink - picture) * coverage[..., None]
    return blurred(picture, 0.6)


def outline() -> FloatImage:
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    return cv2.dilate(word(), pen)


def shadow() -> FloatImage:
    return np.roll(word(), (5, 5), axis=(0, 1))


def taken_apart(picture: FloatImage):  # type: ignore[no-untyped-def]
    region = np.zeros(picture.shape[:2], np.bool_)
    region[15:105, 15:305] = True
    return segment_text(picture, region=region, valid=np.ones_like(region), height_px=70)


@pytest.mark.parametrize("made", [None, outline, shadow], ids=["plain", "outlined", "with a shadow"])
def test_inks_are_told_apart(made: object) -> None:
    picture = lettering(made() if callable(made) else None)
    inks = text_colours(picture, taken_apart(picture))
    assert np.abs(inks.face - FACE).max() < 6
    if made is None:
        assert inks.second is None
    else:
        assert inks.second is not None and np.abs(inks.second - SECOND).max() < 12
    if made is outline:
        assert inks.outline_px == pytest.approx(4, abs=1.5)
    if made is shadow:
        assert inks.outline_px == 0
        assert np.abs(np.subtract(inks.shadow_px, (5, 5))).max() <= 1


@pytest.mark.parametrize("made", [None, outline, shadow], ids=["plain", "outlined", "with a shadow"])
def test_the_same_words_come_out_as_they_stood(made: object) -> None:
    picture = lettering(made() if callable(made) else None)
    plate = np.broadcast_to(SURFACE, picture.shape).astype(np.float32)
    stood = OriginalText(blurred(word(), 0.6), "BREWS")
    again, covered = retypeset(plate, picture, taken_apart(picture), stood, word())
    far = np.abs(again - picture).max(axis=2)
    assert float(far.mean()) < 1.8
    assert float(np.percentile(far[word() > 0.9], 90)) < 10
    assert np.array_equal(again[covered == 0], plate[covered == 0])


@pytest.mark.parametrize("blur", [0.0, 0.85, 1.8])
@pytest.mark.parametrize("reads", ["BREWS", None], ids=["legible", "melted"])
def test_new_words_are_as_soft_as_the_old(blur: float, reads: str | None) -> None:
    shown = blurred(word(), blur)
    assert softness(word(), OriginalText(shown, reads)) == pytest.approx(blur, abs=0.45)


def test_ink_takes_the_surface_s_shading_and_leaves_the_rest_alone() -> None:
    picture = lettering(None)
    ramp = np.linspace(-30, 30, 320, dtype=np.float32)
    plate = np.broadcast_to(SURFACE, picture.shape).astype(np.float32).copy()
    plate[..., 0] += ramp
    again, _ = retypeset(plate, picture, taken_apart(picture), OriginalText(word(), "BREWS"), word())
    solid = cv2.erode(word(), np.ones((5, 5), np.uint8)) > 0.99
    left, right = solid & (np.arange(320) < 100), solid & (np.arange(320) > 220)
    assert again[..., 0][right].mean() - again[..., 0][left].mean() > 8
    assert again[..., 1][solid].std() < 3


def test_a_given_colour_is_taken() -> None:
    picture = lettering(None)
    plate = np.broadcast_to(SURFACE, picture.shape).astype(np.float32)
    again, _ = retypeset(
        plate, picture, taken_apart(picture), OriginalText(word(), "BREWS"), word(), colour=samples_of(rgb("#d02030"))
    )
    solid = cv2.erode(word(), np.ones((5, 5), np.uint8)) > 0.99
    assert np.abs(again[solid].mean(axis=0) - samples_of(rgb("#d02030"))).max() < 2


@pytest.mark.parametrize("still", [True, False], ids=["from the still", "from the clip alone"])
def test_melted_words_that_are_set_anew_are_near_the_truth(still: bool) -> None:
    scene = Scene(frames=10, onset=2)
    source = {} if still else {"reference_quad": None}
    plan = scene.plan("restore", typeset=Typeset(text="BREWS"), expected="BREWS", **source)
    repairs = estimate_repairs(plan, reference=scene.still() if still else None, frames=scene.clip, text_renderer=echo)
    assert repairs.fonts == {"r1": "the same"}
    for frame in list(scene.clip())[4:]:
        truth, after = scene.clean(frame.index), next(repairs.over([frame]))
        where = np.zeros(frame.y.shape, np.bool_)
        where[scene.quad(frame.index).box().slices] = True
        assert _error(after.frame, truth, where) < 0.15 * _error(frame, truth, where)
        outside = after.mask == 0
        assert (after.frame.y[outside] == frame.y[outside]).all()


def test_words_on_a_picture_that_moves_by_itself_stay_where_they_are() -> None:
    scene = Scene(frames=8, melts=False)
    box = Box(92, 180, 136, 34)

    def frames() -> Iterator[Frame]:
        noise = np.random.default_rng(3).standard_normal((240, 480)).astype(np.float32)
        wall = cv2.GaussianBlur(noise, (0, 0), 7)
        wall = np.clip(120 + 45 * wall / wall.std(), 0, 255)
        for t in range(scene.frames):
            picture = np.repeat(wall[:, 8 * t : 8 * t + 320, None], 3, axis=2).astype(np.uint8)
            cv2.putText(picture, "Helo", (104, 208), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (250, 240, 90), 4, cv2.LINE_AA)
            yield Frame.from_rgb(picture, index=t, at=Fraction(t, 24), lasts=Fraction(1, 24))

    changes = {"quads": dict.fromkeys(range(8), box.quad()), "reference_quad": None, "kind": "subtitle"}
    plan = scene.plan("restore", typeset=Typeset(text="Helo"), **changes)
    repairs = estimate_repairs(plan, reference=None, frames=frames, text_renderer=echo)
    assert len(repairs.repairs["r1"]) == 2
    shown = [next(repairs.over([frame])).frame.u[90:108, 46:114].astype(int) for frame in frames()]
    yellow = [plane < 100 for plane in shown]
    assert all(mask.sum() > 60 for mask in yellow)
    assert all((yellow[0] ^ mask).mean() < 0.03 for mask in yellow[1:])


def test_words_need_somebody_who_sets_them() -> None:
    scene = Scene(frames=4)
    with pytest.raises(ValueError, match="r1 has words"):
        estimate_repairs(scene.plan("erase", typeset=Typeset(text="BREWS")), reference=scene.still(), frames=scene.clip)


def _error(frame: Frame, truth: Frame, where: NDArray[np.bool_]) -> float:
    return float(np.mean(np.square(frame.y[where].astype(float) - truth.y[where])))
