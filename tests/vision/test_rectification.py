"""What lies bent in a frame is read flat, and laid back where it was."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, Quad, shift
from overlaycut.vision.deformation import Deformation
from overlaycut.vision.filters import blurred
from overlaycut.vision.rectification import RectifiedPlane, SoftLuma, layer_of

SEEN = Quad((60, 70), (250, 64), (256, 122), (58, 116))
ARCHED = Deformation(np.array([0.0, 0.0, 0.0, 0.06, 0.0, 0.0]))
"""Its middle stays, and its ends hang down by six hundredths of half its width."""


def letters() -> np.ndarray:
    picture = np.full((190, 320, 3), 205, np.uint8)
    cv2.putText(picture, "ARCHED", (70, 112), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (40, 60, 90), 4, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), 0.8)


def frame() -> Frame:
    return Frame.from_rgb(letters(), index=0, at=Fraction(0), lasts=Fraction(1))


def test_a_bent_reading_takes_each_place_from_where_the_bend_put_it() -> None:
    sheet = RectifiedPlane.around([SEEN], density=1.0, most_pixels=200_000)
    flat, bent = (sheet.read(frame(), SEEN, deformation)[0][..., 0] for deformation in (None, ARCHED))
    points = np.stack(np.meshgrid(np.arange(sheet.width) + 0.5, np.arange(sheet.height) + 0.5), axis=-1)
    places = points + ARCHED.at(points.reshape(-1, 2), sheet.quad).reshape(points.shape) - 0.5
    due = cv2.remap(flat, places[..., 0].astype(np.float32), places[..., 1].astype(np.float32), cv2.INTER_CUBIC)
    inner = (slice(12, -12), slice(12, -12))
    assert np.abs(bent - due)[inner].mean() < 0.6
    assert np.abs(bent - flat)[inner].mean() > 5


def test_no_bend_is_the_plane_itself() -> None:
    sheet = RectifiedPlane.around([SEEN], density=1.0, most_pixels=200_000)
    plane, none = (sheet.read(frame(), SEEN, deformation)[0] for deformation in (None, Deformation(np.zeros(6))))
    assert np.abs(plane - none).mean() < 0.2


@pytest.mark.parametrize("deformation", [None, ARCHED])
def test_what_was_read_is_laid_back_where_it_was_and_nothing_is_cut_off(deformation: Deformation | None) -> None:
    source = frame()
    sheet = RectifiedPlane.around([SEEN], density=1.25, most_pixels=200_000)
    canvas, _ = sheet.read(source, SEEN, deformation)
    layer = layer_of(
        sheet, canvas, np.ones(canvas.shape[:2], np.float32), quad=SEEN, width=320, height=190, deformation=deformation
    )
    assert layer is not None
    empty = Frame.from_rgb(np.full_like(letters(), 205), index=0, at=Fraction(0), lasts=Fraction(1))
    after = empty.with_layers(layer)
    region = SEEN.grown(4).box()
    assert np.abs(after.y[region.slices].astype(float) - source.y[region.slices]).mean() < 1.0


def test_a_layer_reaches_as_far_as_the_bend_takes_it() -> None:
    sheet = RectifiedPlane.around([SEEN], density=1.0, most_pixels=200_000)
    alpha = sheet.region().astype(np.float32)
    canvas = np.full((*alpha.shape, 3), 128, np.float32)
    boxes = []
    for deformation in (None, Deformation(np.array([0.0, 0.0, 0.0, 0.3, 0.0, 0.0]))):
        layer = layer_of(sheet, canvas, alpha, quad=SEEN, width=320, height=190, deformation=deformation)
        assert layer is not None
        shown = Box.of(layer.alpha > 100)
        boxes.append(layer.box.y + shown.bottom)
    assert boxes[1] - boxes[0] == pytest.approx(0.3 * SEEN.size[0] / 2, abs=6)


@pytest.mark.parametrize("density", [1.0, 0.6])
def test_levels_at_single_pixels_are_those_of_the_blurred_plane(density: float) -> None:
    source = frame()
    sheet = RectifiedPlane.around([SEEN], density=density, most_pixels=200_000)
    moved = SEEN.mapped(shift(1.3, -0.7))
    whole = blurred(sheet.read_plane(source.y, moved), 1.0)
    rows, columns = (one.ravel() for one in np.mgrid[6 : sheet.height - 6 : 3, 6 : sheet.width - 6 : 3])
    levels = SoftLuma.of(sheet, source, SEEN, sigma=1.0, room=8).at(moved, rows, columns)
    assert np.abs(levels - whole[rows, columns]).mean() < 0.6
    assert np.abs(levels - sheet.read_plane(source.y, SEEN)[rows, columns]).mean() > 2


@pytest.mark.parametrize("density", [1.0, 0.3])
def test_luma_alone_is_that_of_all_three(density: float) -> None:
    sheet = RectifiedPlane.around([SEEN], density=density, most_pixels=200_000)
    whole, shown = sheet.read(frame(), SEEN)
    luma, alone = sheet.read_luma(frame(), SEEN)
    assert (luma == whole[..., 0]).all() and (alone == shown).all()
    assert not sheet.read_luma(frame(), Quad.of(SEEN.array() + 1000))[1].any()


def test_a_plane_of_fewer_pixels_is_what_the_fine_one_shows_made_smaller() -> None:
    fine, coarse = (RectifiedPlane.around([SEEN], density=density, most_pixels=200_000) for density in (1.2, 0.3))
    large, small = (plane.read(frame(), SEEN)[0] for plane in (fine, coarse))
    due = cv2.resize(large, (coarse.width, coarse.height), interpolation=cv2.INTER_AREA)
    assert np.abs(small - due).mean() < 1.0
