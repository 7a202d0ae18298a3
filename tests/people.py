"""People for tests: coloured squares on grey, and a finder and an identity that know nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.cast import EmbeddingMetric, Face, Vector
from overlaycut.core.facts import ClipFacts, Colour
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box

ANNA, BERT, CARL = (220, 60, 60), (60, 200, 60), (70, 70, 230)
"""Three people, by the colour of their faces."""

SIZE = (320, 240)
RATE = Fraction(24)


@dataclass(frozen=True)
class Person:
    """A square at a place in one picture."""

    colour: tuple[float, float, float]
    x: int
    y: int = 60
    side: int = 64


def facts(size: tuple[int, int] = SIZE) -> ClipFacts:
    width, height = size
    return ClipFacts(
        path=Path("drawn.mp4"), container="mp4", codec="h264", coded_width=width, coded_height=height,
        width=width, height=height, pix_fmt="yuv420p", bits=8, colour=Colour("bt709", "bt709", "bt709", "tv"),
        rotation=0, pixel_aspect=Fraction(1), tick=1 / RATE, rate_in_header=RATE, frames_in_header=None,
        duration_in_header=None, audio=None, streams=("video:h264",),
    )  # fmt: skip


def picture(people: Iterable[Person], *, size: tuple[int, int] = SIZE, ground: int = 110) -> Picture:
    """An RGB picture of the people, each with stripes so that the face is no blurred one."""
    drawn = np.full((size[1], size[0], 3), ground, dtype=np.uint8)
    drawn[:: max(size[1] // 12, 1)] = max(ground - 14, 0)
    for one in people:
        face = np.full((one.side, one.side, 3), one.colour, dtype=np.float64)
        face[::3] *= 0.8
        drawn[one.y : one.y + one.side, one.x : one.x + one.side] = face.astype(np.uint8)
    return drawn


def frames(pictures: Sequence[Picture]) -> Iterator[Frame]:
    for index, one in enumerate(pictures):
        yield Frame.from_rgb(one, index=index, at=index / RATE, lasts=1 / RATE)


class ColourFinder:
    """Finds every saturated square."""

    def __init__(self) -> None:
        self.searches = 0

    def find(self, picture: Picture, *, smallest: int) -> list[Face]:
        self.searches += 1
        vivid = (np.ptp(picture.astype(int), axis=2) > 60).astype(np.uint8)
        contours, _ = cv2.findContours(vivid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        boxes = [Box(*cv2.boundingRect(contour)) for contour in contours]
        return [face_at(box) for box in boxes if box.h >= smallest]

    def follow(self, picture: Picture, boxes: Sequence[Box]) -> list[Face | None]:
        found = [face.box for face in self.find(picture, smallest=4)]
        self.searches -= 1
        near = [max(found, key=box.overlap, default=None) for box in boxes]
        return [face_at(f) if f and f.overlap(b) else None for f, b in zip(near, boxes, strict=True)]


class ColourIdentity:
    """A person is the mean colour of the face."""

    metric = EmbeddingMetric("colours", 0.25)

    def __init__(self) -> None:
        self.embedded = 0

    def chip(self, picture: Picture, face: Face) -> Picture:
        inside = face.box.clipped(picture.shape[1], picture.shape[0])
        assert inside is not None
        return np.asarray(cv2.resize(picture[inside.slices], (48, 48)), dtype=np.uint8)

    def embed(self, chips: Sequence[Picture]) -> list[Vector]:
        self.embedded += len(chips)
        return [colour_vector(chip[8:-8, 8:-8].reshape(-1, 3).mean(axis=0)) for chip in chips]


def colour_vector(colour: NDArray[np.floating] | Sequence[float]) -> Vector:
    return np.asarray(colour, dtype=np.float32) / 255


def face_at(box: Box, score: float = 0.99) -> Face:
    """A frontal face in a box."""
    x, y, w, h = box.x, box.y, box.w, box.h
    points = ((0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8))
    a, b, c, d, e = ((x + px * w, y + py * h) for px, py in points)
    return Face(box, score, (a, b, c, d, e))
