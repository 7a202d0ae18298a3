from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import plans
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Quad, Span
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.qc.annotate import BROKEN, HIDDEN, PROTECTED, RIGHT, UNJUDGED, Annotations

WIDTH, HEIGHT, FRAMES = 320, 400, 30
QUAD = Quad((60, 150), (260, 150), (260, 210), (60, 210))


QUADS = dict.fromkeys(range(FRAMES), QUAD)


def region(**changes: Any) -> RegionPlan:
    fields = {"expected": "COLD BREW", "onset_frame": 12, "quads": QUADS, "edit": Span(10, FRAMES)}
    return plans.region(span=Span(0, FRAMES), **{**fields, **changes})


def plan(*regions: RegionPlan) -> EditPlan:
    clip = plans.record(width=WIDTH, height=HEIGHT, frames=FRAMES, duration=3.0)
    return EditPlan(clip=clip, regions=regions)


def grey(index: int) -> Frame:
    rgb = np.full((HEIGHT, WIDTH, 3), 128, dtype=np.uint8)
    return Frame.from_rgb(rgb, index=index, at=Fraction(index, 10), lasts=Fraction(1, 10))


def left_edge(picture: np.ndarray) -> np.ndarray:
    """The colour of the quad's left edge, half way down."""
    return picture[180, 60].astype(int)


@pytest.mark.parametrize(
    ("changes", "index", "colour"),
    [
        ({}, 11, RIGHT),
        ({}, 12, BROKEN),
        ({"visibility": {20: 0.1}}, 20, HIDDEN),
        ({"protected": True}, 20, PROTECTED),
        ({"state": "stable", "onset_frame": None}, 29, RIGHT),
        ({"state": "stable", "onset_frame": None, "judged": False}, 29, UNJUDGED),
    ],
)
def test_a_quad_is_outlined_in_the_colour_of_its_state(
    changes: dict[str, object], index: int, colour: tuple[int, int, int]
) -> None:
    picture = Annotations(plan(region(**changes)), legible={}).drawn(grey(index)).rgb()
    # Lines are thin and chroma is subsampled: the nearest of the colours is the one that was meant.
    distances = {c: np.abs(left_edge(picture) - c).sum() for c in (RIGHT, BROKEN, UNJUDGED, PROTECTED, HIDDEN)}
    assert min(distances, key=lambda c: distances[c]) == colour


def test_the_picture_is_as_it_was_away_from_quads_and_labels_and_bars_are_added_under_it() -> None:
    before = grey(15)
    after = Annotations(plan(region()), legible={"r1": {0: 1.0, 15: 0.4}}).drawn(before)
    assert after.width == WIDTH and after.height > HEIGHT
    assert (after.index, after.at, after.lasts) == (before.index, before.at, before.lasts)
    assert np.array_equal(after.y[230:HEIGHT], before.y[230:HEIGHT])
    assert np.array_equal(after.y[:100], before.y[:100])


def test_the_mark_on_the_bars_moves_with_time() -> None:
    drawing = Annotations(plan(region()), legible={})
    columns = [int(drawing.drawn(grey(i)).y[HEIGHT + 1].astype(int).argmax()) for i in (0, 10, 20, 29)]
    assert columns == sorted(columns) and len(set(columns)) == 4


def test_a_clip_without_lettering_says_so_and_keeps_even_sides() -> None:
    picture = Annotations(plan(), legible={}).drawn(grey(0))
    assert picture.height > HEIGHT and picture.height % 2 == 0
    assert picture.y[HEIGHT:].max() > 150


def test_a_label_stays_inside_the_picture_at_its_edges() -> None:
    corner = Quad((250, 2), (340, 2), (340, 30), (250, 30))
    shown = region(quads=dict.fromkeys(range(FRAMES), corner))
    after = Annotations(plan(shown), legible={}).drawn(grey(0)).rgb()
    # Below the quad, since there is no room above; its ground is dark.
    assert (after[34:50, 200:310].max(axis=2) < 60).mean() > 0.3


def test_moments_are_the_ends_the_seconds_and_both_sides_of_every_onset() -> None:
    assert Annotations(plan(region()), legible={}).moments() == [0, 10, 11, 12, 20, 29]


def test_letters_that_the_font_lacks_do_not_fail() -> None:
    drawn = Annotations(plan(region(expected="可灵 AI")), legible={}).drawn(grey(3))
    assert not np.array_equal(drawn.y, grey(3).y)


def test_quads_outside_of_the_picture_do_not_fail() -> None:
    away = Quad((-400, -300), (-100, -300), (-100, -200), (-400, -200))
    after = Annotations(plan(region(quads={0: away}, edit=None)), legible={}).drawn(grey(0))
    assert np.array_equal(after.y[100:HEIGHT], grey(0).y[100:HEIGHT])
