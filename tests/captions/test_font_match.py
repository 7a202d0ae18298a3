"""Fonts found again from lettering that is set in them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from overlaycut.captions import InkBounds, choose_font, font_files, typeset
from overlaycut.captions.font_match import best_match
from overlaycut.captions.fonts import font_path
from overlaycut.errors import FontError
from overlaycut.resources import folder

BOLD, HEAVY = font_path("Inter-Bold.otf"), font_path("Inter-ExtraBold.otf")
SHELF = tuple(sorted(folder("fonts").glob("Inter*.otf")))


def example(font: Path, text: str = "COLD BREW", *, rows: float = 40, seed: int = 0) -> NDArray[np.float32]:
    """Lettering as a clip shows it: somewhere between the pixels, soft and noisy."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(8, 9, 2)
    width = rows * 9
    drawn = typeset(
        text, font, into=[InkBounds(x, y, x + width, y + rows)], width=round(width) + 18, height=round(rows) + 18
    )
    soft = cv2.GaussianBlur(drawn, (0, 0), 0.02 * rows)
    return np.clip(soft + rng.normal(0, 0.04, soft.shape), 0, 1).astype(np.float32)


@pytest.mark.parametrize("rows", [22, 60])
@pytest.mark.parametrize("font", [BOLD, HEAVY], ids=["bold", "extra bold"])
def test_a_font_is_told_from_its_sister(font: Path, rows: float) -> None:
    found = [
        best_match(example(font, text, rows=rows, seed=n), text, SHELF) for n, text in enumerate(("Coffee", "No. 42"))
    ]
    assert [match.path for match in found] == [font, font]
    assert all(match.score is not None and match.score > 0.75 for match in found)


def test_one_bad_letter_does_not_decide() -> None:
    spoilt = example(HEAVY)
    spoilt[:, 60:100] = spoilt[::-1, 60:100]
    assert best_match(spoilt, "COLD BREW", SHELF).path == HEAVY


@pytest.mark.parametrize("font", [BOLD, HEAVY], ids=["bold", "extra bold"])
def test_melted_lettering_tells_how_heavy_it_was(font: Path) -> None:
    drawn = example(font, "CQLD BRFVV")
    match = choose_font("COLD BREW", drawn, reading=None, wanted=None, fonts=SHELF)
    assert (match.path, match.score) == (font, None)


def test_lettering_that_does_not_read_what_it_should_is_taken_as_melted() -> None:
    drawn = np.zeros((60, 300), np.float32)
    drawn[10:50, 10:290] = 1
    assert choose_font("COLD BREW", drawn, reading="COLD BREW", wanted=None, fonts=SHELF).score is None


@pytest.mark.parametrize("wanted", [str(HEAVY), "Inter-ExtraBold.otf"])
def test_a_font_that_is_named_is_taken(wanted: str) -> None:
    assert choose_font("COLD BREW", example(BOLD), reading="COLD BREW", wanted=wanted, fonts=SHELF).path == HEAVY


def test_the_likest_of_a_family_is_taken() -> None:
    match = choose_font("COLD BREW", example(HEAVY), reading="COLD BREW", wanted="inter", fonts=SHELF)
    assert match.path.name in {"Inter-ExtraBold.otf", "Inter-Bold.otf"}
    assert "Inter" in match.name


def test_a_font_that_nobody_knows_is_refused() -> None:
    with pytest.raises(FontError, match="no such font"):
        choose_font("COLD BREW", example(BOLD), reading=None, wanted="Helvetica Nova", fonts=SHELF)


def test_words_that_no_font_has_are_refused_by_name() -> None:
    with pytest.raises(FontError, match="U\\+6771"):
        choose_font("東", example(BOLD), reading=None, wanted=None, fonts=SHELF)


def test_fonts_of_a_user_come_first_and_broken_ones_are_passed_over(tmp_path: Path) -> None:
    own = tmp_path / "mine.otf"
    own.write_bytes(BOLD.read_bytes())
    (tmp_path / "broken.ttf").write_bytes(b"no font at all" * 100)
    files = font_files(tmp_path)
    assert set(files[:2]) == {own, tmp_path / "broken.ttf"}
    assert set(SHELF) <= set(files) and len(set(files)) == len(files)
    assert choose_font("COLD BREW", example(BOLD), reading="COLD BREW", wanted=None, fonts=files[:2]).path == own


@pytest.mark.parametrize("name", ["nowhere.otf", "notes.txt"])
def test_what_is_no_font_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("words")
    with pytest.raises(FontError, match="neither a font file nor a folder"):
        font_files(tmp_path / name)
