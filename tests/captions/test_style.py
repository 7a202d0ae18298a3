"""Styles: what may stand in them, and what is laid over them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from overlaycut.captions import load_style, style_names
from overlaycut.captions.motion import entry_pose, exit_pose
from overlaycut.errors import DocumentError, FontError, MissingInput, UsageError
from overlaycut.vision.colour import contrast_ratio, relative_luminance


def test_styles_differ_really() -> None:
    names = style_names()
    assert len(names) >= 10
    marks = set()
    for name in names:
        style = load_style(name)
        plate = style.panel.colour if style.panel else style.active.plate
        marks.add((style.font, style.reveal, style.enter.move, style.active.colour, plate, style.max_words))
    assert len(marks) == len(names)
    assert len({load_style(name).font for name in names}) >= 7


def test_a_style_says_only_what_differs_from_its_base(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('base = "pop"\nfill = "#112233"\n[active]\nscale = 1.3\n')
    mine, pop = load_style(str(tmp_path / "mine.toml")), load_style("pop")
    assert (mine.fill, mine.active.scale, mine.active.colour) == ("#112233", 1.3, pop.active.colour)
    (tmp_path / "theirs.toml").write_text('base = "mine.toml"\nsize = 0.05\n')
    theirs = load_style(str(tmp_path / "theirs.toml"))
    assert (theirs.fill, theirs.size) == ("#112233", 0.05)


def test_a_brand_is_laid_over_any_style(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 4), (1, 2, 3, 255)).save(tmp_path / "logo.png")
    brand = tmp_path / "brand.toml"
    brand.write_text('font = "Vollkorn-ExtraBold.ttf"\n[active]\ncolour = "#010203"\n[logo]\nimage = "logo.png"\n')
    for name in ("clean", "pop"):
        style = load_style(name, brand=brand)
        assert (style.font, style.active.colour) == ("Vollkorn-ExtraBold.ttf", "#010203")
        assert style.logo is not None and style.logo.image == tmp_path / "logo.png"
        assert style.active.scale == load_style(name).active.scale


@pytest.mark.parametrize(
    ("text", "error", "where"),
    [
        ('base = "clean"\nfil = "#ffffff"', DocumentError, "fil"),
        ('base = "clean"\n[active]\ncolor = "#ffffff"', DocumentError, "active.color"),
        ('base = "clean"\n[enter]\nmove = "spin"', DocumentError, "enter.move"),
        ('base = "clean"\n[[keywords]]\nmatch = "("\ncolour = "#ffffff"', DocumentError, "keywords[0].match"),
        ('base = "clean"\nfill = "white"', DocumentError, "fill"),
        ("base = 5", DocumentError, "base"),
        ('base = "this.toml"', DocumentError, "base"),
        ('base = "nobody"', UsageError, "nobody"),
        ('fill = "#ffffff"', DocumentError, "font"),
        ('font = "Nowhere.ttf"', FontError, "Nowhere.ttf"),
        ('base = "clean"\n[logo]\nimage = "no.png"', MissingInput, "no.png"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, error: type[Exception], where: str) -> None:
    path = tmp_path / "this.toml"
    path.write_text(text)
    with pytest.raises(error) as refusal:
        load_style(str(path))
    assert where in str(refusal.value)


@pytest.mark.parametrize("move", ["none", "fade", "pop", "slide", "bounce", "zoom"])
def test_movements_end_where_words_rest(move: str) -> None:
    assert entry_pose(move, 1.0) == exit_pose(move, 0.0) == (0, 0, 1, 1)
    assert entry_pose(move, 0.0).opacity > 0.1, "there on the first frame"
    assert exit_pose(move, 1.0).opacity == (1 if move == "none" else 0)
    steps = [entry_pose(move, n / 200) for n in range(1, 201)]
    for one, other in pairwise(steps):
        assert abs(one.dy - other.dy) < 0.05 and abs(one.scale - other.scale) < 0.05, "no jump"


def test_contrast_is_what_the_guidelines_say() -> None:
    import numpy as np

    white, grey, black = (relative_luminance(np.array([level] * 3) / 255) for level in (255, 118, 0))
    assert contrast_ratio(white, black) == pytest.approx(21)
    assert contrast_ratio(white, grey) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("name", style_names())
def test_letters_stand_out_from_their_own_plates(name: str) -> None:
    import numpy as np

    def light(colour: str) -> float:
        return float(relative_luminance(np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) / 255))

    style = load_style(name)
    if style.active.plate is not None:
        letters = style.active.colour or style.fill
        assert contrast_ratio(np.float64(light(letters)), np.float64(light(style.active.plate))) >= 4.5
    if style.panel is not None:
        assert contrast_ratio(np.float64(light(style.fill)), np.float64(light(style.panel.colour))) >= 4.5
