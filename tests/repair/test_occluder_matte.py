"""The outline of what is in front, told by colour."""

from __future__ import annotations

import numpy as np
import pytest

from overlaycut.core.frame import Mask
from overlaycut.repair.composite.occluder_matte import OccluderMatte
from overlaycut.vision.filters import Colours, FloatImage, FloatPlane, blurred

ROWS, COLUMNS = 40, 80
PAPER, INK, SKIN = (np.array(c, np.float32) for c in ((60, 128, 128), (220, 128, 128), (150, 105, 155)))
COLOURS: Colours = INK[None]
BEHIND: FloatImage = np.broadcast_to(PAPER, (ROWS, COLUMNS, 3)).astype(np.float32)


def bar() -> FloatPlane:
    """Coverage by a bar with soft sides, from column 30 to 50."""
    coverage = np.zeros((ROWS, COLUMNS), np.float32)
    coverage[:, 30:50] = 1
    return blurred(coverage, 1.5)


def scene(*, stroke: slice = slice(0, 0), front: Colours = SKIN) -> FloatImage:
    behind = BEHIND.copy()
    behind[10:16, stroke] = INK
    return np.asarray(behind + bar()[..., None] * (front - behind), np.float32)


def matte(seen: FloatImage, *, cover: slice = slice(24, 56), core: slice = slice(34, 46)) -> OccluderMatte:
    covered, inside = np.zeros((ROWS, COLUMNS), np.float32), np.zeros((ROWS, COLUMNS), np.bool_)
    covered[:, cover], inside[:, core] = 1, True
    mask: Mask = inside
    return OccluderMatte.of(seen, BEHIND, COLOURS, core=mask, cover=covered)


def test_a_soft_outline_is_mixed_as_it_was_seen() -> None:
    found = matte(scene())
    assert found.share == pytest.approx(bar(), abs=0.2)
    shown, alpha = found.over(BEHIND, np.ones((ROWS, COLUMNS), np.float32))
    made = scene() + alpha[..., None] * (shown - scene())
    assert np.abs(made - scene()).max() < 15


def test_a_stroke_that_touches_it_is_not_a_part_of_it() -> None:
    seen = scene(stroke=slice(52, 70))
    found = matte(seen, cover=slice(24, 70))
    shown, alpha = found.over(BEHIND, np.ones((ROWS, COLUMNS), np.float32))
    made = seen + alpha[..., None] * (shown - seen)
    assert np.abs(seen - scene())[..., 0].max() > 100
    assert np.abs(made - scene())[..., 0].max() < 20


def test_bare_surface_that_the_mask_takes_for_its_inside_is_not_its_colour() -> None:
    found = matte(scene(), cover=slice(20, 75), core=slice(34, 70))
    assert found.share[:, 56:].max() < 0.05
    assert np.abs(found.colour[20, 60] - SKIN).max() < 8


def test_what_has_the_colour_of_the_region_keeps_to_the_mask() -> None:
    found = matte(scene(front=PAPER + 10), cover=slice(26, 54))
    assert found.share[:, 26:54].min() > 0.9
    assert found.share[:, :26].max() == 0
    assert found.over(BEHIND, np.ones((ROWS, COLUMNS), np.float32))[1][:, 30:50].max() < 0.1


def test_spots_of_another_colour_inside_it_are_kept() -> None:
    seen = scene()
    seen[18:22, 38:42] = (90, 150, 100)
    assert matte(seen).share[18:22, 38:42].min() == 1
