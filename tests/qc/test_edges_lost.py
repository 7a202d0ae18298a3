"""Edges of the picture that run through a fill: whole, or under a blot in the ink's colour."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from overlaycut.core.frame import Mask
from overlaycut.qc.edges_lost import edges_lost
from overlaycut.qc.gates import GateParameters
from overlaycut.qc.region_view import RegionView
from overlaycut.vision.filters import FloatImage, blurred, dilated

ROWS, COLUMNS = 120, 320
LIMIT = GateParameters().most_edges_lost


def table(slope: float = 0.5) -> FloatImage:
    """Light above and brown below a hard dark edge."""
    rows, columns = np.indices((ROWS, COLUMNS), np.float32)
    off = rows + slope * columns - 60 - slope * 160
    luma = np.where(off < -5, 180.0, np.where(off < 5, 40.0, 110.0)).astype(np.float32)
    grey = np.full_like(luma, 128)
    return np.dstack([blurred(luma, 0.8), grey, grey]).astype(np.float32)


def letters() -> Mask:
    drawn = np.zeros((ROWS, COLUMNS), np.uint8)
    cv2.putText(drawn, "HELLO YOU", (40, 75), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 255, 6, cv2.LINE_AA)
    return dilated(drawn > 60, 3)


def view(after: FloatImage, mask: Mask) -> RegionView:
    before = np.where(mask[..., None], np.float32(235), table())
    none, reach = np.zeros_like(mask), np.zeros(mask.shape, np.float32)
    return RegionView(0, before, after, mask, mask, mask, none, reach, 8.0, mask, 8.0)


@pytest.mark.parametrize("slope", [0.1, 0.5, 1.5])
def test_the_picture_itself_has_its_edges(slope: float) -> None:
    lost = edges_lost(view(table(slope), letters()))
    assert lost is None or lost < LIMIT / 2


def test_a_blot_in_the_colour_of_the_ink_breaks_an_edge() -> None:
    mask = letters()
    columns = np.indices(mask.shape)[1]
    blot = mask & (np.abs(columns - 160) < 30)
    pale = np.where(blot[..., None], np.float32(215), table())
    lost = edges_lost(view(pale.astype(np.float32), mask))
    assert lost is not None and lost > LIMIT


def test_an_edge_that_lies_a_pixel_aside_is_there() -> None:
    mask = letters()
    moved = np.roll(table(), 1, axis=0)
    lost = edges_lost(view(np.where(mask[..., None], moved, table()).astype(np.float32), mask))
    assert lost is not None and lost < LIMIT


def test_where_no_edge_runs_through_there_is_nothing_to_judge() -> None:
    even = np.full((ROWS, COLUMNS, 3), 128, np.float32)
    assert edges_lost(view(even, letters())) is None
    assert edges_lost(view(even, np.zeros((ROWS, COLUMNS), np.bool_))) is None
