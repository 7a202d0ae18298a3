"""Covers on a drawn scene: they hide, they are exact, and they stand still when they should."""

from __future__ import annotations

from math import hypot
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlaycut.core.geometry import mapped
from overlaycut.core.plan import Cover, CoverStyle, Typeset
from overlaycut.repair.cover import largest_radius
from overlaycut.repair.estimate.estimation import estimate_repairs
from overlaycut.repair.estimates import RepairEstimates
from overlaycut.repair.retypeset.renderer import OriginalText, RenderedText
from overlaycut.vision.colour import contrast, rgb, samples_of
from repair.scene import WIDTH, WORD, Scene

STYLES: tuple[CoverStyle, ...] = get_args(CoverStyle)
SCENE = Scene(frames=6, onset=2)


def echo(_text: str, original: OriginalText, _font: str | None) -> RenderedText:
    """A text_renderer that draws a slab where the old lettering stood."""
    rows, columns = np.nonzero(original.coverage > 0.5)
    slab = np.zeros_like(original.coverage)
    slab[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = 1
    return RenderedText(slab, "slab")


def covered(cover: Cover, scene: Scene = SCENE, **changes: object) -> RepairEstimates:
    plan = scene.plan("cover", cover=cover, **changes)
    return estimate_repairs(plan, reference=scene.still(), frames=scene.clip, text_renderer=echo)


@given(st.floats(0.01, 50), st.floats(0.01, 50), st.floats(0, 1))
def test_a_corner_is_never_rounder_than_what_it_hides_allows(beside: float, above: float, share: float) -> None:
    radius = share * largest_radius(beside, above)
    if beside < radius and above < radius:
        assert hypot(radius - beside, radius - above) <= radius * (1 + 1e-9) + 1e-9
    larger = 1.05 * largest_radius(beside, above)
    assert hypot(larger - beside, larger - above) > larger, "and not less round than that"


@pytest.mark.parametrize("fixed", [False, True], ids=["tracked", "fixed"])
@pytest.mark.parametrize("style", STYLES)
def test_no_stroke_peeks_out(style: CoverStyle, fixed: bool) -> None:
    repairs = covered(Cover(style=style, fixed=fixed))
    for frame in (SCENE.shown(0), SCENE.shown(3), SCENE.shown(5)):
        after = next(repairs.over([frame]))
        ink = np.abs(frame.y.astype(int) - SCENE.bare(frame.index).y) > 25
        assert (after.mask[ink] == 255).mean() > 0.995
        outside = after.mask == 0
        assert (after.frame.y[outside] == frame.y[outside]).all()


@pytest.mark.parametrize(
    ("style", "fixed", "colour"),
    [("panel", False, "#0b5cff"), ("bar", True, "#ffd400"), ("pill", False, "#000000"), ("pill", True, "#ffffff")],
)
def test_a_given_colour_arrives_as_it_is(style: CoverStyle, fixed: bool, colour: str) -> None:
    repairs = covered(Cover(style=style, fixed=fixed, colour=colour))
    for frame in (SCENE.shown(0), SCENE.shown(5)):
        after = next(repairs.over([frame]))
        inside = after.mask == 255
        chroma = inside[0::2, 0::2] & inside[1::2, 0::2] & inside[0::2, 1::2] & inside[1::2, 1::2]
        chroma[:, 1:] &= chroma[:, :-1]  # a chroma sample reaches half a sample to the left
        for plane, level, where in zip(
            after.frame.planes, samples_of(rgb(colour)), (inside, chroma, chroma), strict=True
        ):
            assert (plane[where] == level).all()


@pytest.mark.parametrize("style", ["panel", "bar", "pill"])
def test_what_is_fixed_stands_exactly_still_around_all_that_the_region_takes(style: CoverStyle) -> None:
    repairs = covered(Cover(style=style, fixed=True))
    masks = [next(repairs.over([frame])).mask for frame in SCENE.clip()]
    pictures = [next(repairs.over([frame])).frame.y for frame in SCENE.clip()]
    assert masks[0].any()
    for frame in range(1, SCENE.frames):
        assert np.array_equal(masks[0], masks[frame])
        assert np.array_equal(pictures[0][masks[0] == 255], pictures[frame][masks[0] == 255])
    for frame in range(SCENE.frames):
        assert all(masks[0][int(y), int(x)] == 255 for x, y in SCENE.quad(frame).array())


def test_what_is_tracked_follows_the_region() -> None:
    repairs = covered(Cover(style="bar"))
    for frame in SCENE.clip():
        rows, columns = np.nonzero(next(repairs.over([frame])).mask == 255)
        middle = mapped(SCENE._camera(frame.index), np.array([WORD.centre]))[0]
        assert np.abs(middle - (columns.mean(), rows.mean())).max() < 4


def test_the_surface_s_own_panel_takes_the_scene_s_light_and_a_brand_s_does_not() -> None:
    dimming = Scene(frames=8, moving=False, drift=0.4)
    own, brand = (covered(Cover(colour=colour), dimming) for colour in (None, "#c0a080"))
    first, last = dimming.shown(0), dimming.shown(7)
    middle = np.s_[110:120, 150:170]
    fell = first.y[60:70, 150:170].mean() - last.y[60:70, 150:170].mean()
    assert next(own.over([first])).frame.y[middle].mean() - next(own.over([last])).frame.y[middle].mean() > 0.6 * fell
    assert (next(brand.over([first])).frame.y[middle] == next(brand.over([last])).frame.y[middle]).all()


def test_a_bar_without_a_colour_stands_out_from_its_surface() -> None:
    after = next(covered(Cover(style="bar")).over([SCENE.shown(0)]))
    bar, wall = after.frame.rgb()[110, 160], after.frame.rgb()[60, 160]
    assert contrast(tuple(map(int, bar)), tuple(map(int, wall))) > 4.5


@pytest.mark.parametrize("fixed", [False, True], ids=["tracked", "fixed"])
def test_out_of_focus_nothing_is_left_of_strokes_and_it_is_steadier_than_what_it_hides(fixed: bool) -> None:
    scene = Scene(frames=8, onset=2, moving=False, drift=0)
    repairs, frames = covered(Cover(style="blur", fixed=fixed), scene), list(scene.clip())
    after = [next(repairs.over([frame])) for frame in frames]
    inside = np.logical_and.reduce([one.mask == 255 for one in after])
    heart = np.s_[92:138, 74:246]
    assert inside[heart].all()

    def steepest(y: np.ndarray) -> float:
        return float(max(np.abs(np.diff(y[heart].astype(int), axis=axis)).max() for axis in (0, 1)))

    assert all(steepest(one.frame.y) <= 0.1 * steepest(frame.y) for one, frame in zip(after, frames, strict=True))
    moved = [np.abs(np.diff([f.y[heart].astype(int) for f in kind], axis=0)).mean() for kind in
             (frames, [one.frame for one in after])]  # fmt: skip
    assert moved[1] < 0.4 * moved[0]


@pytest.mark.parametrize(("style", "fixed"), [("panel", False), ("bar", True), ("pill", False), ("blur", True)])
def test_words_stand_in_the_middle_in_their_colour(style: CoverStyle, fixed: bool) -> None:
    repairs = covered(Cover(style=style, fixed=fixed, colour="#ffffff"), typeset=Typeset(text="NEW", colour="#d00000"))
    assert repairs.fonts == {"r1": "slab"}
    after = next(repairs.over([SCENE.shown(0)]))
    words = (after.frame.v.astype(int) > 190).repeat(2, axis=0).repeat(2, axis=1)
    rows, columns = np.nonzero(words)
    own = np.nonzero(after.mask == 255)
    assert len(rows) > 500
    assert (rows.min() + rows.max() - own[0].min() - own[0].max()) / 2 == pytest.approx(0, abs=3)
    assert (columns.min() + columns.max() - own[1].min() - own[1].max()) / 2 == pytest.approx(0, abs=3)


def test_words_without_a_colour_can_be_read() -> None:
    for colour in ("#101010", "#f8f8f0", "#808080"):
        repairs = covered(Cover(style="bar", colour=colour), typeset=Typeset(text="NEW"))
        ink = next(repairs.over([SCENE.shown(0)])).frame.rgb()[115, WIDTH // 2]
        assert contrast(tuple(map(int, ink)), rgb(colour)) >= 4.4


def test_a_cover_over_what_moves_by_itself_is_not_cut_by_it() -> None:
    still = Scene(frames=8, moving=True, textured=True, melts=False)
    quads = dict.fromkeys(range(8), WORD)
    repairs = covered(Cover(), still, quads=quads, reference_quad=None, state="invented")
    masks = [next(repairs.over([frame])).mask for frame in still.clip()]
    assert all((mask[95:135, 75:245] == 255).all() for mask in masks)
