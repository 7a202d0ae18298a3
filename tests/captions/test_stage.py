"""Words in pictures: when, where, and in which colour."""

from __future__ import annotations

import weakref
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from captions.words import HEIGHT, SAFE, WIDTH, cue, frame, style
from overlaycut.captions import Layout, Placed, captions, lay_out, overlay, painted, painted_rgba
from overlaycut.core.frame import Frame, Layer
from overlaycut.core.geometry import Box


def laid(*texts: str, **changes: object) -> Layout:
    cues = [cue(text, n, n + 1) for n, text in enumerate(texts)]
    return lay_out(cues, width=WIDTH, height=HEIGHT, style=style(**changes), safe=SAFE)


@pytest.mark.parametrize("text", ["gjpqy", "ÅÊȂ|", "fj", "Wort\nÄgypten j", "___", "(Wait…)"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"outline_width": 0.2},
        {"shadow_blur": 0.5, "shadow_opacity": 1},
        {"shadow_offset": -0.8},
        {"shadow_blur": 0},
    ],
)
def test_no_ink_is_clipped(text: str, changes: dict[str, float]) -> None:
    look = style(**changes)
    (placed,) = lay_out([cue(text)], width=WIDTH, height=HEIGHT, style=look, safe=SAFE).cues
    larger = painted_rgba(replace(placed, box=placed.box.grown(60)), look)
    ink = larger[..., 3] > 0
    outside = ink.copy()
    outside[60:-60, 60:-60] = False
    assert not outside.any()
    np.testing.assert_array_equal(larger[60:-60, 60:-60], painted_rgba(placed, look))
    assert ink.any()


def test_the_box_is_tight() -> None:
    (placed,) = laid("gyp", shadow_opacity=0).cues
    ink = painted_rgba(placed, style(shadow_opacity=0))[..., 3] > 0
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    assert max(rows[0], columns[0], placed.box.h - 1 - rows[-1], placed.box.w - 1 - columns[-1]) <= 4


