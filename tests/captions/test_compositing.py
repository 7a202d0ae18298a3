"""Words in pictures: when, where, and in which colour."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captions.words import HEIGHT, SAFE, WIDTH, cue, frame, style
from overlaycut.captions import Layout, burn_in, lay_out, load_style, overlay, style_names
from overlaycut.captions.cue_renderer import CueRenderer
from overlaycut.captions.layout import PlacedCue
from overlaycut.captions.planes import PlanarSprite
from overlaycut.captions.sprites import Sprite
from overlaycut.captions.style import Style
from overlaycut.core.cues import Cue, Word
from overlaycut.core.frame import Frame, Layer, Picture
from overlaycut.core.geometry import Box


def laid(*texts: str, **changes: object) -> Layout:
    cues = [cue(text, n, n + 1) for n, text in enumerate(texts)]
    return lay_out(cues, width=WIDTH, height=HEIGHT, style=style(**changes), safe=SAFE)


def timed(text: str, *, each: Fraction = Fraction(1, 2), until: int = 4) -> Cue:
    words = tuple(Word(word, n * each, (n + 1) * each) for n, word in enumerate(text.split()))
    return Cue(Fraction(0), Fraction(until), text, words)


def grey(*times: Fraction, level: int = 90, width: int = WIDTH, height: int = HEIGHT) -> list[Frame]:
    flat = np.full((height // 2, width // 2), 128, np.uint8)
    y = np.full((height, width), level, np.uint8)
    return [Frame(n, at, Fraction(1, 30), y, flat, flat) for n, at in enumerate(times)]


def alone(layout: Layout, look: Style, *times: Fraction) -> list[Picture]:
    frames = grey(*times, width=layout.width, height=layout.height)
    return [picture.copy() for picture in overlay(layout, look, iter(frames))]


@pytest.mark.parametrize(
    "text", ["gjpqy", "ÅÊȂ|", "fj", "Wort\nÄgypten j", "___", "(Wait…)", "بِسْمِ", "ปี่ผู้", "क्रूँ", "👩🏽‍🍳"]
)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"outline_width": 0.2},
        {"shadow_blur": 0.5, "shadow_opacity": 1},
        {"shadow_offset": -0.8},
        {"shadow_blur": 0},
        {"glow": {"colour": "#ff00ff", "radius": 0.3}},
        {"panel": {"padding_x": 0.7, "padding_y": 0.5}},
        {"active": {"plate": "#ff0000", "plate_x": 0.4, "plate_y": 0.3}},
    ],
)
def test_no_ink_is_clipped(text: str, changes: dict[str, float]) -> None:
    look = style(contrast=1, **changes)
    layout = lay_out([cue(text)], width=WIDTH, height=HEIGHT, style=look, safe=SAFE)
    (placed,) = layout.cues
    wider = replace(placed, bounds=Box(0, 0, WIDTH, HEIGHT), box=placed.box.grown(60))
    (free,) = alone(replace(layout, cues=(wider,)), look, Fraction(1, 2))
    (kept,) = alone(layout, look, Fraction(1, 2))
    np.testing.assert_array_equal(free, kept)
    ink = kept[..., 3] > 2
    assert ink.any()
    ink[placed.box.slices] = False
    assert not ink.any()


def test_the_box_is_tight() -> None:
    layout = laid("gyp", shadow_opacity=0)
    (placed,) = layout.cues
    (picture,) = alone(layout, style(shadow_opacity=0), Fraction(0))
    ink = picture[placed.box.slices][..., 3] > 0
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    assert max(rows[0], columns[0], placed.box.h - 1 - rows[-1], placed.box.w - 1 - columns[-1]) <= 4


def test_outside_of_the_box_every_sample_stays() -> None:
    layout = laid("Jumpy gypsies")
    before = frame()
    (after,) = burn_in(layout, style())(iter([before]))
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
        [Fraction(1, 24)] * 60,
        [Fraction(1, 25)] * 60,
        [Fraction(1001, 30000)] * 60,
        [Fraction(1, 30)] * 60,
        [Fraction(1, 60)] * 120,
        [Fraction(1, 30), Fraction(1, 7), Fraction(1001, 60000), Fraction(1, 2)] * 8,
    ],
    ids=["24000/1001", "24", "25", "30000/1001", "30", "60", "variable"],
)
def test_a_cue_shows_from_its_start_up_to_its_end(lasts: list[Fraction]) -> None:
    times = [sum(lasts[:n], Fraction(0)) for n in range(len(lasts))]
    planes = frame(width=64, height=64).planes
    small = [Frame(n, times[n], lasts[n], *planes) for n in range(len(lasts))]
    cues = [cue("a", times[5], times[9]), cue("b", times[9], times[11] + Fraction(1, 10**9)), cue("c", times[20], 99)]
    layout = lay_out(cues, width=64, height=64, style=style(size=0.2), safe=Box(0, 0, 64, 64))
    drawn = list(burn_in(layout, style(size=0.2))(iter(small)))
    changed = [after is not before for before, after in zip(small, drawn, strict=True)]
    assert changed == [5 <= n < 12 or n >= 20 for n in range(len(lasts))]
    alpha = [picture[..., 3].any() for picture in overlay(layout, style(size=0.2), iter(small))]
    assert alpha == changed


def test_a_short_cue_ends_under_a_long_one() -> None:
    cues = [cue("long", 0, 9), cue("short", 1, 2), cue("later", 4, 5)]
    layout = lay_out(cues, width=WIDTH, height=HEIGHT, style=style(), safe=SAFE)
    at = [Fraction(1), Fraction(2), Fraction(4), Fraction(9)]
    seen = [
        [bool(picture[placed.box.slices].any()) for placed in layout.cues[:2]]
        for picture in alone(layout, style(), *at)
    ]
    assert seen == [[True, True], [True, False], [True, True], [False, False]]
    assert layout.cues[1].box.overlap(layout.cues[2].box) > 0


def test_a_cue_is_drawn_once_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    alive: list[weakref.ref[CueRenderer]] = []

    class Watched(CueRenderer):
        def __init__(self, placed: PlacedCue, look: Style, **parameters: object) -> None:
            super().__init__(placed, look, **parameters)
            alive.append(weakref.ref(self))

    monkeypatch.setattr("overlaycut.captions.compositing.CueRenderer", Watched)
    layout = laid("one", "two", "three", "four")
    frames = (frame(Fraction(n, 10), index=n) for n in range(45))
    for after in burn_in(layout, style())(frames):
        showing = sum(ref() is not None for ref in alive)
        assert showing == (after.at < 4)
    assert len(alive) == 4


def test_fill_outline_and_shadow_keep_their_colour_at_every_alpha() -> None:
    look = style(fill="#ffcc00", outline="#ffcc00", shadow="#ffcc00", shadow_opacity=0.7, contrast=1)
    (drawn,) = alone(laid("gypsy Q&A"), look, Fraction(0))
    strong = drawn[..., 3] > 128
    assert len(np.unique(drawn[..., 3])) > 100
    assert (np.abs(drawn[strong][:, :3].astype(int) - [0xFF, 0xCC, 0x00]) <= 4).all()


@pytest.mark.parametrize("shift", [0.25, 0.5, 0.75])
def test_letters_stand_on_parts_of_a_pixel(shift: float) -> None:
    look = style(shadow_opacity=0, contrast=1)
    layout = laid("Hop")
    (placed,) = layout.cues
    moved = replace(placed.lines[0], x=placed.lines[0].x + shift)
    ink = moved.words[0].ink
    word = replace(moved.words[0], ink=replace(ink, left=ink.left + shift, right=ink.right + shift))
    other = replace(layout, cues=(replace(placed, lines=(replace(moved, words=(word,)),)),))

    def centre(one: Layout) -> float:
        alpha = alone(one, look, Fraction(0))[0][..., 3].astype(float)
        return float((alpha * np.arange(WIDTH)).sum() / alpha.sum())

    assert centre(other) - centre(layout) == pytest.approx(shift, abs=0.03)


LOOKS = {
    "rest": ({}, Fraction(2)),
    "pop": ({"enter": {"move": "pop", "seconds": 0.3}}, Fraction(1, 10)),
    "words": ({"reveal": "word", "enter": {"move": "slide", "seconds": 0.3}}, Fraction(6, 10)),
    "active": ({"active": {"colour": "#00ff66", "scale": 1.15}}, Fraction(55, 100)),
    "sweep": ({"active": {"colour": "#ffdd00", "sweep": True}}, Fraction(7, 10)),
    "pill": ({"active": {"plate": "#5b2ff5", "glide": True}}, Fraction(55, 100)),
    "panel": ({"panel": {"colour": "#223344", "opacity": 0.8}, "outline_width": 0}, Fraction(1)),
    "glow": ({"glow": {"colour": "#ff2fd0"}}, Fraction(1)),
    "leave": ({"leave": {"move": "fade", "seconds": 0.5}}, Fraction(37, 10)),
}


@pytest.mark.parametrize("name", LOOKS)
def test_burned_in_and_overlaid_agree(name: str) -> None:
    changes, at = LOOKS[name]
    look = style(**changes)
    layout = lay_out([timed("One can, cold brew 🔥")], width=WIDTH, height=HEIGHT, style=look, safe=SAFE)
    y = np.random.default_rng(3).integers(30, 220, (HEIGHT, WIDTH), np.uint8)
    flat = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    ground = Frame(0, at, Fraction(1), y, flat, flat)
    (burned,) = burn_in(layout, look)(iter([ground]))
    (picture,) = overlay(layout, look, iter([ground]))
    once = ground.with_layers(Layer.from_rgba(picture, x=0, y=0))
    assert picture[..., 3].any()
    for one, other in zip(burned.planes, once.planes, strict=True):
        assert np.abs(one.astype(int) - other).max() <= 2


def test_pictures_between_which_nothing_changes_are_one() -> None:
    layout = laid("one", "two")
    times = [Fraction(0), Fraction(1, 2), Fraction(1), Fraction(5)]
    pictures = list(overlay(layout, style(), iter(grey(*times))))
    assert pictures[0] is pictures[1] and pictures[1] is not pictures[2]
    assert all(picture.shape == (HEIGHT, WIDTH, 4) for picture in pictures)
    assert not pictures[3].any()


def test_a_canvas_that_grew_step_by_step_is_the_one_drawn_at_once() -> None:
    look = style(reveal="word", enter={"move": "pop", "seconds": 0.3}, active={"colour": "#00ff00", "scale": 1.1})
    layout = lay_out([timed("one two three four")], width=WIDTH, height=HEIGHT, style=look, safe=SAFE)
    for stop in (7, 17, 31, 70):
        walked = CueRenderer(layout.cues[0], look)
        for n in range(stop + 1):
            walked.move_to(Fraction(n, 30))
        jumped = CueRenderer(layout.cues[0], look)
        jumped.move_to(Fraction(stop, 30))
        np.testing.assert_array_equal(walked.composite.pixels, jumped.composite.pixels)


def test_planes_converted_part_by_part_are_those_converted_at_once() -> None:
    rng = np.random.default_rng(7)
    alpha = rng.integers(0, 256, (40, 60, 1), np.uint8)
    pixels = np.concatenate([np.minimum(rng.integers(0, 256, (40, 60, 3), np.uint8), alpha), alpha], axis=2)
    sprite = Sprite(Box(10, 20, 60, 40), pixels)
    at_once, in_parts = PlanarSprite(sprite), PlanarSprite(sprite)
    at_once.update([sprite.box])
    in_parts.update([sprite.box, Box(31, 33, 9, 8), Box(45, 20, 12, 40)])
    drawn = [frame().planes, frame().planes]
    for planar, planes in zip((at_once, in_parts), drawn, strict=True):
        planar.blend(*planes)
    for one, other in zip(*drawn, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("move", ["fade", "pop", "slide", "bounce", "zoom"])
def test_motion_is_a_matter_of_time_and_not_of_rate(move: str) -> None:
    look = style(reveal="word", enter={"move": move, "seconds": 0.5}, leave={"move": move, "seconds": 0.5})
    layout = lay_out([timed("one two")], width=WIDTH, height=HEIGHT, style=look, safe=SAFE)

    def at_shared_times(rate: int) -> Iterator[Picture]:
        frames = grey(*(Fraction(n, rate) for n in range(4 * rate)))
        for n, picture in enumerate(overlay(layout, look, iter(frames))):
            if (Fraction(n, rate) * 6).denominator == 1:
                yield picture.copy()

    for slow, middle, fast in zip(at_shared_times(24), at_shared_times(30), at_shared_times(60), strict=True):
        np.testing.assert_array_equal(slow, middle)
        np.testing.assert_array_equal(slow, fast)


def test_a_word_that_slides_moves_by_parts_of_a_pixel() -> None:
    look = style(enter={"move": "slide", "seconds": 1}, shadow_opacity=0, contrast=1)
    layout = laid("Hop", "x")
    times = [Fraction(800 + n, 1000) for n in range(0, 100, 10)]
    rows = []
    for picture in alone(layout, look, *times):
        alpha = picture[..., 3].astype(float)
        rows.append((alpha.sum(axis=1) * np.arange(HEIGHT)).sum() / alpha.sum())
    steps = -np.diff(rows)
    assert (steps > 0).all() and steps.max() < 0.4


def test_the_word_that_is_said_has_its_colour_and_only_while_it_is() -> None:
    look = style(fill="#ffffff", active={"colour": "#ff0000"}, contrast=1)
    layout = lay_out([timed("one two")], width=WIDTH, height=HEIGHT, style=look, safe=SAFE)
    first, second = layout.cues[0].lines[0].words

    def red(picture: Picture, left: float, right: float) -> bool:
        part = picture[:, int(left) : int(right)].astype(int)
        return bool(((part[..., 0] > 200) & (part[..., 1] < 60) & (part[..., 3] > 200)).any())

    times = (Fraction(0), Fraction(1, 2) - Fraction(1, 1000), Fraction(1, 2), Fraction(1))
    seen = [
        (red(picture, first.ink.left, first.ink.right), red(picture, second.ink.left, second.ink.right))
        for picture in alone(layout, look, *times)
    ]
    assert seen == [(True, False), (True, False), (False, True), (False, False)]


def test_words_and_letters_come_when_they_are_said() -> None:
    for reveal, expected in (("word", [3, 6, 6]), ("letter", [1, 4, 6])):
        look = style(reveal=reveal, shadow_opacity=0, outline_width=0, contrast=1, font="JetBrainsMono-ExtraBold.ttf")
        layout = lay_out([timed("HHH HHH")], width=WIDTH, height=HEIGHT, style=look, safe=SAFE)
        counts = []
        for picture in alone(layout, look, Fraction(1, 100), Fraction(51, 100), Fraction(2)):
            row = picture[int(layout.cues[0].lines[0].baseline) - 3, :, 3] > 128
            counts.append(int(np.diff(row.astype(int)).clip(0).sum()) // 2)  # a capital H stands on two legs
        assert counts == expected


@pytest.mark.parametrize("name", style_names())
def test_no_style_ever_draws_outside_the_safe_area(name: str) -> None:
    look = load_style(name)
    cues = [timed("Honestly, jumpy words here"), replace(timed("مرحبا بكم 日本 🔥"), start=Fraction(0))]
    layout = lay_out(cues[:1], width=WIDTH, height=HEIGHT, style=look, safe=SAFE)
    frames = grey(*(Fraction(n, 15) for n in range(45)), level=140)
    ground = frames[0]
    for after in burn_in(layout, look)(iter(frames)):
        changed = after.y != ground.y
        changed[SAFE.slices] = False
        assert not changed.any()


@pytest.mark.parametrize("name", style_names())
@pytest.mark.parametrize("level", [16, 126, 235])
def test_every_style_can_be_read_on_every_ground(name: str, level: int) -> None:
    from overlaycut.captions.legibility import Legibility

    look = load_style(name)
    layout = lay_out([timed("Honestly, words")], width=WIDTH, height=HEIGHT, style=look, safe=SAFE)
    for ground in (grey(Fraction(9, 10), level=level)[0], frame(Fraction(9, 10))):
        watching = Legibility(CueRenderer(layout.cues[0], look), look)
        assert watching.measured(ground, watching.strength(ground)) >= 4.5


def test_help_comes_only_where_it_is_needed_and_stays() -> None:
    look = style(outline_width=0, shadow_opacity=0)
    layout = lay_out([cue("Words", 0, 4)], width=WIDTH, height=HEIGHT, style=look, safe=SAFE)
    corner = layout.cues[0].box.y + 4, layout.cues[0].box.x + layout.cues[0].box.w // 2
    dark, light = (grey(*(Fraction(n, 10) for n in range(40)), level=level) for level in (20, 230))
    frames = [*dark[:10], *light[10:20], *dark[20:30]]
    seen = [int(after.y[corner]) for after in burn_in(layout, look)(iter(frames))]
    assert seen[:10] == [20] * 10
    assert seen[14] < 140 and sorted(seen[10:14], reverse=True) == seen[10:14]
    assert seen[25] < 20 + 1
    (always,) = burn_in(layout, look)(iter(light[:1]))
    assert always.y[corner] < 140, "what is needed from the first frame on is there on the first frame"


def test_an_emoji_is_drawn_in_colour() -> None:
    look = style(shadow_opacity=0, outline_width=0, contrast=1)
    layout = lay_out([cue("❤️")], width=WIDTH, height=HEIGHT, style=look, safe=SAFE)
    (picture,) = alone(layout, look, Fraction(0))
    solid = picture[picture[..., 3] > 250][:, :3].astype(int)
    assert len(solid) > 200
    assert (solid[:, 0] > 180).mean() > 0.8 and (solid[:, 1] < 120).mean() > 0.8


def test_cues_that_had_to_cover_one_another_are_laid_over_in_order() -> None:
    cues = [cue("one", 0, 2), cue("two", 0, 2)]
    small, look = Box(0, 0, 60, 20), style(size=0.5, contrast=1)
    layout = lay_out(cues, width=60, height=20, style=look, safe=small)
    assert any("covers" in warning for warning in layout.warnings)
    (ground,) = grey(Fraction(0), width=60, height=20)
    (picture,) = overlay(layout, look, iter([ground]))
    (burned,) = burn_in(layout, look)(iter([ground]))
    once = ground.with_layers(Layer.from_rgba(picture, x=0, y=0))
    assert np.abs(burned.y.astype(int) - once.y).max() <= 3


def test_a_logo_stands_in_its_corner_on_every_frame(tmp_path: Path) -> None:
    Image.new("RGBA", (40, 20), (255, 0, 0, 255)).save(tmp_path / "logo.png")
    look = style(logo={"image": str(tmp_path / "logo.png"), "width": 0.2, "corner": "top-right"})
    layout = lay_out([cue("Words", 1, 2)], width=WIDTH, height=HEIGHT, style=look, safe=SAFE)
    before, during = burn_in(layout, look)(iter(grey(Fraction(0), Fraction(1))))
    box = Box(SAFE.right - 94, SAFE.y, 94, 47)
    for after in (before, during):
        assert (after.v[box.y // 2 + 2 : box.bottom // 2 - 2, box.x // 2 + 2 : box.right // 2 - 2] > 200).all()
    pictures = alone(layout, look, Fraction(0), Fraction(1))
    assert all((picture[box.slices][..., 3] == 255).all() for picture in pictures)
