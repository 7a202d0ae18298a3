"""What became of a person whose face is not seen any more, on drawn figures over plain and busy grounds."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from overlaycut.analyse.faces.absence import AbsenceParameters, PersonPictures, absences
from overlaycut.core.cast import FaceTrack, Sighting
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box

WIDTH, HEIGHT = 192, 128
SKIN, HAIR, SHIRT, STRAP, PLUSH = (214, 160, 130), (60, 40, 30), (150, 150, 152), (30, 60, 50), (240, 200, 20)
FACE = Box(84, 30, 24, 30)
SEEN = 8
"""Pictures, four in a second, in which the face is seen; twelve there are."""

Ground = Callable[[], Picture]


def plain() -> Picture:
    """A wall of the colour of the shirt."""
    return np.full((HEIGHT, WIDTH, 3), SHIRT, np.uint8)


def busy() -> Picture:
    """Tiles in many shades of blue."""
    shade = np.random.default_rng(3).integers(60, 190, (HEIGHT // 8, WIDTH // 8, 1)).repeat(8, 0).repeat(8, 1)
    return np.concatenate([shade // 3, shade // 2, shade], axis=2).astype(np.uint8)


def figure(ground: Picture, *, x: int = 0, face: tuple[int, int, int] = SKIN, body: bool = True) -> Picture:
    picture = ground.copy()

    def rectangle(left: int, top: int, right: int, bottom: int, colour: tuple[int, int, int]) -> None:
        picture[top:bottom, max(left + x, 0) : max(right + x, 0)] = colour

    if body:
        rectangle(70, 64, 122, HEIGHT, SHIRT)
        rectangle(76, 64, 82, HEIGHT, STRAP)
        rectangle(110, 64, 116, HEIGHT, STRAP)
    rectangle(80, 20, 112, 36, HAIR)
    rectangle(84, 30, 108, 60, face)
    return picture


def became(later: Callable[[Picture, int], Picture], ground: Ground, *, step: int = 0, start: int = 0) -> str:
    behind, moved = ground(), [start + step * n for n in range(SEEN)]
    shown = [figure(behind, x=x) for x in moved] + [later(behind, n) for n in range(4)]
    pictures = [(Fraction(n, 4), picture) for n, picture in enumerate(shown)]
    boxes = [Box(FACE.x + x, FACE.y, FACE.w, FACE.h) for x in moved]
    sightings = tuple(Sighting(6 * n, Fraction(n, 4), box, 1.0) for n, box in enumerate(boxes))
    (found,) = absences(pictures, [FaceTrack(5, 0, sightings)], [Fraction(3)], (WIDTH, HEIGHT))
    assert found.track == 5 and found.since == Fraction(SEEN - 1, 4)
    assert found.at == (found.since if found.kind == "hidden" else Fraction(SEEN, 4))
    return found.kind


@pytest.mark.parametrize("ground", [plain, busy])
def test_who_turns_away_or_walks_on_is_hidden_and_who_vanishes_is_gone(ground: Ground) -> None:
    assert became(lambda behind, _: figure(behind, face=HAIR), ground) == "hidden"
    assert became(lambda behind, n: figure(behind, x=-8 * n, face=HAIR), ground) == "hidden"
    assert became(lambda behind, _: behind, ground) == "gone"


@pytest.mark.parametrize("ground", [plain, busy])
def test_something_of_other_colours_in_the_place_has_replaced_them(ground: Ground) -> None:
    def plush(behind: Picture, _: int) -> Picture:
        picture = figure(behind, face=PLUSH)
        picture[14:70, 66:126] = PLUSH
        return picture

    assert became(plush, ground) == "replaced"


def test_who_is_gone_has_left_where_they_walked_to_the_edge_of_the_picture() -> None:
    assert became(lambda behind, _: behind, busy, step=-11) == "left"
    assert became(lambda behind, _: behind, busy, start=-78) == "gone"  # at the edge all the time
    assert became(lambda behind, _: behind, busy, step=-4) == "gone"  # on the way, far from it


def test_a_face_that_is_seen_to_the_end_or_has_no_background_says_nothing() -> None:
    pictures = [(Fraction(n, 4), figure(plain())) for n in range(12)]
    whole = FaceTrack(0, 0, tuple(Sighting(6 * n, Fraction(n, 4), FACE, 1.0) for n in range(12)))
    close = FaceTrack(1, 0, tuple(Sighting(6 * n, Fraction(n, 4), Box(0, 0, WIDTH, HEIGHT), 1.0) for n in range(8)))
    assert absences(pictures, [whole, close], [Fraction(3)], (WIDTH, HEIGHT)) == ()


def test_the_number_of_pictures_is_bounded_and_they_span_the_clip() -> None:
    kept = PersonPictures(parameters=AbsenceParameters(most=10))
    for n in range(4000):
        if kept.due(Fraction(n, 25)):
            kept.add(Fraction(n, 25), np.zeros((2, 2, 3), np.uint8))
    times = [float(at) for at, _ in kept.kept]
    assert 5 <= len(times) <= 10 and times[0] == 0 and times[-1] > 120