def test_outside_of_the_box_every_sample_stays() -> None:
    layout = laid("Jumpy gypsies")
    before = frame()
    (after,) = captions(layout, style())(iter([before]))
    box = layout.cues[0].box.even()
    for plane, drawn, step in zip(before.planes, after.planes, (1, 2, 2), strict=True):
        inside = np.zeros(plane.shape, np.bool_)
        inside[box.y // step : box.bottom // step, box.x // step : box.right // step] = True
        np.testing.assert_array_equal(plane[~inside], drawn[~inside])
        assert (plane != drawn)[inside].any()
    assert after.at == before.at and after.index == before.index


@pytest.mark.parametrize(
    "lasts",
    [
        [Fraction(1001, 24000)] * 60,
        [Fraction(1, 25)] * 60,
        [Fraction(1, 30)] * 60,
        [Fraction(1, 60)] * 120,
        [Fraction(1, 30), Fraction(1, 7), Fraction(1001, 60000), Fraction(1, 2)] * 8,
    ],
    ids=["24000/1001", "25", "30", "60", "variable"],
)
def test_a_cue_shows_from_its_start_up_to_its_end(lasts: list[Fraction]) -> None:
    times = [sum(lasts[:n], Fraction(0)) for n in range(len(lasts))]
    planes = frame(width=64, height=64).planes
    small = [Frame(n, times[n], lasts[n], *planes) for n in range(len(lasts))]
    cues = [cue("a", times[5], times[9]), cue("b", times[9], times[11] + Fraction(1, 10**9)), cue("c", times[20], 99)]
    layout = lay_out(cues, width=64, height=64, style=style(size=0.2), safe=Box(0, 0, 64, 64))
    drawn = list(captions(layout, style(size=0.2))(iter(small)))
    changed = [after is not before for before, after in zip(small, drawn, strict=True)]
    assert changed == [5 <= n < 12 or n >= 20 for n in range(len(lasts))]
    alpha = [picture[..., 3].any() for picture in overlay(layout, style(size=0.2), times)]
    assert alpha == changed


def test_a_short_cue_ends_under_a_long_one() -> None:
    cues = [cue("long", 0, 9), cue("short", 1, 2), cue("later", 4, 5)]
    layout = lay_out(cues, width=WIDTH, height=HEIGHT, style=style(), safe=SAFE)
    at = [Fraction(1), Fraction(2), Fraction(4), Fraction(9)]
    seen = [
        [bool(picture[placed.box.slices].any()) for placed in layout.cues[:2]]
        for picture in overlay(layout, style(), at)
    ]
    assert seen == [[True, True], [True, False], [True, True], [False, False]]
    assert layout.cues[1].box.overlap(layout.cues[2].box) > 0


def test_a_cue_is_drawn_once_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    alive: list[weakref.ref[np.ndarray]] = []

    def watched(placed: Placed, look: object) -> Layer:
        layer = painted(placed, style())
        alive.append(weakref.ref(layer.y))
        return layer

    monkeypatch.setattr("overlaycut.captions.stage.painted", watched)
    layout = laid("one", "two", "three", "four")
    frames = (frame(Fraction(n, 10), index=n) for n in range(45))
    for after in captions(layout, style())(frames):
        showing = sum(ref() is not None for ref in alive)
        assert showing == (after.at < 4)
    assert len(alive) == 4


def test_fill_outline_and_shadow_keep_their_colours_at_every_alpha() -> None:
    look = style(fill="#ffcc00", outline="#ffcc00", shadow="#ffcc00", shadow_opacity=0.7)
    (placed,) = laid("gypsy Q&A").cues
    drawn = painted_rgba(placed, look)
    alpha = drawn[..., 3]
    assert len(np.unique(alpha)) > 100
    assert (drawn[..., :3] == [0xFF, 0xCC, 0x00]).all()


def test_the_outline_lies_around_the_fill_and_is_as_wide_as_asked() -> None:
    look = style(size=0.2, shadow_opacity=0, fill="#ffffff", outline="#000000", outline_width=0.1)
    (placed,) = lay_out([cue("l")], width=WIDTH, height=HEIGHT, style=look, safe=SAFE).cues
    drawn = painted_rgba(placed, look).astype(float)
    row = drawn[placed.box.h // 2]
    dark = ((255 - row[:, 0]) / 255 * row[:, 3] / 255).sum()
    assert dark == pytest.approx(2 * 0.1 * placed.size, abs=0.3)
    middle = placed.lines[0].x + placed.lines[0].width / 2 - placed.box.x
    weight = row[:, 3]
    assert (weight * (np.arange(len(weight)) + 0.5)).sum() / weight.sum() == pytest.approx(middle, abs=1.5)


@pytest.mark.parametrize("shift", [0.25, 0.5, 0.75])
def test_letters_move_by_parts_of_a_pixel_with_their_outline(shift: float) -> None:
    look = style(shadow_opacity=0)

    def centre(placed: Placed) -> tuple[float, float]:
        drawn = painted_rgba(placed, look).astype(float)
        white = drawn[..., 0] / 255 * drawn[..., 3] / 255
        columns = np.arange(placed.box.w)
        return float((white * columns).sum() / white.sum()), float(
            (drawn[..., 3] * columns).sum() / drawn[..., 3].sum()
        )

    (placed,) = laid("Hop").cues
    line = replace(placed.lines[0], x=round(placed.lines[0].x))
    still, moved = replace(placed, lines=(line,)), replace(placed, lines=(replace(line, x=line.x + shift),))
    for one, other in zip(centre(still), centre(moved), strict=True):
        assert other - one == pytest.approx(shift, abs=0.02)


def test_burned_in_and_overlaid_agree() -> None:
    layout, look = laid("One can, cold brew, and a dog"), style(outline="#202020")
    y = np.random.default_rng(3).integers(30, 220, (HEIGHT, WIDTH), np.uint8)
    grey = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    ground = Frame(0, Fraction(0), Fraction(1), y, grey, grey)
    (burned,) = captions(layout, look)(iter([ground]))
    (alone,) = overlay(layout, look, [Fraction(0)])
    alpha = alone[..., 3:] / 255
    mixed = np.rint(alone[..., :3] * alpha + ground.rgb() * (1 - alpha)).astype(np.uint8)
    again = Frame.from_rgb(mixed, index=0, at=Fraction(0), lasts=Fraction(1))
    for one, other in zip(burned.planes, again.planes, strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1


def test_the_overlay_is_the_painted_cue_and_nothing_else() -> None:
    layout = laid("one", "two")
    pictures = list(overlay(layout, style(), [Fraction(0), Fraction(1, 2), Fraction(1), Fraction(5)]))
    assert pictures[0] is pictures[1]
    assert all(picture.shape == (HEIGHT, WIDTH, 4) for picture in pictures)
    for picture, placed in zip(pictures[1:3], layout.cues, strict=True):
        np.testing.assert_array_equal(picture[placed.box.slices], painted_rgba(placed, style()))
        assert np.count_nonzero(picture[..., 3]) == np.count_nonzero(painted_rgba(placed, style())[..., 3])
    assert not pictures[3].any()


def test_cues_that_had_to_cover_one_another_are_laid_over_in_order() -> None:
    cues = [cue("one", 0, 2), cue("two", 0, 2)]
    small = Box(0, 0, 60, 20)
    layout = lay_out(cues, width=60, height=20, style=style(size=0.5), safe=small)
    look = style(size=0.5)
    assert any("covers" in warning for warning in layout.warnings)
    (picture,) = overlay(layout, look, [Fraction(0)])
    flat = np.full((10, 30), 128, np.uint8)
    ground = Frame(0, Fraction(0), Fraction(1), np.full((20, 60), 90, np.uint8), flat, flat)
    (burned,) = captions(layout, look)(iter([ground]))
    once = ground.with_layers(Layer.from_rgba(picture, x=0, y=0))
    assert np.abs(burned.y.astype(int) - once.y).max() <= 2
