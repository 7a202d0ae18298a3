"""Sheets fall apart where their gutters are, wherever those are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlaycut.analyse import matched, panels
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box


def drawing(seed: int, width: int, height: int) -> Picture:
    """A picture with large shapes, as panels have, and no straight band of one colour."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(20, 236, (6, 6, 3), dtype=np.uint8)
    y, x = np.indices((height, width))
    whole = coarse[np.minimum(y * 6 // height, 5), np.minimum((x + y // 5) * 6 // (width + height // 5), 5)].astype(int)
    return np.clip(whole + rng.integers(-14, 15, whole.shape), 0, 255).astype(np.uint8)


def grid(
    columns: list[int],
    rows: list[int],
    *,
    gutter: int = 12,
    margin: int = 20,
    colour: tuple[int, int, int] = (255, 255, 255),
) -> tuple[Picture, list[Box]]:
    """A sheet with panels of those sizes."""
    width = 2 * margin + sum(columns) + gutter * (len(columns) - 1)
    height = 2 * margin + sum(rows) + gutter * (len(rows) - 1)
    sheet = np.full((height, width, 3), colour, dtype=np.uint8)
    boxes, y = [], margin
    for r, h in enumerate(rows):
        x = margin
        for c, w in enumerate(columns):
            sheet[y : y + h, x : x + w] = drawing(10 * r + c, w, h)
            boxes.append(Box(x, y, w, h))
            x += w + gutter
        y += h + gutter
    return sheet, boxes


def near(found: tuple[Box, ...], wanted: list[Box], pixels: int = 3) -> bool:
    return len(found) == len(wanted) and all(
        max(abs(a.x - b.x), abs(a.y - b.y), abs(a.right - b.right), abs(a.bottom - b.bottom)) <= pixels
        for a, b in zip(found, wanted, strict=True)
    )


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (128, 40, 200)])
@pytest.mark.parametrize("margin", [0, 24])
def test_a_storyboard_of_nine(colour: tuple[int, int, int], margin: int) -> None:
    sheet, boxes = grid([200, 200, 200], [120, 120, 120], colour=colour, margin=margin)
    assert near(panels(sheet), boxes)


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.integers(90, 260), min_size=1, max_size=4),
    st.lists(st.integers(90, 260), min_size=1, max_size=4),
    st.integers(6, 30),
)
def test_grids_of_any_measure(columns: list[int], rows: list[int], gutter: int) -> None:
    sheet, boxes = grid(columns, rows, gutter=gutter)
    assert near(panels(sheet), boxes)


def test_a_character_sheet_with_one_tall_panel() -> None:
    sheet = np.full((620, 900, 3), 250, dtype=np.uint8)
    wanted = [Box(20, 20, 300, 580), Box(340, 20, 540, 280), Box(340, 320, 260, 280), Box(620, 320, 260, 280)]
    for number, box in enumerate(wanted):
        sheet[box.slices] = drawing(number, box.w, box.h)
    assert near(tuple(sorted(panels(sheet), key=lambda b: (b.x > 330, b.y, b.x))), wanted)


def test_a_picture_without_gutters_is_one_panel() -> None:
    assert panels(drawing(1, 400, 300)) == (Box(0, 0, 400, 300),)
    assert panels(np.full((50, 80, 3), 7, np.uint8)) == (Box(0, 0, 80, 50),)


def test_shots_find_their_panels() -> None:
    pictures = [drawing(seed, 240, 180) for seed in range(9)]
    rng = np.random.default_rng(0)
    shots = [
        np.clip(pictures[n][4:-4, 6:-6] * 0.9 + rng.normal(0, 6, (172, 228, 3)), 0, 255).astype(np.uint8)
        for n in (4, 0, 7)
    ]
    found = matched(pictures, [*shots, drawing(77, 240, 180)])
    assert [match and match[0] for match in found] == [4, 0, 7, None]
    assert matched([], shots) == [None, None, None]
