"""End cards: drawn for every shape, never between ghosts of their own words, moved, mixed and faded."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from draw import GREEN, SKIN, frame_of, scene
from overlaycut.assemble import EndCardPictures, Segment, extends, nearest
from overlaycut.assemble.card import fitted
from overlaycut.core.frame import Frame, Picture

RATE = Fraction(25)


def card_of(width: int, height: int, ground: tuple[int, int, int] = SKIN) -> Picture:
    """A plain ground, a gradient down it, and dark words that reach near its sides."""
    picture = np.full((height, width, 3), ground, np.uint8)
    picture -= np.linspace(0, 40, height, dtype=np.uint8)[:, None, None]
    cv2.putText(
        picture, "ORDER NOW", (width // 40, height // 2), cv2.FONT_HERSHEY_SIMPLEX, width / 190, (20, 20, 20), 4
    )
    return picture


def segment(frames: int = 10, starts: int = 5, **changed: int) -> Segment:
    whole = Segment(
        name="end card", source=Path("c.png"), frames=frames, starts=starts, source_in=Fraction(0), has_sound=False
    )
    return replace(whole, **changed)  # type: ignore[arg-type]


def laid_over(card: EndCardPictures, size: tuple[int, int], count: int = 15) -> list[Frame]:
    frames = (frame_of(scene(0, size), index=n, at=n / RATE, lasts=1 / RATE) for n in range(count))
    return list(card.stage(*size)(frames))


@pytest.mark.parametrize("size", [(180, 320), (200, 200), (200, 250), (320, 180)])
def test_the_ground_goes_on_without_a_trace_of_the_words(size: tuple[int, int]) -> None:
    picture = card_of(180, 320)
    drawn = fitted(picture, *size)
    assert drawn.shape == (size[1], size[0], 3)
    scale = min(size[0] / 180, size[1] / 320)
    inner = (size[0] - round(180 * scale)) // 2
    beside = np.concatenate([drawn[:, :inner], drawn[:, size[0] - inner :]], axis=1)
    assert extends(picture, *size) == (inner > 0)
    if inner:
        assert beside.min() > 90, "nothing there is as dark as words"
        assert np.abs(np.diff(beside[:, :inner].astype(int), axis=0)).max() <= 6, "and nothing has an edge"
        seam = np.abs(drawn[: size[1] // 4, inner - 1].astype(int) - drawn[: size[1] // 4, inner])
        assert seam.max() <= 3, "it meets the picture without a step"


def test_every_output_takes_the_picture_of_its_shape() -> None:
    tall, square = card_of(180, 320), card_of(200, 200, GREEN)
    assert nearest((tall, square), 1080, 1920) is tall
    assert nearest((tall, square), 1080, 1080) is square and nearest((tall, square), 1080, 1350) is square
    card = EndCardPictures(segment=segment(), rate=RATE, pictures=(tall, square))
    corner = laid_over(card, (100, 100))[-1].rgb()[2, 2].astype(int)
    assert np.abs(corner - GREEN).max() < 12


def test_a_card_stands_from_its_first_frame_to_its_last() -> None:
    card = EndCardPictures(segment=segment(), rate=RATE, pictures=(card_of(180, 320),))
    frames = laid_over(card, (90, 160))
    before = scene(0, (90, 160))[0]
    assert all(np.array_equal(frame.y, before) for frame in frames[:5])
    assert all(np.array_equal(frame.y, frames[5].y) for frame in frames[6:]) and not np.array_equal(frames[5].y, before)
    assert [frame.index for frame in frames] == list(range(15))


def test_a_card_is_mixed_in_and_fades_out() -> None:
    card = EndCardPictures(segment=segment(overlap=4, dip_out=3), rate=RATE, pictures=(card_of(180, 320),))
    frames = laid_over(card, (90, 160))
    still = frames[10].y[80:, 40].astype(float)
    old = scene(0, (90, 160))[0][80:, 40].astype(float)
    for place in range(4):
        share = (place + 1) / 5
        assert np.abs(frames[5 + place].y[80:, 40] - (old * (1 - share) + still * share)).max() <= 1.5
    means = [frame.y.mean() for frame in frames[11:]]
    assert means == sorted(means, reverse=True) and means[-1] > 16


@pytest.mark.parametrize(("move", "grows"), [("in", True), ("out", False)])
def test_a_move_is_slow_and_even(move: str, grows: bool) -> None:
    card = EndCardPictures(segment=segment(30, 0), rate=RATE, pictures=(card_of(180, 320),), move=move)  # type: ignore[arg-type]
    frames = laid_over(card, (180, 320), 30)
    dark = [int((frame.y < 80).sum()) for frame in frames]
    assert (dark[-1] > dark[0]) == grows
    steps = [float(np.abs(a.y.astype(int) - b.y).mean()) for a, b in pairwise(frames)]
    assert min(steps) > 0 and max(steps) < 3 * float(np.median(steps))


def test_a_clip_plays_and_its_last_frame_stays() -> None:
    clip = [frame_of(scene(n), index=n, at=n / RATE, lasts=1 / RATE) for n in range(4)]
    card = EndCardPictures(segment=segment(8, 2), rate=RATE, frames=lambda: iter(clip))
    frames = laid_over(card, (64, 96), 10)
    bits = [[int(frame.y[4, n * 8 + 4] > 125) for n in range(8)] for frame in frames[2:]]
    assert [sum(bit << n for n, bit in enumerate(row)) for row in bits] == [0, 1, 2, 3, 3, 3, 3, 3]
